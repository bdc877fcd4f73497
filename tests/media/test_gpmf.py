"""The reader of GPMF against a writer, against real payloads, and against damage."""

from __future__ import annotations

import random
import struct
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtbsync_core.media.gpmf import Problems, Stream, numbers, read_devices, read_items, records, scaled, units
from tests.media.gpmf_writer import device, integer, item, nest, text
from tests.real_files import GPMF

COUNTS = {
    "hero11": {"GPS5": 110, "GPS9": 110, "ACCL": 2192, "GYRO": 2192, "CORI": 274},
    "hero7": {"GPS5": 308, "GPS9": 0, "ACCL": 3369, "GYRO": 3369, "CORI": 0},
    "karma": {"GPS5": 0, "GPS9": 0, "ACCL": 196, "GYRO": 392, "CORI": 0},
}

SCALARS = {
    "b": st.integers(-(2**7), 2**7 - 1), "B": st.integers(0, 2**8 - 1),
    "s": st.integers(-(2**15), 2**15 - 1), "S": st.integers(0, 2**16 - 1),
    "l": st.integers(-(2**31), 2**31 - 1), "L": st.integers(0, 2**32 - 1),
    "f": st.floats(width=32, allow_nan=False), "d": st.floats(allow_nan=False),
    "j": st.integers(-(2**53), 2**53), "J": st.integers(0, 2**53),
}  # fmt: skip
STRUCT = {"b": "b", "B": "B", "s": "h", "S": "H", "l": "i", "L": "I", "f": "f", "d": "d", "j": "q", "J": "Q"}


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, list[tuple[float, ...]]]:
    """Types of the elements of a sample, and samples."""
    kinds = "".join(draw(st.lists(st.sampled_from(sorted(SCALARS)), min_size=1, max_size=9)))
    return kinds, draw(st.lists(st.tuples(*(SCALARS[kind] for kind in kinds)), max_size=5))


@pytest.mark.slow
@settings(derandomize=True, deadline=None)
@given(tables())
def test_structures_come_back(table: tuple[str, list[tuple[float, ...]]]) -> None:
    kinds, rows = table
    code = ">" + "".join(STRUCT[kind] for kind in kinds)
    written = item("DATA", "?", struct.calcsize(code), b"".join(struct.pack(code, *row) for row in rows))
    problems: Problems = []
    (found,) = read_items(written, problems)
    assert records(found, kinds) == rows
    np.testing.assert_array_equal(numbers(found, kinds), np.array(rows, float).reshape(-1, len(kinds)))
    assert not problems


@pytest.mark.slow
@settings(derandomize=True, deadline=None)
@given(st.data(), st.sampled_from(sorted(SCALARS)), st.integers(1, 4))
def test_rows_of_one_type_come_back(data: st.DataObject, kind: str, columns: int) -> None:
    rows = data.draw(st.lists(st.tuples(*[SCALARS[kind]] * columns), min_size=1, max_size=5))
    code = ">" + STRUCT[kind] * columns
    payload = device(
        nest("STRM", item("DATA", kind, struct.calcsize(code), b"".join(struct.pack(code, *r) for r in rows)))
    )
    problems: Problems = []
    ((stream,),) = [d.streams for d in read_devices(payload, problems)]
    np.testing.assert_array_equal(scaled(stream, problems), np.array(rows, float))
    assert not problems


def stream_of(*items: bytes) -> Stream:
    return Stream(tuple(read_items(b"".join(items), [])))


def test_fixed_point_and_words() -> None:
    assert numbers(read_items(item("DATA", "q", 4, struct.pack(">i", -3 << 15)), [])[0])[0, 0] == -1.5
    assert numbers(read_items(item("DATA", "Q", 8, struct.pack(">q", 5 << 31)), [])[0])[0, 0] == 2.5
    (mark,) = read_items(item("HLMT", "?", 8, b"\0\0\x04\xd2MANL"), [])
    assert records(mark, "LF") == [(1234, "MANL")]
    (when,) = read_items(item("GPSU", "U", 16, b"220920132938.299"), [])
    assert when.text == "220920132938.299"
    assert np.isnan(numbers(when)).all()
    (identity,) = read_items(item("CPID", "G", 16, bytes(range(16))), [])
    assert records(identity) == [(bytes(range(16)).decode("latin-1"),)]


def test_scale_and_units() -> None:
    data = item("DATA", "?", 12, struct.pack(">lHHl", 20, 3, 4, -10))
    one_each = integer("SCAL", "s", 10, 1, 1, 100)
    kinds = text("TYPE", "lS[2]l")
    stream = stream_of(kinds, item("UNIT", "c", 3, b"degm\0\0m/s\xb5T\0"), one_each, data)
    assert scaled(stream, []).tolist() == [[2.0, 3.0, 4.0, -0.1]]
    assert units(stream, 4) == ("deg", "m", "m/s", "µT")
    assert scaled(stream_of(kinds, integer("SCAL", "s", 10), data), []).tolist() == [[2.0, 0.3, 0.4, -1.0]]
    assert units(stream_of(text("SIUN", "m/s²"), integer("ACCL", "s", 1)), 3) == ("m/s²",) * 3
    assert units(stream_of(item("SIUN", "c", 4, b"m/s\xb2"), integer("ACCL", "s", 1)), 2) == ("m/s²",) * 2
    assert units(stream_of(integer("ACCL", "s", 1)), 2) == ("", "")


@pytest.mark.parametrize(
    ("scale", "problem"),
    [(integer("SCAL", "s", 0), "scale"), (integer("SCAL", "s", 1, 2), "scale"), (item("SCAL", "s", 2, b""), "scale")],
)
def test_scale_that_does_not_fit(scale: bytes, problem: str) -> None:
    problems: Problems = []
    assert not scaled(stream_of(scale, item("ACCL", "s", 6, bytes(12))), problems).size
    assert problem in problems[0]


GOOD = nest("STRM", integer("ACCL", "s", 1, 2, 3))


@pytest.mark.parametrize(
    ("damaged", "kept", "problem"),
    [
        pytest.param(device(GOOD)[:-4], ["ACCL"], "DEVC claims", id="cut off"),
        pytest.param(device(nest("STRM", item("GYRO", "s", 6, bytes(12), count=900)), GOOD), ["GYRO", "ACCL"],
                     "GYRO claims 5400 bytes where 12 are left", id="a sensor's length lies"),
        pytest.param(device(nest("STRM", item("GYRO", "x", 6, bytes(12))), GOOD), ["ACCL"], "unknown type", id="type"),
        pytest.param(device(GOOD, b"\x01\x02\x03\x04l\4\0\1\0\0\0\0"), ["ACCL"], "no item can begin", id="garbage"),
        pytest.param(nest("DEVC", item("STRM", "\0", 0, b""), GOOD), ["ACCL"], "", id="a stream of no length"),
        pytest.param(nest("DEVC", GOOD) + bytes(400), ["ACCL"], "", id="filled up"),
        pytest.param(GOOD, [], "where a device was expected", id="no device"),
        pytest.param(b"DEVC\0\1", [], "", id="half a header"),
        pytest.param(b"", [], "", id="nothing"),
    ],
)  # fmt: skip
def test_damage(damaged: bytes, kept: list[str], problem: str) -> None:
    problems: Problems = []
    devices = read_devices(damaged, problems)
    assert [stream.data.key for device in devices for stream in device.streams] == kept
    assert bool(problem) == bool(problems)
    assert problem in " ".join(problems)


def test_half_a_sample_is_none() -> None:
    whole = device(nest("STRM", item("ACCL", "s", 6, bytes(range(18)))))
    ((stream,),) = [d.streams for d in read_devices(whole[:-6], [])]
    assert (stream.data.count, scaled(stream, []).shape) == (3, (2, 3))


def test_absurd_nesting() -> None:
    deep = b""
    for _ in range(5000):
        deep = nest("STRM", deep) if len(deep) < 65000 else item("STRM", "\0", 255, deep, count=257)
    assert read_devices(nest("DEVC", deep), []) is not None


def real_shaped() -> list[bytes]:
    accl = struct.pack(">600h", *range(600))
    gps = b"".join(struct.pack(">lllllllHH", *range(7), 150, 3) for _ in range(10))
    streams = [
        nest("STRM", integer("STMP", "J", 99), integer("TSMP", "L", 200), text("STNM", "Accelerometer"),
             text("ORIN", "ZXY"), integer("SCAL", "s", 417), item("ACCL", "s", 6, accl)),
        nest("STRM", text("TYPE", "lllllllSS"), integer("SCAL", "l", *[10**7] * 2, *[1000] * 5, 100, 1),
             item("GPS9", "?", 32, gps)),
        nest("STRM", integer("GPSF", "L", 3), item("GPSU", "U", 16, b"220920132938.299"), integer("GPSP", "S", 179),
             integer("SCAL", "l", *[10**7] * 2, *[1000] * 3), item("GPS5", "l", 20, bytes(200))),
        nest("STRM", text("TYPE", "f[8]L"), item("FACE", "?", 36, bytes(72))),
    ]  # fmt: skip
    return [device(*streams), device(*streams, name="Hero7 Black")]


def mutated(rng: random.Random, payload: bytes) -> bytes:
    data = bytearray(payload)
    for _ in range(rng.randint(1, 12)):
        at = rng.randrange(len(data))
        match rng.randrange(4):
            case 0:
                data[at] = rng.randrange(256)
            case 1:
                del data[at : at + rng.randint(1, 40)]
            case 2:
                data[at:at] = rng.randbytes(rng.randint(1, 40))
            case _:
                data[at : at + 2] = rng.choice([b"\0\0", b"\xff\xff"])
        if not data:
            break
    return bytes(data)


@pytest.mark.slow
def test_fuzz() -> None:
    """However damaged, a payload is read in no time, and its values are numbers in rows."""
    rng = random.Random(6)
    corpus = real_shaped() + [(GPMF / f"{name}.raw").read_bytes()[:7000] for name in COUNTS]
    for _ in range(1500):
        problems: Problems = []
        data = mutated(rng, rng.choice(corpus))
        for found in read_devices(data, problems):
            for stream in found.streams:
                values = scaled(stream, problems)
                assert values.ndim == 2
                assert values.size <= len(data)
                assert len(units(stream, values.shape[1])) == values.shape[1]
                records(stream.data)


@pytest.mark.parametrize("name", COUNTS)
def test_counts_of_real_payloads(name: str) -> None:
    problems: Problems = []
    counts: Counter[str] = Counter()
    for found in read_devices((GPMF / f"{name}.raw").read_bytes(), problems):
        for stream in found.streams:
            counts[stream.data.key] += len(scaled(stream, problems))
    assert not problems
    assert {key: counts[key] for key in COUNTS[name]} == COUNTS[name]
