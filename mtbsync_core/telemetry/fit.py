"""FIT files of Garmin, Wahoo and other devices: the fixes of an activity.

| FIT SDK, message `record` | here |
|---|---|
| `timestamp` | seconds since 1989-12-31 UTC; goes on while the timer is paused, so that a pause is a hole |
| `position_lat`, `position_long` | semicircles: 180 / 2^31 degrees |
| `enhanced_speed`, else `speed` | m/s |
| `enhanced_altitude`, else `altitude` | metres |

Devices lose power and cards fail: a file that breaks off, or whose check sum is wrong, is read as far as it goes.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from mtbsync_core.errors import FormatError
from mtbsync_core.telemetry.fixes import Fixes
from mtbsync_core.telemetry.recorded import Recorded, load

log = logging.getLogger(__name__)

_DEGREES = 180 / 2**31
_HINT = "Export the activity again, as FIT or GPX, from the app of your device."


def read_fit(path: Path) -> Recorded:
    """Read the records of a FIT file; FormatError where it is none, or has no positions."""
    data = load(path)
    rows: list[tuple[float, ...]] = []
    records = 0
    try:
        for fields in _records(data):
            records += 1
            rows.extend(_row(fields))
    except Exception as error:  # fitdecode lets struct errors and others through where bytes are damaged
        if not records:
            raise FormatError(f"{path} is not a readable FIT file: {error}", _HINT) from error
        log.warning("%s is damaged (%s): %d records before that are used", path.name, error, records)
    if not records:
        raise FormatError(f"{path} holds no records of a ride", _HINT)
    if not rows:
        raise FormatError(
            f"{path} has {records} records and no position in any: an indoor ride, or GPS was off",
            "Give the file of a ride outdoors.",
        )
    t, lat, lon, alt, speed = np.array(rows).T
    nothing = np.full(len(t), np.nan)
    return Recorded.of(Fixes(t, lat, lon, alt, speed, nothing, nothing), "FIT")


def _records(data: bytes) -> Iterator[Mapping[str, Any]]:
    """The fields of each `record` message by name; as far as the file can be read."""
    import fitdecode

    with fitdecode.FitReader(
        data, check_crc=fitdecode.CrcCheck.DISABLED, error_handling=fitdecode.ErrorHandling.IGNORE
    ) as reader:
        for frame in reader:
            if frame.frame_type == fitdecode.FIT_FRAME_DATA and frame.name == "record":
                yield {field.name: field.value for field in frame.fields}


def _row(fields: Mapping[str, Any]) -> Iterator[tuple[float, ...]]:
    """Seconds since 1970, latitude and longitude in degrees, altitude, speed; nothing without a time and a place."""
    at, lat, lon = (fields.get(name) for name in ("timestamp", "position_lat", "position_long"))
    if isinstance(at, datetime) and isinstance(lat, int) and isinstance(lon, int):
        yield at.timestamp(), lat * _DEGREES, lon * _DEGREES, _number(fields, "altitude"), _number(fields, "speed")


def _number(fields: Mapping[str, Any], name: str) -> float:
    values = (fields.get(f"enhanced_{name}"), fields.get(name))
    return next((float(value) for value in values if isinstance(value, int | float)), np.nan)
