"""`read_sensors`: what the sensors of a GoPro recorded, over all chapters, on the recording's clock.

| stream | values of a sample |
|---|---|
| `ACCL`, `GYRO` | along X, Y, Z of the camera's body (`gpmf_axes`): m/s², at rest +9.8 along Z; rad/s |
| `GRAV` | direction of gravity's reaction, unit vector, the same axes; once a frame |
| `CORI`, `IORI` | quaternions w, x, y, z as written: camera since the start, picture in the camera; once a frame |
| `MAGN` | magnetic field as written |
| `SHUT`, `ISOE` | exposure time in seconds, ISO; once a frame |
| `MSKP`, `LSKP` | images skipped before the frame, in the recording and in its small copy |

Position and speed are in `Gps`. HERO12 and cameras of other makers have none; see docs/telemetry.md.
"""

from __future__ import annotations

import logging
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.errors import MediaError
from mtbsync_core.media.gpmf import Device, Problems, Stream, read_devices, scaled, units
from mtbsync_core.media.gpmf_axes import body_axes
from mtbsync_core.media.gpmf_times import Block, CameraClock, camera_clock, sample_times
from mtbsync_core.media.metadata_track import track_samples
from mtbsync_core.media.packets import scan
from mtbsync_core.mediainfo import MediaFile, MediaInfo

log = logging.getLogger(__name__)

Floats = NDArray[np.float64]

STREAMS = ("ACCL", "GYRO", "GRAV", "CORI", "IORI", "MAGN", "SHUT", "ISOE", "MSKP", "LSKP")
_PER_FRAME = ("CORI", "IORI", "GRAV", "MSKP", "LSKP", "SHUT", "ISOE")
"""Streams whose stamps are those of frames, the best first."""
_TO_SI = {
    "mT": ("T", 1e-3), "µT": ("T", 1e-6), "g": ("m/s²", 9.80665), "deg/s": ("rad/s", math.pi / 180),
    "km/h": ("m/s", 1 / 3.6), "ms": ("s", 1e-3), "µs": ("s", 1e-6), "mm": ("m", 1e-3), "km": ("m", 1e3),
}  # fmt: skip
_RAW_PAYLOAD_S = 1.001
"""About what a payload lasts; for files that hold nothing but payloads, and no stamps in these."""


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
    speed3d_mps: Floats
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


@dataclass(frozen=True, slots=True, eq=False)
class _Payload:
    file: int
    t_s: float
    duration_s: float
    devices: list[Device]


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """One stream in one payload."""

    block: Block
    stream: Stream
    device: Device


def read_sensors(media: MediaInfo) -> Sensors:
    """The sensors of all chapters; times before the first and after the last frame occur.

    What is damaged is skipped, with one logged warning.

    Raises:
        MediaError: a file cannot be read.
    """
    problems: Problems = []
    payloads = [p for number, file in enumerate(media.files) for p in _of_file(file, number, problems)]
    sensors = _sensors(payloads, problems)
    _warn(media.name, problems)
    return sensors


def read_raw(path: Path) -> Sensors:
    """The sensors of a file that holds payloads back to back, without a film.

    Where no stamps tell their times, payloads are taken to last 1.001 s each.

    Raises:
        MediaError: the file cannot be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MediaError(f"{path} cannot be read: {error.strerror or error}", "Check the name.") from error
    problems: Problems = []
    payloads: list[list[Device]] = []
    for device in read_devices(data, problems):
        if not payloads or any(device.id == other.id for other in payloads[-1]):
            payloads.append([])
        payloads[-1].append(device)
    timed = [
        _Payload(0, t_s, _RAW_PAYLOAD_S, devices) for t_s, devices in zip(_raw_times(payloads), payloads, strict=True)
    ]
    sensors = _sensors(timed, problems)
    _warn(path.name, problems)
    return sensors


def _raw_times(payloads: list[list[Device]]) -> list[float]:
    """When each payload begins: by the stamps of frames, else one after the other."""
    stamps = [
        next((s.number("STMP") for device in devices for s in device.streams if s.data.key in _PER_FRAME), None)
        for devices in payloads
    ]
    known = [stamp for stamp in stamps if stamp is not None]
    if len(known) < len(payloads):
        return [k * _RAW_PAYLOAD_S for k in range(len(payloads))]
    return [(stamp - known[0]) / 1e6 for stamp in known]


def _of_file(file: MediaFile, number: int, problems: Problems) -> Iterator[_Payload]:
    """The payloads of one chapter; from its small copy, where the recording itself was stripped of them."""
    for path in filter(None, (file.path, file.proxy)):
        try:
            samples = list(track_samples(path, b"gpmd"))
        except OSError as error:
            hint = "Check that you may read this file; is the memory card still in?"
            raise MediaError(f"{path} cannot be read: {error.strerror or error}", hint) from error
        if not samples:
            continue
        table = scan(path)
        first_s = float(int(table.shown_stamps[0]) * table.time_base)
        for sample in samples:
            t_s = file.start_s + sample.t_s - first_s
            yield _Payload(number, t_s, sample.duration_s, read_devices(sample.payload, problems))
        return


def _sensors(payloads: list[_Payload], problems: Problems) -> Sensors:
    found = _by_key(payloads)
    clock = _clock(found)
    streams = {}
    for key in STREAMS:
        samples = _samples(found[key], clock, problems) if key in found else None
        if samples is not None:
            streams[key] = samples
    gps = _gps("GPS9", found["GPS9"], clock, problems) if "GPS9" in found else None
    if gps is None and "GPS5" in found:
        gps = _gps("GPS5", found["GPS5"], clock, problems)
    names = dict.fromkeys(device.name for payload in payloads for device in payload.devices)
    return Sensors(streams, gps, tuple(names))


def _by_key(payloads: list[_Payload]) -> dict[str, list[_Found]]:
    """Each stream's payloads; where several devices have a sensor of one kind, those of the first."""
    found: dict[str, list[_Found]] = defaultdict(list)
    owner: dict[str, str] = {}
    for number, payload in enumerate(payloads):
        seen = set()
        for device in payload.devices:
            for stream in device.streams:
                key = stream.data.key
                if key in seen or owner.setdefault(key, device.id) != device.id:
                    continue
                seen.add(key)
                stamp, total = stream.number("STMP"), stream.number("TSMP")
                block = Block(
                    payload=number,
                    file=payload.file,
                    t_s=payload.t_s,
                    duration_s=payload.duration_s,
                    n=stream.data.count,
                    stamp_s=stamp / 1e6 if stamp is not None else None,
                    total=total,
                )
                found[key].append(_Found(block, stream, device))
    return found


def _clock(found: dict[str, list[_Found]]) -> CameraClock | None:
    clocks = (camera_clock([f.block for f in found[key]]) for key in _PER_FRAME if key in found)
    return next((clock for clock in clocks if clock is not None), None)


def _tables(found: list[_Found], problems: Problems) -> tuple[list[_Found], list[Floats], list[NDArray[np.bool_]]]:
    """The readable payloads of a stream with their values, and which samples of a cut-off payload are there."""
    kept: list[_Found] = []
    tables: list[Floats] = []
    there: list[NDArray[np.bool_]] = []
    for part in found:
        values = scaled(part.stream, problems)
        if not values.size:
            continue
        if tables and values.shape[1] != tables[0].shape[1]:
            problems.append(f"{part.stream.data.key} has {values.shape[1]} columns, before {tables[0].shape[1]}")
            continue
        kept.append(part)
        tables.append(values)
        there.append(np.arange(part.block.n) < len(values))
    return kept, tables, there


def _samples(found: list[_Found], clock: CameraClock | None, problems: Problems) -> Samples | None:
    kept, tables, there = _tables(found, problems)
    if not kept:
        return None
    first = kept[0]
    values = np.concatenate(tables)
    factors, names = _si(units(first.stream, values.shape[1]))
    with np.errstate(all="ignore"):
        values = values * factors
    axes = body_axes(first.stream, first.device.name) if values.shape[1] == 3 else None
    if axes is not None:
        values = values @ axes.T
    title = first.stream.find("STNM")
    t_s = sample_times([part.block for part in kept], clock)[np.concatenate(there)]
    return Samples(title.text if title else "", t_s, values, names, "XYZ" if axes is not None else "")


def _si(written: tuple[str, ...]) -> tuple[Floats, tuple[str, ...]]:
    pairs = [_TO_SI.get(unit, (unit, 1.0)) for unit in written]
    return np.array([factor for _, factor in pairs]), tuple(name for name, _ in pairs)


def _gps(source: str, found: list[_Found], clock: CameraClock | None, problems: Problems) -> Gps | None:
    columns = 9 if source == "GPS9" else 5
    kept, tables, there = _tables([f for f in found if _is_wide(f, columns)], problems)
    if not kept:
        return None
    at = np.concatenate(there)
    t_s = sample_times([part.block for part in kept], clock)[at]
    values = np.concatenate(tables)
    if source == "GPS9":
        # Days since 2000-01-01, seconds since midnight (gpmf-parser, README).
        utc_s = datetime(2000, 1, 1, tzinfo=UTC).timestamp() + 86400 * values[:, 5] + values[:, 6]
        dop, fix = values[:, 7], values[:, 8].astype(np.int64)
    else:
        counts = [len(table) for table in tables]
        fix = np.repeat([_whole(part.stream.number("GPSF")) for part in kept], counts)
        dop = np.repeat([_or_nan(part.stream.number("GPSP")) / 100 for part in kept], counts)
        starts = np.cumsum(counts) - counts
        utc_s = np.repeat([_utc(part.stream) for part in kept], counts) + t_s - np.repeat(t_s[starts], counts)
    lat, lon, alt, speed, speed3d = values[:, :5].T
    return Gps(source, t_s, lat, lon, alt, speed, speed3d, fix, dop, np.where(fix == 0, np.nan, utc_s))


def _is_wide(found: _Found, columns: int) -> bool:
    fields = found.stream.find("TYPE")
    data = found.stream.data
    return len(fields.text if fields is not None else "") == columns if data.kind == "?" else data.size == 4 * columns


def _utc(stream: Stream) -> float:
    """`GPSU`, the receiver's time, as seconds since 1970; NaN where it is no date."""
    item = stream.find("GPSU")
    try:
        when = datetime.strptime(item.text if item is not None else "", "%y%m%d%H%M%S.%f")
    except ValueError:
        return math.nan
    return when.replace(tzinfo=UTC).timestamp()


def _whole(number: float | None) -> int:
    return int(number) if number is not None else -1


def _or_nan(number: float | None) -> float:
    return math.nan if number is None else number


def _warn(name: str, problems: Iterable[str]) -> None:
    said = list(dict.fromkeys(problems))
    if said:
        more = f", and {len(said) - 1} other faults" if len(said) > 1 else ""
        log.warning("parts of the telemetry of %s are damaged and were skipped: %s%s", name, said[0], more)
