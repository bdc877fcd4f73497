"""`read_sensors`: what the sensors of a GoPro recorded, over all chapters, on the recording's clock.

| stream | values of a sample |
|---|---|
| `ACCL`, `GYRO` | along X, Y, Z of the camera's body (`gpmf_axes`): m/s², at rest +9.8 along Z; rad/s |
| `GRAV` | direction of gravity's reaction, unit vector, the same axes; once a frame |
| `CORI`, `IORI` | quaternions as written: camera since the start, picture in the camera; once a frame |
| `MAGN` | magnetic field as written |
| `SHUT`, `ISOE` | exposure time in seconds, ISO; once a frame |
| `MSKP`, `LSKP` | images skipped before the frame, in the recording and in its small copy |

Position and speed are in `Gps`. HERO12 and cameras of other makers have none; see docs/telemetry.md.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.media.gpmf import Problems, Stream, units
from mtbsync_core.media.gpmf_axes import body_axes
from mtbsync_core.media.gpmf_payloads import PER_FRAME, Found, Payload, by_key, film_payloads, tables_of
from mtbsync_core.media.gpmf_times import CameraClock, camera_clock, sample_times
from mtbsync_core.mediainfo import MediaInfo

log = logging.getLogger(__name__)

Floats = NDArray[np.float64]

STREAMS = ("ACCL", "GYRO", "GRAV", "CORI", "IORI", "MAGN", "SHUT", "ISOE", "MSKP", "LSKP")
_TO_SI = {
    "mT": ("T", 1e-3), "µT": ("T", 1e-6), "g": ("m/s²", 9.80665), "deg/s": ("rad/s", math.pi / 180),
    "km/h": ("m/s", 1 / 3.6), "ms": ("s", 1e-3), "µs": ("s", 1e-6), "mm": ("m", 1e-3), "km": ("m", 1e3),
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """One sensor: `t_s` (N,) increasing seconds on the recording's clock, `values` (N, C)."""

    name: str
    """What the camera calls it."""
    t_s: Floats
    values: Floats
    units: tuple[str, ...]
    """One per column; SI where the camera tells units, else empty."""
    axes: str
    """"XYZ" where the columns are the axes of the camera's body; else empty."""


@dataclass(frozen=True, slots=True, eq=False)
class Gps:
    """What the receiver in the camera gave, unfiltered: arrays of shape (N,).

    `t_s` is when the camera got the fix, which may be some tenths of a second after it was taken. `utc_s` is seconds
    since 1970; of GPS5 it is good to 1.5 s only (in a file that has both, GPS5's stands that much later than GPS9's).
    """

    source: str
    """"GPS9" or "GPS5"."""
    t_s: Floats
    lat_deg: Floats
    lon_deg: Floats
    alt_m: Floats
    speed_mps: Floats
    """Over ground, Doppler."""
    fix: NDArray[np.int64]
    """0 no lock, 2 without height, 3 with; -1 not said."""
    dop: Floats
    """Dilution of precision, below 5 is good; NaN not said."""
    utc_s: Floats
    """NaN not said, or no lock."""


@dataclass(frozen=True, slots=True, eq=False)
class Sensors:
    """All sensors of one recording by key, and its GPS; empty and None where there are none."""

    streams: dict[str, Samples]
    gps: Gps | None
    devices: tuple[str, ...] = ()
    """Names of the devices that wrote them."""

    def __bool__(self) -> bool:
        return bool(self.streams) or self.gps is not None


def read_sensors(media: MediaInfo) -> Sensors:
    """The sensors of all chapters; times before the first and after the last frame occur.

    What is damaged is skipped, with one logged warning.

    Raises:
        MediaError: a file cannot be read.
    """
    problems: Problems = []
    sensors = sensors_of(film_payloads(media, problems), problems)
    if said := list(dict.fromkeys(problems)):
        more = f", and {len(said) - 1} other faults" if len(said) > 1 else ""
        log.warning("parts of the telemetry of %s are damaged and were skipped: %s%s", media.name, said[0], more)
    return sensors


def sensors_of(payloads: list[Payload], problems: Problems) -> Sensors:
    """The sensors whose samples are in these payloads."""
    found = by_key(payloads, (*STREAMS, "GPS9", "GPS5"))
    clocks = (camera_clock([f.block for f in found[key]]) for key in PER_FRAME if key in found)
    clock = next((each for each in clocks if each is not None), None)
    read = {key: _samples(found[key], clock, problems) for key in STREAMS if key in found}
    streams = {key: samples for key, samples in read.items() if samples is not None}
    fixes = (_gps(source, found[source], clock, problems) for source in ("GPS9", "GPS5") if source in found)
    gps = next((each for each in fixes if each is not None), None)
    names = dict.fromkeys(device.name for payload in payloads for device in payload.devices)
    return Sensors(streams, gps, tuple(names))


def _samples(found: list[Found], clock: CameraClock | None, problems: Problems) -> Samples | None:
    kept, tables = tables_of(found, problems)
    if not kept:
        return None
    first = kept[0]
    values = np.concatenate(tables)
    si = [_TO_SI.get(unit, (unit, 1.0)) for unit in units(first.stream, values.shape[1])]
    names = tuple(name for name, _ in si)
    with np.errstate(all="ignore"):
        values = values * np.array([factor for _, factor in si])
    axes = body_axes(first.stream, first.device.name) if values.shape[1] == 3 else None
    if axes is not None:
        values = values @ axes.T
    t_s = sample_times([part.block for part in kept], clock)
    return Samples(first.stream.text("STNM") or "", t_s, values, names, "XYZ" if axes is not None else "")


def _gps(source: str, found: list[Found], clock: CameraClock | None, problems: Problems) -> Gps | None:
    columns = 9 if source == "GPS9" else 5
    kept, tables = tables_of([f for f in found if _is_wide(f, columns)], problems)
    if not kept:
        return None
    t_s = sample_times([part.block for part in kept], clock)
    values = np.concatenate(tables)
    if source == "GPS9":
        # Days since 2000-01-01, seconds since midnight (gpmf-parser, README).
        utc_s = datetime(2000, 1, 1, tzinfo=UTC).timestamp() + 86400 * values[:, 5] + values[:, 6]
        dop, fix = values[:, 7], np.nan_to_num(values[:, 8], nan=-1).clip(-1, 9).astype(np.int64)
    else:
        counts = [len(table) for table in tables]
        fix = np.repeat([int(_or(part.stream.number("GPSF"), -1)) for part in kept], counts)
        dop = np.repeat([_or(part.stream.number("GPSP"), math.nan) / 100 for part in kept], counts)
        starts = np.cumsum(counts) - counts
        utc_s = np.repeat([_utc(part.stream) for part in kept], counts) + t_s - np.repeat(t_s[starts], counts)
    lat, lon, alt, speed = values[:, :4].T
    return Gps(source, t_s, lat, lon, alt, speed, fix, dop, np.where(fix == 0, np.nan, utc_s))


def _or(number: float | None, otherwise: float) -> float:
    return number if number is not None else otherwise


def _is_wide(found: Found, columns: int) -> bool:
    data = found.stream.data
    return len(found.stream.text("TYPE") or "") == columns if data.kind == "?" else data.size == 4 * columns


def _utc(stream: Stream) -> float:
    """`GPSU`, the receiver's time, as seconds since 1970; NaN where it is no date."""
    try:
        when = datetime.strptime(stream.text("GPSU") or "", "%y%m%d%H%M%S.%f")
    except ValueError:
        return math.nan
    return when.replace(tzinfo=UTC).timestamp()
