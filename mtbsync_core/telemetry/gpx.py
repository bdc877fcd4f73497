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

What breaks off is read as far as it goes.
"""

from __future__ import annotations

import logging
from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np

from mtbsync_core.errors import FormatError
from mtbsync_core.telemetry.fixes import Fixes
from mtbsync_core.telemetry.recorded import Recorded
from mtbsync_core.telemetry.track import Floats
from mtbsync_core.telemetry.track_file import HINT, load
from mtbsync_core.telemetry.xml_points import moment, number, read_xml, text_of, unix

log = logging.getLogger(__name__)

_LOCK = {"none": 0.0, "2d": 2.0, "3d": 3.0, "dgps": 3.0, "pps": 3.0}


def read_gpx(path: Path) -> Recorded:
    """Read the tracks of a GPX file; FormatError where it is none, or has no track."""
    found = read_xml(load(path), {"trkpt", "wpt"})
    if found is None or found[0].tag != "gpx":
        raise FormatError(f"{path} is not a GPX file", HINT)
    root, broken = found
    points = [p for p in root.iter("trkpt") if np.isfinite(_place(p)).all()]
    if broken:
        log.warning("%s breaks off or is damaged: the %d points before that are used", path.name, len(points))
    if not points:
        what = "a planned route" if next(root.iter("rtept"), None) is not None else "no track"
        raise FormatError(f"{path} holds {what}, not a recorded ride", "Export the activity, not the route.")
    timed = [(p, t) for p, t in ((p, moment(text_of(p, "time"))) for p in points) if t is not None]
    if len(timed) < max(2, len(points) // 2) or len({t for _, t in timed}) < 2:
        log.warning("%s has no times: it says where the ride went, not when", path.name)
        return Recorded.untimed(_fixes(points, np.zeros(len(points))), "GPX")
    lost = len(points) - len(timed)
    if lost:
        log.warning("%s: %d of %d points have no time and are left out", path.name, lost, len(points))
    seconds = np.array([unix(t) for _, t in timed])
    order = np.argsort(seconds, kind="stable")
    fixes = _fixes([timed[i][0] for i in order], _spread(seconds[order]))
    return Recorded.of(fixes, "GPX", _waypoints(root))


def _waypoints(root: Element) -> list[tuple[float, str, str]]:
    timed = ((w, moment(text_of(w, "time"))) for w in root.iter("wpt"))
    return [(unix(t), text_of(w, "name"), text_of(w, "cmt") or text_of(w, "desc")) for w, t in timed if t is not None]


def _spread(t: Floats) -> Floats:
    """Stamps of whole seconds that several points share, spread over their second: the clock was cut off, not stopped.

    thun_1 of the sample data has two points and more in one third of its seconds.
    """
    first, number, which, count = np.unique(t, return_index=True, return_inverse=True, return_counts=True)
    if (count == 1).all() or np.any(t % 1):
        return t
    room = np.minimum(np.append(np.diff(first), 1.0), 1.0)
    return np.asarray(t + (np.arange(len(t)) - number[which]) / count[which] * room[which])


def _fixes(points: list[Element], t: Floats) -> Fixes:
    rows = [
        (
            *_place(p),
            number(text_of(p, "ele")),
            _speed(p),
            _LOCK.get(text_of(p, "fix").casefold(), np.nan),
            number(text_of(p, "hdop") or text_of(p, "pdop")),
        )
        for p in points
    ]
    return Fixes(t, *np.array(rows).T)


def _place(point: Element) -> tuple[float, float]:
    """Latitude and longitude, degrees; NaN where they are no numbers."""
    return number(point.get("lat")), number(point.get("lon"))


def _speed(point: Element) -> float:
    """The speed of GPX 1.0, or one of the extensions, whoever's name space it is in; NaN where none is told."""
    return next((number(e.text) for e in point.iter() if e.tag.casefold() == "speed"), np.nan)
