"""The run as a watch on the rider's wrist would have recorded it: one point a second, noise, and a bias of its own."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import gpxpy.gpx
import numpy as np

from mtbsync_core.demo.noise import Floats, make_signal
from mtbsync_core.demo.rider import Ride
from mtbsync_core.files import write_text

ORIGIN = (46.7580, 7.6280)
"""Latitude and longitude of the world's origin, degrees: a hill above Thun."""
METRES_PER_DEGREE = 111_320.0
BIAS_M, WANDER_M, NOISE_M = 2.5, 2.0, 0.5
"""A steady offset of the day, a drift over minutes and point-to-point noise; about 3 m together, as in real tracks."""
ALTITUDE_M = 800.0


def degrees(x_m: Floats, y_m: Floats) -> tuple[Floats, Floats]:
    """Latitude and longitude of places of the simulated world, metres east and north of its origin."""
    return ORIGIN[0] + y_m / METRES_PER_DEGREE, ORIGIN[1] + x_m / (METRES_PER_DEGREE * np.cos(np.radians(ORIGIN[0])))


def write_gpx(path: Path, ride: Ride, rng: np.random.Generator, start: str) -> None:
    """Write the track; times are UTC, `start` (ISO 8601) being the first frame."""
    begin = datetime.fromisoformat(start)
    at = np.arange(0.0, ride.t_s[-1] + 1e-9, 1.0)
    x, y, z = (np.interp(at, ride.t_s, values) for values in (ride.x_m, ride.y_m, ride.z_m))
    for values in (x, y):
        wander = make_signal(rng, 1 / 120, 1 / 30, WANDER_M)
        values += BIAS_M * rng.standard_normal() + wander(at) + NOISE_M * rng.standard_normal(len(at))
    latitude, longitude = degrees(x, y)
    segment = gpxpy.gpx.GPXTrackSegment()
    for lat, lon, height, t in zip(latitude.tolist(), longitude.tolist(), z.tolist(), at.tolist(), strict=True):
        place = round(lat, 7), round(lon, 7), round(ALTITUDE_M + height, 2)
        segment.points.append(gpxpy.gpx.GPXTrackPoint(*place, begin + timedelta(seconds=t)))
    track = gpxpy.gpx.GPXTrack(name=path.stem)
    track.segments.append(segment)
    file = gpxpy.gpx.GPX()
    file.tracks.append(track)
    write_text(path, file.to_xml())
