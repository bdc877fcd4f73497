"""GPMF, the format of GoPro's telemetry: bytes to items, devices, streams and scaled values. Pure functions.

All is big-endian. A payload is a row of items (gopro.github.io/gpmf-parser, whose tables these are):

| bytes | what |
|---|---|
| 4 | key, ASCII; four zero bytes end the row |
| 1 | type of the elements; 0: further items inside |
| 1 | size of one sample in bytes; it holds as many elements as fit |
| 2 | number of samples |
| size × number | the samples, filled up to a multiple of 4 bytes |

| type | element | type | element |
|---|---|---|---|
| `b` `B` | integer, 8 bits, signed / not | `f` `d` | IEEE 754, 32 / 64 bits |
| `s` `S` | 16 bits | `q` `Q` | fixed point, 15.16 / 31.32 |
| `l` `L` | 32 bits | `c` `F` | letter, four letters |
| `j` `J` | 64 bits | `G` `U` | 16 bytes of an id, 16 letters of a time `yymmddhhmmss.sss` |
| `?` | structure, its elements are in `TYPE`: `lllSS`, `f[8]L` | | |

`DEVC` is a device; inside are its id `DVID` and name `DVNM`, and for each of its sensors a `STRM`. In a stream the last
item is the data, and those before it say what they mean:

| key | meaning |
|---|---|
| `SCAL` | divisor, one for all or one per element |
| `SIUN`, `UNIT` | units, likewise; in Latin-1 (`m/s²`, `µT`) |
| `TYPE` | elements of a structure |
| `STNM` | name |
| `STMP` | time of the first sample, microseconds of the camera |
| `TSMP` | samples so far, these included |
| `ORIN` | axes of the data; a small letter is a negative axis |
| `MTRX`, `ORIO` | matrix that turns the data, and the axes of what comes out |

Files lie: copies are cut off, firmware writes wrong lengths. What can be read is; what cannot is said in `problems`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Problems = list[str]
"""What was skipped and why, one sentence each; functions append to it."""

NESTED = "\0"
_ELEMENTS = {
    "b": ">i1", "B": ">u1", "s": ">i2", "S": ">u2", "l": ">i4", "L": ">u4", "j": ">i8", "J": ">u8",
    "f": ">f4", "d": ">f8", "q": ">i4", "Q": ">i8", "c": "S1", "F": "S4", "G": "V16", "U": "S16",
}  # fmt: skip
_WIDTH = {kind: np.dtype(element).itemsize for kind, element in _ELEMENTS.items()}
_FRACTION = {"q": 2.0**16, "Q": 2.0**32}
_NO_NUMBER = "cFGU"
_MOST_LETTERS = 1024
_FIELD = re.compile(r"([^\[\]])(?:\[(\d{1,3})\])?")


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a row: `count` samples of `size` bytes each in `data`, fewer where it was cut off."""

    key: str
    kind: str
    """Type letter."""
    size: int
    count: int
    data: bytes

    @property
    def complete(self) -> int:
        """How many samples are there whole."""
        return len(self.data) // self.size if self.size else 0

    @property
    def text(self) -> str:
        """The data as text, up to the first zero byte."""
        return self.data.split(b"\0", 1)[0].decode("latin-1").strip()


@dataclass(frozen=True, slots=True)
class Stream:
    """One sensor's items in one payload, the data last."""

    items: tuple[Item, ...]

    @property
    def data(self) -> Item:
        """The samples."""
        return self.items[-1]

    def find(self, key: str) -> Item | None:
        """The first item called `key`."""
        return next((item for item in self.items if item.key == key), None)

    def text(self, key: str) -> str | None:
        """The text of the item called `key`; None where there is none."""
        item = self.find(key)
        return item.text if item is not None else None

    def number(self, key: str) -> float | None:
        """The first number of the item called `key`; None where there is none, or an infinite one."""
        item = self.find(key)
        found = numbers(item) if item is not None else np.zeros((0, 0))
        return float(found.flat[0]) if found.size and np.isfinite(found.flat[0]) else None


@dataclass(frozen=True, slots=True)
class Device:
    """What one device wrote into one payload."""

    id: str
    """A number ("1") or four letters ("HLMT")."""
    name: str
    items: tuple[Item, ...]
    """Its own items, without those of its streams."""
    streams: tuple[Stream, ...]


def read_items(data: bytes, problems: Problems) -> list[Item]:
    """The items of one row, not those inside them; what makes no sense ends the row."""
    found, at = [], 0
    while at + 8 <= len(data) and data[at : at + 4] != b"\0\0\0\0":
        key, kind, size = data[at : at + 4], chr(data[at + 4]), data[at + 5]
        count = int.from_bytes(data[at + 6 : at + 8], "big")
        if not all(32 <= letter < 127 for letter in key):
            problems.append(f"no item can begin with {key!r}")
            break
        name = key.decode("ascii")
        payload = data[at + 8 : at + 8 + size * count]
        if len(payload) < size * count:
            problems.append(f"{name} claims {size * count} bytes where {len(payload)} are left")
        if kind == NESTED or kind == "?" or kind in _ELEMENTS:
            found.append(Item(name, kind, size, count, payload))
        else:
            problems.append(f"{name} is of the unknown type {kind!r}")
        at += 8 + (size * count + 3) // 4 * 4
    return found


def read_devices(payload: bytes, problems: Problems) -> list[Device]:
    """The devices of one payload with their streams; streams that are deeper inside are not sensors and left out."""
    devices = []
    for top in read_items(payload, problems):
        if top.key != "DEVC" or top.kind != NESTED:
            problems.append(f"{top.key} stands where a device was expected")
            continue
        items = read_items(top.data, problems)
        own = Stream(tuple(item for item in items if item.kind != NESTED))
        rows = [read_items(item.data, problems) for item in items if item.key == "STRM" and item.kind == NESTED]
        streams = tuple(Stream(tuple(row)) for row in rows if row)
        devices.append(Device(_device_id(own.find("DVID")), own.text("DVNM") or "", own.items, streams))
    return devices


def numbers(item: Item, fields: str | None = None) -> Floats:
    """The samples as numbers, shape (N, C), not yet scaled; letters and ids are NaN.

    Args:
        fields: the elements of a structure, as `TYPE` lists them.
    """
    kinds = _kinds(item, fields)
    rows = _rows(item, kinds)
    values = np.full((len(rows), len(kinds)), np.nan)
    with np.errstate(invalid="ignore"):  # a signalling NaN in a damaged file
        for i, kind in enumerate(kinds):
            if kind not in _NO_NUMBER:
                values[:, i] = rows[f"f{i}"].astype(np.float64) / _FRACTION.get(kind, 1)
    return values


def records(item: Item, fields: str | None = None) -> list[tuple[Any, ...]]:
    """The samples as tuples: numbers as they stand, letters as text."""
    rows = _rows(item, _kinds(item, fields)).tolist()
    return [tuple(cell.decode("latin-1") if isinstance(cell, bytes) else cell for cell in row) for row in rows]


def scaled(stream: Stream, problems: Problems) -> Floats:
    """The samples of a stream, shape (N, C), divided by `SCAL`; (0, 0) where they make no sense."""
    data = stream.data
    values = numbers(data, stream.text("TYPE"))
    if not values.size:
        if data.count:
            problems.append(f"the samples of {data.key} cannot be read")
        return np.zeros((0, 0))
    scale = stream.find("SCAL")
    if scale is None:
        return values
    divisor = numbers(scale).ravel()
    if len(divisor) not in (1, values.shape[1]) or not np.isfinite(divisor).all() or not divisor.all():
        problems.append(f"the scale of {data.key} does not fit its samples")
        return np.zeros((0, 0))
    with np.errstate(all="ignore"):
        return np.asarray(values / divisor)


def units(stream: Stream, columns: int) -> tuple[str, ...]:
    """The unit of each column as the file says it; empty where it says nothing."""
    item = stream.find("SIUN") or stream.find("UNIT")
    if item is None or not item.data:
        return ("",) * columns
    # One unit is written as one sample of n letters, or as n samples of one.
    width = item.size if item.size > 1 else len(item.data)
    parts = [item.data[at : at + width] for at in range(0, len(item.data), width)]
    texts = [part.replace(b"\0", b"").decode("latin-1").strip() for part in parts]
    return tuple((texts * columns if len(texts) == 1 else texts + [""] * columns)[:columns])


def _kinds(item: Item, fields: str | None) -> str:
    """Type letters of the elements of one sample; empty where they do not fill it."""
    if item.kind == "?":
        # A sample has 255 bytes at most; longer lists are damaged.
        fields = fields if fields is not None and len(fields) <= _MOST_LETTERS else ""
        kinds = "".join(letter * int(times or 1) for letter, times in _FIELD.findall(fields))
    elif item.kind in _ELEMENTS:
        kinds = item.kind * (item.size // _WIDTH[item.kind])
    else:
        return ""
    known = all(kind in _WIDTH for kind in kinds)
    return kinds if known and sum(_WIDTH[kind] for kind in kinds) == item.size else ""


def _rows(item: Item, kinds: str) -> NDArray[Any]:
    """The complete samples, one named field per element."""
    dtype = np.dtype([(f"f{i}", _ELEMENTS[kind]) for i, kind in enumerate(kinds)])
    return np.frombuffer(item.data[: item.complete * item.size], dtype) if kinds else np.zeros(0, dtype)


def _device_id(item: Item | None) -> str:
    value = records(item)[:1] if item is not None else []
    return str(value[0][0]) if value and value[0] else ""
