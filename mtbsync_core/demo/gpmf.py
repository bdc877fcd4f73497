"""GPMF as a GoPro writes it: the items, one payload per second of a recording, and the header about the whole file.

An item is a four-letter key, a type letter, the size of one element (8 bit), how many elements (16 bit), then the
values, big-endian and filled up with zeros to four bytes; type 0 holds further items (github.com/gopro/gpmf-parser,
README). What is in which order was taken from files of a HERO7 (GPS5) and of a HERO11 (GPS9).

    DEVC                     one per payload: DVID, DVNM (model), then streams
      STRM  ACCL, GYRO       TSMP, STNM, axes (ORIN, and ORIO with MTRX), SIUN, SCAL, then (N, 3) 16-bit numbers
      STRM  SHUT             exposure of each frame, s
      STRM  GPS9             latitude, longitude, altitude, speed in 2D and 3D, days since 2000, seconds, DOP, fix
      STRM  GPS5             the first five; of the whole payload GPSF (fix), GPSU (time of its first), GPSP (100 DOP)

`TSMP` counts the samples so far, this payload's included; `STMP` (HERO8 and later) is the time of the first sample in
microseconds of a clock of the camera, which has run for some time when the first frame is taken.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.demo.plan import GpsKind, SensorPlan
from mtbsync_core.demo.sensors import Fixes, Inertial, Measured

PAYLOAD_S = 1.001
"""How much of the recording one payload covers, in whole frames: 30 of 29.97 a second."""
CLOCK_S = 0.0856
"""What the clock of `STMP` shows when the first frame is taken; 85.6 ms in a file of a GoPro MAX."""
_HALF_MS = 0.0005
"""Edges of payloads are rounded to milliseconds; the frame that begins a payload belongs to it."""
_MODEL = {"GPS9": "HERO13 Black", "GPS5": "HERO7 Black", None: "HERO12 Black"}
_FIRMWARE = {"GPS9": "H24.01.02.02.00", "GPS5": "HD7.01.01.90.00", None: "H23.01.02.32.00"}
_SETTINGS = {"OREN": "U", "DZOM": "N", "VFOV": "W", "EISE": "N", "EISA": "N/A", "HCTL": "Off"}
_GPS5_SCALE = np.array([1e7, 1e7, 1e3, 1e3, 1e2])
_GPS9_SCALE = np.array([1e7, 1e7, 1e3, 1e3, 1e2, 1, 1e3, 100, 1])
_GPS9 = np.dtype(">i4,>i4,>i4,>i4,>i4,>i4,>i4,>u2,>u2")
_ACCL_SCALE, _GYRO_SCALE = 417, 939
_NUMBERS = {"B": ">u1", "s": ">i2", "S": ">u2", "l": ">i4", "L": ">u4", "f": ">f4", "J": ">u8"}
_HLMT = np.dtype(">u4,>u4,>u4,>i4,>i4,>f4,S4,>f4,>f4")
_HMMT_PLACES = 100
_DAY_ZERO = datetime(2000, 1, 1)


def item(key: str, kind: str, values: Any) -> bytes:
    """One item: numbers of shape (N,) or (N, C) by the type letter, structures ("?"), or text ("c", "F", "U")."""
    if isinstance(values, str):
        data = values.encode("latin-1")
        width, count = (1, len(data)) if kind == "c" else (len(data), 1)
    elif kind == "c":  # texts of one width each
        width, count = max(map(len, values)), len(values)
        data = b"".join(text.encode("latin-1").ljust(width, b"\0") for text in values)
    else:
        rows = np.atleast_1d(np.asarray(values, _NUMBERS.get(kind)))
        data, width, count = rows.tobytes(), rows.itemsize * math.prod(rows.shape[1:]), len(rows)
    return (
        key.encode("ascii")
        + kind.encode("ascii")
        + bytes([width])
        + count.to_bytes(2, "big")
        + data
        + bytes(-len(data) % 4)
    )


def nest(key: str, *children: bytes) -> bytes:
    """An item that holds items."""
    data = b"".join(children)
    return key.encode("ascii") + b"\0\1" + len(data).to_bytes(2, "big") + data


def header(plan: SensorPlan, diagonal_deg: float) -> bytes:
    """What `udta/GPMF` says about the whole file: the lens, all settings, and the moments that the rider tapped."""
    settings = {"MINF": _MODEL[plan.gps], "FMWR": _FIRMWARE[plan.gps], **_SETTINGS, **dict(plan.settings)}
    known = nest("STRM", item("ZFOV", "f", [diagonal_deg]), *(item(key, "c", text) for key, text in settings.items()))
    device = nest("DEVC", item("DVID", "L", [1]), item("DVNM", "c", "Global Settings"), known)
    taps = np.zeros(len(plan.hilights_s), _HLMT)
    taps["f0"] = taps["f1"] = taps["f2"] = np.round(np.array(plan.hilights_s) * 1000)
    taps["f6"] = b"MANL"
    taps["f7"] = taps["f8"] = 100.0
    tapped = [item("TYPE", "c", "LLLllfFff"), item("HLMT", "?", taps)] if len(taps) else []
    moments = nest("DEVC", item("DVID", "F", "HLMT"), item("DVNM", "c", "Highlights"), nest("STRM", *tapped))
    return device + moments


def hmmt(plan: SensorPlan) -> bytes:
    """The older list of the same moments, `udta/HMMT`: milliseconds, filled up with zeros."""
    places = np.zeros(_HMMT_PLACES, ">u4")
    at_ms = np.round(np.array(plan.hilights_s[:_HMMT_PLACES]) * 1000)
    places[: len(at_ms)] = at_ms
    return len(at_ms).to_bytes(4, "big") + places.tobytes()


def payloads(measured: Measured, gps: GpsKind | None, start: datetime) -> Iterator[tuple[int, bytes]]:
    """Yield (milliseconds that it covers, payload) from the first frame on; `start` is its UTC, without a zone."""
    frames = max(1, round(PAYLOAD_S * len(measured.frame_s) / measured.duration_s))
    edges_ms = np.round(np.append(measured.frame_s[::frames], measured.duration_s) * 1000).astype(int).tolist()
    for first_ms, end_ms in pairwise(edges_ms):
        part = _Part(first_ms / 1000, end_ms / 1000, stamped=gps != "GPS5")
        streams = [
            part.inertial("ACCL", "Accelerometer", "m/s²", _ACCL_SCALE, measured.accl),
            part.inertial("GYRO", "Gyroscope", "rad/s", _GYRO_SCALE, measured.gyro),
            part.exposures(measured.frame_s, measured.shutter_s),
        ]
        if measured.fixes is not None:
            streams.append(part.gps9(measured.fixes, start) if gps == "GPS9" else part.gps5(measured.fixes, start))
        name = item("DVNM", "c", _MODEL[gps])
        yield end_ms - first_ms, nest("DEVC", item("DVID", "L", [1]), name, *streams)


class _Part:
    """The streams of one payload: the samples taken from `first_s` until just before `end_s`."""

    def __init__(self, first_s: float, end_s: float, *, stamped: bool) -> None:
        self._ends = (first_s, end_s)
        self._stamped = stamped

    def _samples(self, t_s: NDArray[np.float64]) -> slice:
        return slice(*np.searchsorted(t_s, np.array(self._ends) - _HALF_MS).tolist())

    def _stream(self, name: str, t_s: NDArray[np.float64], *items: bytes) -> bytes:
        inside = self._samples(t_s)
        stamp = []
        if self._stamped and inside.stop > inside.start:
            stamp = [item("STMP", "J", [round((t_s[inside.start] + CLOCK_S) * 1e6)])]
        return nest("STRM", *stamp, item("TSMP", "L", [inside.stop]), item("STNM", "c", name), *items)

    def inertial(self, key: str, name: str, unit: str, scale: int, read: Inertial) -> bytes:
        right, ahead, up = read.values[self._samples(read.t_s)].T
        if self._stamped:
            axes, columns = [item("ORIN", "c", "ZXY")], (up, right, ahead)
        else:  # HERO7's chip lies on its side; the matrix turns its order to that of ORIO
            matrix = np.array([[0, 0, 1, 0, -1, 0, 1, 0, 0]])
            axes = [item("MTRX", "f", matrix), item("ORIN", "c", "YxZ"), item("ORIO", "c", "ZXY")]
            columns = (ahead, -right, up)
        whole = np.clip(np.round(np.stack(columns, axis=1) * scale), -32768, 32767)
        scaling = item("SIUN", "c", unit), item("SCAL", "s", [scale])
        return self._stream(name, read.t_s, *axes, *scaling, item(key, "s", whole))

    def exposures(self, frame_s: NDArray[np.float64], shutter_s: float) -> bytes:
        inside = self._samples(frame_s)
        values = item("SHUT", "f", np.full(inside.stop - inside.start, shutter_s))
        return self._stream("Exposure time (shutter speed)", frame_s, item("SIUN", "c", "s"), values)

    def gps9(self, fixes: Fixes, start: datetime) -> bytes:
        inside = self._samples(fixes.t_s)
        since = start - _DAY_ZERO
        of_day_s = since.seconds + fixes.t_s[inside]
        days, seconds = since.days + of_day_s // 86400, of_day_s % 86400
        values = np.column_stack((fixes.values[inside], days, seconds, fixes.dop[inside], fixes.lock[inside]))
        rows = np.zeros(len(values), _GPS9)
        for name, column in zip(_GPS9.names or (), np.round(values * _GPS9_SCALE).T, strict=True):
            rows[name] = column
        return self._stream(
            "GPS (Lat., Long., Alt., 2D, 3D, days, secs, DOP, fix)",
            fixes.t_s,
            item("UNIT", "c", ["deg", "deg", "m", "m/s", "m/s", "", "s", "", ""]),
            item("TYPE", "c", "lllllllSS"),
            item("SCAL", "l", _GPS9_SCALE),
            item("GPS9", "?", rows),
        )

    def gps5(self, fixes: Fixes, start: datetime) -> bytes:
        inside = self._samples(fixes.t_s)
        name = "GPS (Lat., Long., Alt., 2D speed, 3D speed)"
        if inside.stop == inside.start:
            return self._stream(name, fixes.t_s)
        stamp = (start + timedelta(seconds=float(fixes.t_s[inside.start]))).strftime("%y%m%d%H%M%S.%f")[:-3]
        return self._stream(
            name,
            fixes.t_s,
            item("GPSF", "L", [fixes.lock[inside].min()]),
            item("GPSU", "U", stamp),
            item("GPSP", "S", [round(float(fixes.dop[inside].max()) * 100)]),
            item("UNIT", "c", ["deg", "deg", "m", "m/s", "m/s"]),
            item("SCAL", "l", _GPS5_SCALE),
            item("GPS5", "l", np.round(fixes.values[inside] * _GPS5_SCALE)),
        )
