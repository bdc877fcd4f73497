"""The chapters of a recording: found by name, joined by time, and none of them forgotten in silence."""

from __future__ import annotations

import logging
import random
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtbsync_core.errors import FormatError, MediaError, UsageError
from mtbsync_core.media.boxes import find_boxes
from mtbsync_core.media.chapters import chapter_name, find_chapters, in_order
from mtbsync_core.media.frames import read_frames_at, reduce_frames
from mtbsync_core.media.probe import probe
from mtbsync_core.media.sampling import Sampling
from mtbsync_core.mediainfo import MediaInfo

Make = Callable[..., Path]

X264 = {"preset": "ultrafast", "crf": "18", "bf": "0", "g": "8", "keyint_min": "8", "sc_threshold": "0"}
KEYS = Sampling(small_pixels_per_s=0)


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_bytes(b"x")


@pytest.mark.parametrize(
    "names",
    [
        ("GX010123.MP4", "GX020123.MP4", "GX030123.MP4"),
        ("GH010123.mp4", "gh020123.MP4", "GH030123.MP4"),
        ("GOPR0123.MP4", "GP010123.MP4", "GP020123.MP4"),
        ("GL010123.LRV", "GL020123.LRV", "GL030123.LRV"),
        ("CamA-20260614101500-GX010206.MP4", "CamA-20260614103321-GX020206.MP4"),
        ("DJI_20260614101500_0007_D.MP4", "DJI_20260614101500_0007_D_001.MP4"),
        ("DJI_20260614101500_0007_D_001.MP4", "DJI_20260614101500_0007_D_002.MP4"),
        ("VID_20260614_101500_00_017.mp4", "VID_20260614_101500_00_018.mp4"),
    ],
)
def test_any_chapter_stands_for_all(tmp_path: Path, names: tuple[str, ...]) -> None:
    others = ("GX010124.MP4", "GX020122.MP4", "GH010999.LRV", "GOPR0999.MP4", "DJI_20260614101500_0008_D.MP4")
    touch(tmp_path, *names, *others, "VID_20260614_101501_00_019.mp4", "GX010123.THM", "._GX010123.MP4", "notes.txt")
    for name in names:
        assert [path.name for path in find_chapters(tmp_path / name)] == list(names)
    assert in_order([tmp_path / name for name in reversed(names)]) == tuple(tmp_path / name for name in names)


@pytest.mark.parametrize("name", ["ride.mp4", "GHAA0001.MP4", "GX000123.MP4", "GX010123_edit.MP4", "IMG_0001.MOV"])
def test_other_names_stand_for_themselves(tmp_path: Path, name: str) -> None:
    touch(tmp_path, name, "GX010123.MP4", "GHAA0002.MP4", "IMG_0002.MOV")
    assert chapter_name(name) is None
    assert find_chapters(tmp_path / name) == (tmp_path / name,)


@pytest.mark.parametrize(
    ("names", "missing"),
    [
        (("GX010123.MP4", "GX030123.MP4"), "chapter 2 is"),
        (("GX020123.MP4",), "chapter 1 is"),
        (("GOPR0123.MP4", "GP030123.MP4"), "chapters 1, 2 are"),
        (("VID_20260614_101500_00_017.mp4", "VID_20260614_101500_00_019.mp4"), "chapter 18 is"),
    ],
)
def test_missing_chapter(tmp_path: Path, names: tuple[str, ...], missing: str) -> None:
    touch(tmp_path, *names)
    for look in (lambda: find_chapters(tmp_path / names[-1]), lambda: in_order([tmp_path / name for name in names])):
        with pytest.raises(MediaError, match=f"{missing} missing") as caught:
            look()
        assert "--no-chapters" in caught.value.hint


def test_two_files_for_one_chapter(tmp_path: Path) -> None:
    touch(tmp_path, "A-1-GX010001.MP4", "A-2-GX010001.MP4")
    with pytest.raises(MediaError, match="both be chapter 1"):
        find_chapters(tmp_path / "A-1-GX010001.MP4")


def test_files_that_are_no_recording(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="different recordings"):
        in_order([Path("GX010123.MP4"), Path("GX020124.MP4")])
    with pytest.raises(MediaError, match="twice"):
        in_order([Path("GX010123.MP4"), Path("GX010123.MP4")])
    with pytest.raises(MediaError, match="no recording"):
        probe([])
    # Names that say nothing leave the order to the rider.
    assert in_order([Path("b.mp4"), Path("a.mp4")]) == (Path("b.mp4"), Path("a.mp4"))


@pytest.mark.slow
@given(st.integers(1, 99), st.integers(0, 9999), st.sampled_from(["GX", "gh", "GL"]), st.randoms(use_true_random=False))
def test_order_is_that_of_the_numbers(n: int, recording: int, prefix: str, rng: random.Random) -> None:
    names = [Path(f"{prefix}{chapter:02d}{recording:04d}.MP4") for chapter in range(1, n + 1)]
    mixed = rng.sample(names, n)
    assert list(in_order(mixed)) == names


@pytest.mark.slow
@given(st.text(st.sampled_from("gxhlpordji_vid-.0123456789Ä"), max_size=30))
def test_any_name_is_read(name: str) -> None:
    found = chapter_name(name)
    assert found is None or found.number >= (found.first or 0)


@pytest.fixture(scope="module")
def chapters(tmp_path_factory: pytest.TempPathFactory, make_video: Make) -> list[Path]:
    folder = tmp_path_factory.mktemp("card")
    names = ("GX010123.MP4", "GX020123.MP4", "GX030123.MP4")
    tags = {"creation_time": "2026-06-14T10:00:00Z"}
    return [
        make_video(folder / name, n, options=X264, metadata=tags) for name, n in zip(names, (40, 33, 24), strict=True)
    ]


def test_chapters_share_one_clock(chapters: list[Path], number_of: Callable[[np.ndarray], int]) -> None:
    info = probe(chapters[1])
    assert [file.path for file in info.files] == chapters
    np.testing.assert_allclose([file.start_s for file in info.files], [0, 40 / 30, 73 / 30])
    assert (info.path, info.name) == (chapters[0], "GX010123.MP4 and 2 more")
    assert info.duration_s == pytest.approx(97 / 30)
    assert (info.n_frames, info.rate, info.variable_rate) == (97, 30, False)
    assert info.creation_time == probe(chapters[0], chapters=False).creation_time

    seen: list[tuple[int, int]] = []
    times_s, numbers = reduce_frames(info, number_of, KEYS, progress=lambda done, total: seen.append((done, total)))
    assert numbers == [*range(0, 40, 8), *range(0, 33, 8), *range(0, 24, 8)]
    starts = np.repeat([0, 40, 73], [5, 5, 3])
    np.testing.assert_allclose(times_s, (starts + numbers) / 30)
    assert seen[-1] == (13, 13)

    asked = [0.5, 1.4, 2.5, 0.1, 99.0, -1.0]
    shown = [(round(t * 30), number_of(picture)) for t, picture in read_frames_at(info, asked)]
    assert shown == [(15, 15), (42, 2), (75, 2), (3, 3), (96, 23), (0, 0)]


def test_moments_are_told_as_file_and_second(chapters: list[Path]) -> None:
    info = probe(chapters[0])
    for t_s, number, inside in (
        (0.0, 0, 0.0),
        (1.0, 0, 1.0),
        (40 / 30, 1, 0.0),
        (3.0, 2, 17 / 30),
        (-1, 0, -1),
        (9, 2, 197 / 30),
    ):
        file, seconds = info.at(t_s)
        assert file.path == chapters[number]
        assert seconds == pytest.approx(inside)
    assert MediaInfo.from_dict(info.as_dict()) == info


def test_one_chapter_alone(chapters: list[Path]) -> None:
    info = probe(chapters[1], chapters=False)
    assert [file.path for file in info.files] == [chapters[1]]
    assert (info.n_frames, info.name) == (33, "GX020123.MP4")
    # Two of them, on request.
    assert probe([chapters[1], chapters[0]]).n_frames == 73


def test_chapters_that_are_not_of_one_kind(tmp_path: Path, make_video: Make) -> None:
    make_video(tmp_path / "GX010007.MP4", 10, options=X264)
    make_video(tmp_path / "GX020007.MP4", 10, options=X264, size=(48, 36))
    with pytest.raises(MediaError, match="width 96 and 48"):
        probe(tmp_path / "GX010007.MP4")
    make_video(tmp_path / "GX020007.MP4", 10, options=X264, rate=25)
    with pytest.raises(MediaError, match=r"30\.000 and 25\.000 frames"):
        probe(tmp_path / "GX010007.MP4")


def two_chapters(folder: Path, make_video: Make, *tags: dict[str, str]) -> Path:
    """Chapters of 60 frames at 30 a second with these tags."""
    for n, metadata in enumerate(tags, start=1):
        made = make_video(folder / f"{n}.mov", 60, options=X264, metadata=metadata)
        made.rename(folder / f"GX0{n}0001.MP4")
    return folder / "GX010001.MP4"


def made_at(text: str) -> dict[str, str]:
    return {"creation_time": text}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (made_at("2026-06-14T10:00:00Z"), made_at("2026-07-14T10:00:00Z")),
        (made_at("2026-06-14T10:00:00Z"), made_at("2026-06-14T09:00:00Z")),
        ({"timecode": "10:00:00:00"}, {"timecode": "10:30:00:00"}),
        ({"timecode": "10:00:00:00"}, {"timecode": "09:59:00:00"}),
        (
            {"timecode": "01:00:00:00", **made_at("2026-06-14T10:00:00Z")},
            {"timecode": "01:00:00:00", **made_at("2026-07-14T10:00:00Z")},
        ),
    ],
)
def test_recordings_of_one_number_are_not_joined(
    tmp_path: Path, make_video: Make, first: dict[str, str], second: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    path = two_chapters(tmp_path, make_video, first, second)
    with caplog.at_level(logging.WARNING):
        assert [file.path.name for file in probe(path).files] == ["GX010001.MP4"]
    assert "GX020001.MP4 is of another recording than GX010001.MP4: the" in caplog.text
    with pytest.raises(MediaError, match="goes on from a chapter that is not here") as caught:
        probe(tmp_path / "GX020001.MP4")
    assert "--no-chapters" in caught.value.hint
    with pytest.raises(MediaError, match="cannot be one recording"):
        probe([path, tmp_path / "GX020001.MP4"])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {}),
        ({}, made_at("2026-06-14T10:00:00Z")),
        (made_at("2026-06-14T10:00:00Z"), made_at("2026-06-14T10:00:00Z")),
        (made_at("2026-06-14T10:00:00Z"), made_at("2026-06-14T10:00:02Z")),
        (made_at("2026-06-14T10:00:05Z"), made_at("2026-06-14T10:00:03Z")),
        ({"timecode": "23:59:59:00"}, {"timecode": "00:00:01:00"}),
        ({"timecode": "00:00:00:00"}, {"timecode": "00:00:00:00"}),
        (
            {"timecode": "10:00:00:00", **made_at("2026-06-14T10:00:00Z")},
            {"timecode": "10:00:02:00", **made_at("2026-07-14T10:00:00Z")},
        ),
    ],
)
def test_chapters_that_go_on(tmp_path: Path, make_video: Make, first: dict[str, str], second: dict[str, str]) -> None:
    two_chapters(tmp_path, make_video, first, second)
    assert probe(tmp_path / "GX020001.MP4").n_frames == 120


@pytest.mark.parametrize(("ids", "n"), [((b"a" * 32, b"a" * 32), 2), ((b"a" * 32, b"b" * 32), 1)])
def test_the_cameras_own_number(tmp_path: Path, make_video: Make, ids: tuple[bytes, bytes], n: int) -> None:
    tags = [made_at(f"2026-0{month}-14T10:00:00Z") for month in (6, 7)] if n == 2 else [{}, {}]
    path = two_chapters(tmp_path, make_video, *tags)
    for media_id, name in zip(ids, ("GX010001.MP4", "GX020001.MP4"), strict=True):
        with_header(tmp_path / name, media_id)
    assert len(probe(path).files) == n


def with_header(path: Path, media_id: bytes) -> None:
    """Put GPMF with a `MUID` into the header, which stands behind the pictures, so that these stay where they are."""
    muid = b"MUIDL" + struct.pack(">BH", 4, 8) + media_id
    device = b"DVIDL" + struct.pack(">BHL", 4, 1, 1) + muid
    gpmf = b"DEVC\0" + struct.pack(">BH", 1, len(device)) + device
    udta = b"udta" + struct.pack(">L4s", len(gpmf) + 8, b"GPMF") + gpmf
    data = path.read_bytes()
    with path.open("rb") as file:
        start, end = next(find_boxes(file, b"moov"))
    assert end == len(data)
    size = struct.pack(">L", end - start + 8 + len(udta) + 4)
    path.write_bytes(data[: start - 8] + size + data[start - 4 :] + struct.pack(">L", len(udta) + 4) + udta)


def test_a_later_chapter_of_another_recording_leaves_the_others(tmp_path: Path, make_video: Make) -> None:
    tags = [made_at(f"2026-0{month}-14T10:00:00Z") for month in (6, 6, 7)]
    two_chapters(tmp_path, make_video, *tags)
    assert probe(tmp_path / "GX020001.MP4").n_frames == 120


# ---- Damaged chapters ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", ["no index", "empty", "one frame"])
@pytest.mark.parametrize("named", [1, 3])
def test_last_chapter_that_is_damaged(
    tmp_path: Path, make_video: Make, damage: str, named: int, caplog: pytest.LogCaptureFixture
) -> None:
    two_chapters(tmp_path, make_video, {}, {}, {})
    last = tmp_path / "GX030001.MP4"
    if damage == "one frame":
        make_video(tmp_path / "1.mp4", 1, options=X264).replace(last)
    else:
        last.write_bytes(last.read_bytes()[:600] if damage == "no index" else b"")
    with caplog.at_level(logging.WARNING):
        assert probe(tmp_path / f"GX0{named}0001.MP4").n_frames == 120
    assert "GX030001.MP4" in caplog.text and "the chapters before it are used" in caplog.text
    with pytest.raises(MediaError):
        probe(last, chapters=False)


def test_chapter_in_the_middle_that_is_damaged(tmp_path: Path, make_video: Make) -> None:
    path = two_chapters(tmp_path, make_video, {}, {}, {})
    (tmp_path / "GX020001.MP4").write_bytes(b"")
    with pytest.raises(MediaError, match="further chapters follow it") as caught:
        probe(path)
    assert "--no-chapters" in caught.value.hint
    fast = make_video(tmp_path / "a.mp4", 60, options=X264, container_options={"movflags": "faststart"}).read_bytes()
    (tmp_path / "GX020001.MP4").write_bytes(fast[: len(fast) * 3 // 4])
    with pytest.raises(MediaError, match="is cut off, so that"):
        probe(path)
    (tmp_path / "GX030001.MP4").unlink()
    assert 60 < probe(path).n_frames < 120


def test_older_descriptions_are_of_one_file(chapters: list[Path]) -> None:
    data = probe(chapters[0], chapters=False).as_dict()
    del data["files"]
    assert [file.path for file in MediaInfo.from_dict(data).files] == [chapters[0]]


@pytest.mark.parametrize("files", [None, 3, ["GX010123.MP4"], [{"path": "GX010123.MP4"}]])
def test_damaged_descriptions(chapters: list[Path], files: object) -> None:
    data = {**probe(chapters[0]).as_dict(), "files": files}
    with pytest.raises(FormatError, match="damaged"):
        MediaInfo.from_dict(data)


def test_an_excerpt_is_a_recording_of_its_own(chapters: list[Path], number_of: Callable[[np.ndarray], int]) -> None:
    """From the 31st frame of the first chapter to the 4th of the third, on its own clock."""
    whole = probe(chapters[1])
    part = whole.excerpt(31 / 30, 77 / 30)
    assert [file.path for file in part.files] == chapters and part.path == chapters[0]
    assert part.duration_s == pytest.approx(46 / 30) and part.n_frames == 46
    times_s, numbers = reduce_frames(part, number_of, KEYS)
    assert numbers == [32, *range(0, 33, 8), 0]
    np.testing.assert_allclose(times_s, (np.repeat([0, 40, 73], [1, 5, 1]) + numbers - 31) / 30)
    shown = [number_of(picture) for _, picture in read_frames_at(part, [0.0, 9 / 30, 45 / 30])]
    assert shown == [31, 0, 3]

    last = whole.excerpt(2.0, 99.0)
    assert [file.path for file in last.files] == chapters[1:] and last.duration_s == pytest.approx(97 / 30 - 2)
    assert whole.excerpt(-1.0, 99.0).files == whole.files
    with pytest.raises(UsageError):
        whole.excerpt(50.0, 60.0)
