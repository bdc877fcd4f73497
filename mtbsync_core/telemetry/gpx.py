"""GPX files of watches, phones and planners: their fixes and waypoints.

| GPX 1.1 (topografix.com/GPX/1/1) | here |
|---|---|
| `trk`, several | joined in order of time; those without times in order of the file |
| `trkseg`, several | joined; the hole between is a hole in the track |
| `trkpt` `lat` `lon` | degrees, WGS 84 |
| `ele` | metres |
| `time` | ISO 8601, UTC; one without a zone is taken as UTC, as the standard says |
| `hdop` or `pdop` | dilution of precision |
| `fix` | `none` 0, `2d` 2, `3d`, `dgps`, `pps` 3 |
| `speed` (GPX 1.0, or an extension of Garmin and others) | m/s |
| `wpt` with a time | a moment that the rider marked |
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mtbsync_core.errors import FormatError
from mtbsync_core.telemetry.fixes import Fixes
from mtbsync_core.telemetry.recorded import Recorded, load
from mtbsync_core.telemetry.track import Floats

if TYPE_CHECKING:
    from gpxpy.gpx import GPXTrackPoint

log = logging.getLogger(__name__)

_LOCK = {"none": 0.0, "2d": 2.0, "3d": 3.0, "dgps": 3.0, "pps": 3.0}
_EVEN_MPS = 5.0
"""Pace of the even ride that stands in where a file tells no times."""


def read_gpx(path: Path) -> Recorded:
    """Read the tracks of a GPX file; FormatError where it is none, or has no track."""
    import gpxpy

    data = load(path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    try:
        file = gpxpy.parse(text)
    except Exception as error:  # gpxpy lets errors of the XML parser, of numbers and of dates through as they are
        raise FormatError(f"{path} is not a GPX file: {error}", "Give a GPX or FIT file.") from error
    points = [point for track in file.tracks for segment in track.segments for point in segment.points]
    if not points:
        what = "a planned route" if file.routes else "no track"
        raise FormatError(f"{path} holds {what}, not a recorded ride", "Export the activity, not the route.")
    timed = [point for point in points if point.time is not None]
    if len(timed) < max(2, len(points) // 2) or len({point.time for point in timed}) < 2:
        log.warning("%s has no times: it says where the ride went, not when", path.name)
        return Recorded(_fixes(points, _even_ride(points)), "GPX", None)
    lost = len(points) - len(timed)
    if lost:
        log.warning("%s: %d of %d points have no time and are left out", path.name, lost, len(points))
    seconds = np.array([_unix(point.time) for point in timed if point.time is not None])
    order = np.argsort(seconds, kind="stable")
    fixes = _fixes([timed[i] for i in order], _spread(seconds[order]))
    marks = [(_unix(w.time), w.name or "", w.comment or w.description or "") for w in file.waypoints if w.time]
    return Recorded.of(fixes, "GPX", marks)


def _unix(time: datetime) -> float:
    """Seconds since 1970. The standard's times are UTC, with or without a Z."""
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def _spread(t: Floats) -> Floats:
    """Stamps of whole seconds that several points share, spread over their second: the clock was cut off, not stopped.

    thun_1 of the sample data has two points and more in one third of its seconds.
    """
    first, number, which, count = np.unique(t, return_index=True, return_inverse=True, return_counts=True)
    if (count == 1).all() or np.any(t % 1):
        return t
    room = np.minimum(np.append(np.diff(first), 1.0), 1.0)
    return np.asarray(t + (np.arange(len(t)) - number[which]) / count[which] * room[which])


def _even_ride(points: list[GPXTrackPoint]) -> Floats:
    steps = [a.distance_2d(b) or 0.0 for a, b in pairwise(points)]
    return np.concatenate([[0.0], np.cumsum(steps)]) / _EVEN_MPS


def _fixes(points: list[GPXTrackPoint], t: Floats) -> Fixes:
    rows = [
        (
            p.latitude,
            p.longitude,
            p.elevation,
            _speed(p),
            _LOCK.get(p.type_of_gpx_fix or ""),
            p.horizontal_dilution or p.position_dilution,
        )
        for p in points
    ]
    return Fixes(t, *np.array(rows, np.float64).T)  # None becomes NaN


def _speed(point: GPXTrackPoint) -> float | None:
    """The speed of GPX 1.0, or one of the extensions, whoever's name space it is in."""
    if point.speed is not None:
        return float(point.speed)
    for element in (element for extension in point.extensions for element in extension.iter()):
        if isinstance(element.tag, str) and element.tag.rpartition("}")[2].lower() == "speed":
            try:
                return float(element.text or "")
            except ValueError:
                return None
    return None
