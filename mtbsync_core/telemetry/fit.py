"""FIT files of Garmin, Wahoo and other devices: the fixes of an activity.

| FIT SDK, message `record` | here |
|---|---|
| `timestamp` | seconds since 1989-12-31 UTC; goes on while the timer is paused, so that a pause is a hole |
| `position_lat`, `position_long` | semicircles: 180 / 2^31 degrees |
| `enhanced_speed`, else `speed` | m/s |
| `enhanced_altitude`, else `altitude` | metres |

The `start_time` of each `lap` after the first is a moment that the rider, or the device by itself, marked; the
`lap_trigger` of the lap before says which. So is the end of the last lap where the ride goes on after it.

Devices lose power and cards fail: a file that breaks off, whose check sum is wrong, or whose header says no size or too
small a one, is read as far as it goes. Fields of other makers (developer fields) are passed over, described or not.
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
from mtbsync_core.telemetry.recorded import Recorded
from mtbsync_core.telemetry.track_file import load

log = logging.getLogger(__name__)

_DEGREES = 180 / 2**31
_HEADER, _CHECK_SUM = 12, 2
_SAME_S = 2.0
"""A lap that ends so little before the last record is the last one."""
_HINT = "Export the activity again, as FIT or GPX, from the app of your device."


def read_fit(path: Path) -> Recorded:
    """Read the records of a FIT file; FormatError where it is none, or has no positions."""
    rows: list[tuple[float, ...]] = []
    laps: list[tuple[float, float, str]] = []
    records = 0
    try:
        for name, fields in _messages(_sized(load(path))):
            if name == "lap":
                laps.extend(_lap(fields))
                continue
            records += 1
            rows.extend(_row(fields))
    except Exception as error:  # fitdecode lets struct errors and others through where bytes are damaged
        if not records:
            raise FormatError(f"{path} is not a readable FIT file: no record of a ride is whole", _HINT) from error
        log.debug("%s: %s", path, error)
        log.warning("%s breaks off or is damaged: the %d records before that are used", path.name, records)
    if not records:
        raise FormatError(f"{path} holds no records of a ride", _HINT)
    if not rows:
        raise FormatError(
            f"{path} has {records} records and no position in any: an indoor ride, or GPS was off",
            "Give the file of a ride outdoors.",
        )
    t, lat, lon, alt, speed = np.array(rows).T
    nothing = np.full(len(t), np.nan)
    return Recorded.of(Fixes(t, lat, lon, alt, speed, nothing, nothing), "FIT", _marks(sorted(laps), float(t[-1])))


def _lap(fields: Mapping[str, Any]) -> Iterator[tuple[float, float, str]]:
    """Begin and end of a lap, seconds since 1970, and what ended it; nothing without its times."""
    start, end, trigger = (fields.get(name) for name in ("start_time", "timestamp", "lap_trigger"))
    if isinstance(start, datetime) and isinstance(end, datetime):
        yield start.timestamp(), end.timestamp(), trigger if isinstance(trigger, str) else ""


def _marks(laps: list[tuple[float, float, str]], last_s: float) -> list[tuple[float, str, str]]:
    """Where the laps after the first begin: a device that died has not written its last one."""
    starts = [start for start, _, _ in laps[1:]]
    starts += [end for _, end, _ in laps[-1:] if end < last_s - _SAME_S]
    return [(start, f"Lap {n}", laps[n - 2][2]) for n, start in enumerate(starts, start=2)]


def _sized(data: bytes) -> bytes:
    """The file with a header that says how much there is, where what it says does not lead to the end or to a further
    file: devices write the size last of all.
    """
    if len(data) < _HEADER:
        return data
    first, size = data[0], int.from_bytes(data[4:8], "little")
    behind = data[first + size + _CHECK_SUM :]
    if size and (not behind or behind[8:12] == b".FIT"):
        return data
    return data[:4] + max(0, len(data) - first).to_bytes(4, "little") + data[8:]


def _messages(data: bytes) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Name and fields by name of each `record` and `lap` message; as far as the file can be read."""
    import fitdecode

    class Reader(fitdecode.FitReader):
        """Without developer fields: a description before its id would end the reading."""

        def _add_dev_data_id(self, message: Any) -> None: ...

        def _add_dev_field_description(self, message: Any) -> None: ...

    options = {"check_crc": fitdecode.CrcCheck.DISABLED, "error_handling": fitdecode.ErrorHandling.IGNORE}
    with Reader(data, **options) as reader:
        for frame in reader:
            if frame.frame_type == fitdecode.FIT_FRAME_DATA and frame.name in ("record", "lap"):
                yield frame.name, {field.name: field.value for field in frame.fields}


def _row(fields: Mapping[str, Any]) -> Iterator[tuple[float, ...]]:
    """Seconds since 1970, latitude and longitude in degrees, altitude, speed; nothing without a time and a place."""
    at, lat, lon = (fields.get(name) for name in ("timestamp", "position_lat", "position_long"))
    if isinstance(at, datetime) and isinstance(lat, int) and isinstance(lon, int):
        yield at.timestamp(), lat * _DEGREES, lon * _DEGREES, _number(fields, "altitude"), _number(fields, "speed")


def _number(fields: Mapping[str, Any], name: str) -> float:
    values = (fields.get(f"enhanced_{name}"), fields.get(name))
    return next((float(value) for value in values if isinstance(value, int | float)), np.nan)
