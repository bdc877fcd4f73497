"""TCX files (Garmin Training Center): the fixes of an activity and its laps.

| TCX v2 (garmin.com/xmlschemas/TrainingCenterDatabasev2.xsd) | here |
|---|---|
| `Trackpoint` `Time` | ISO 8601, UTC |
| `Position` `LatitudeDegrees` `LongitudeDegrees` | degrees, WGS 84; a point without a place is left out |
| `AltitudeMeters` | metres |
| `Speed` in `Extensions` (ActivityExtension v2) | m/s |
| `Lap` `StartTime`, of the second lap and later | a moment that the rider, or the device by itself, marked |

What breaks off is read as far as it goes.
"""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np

from mtbsync_core.errors import FormatError
from mtbsync_core.telemetry.fixes import Fixes
from mtbsync_core.telemetry.recorded import Recorded
from mtbsync_core.telemetry.track_file import HINT, load
from mtbsync_core.telemetry.xml_points import moment, number, read_xml, text_of, unix

log = logging.getLogger(__name__)


def read_tcx(path: Path) -> Recorded:
    """Read the activities of a TCX file; FormatError where it is none, or has no place with a time."""
    found = read_xml(load(path), {"Trackpoint"})
    if found is None or found[0].tag != "TrainingCenterDatabase":
        raise FormatError(f"{path} is not a TCX file", HINT)
    root, broken = found
    points = [point for activity in root.iter("Activity") for point in activity.iter("Trackpoint")]
    rows = []
    for p in points:
        time = moment(text_of(p, "Time"))
        place = [number(text_of(p, "Position", f"{name}Degrees")) for name in ("Latitude", "Longitude")]
        if time is not None and np.isfinite(place).all():
            speed = next((number(e.text) for e in p.iter("Speed")), np.nan)
            rows.append((unix(time), *place, number(text_of(p, "AltitudeMeters")), speed))
    if broken:
        log.warning("%s breaks off or is damaged: the %d points before that are used", path.name, len(points))
    if not points:
        raise FormatError(f"{path} holds no recorded ride", "Export the activity, not the course or the workout.")
    if not rows:
        raise FormatError(
            f"{path} has {len(points)} points and no place with a time in any: an indoor ride, or GPS was off",
            "Give the file of a ride outdoors.",
        )
    t, lat, lon, alt, speed_mps = np.array(sorted(rows, key=lambda row: row[0])).T
    nothing = np.full(len(t), np.nan)
    starts = sorted(unix(at) for at in (moment(lap.get("StartTime", "")) for lap in root.iter("Lap")) if at is not None)
    laps = [(start, f"Lap {n}", "") for n, start in enumerate(starts[1:], start=2)]
    return Recorded.of(Fixes(t, lat, lon, alt, speed_mps, nothing, nothing), "TCX", laps)
