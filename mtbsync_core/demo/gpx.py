"""The run as a watch on the rider's wrist would have recorded it: one point a second, noise, and a bias of its own."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import gpxpy.gpx
import numpy as np

from mtbsync_core.demo.noise import make_signal
from mtbsync_core.demo.rider import Ride
from mtbsync_core.files import write_text

_ORIGIN = (46.7580, 7.6280)
"""Latitude and longitude of the world's origin, degrees: a hill above Thun."""
_METRES_PER_DEGREE = 111_320.0
_BIAS_M, _WANDER_M, _NOISE_M = 2.5, 2.0, 0.5
"""A steady offset of the day, a drift over minutes and point-to-point noise; about 3 m together, as in real tracks."""


def write_gpx(path: Path, ride: Ride, rng: np.random.Generator, start: str) -> None:
    """Write the track; times are UTC, `start` (ISO 8601) being the first frame."""
    begin = datetime.fromisoformat(start)
    at = np.arange(0.0, ride.t_s[-1] + 1e-9, 1.0)
    x, y, z = (np.interp(at, ride.t_s, values) for values in (ride.x_m, ride.y_m, ride.z_m))
    for values in (x, y):
        wander = make_signal(rng, 1 / 120, 1 / 30, _WANDER_M)
        values += _BIAS_M * rng.standard_normal() + wander(at) + _NOISE_M * rng.standard_normal(len(at))
    latitude = _ORIGIN[0] + y / _METRES_PER_DEGREE
    longitude = _ORIGIN[1] + x / (_METRES_PER_DEGREE * np.cos(np.radians(_ORIGIN[0])))
    segment = gpxpy.gpx.GPXTrackSegment(
        [
            gpxpy.gpx.GPXTrackPoint(
                round(float(lat), 7),
                round(float(lon), 7),
                round(800.0 + float(h), 2),
                begin + timedelta(seconds=float(t)),
            )
            for lat, lon, h, t in zip(latitude, longitude, z, at, strict=True)
        ]
    )
    track = gpxpy.gpx.GPXTrack(name=path.stem)
    track.segments.append(segment)
    file = gpxpy.gpx.GPX()
    file.tracks.append(track)
    write_text(path, file.to_xml())
