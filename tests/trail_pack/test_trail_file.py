"""The file of a trail pack comes from anybody: what is damaged, of a later version or made to harm says so."""

from __future__ import annotations

import io
import json
import lzma
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mtbsync_core.errors import MediaError
from mtbsync_core.media import trail_file
from mtbsync_core.media.trail_file import ABOUT, SCHEMA, TrailFile, is_trail, open_trail, write_trail

ARRAYS = {"motion": {"t_s": np.arange(40) / 10, "still": np.arange(40) > 20}}
FILES = {"thumbnails/0001.jpg": b"\xff\xd8 a picture"}


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    write_trail(tmp_path / "wood.mtbtrail", {"media": {"width": 640}}, ARRAYS, FILES)
    return tmp_path / "wood.mtbtrail"


def packed(tmp_path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> Path:
    path = tmp_path / "made.mtbtrail"
    about = json.dumps({"schema": SCHEMA, "version": 1}).encode()
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in {ABOUT: about, **members}.items():
            archive.writestr(name, content)
    return path


def header(shape: tuple[int, ...], kind: str = "<f8") -> bytes:
    """The beginning of an array that claims to be of this shape."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": kind, "fortran_order": False, "shape": shape})
    return file.getvalue()


def test_what_is_written_comes_back(pack: Path) -> None:
    trail = open_trail(pack)
    assert trail.about["media"] == {"width": 640}
    found = trail.arrays("motion")
    assert found.keys() == ARRAYS["motion"].keys()
    for name, array in ARRAYS["motion"].items():
        assert found[name].dtype == array.dtype and np.array_equal(found[name], array)
    assert trail.read("thumbnails/0001.jpg") == FILES["thumbnails/0001.jpg"]
    assert trail.arrays("track") == {}
    assert is_trail(pack)


def test_one_content_makes_one_file(pack: Path, tmp_path: Path) -> None:
    write_trail(tmp_path / "other.mtbtrail", {"media": {"width": 640}}, ARRAYS, FILES)
    assert (tmp_path / "other.mtbtrail").read_bytes() == pack.read_bytes()


def read_all(path: Path) -> None:
    trail = TrailFile(path)
    trail.arrays("motion")
    trail.read("thumbnails/0001.jpg")


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.99])
def test_a_file_that_was_cut_off(pack: Path, share: float) -> None:
    whole = pack.read_bytes()
    pack.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(MediaError):
        read_all(pack)


def test_any_damaged_byte_is_an_error_of_ours_or_none(pack: Path) -> None:
    whole = pack.read_bytes()
    for place in range(0, len(whole), 29):
        spoilt = bytearray(whole)
        spoilt[place] ^= 0x55
        pack.write_bytes(spoilt)
        try:
            read_all(pack)
        except MediaError as error:
            assert error.hint


def test_a_later_version_says_so(tmp_path: Path) -> None:
    path = tmp_path / "later.mtbtrail"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(ABOUT, json.dumps({"schema": SCHEMA, "version": 2}))
    with pytest.raises(MediaError, match="later version"):
        TrailFile(path)


def test_one_is_known_by_its_name_else_by_what_is_in_it(pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_trail(pack.rename(pack.with_name("wood.download")))
    opened = []
    monkeypatch.setattr(Path, "open", lambda path, *_: opened.append(path))
    assert not any(is_trail(pack.with_name(f"GX010001{suffix}")) for suffix in (".MP4", ".mov", ".mkv"))
    assert is_trail(pack.with_name("there.MTBTrail")) and opened == []


def test_another_zip_says_so(tmp_path: Path) -> None:
    path = tmp_path / "rides.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ride.mp4", b"")
    assert not is_trail(path)
    with pytest.raises(MediaError, match="no trail pack"):
        TrailFile(path)


@pytest.mark.parametrize("about", [b"[]", b"{", b'{"schema": "mtbsync.trail"}', b"[" * 100_000])
def test_a_description_that_means_nothing(tmp_path: Path, about: bytes) -> None:
    with pytest.raises(MediaError, match="damaged"):
        TrailFile(packed(tmp_path, {ABOUT: about}))


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    "content",
    [
        header((1 << 40,)),
        header((1 << 62, 1 << 62)),
        header((-1,)),
        header((4,), "|O") + b"cposix\nsystem\n.",
        header((4,)) + bytes(31),
        header((4,)) + bytes(33),
        header((4,), "<M8[s]") + bytes(32),
        b"\x93NUMPY\x01\x00\xff\xff{",
        b"no array at all",
        b"",
    ],
)
def test_an_array_that_lies(tmp_path: Path, content: bytes) -> None:
    trail = TrailFile(packed(tmp_path, {"motion/t_s.npy.xz": lzma.compress(content)}))
    with pytest.raises(MediaError, match=r"motion/t_s\.npy\.xz"):
        trail.arrays("motion")


def test_arrays_may_not_be_beyond_all_measure_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trail_file, "_MOST_BESIDES", 1 << 17)
    array = lzma.compress(header((1 << 13,)) + bytes(1 << 16))
    trail = TrailFile(packed(tmp_path, {f"index/{n}.npy.xz": array for n in range(3)}))
    with pytest.raises(MediaError, match="index/"):
        trail.arrays("index")


def test_an_entry_that_would_be_unpacked_at_once(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="too large"):
        TrailFile(packed(tmp_path, {}, zipfile.ZIP_LZMA))


def test_a_table_beyond_all_measure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trail_file, "_MOST_TEXT", 1 << 10)
    path = packed(tmp_path, {"thumbnails/0001.jpg": bytes(1025)}, zipfile.ZIP_DEFLATED)
    with pytest.raises(MediaError, match="too large"):
        TrailFile(path).read("thumbnails/0001.jpg")


def test_names_lead_nowhere(tmp_path: Path) -> None:
    made: dict[str, Any] = {"../outside.txt": b"x", "/etc/outside": b"x", "motion/../../t.npy.xz": b"x"}
    (tmp_path / "in").mkdir()
    trail = TrailFile(packed(tmp_path / "in", made))
    with pytest.raises(MediaError):
        trail.arrays("motion")
    assert [path.name for path in tmp_path.rglob("*")] == ["in", "made.mtbtrail"]
