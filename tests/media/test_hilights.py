"""HiLight tags: both forms, over chapters, damaged."""

from __future__ import annotations

import logging
import struct
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest

from mtbsync_core.errors import MediaError
from mtbsync_core.media.hilights import HiLight, read_hilights
from mtbsync_core.media.probe import probe
from tests.media.gpmf_writer import integer, item, nest, text, with_user_data
from tests.real_files import WALKWAY

Make = Callable[..., Path]
Tag = tuple[int, int, int, bytes, float, float]

ISSUE_21: list[Tag] = [
    (9225, 9225, 9225, b"MANL", 100.0, 100.0),
    (3865, 3641, 4254, b"FUSE", 81.79, 31.37),
    (11848, 11666, 11936, b"AIMU", 57.52, 28.76),
]
"""The example that gpmf-parser's author gave."""


def structures(tags: list[Tag]) -> bytes:
    rows = [struct.pack(">LLLllf4sff", *tag[:3], 471234567, 81234567, 812.5, *tag[3:]) for tag in tags]
    stream = nest(
        "STRM", integer("TSMP", "L", len(tags)), text("RMRK", "struct: Time (ms), ..."), text("TYPE", "LLLllfFff"),
        integer("SCAL", "L", 1, 1, 1, 10**7, 10**7, 1, 1, 1, 1), item("HLMT", "?", 36, b"".join(rows)),
    )  # fmt: skip
    device = nest("DEVC", item("DVID", "F", 4, b"HLMT"), text("DVNM", "Highlights"), stream)
    return nest("DEVC", integer("DVID", "L", 1), text("MINF", "HERO6 Black")) + device + bytes(64)


def hmmt(*milliseconds: int) -> bytes:
    return struct.pack(f">{len(milliseconds) + 1}L", len(milliseconds), *milliseconds) + bytes(400)


def recording(folder: Path, make_video: Make, *, chapters: list[list[tuple[bytes, bytes]]], seconds: int = 4) -> Path:
    for number, inside in enumerate(chapters, start=1):
        path = make_video(folder / f"GX0{number}0001.MP4", seconds * 5, rate=5)
        with_user_data(path, *inside)
    return folder / "GX010001.MP4"


def as_by_a_camera(path: Path) -> Path:
    """The file without the name of the program that wrote it, as cameras leave it out."""
    path.write_bytes(path.read_bytes().replace(b"\xa9too", b"free"))
    assert "encoder" not in av.open(str(path)).metadata
    return path


GOPRO = b"GPMF", nest("DEVC", integer("DVID", "L", 1), text("MINF", "HERO12 Black"))


def test_structures(tmp_path: Path, make_video: Make) -> None:
    path = recording(tmp_path, make_video, chapters=[[(b"GPMF", structures(ISSUE_21))]], seconds=12)
    tags = read_hilights(probe(path))
    assert [(tag.t_s, tag.kind, tag.manual) for tag in tags] == [
        (3.865, "FUSE", False), (9.225, "MANL", True), (11.848, "AIMU", False)
    ]  # fmt: skip
    assert (tags[0].in_s, tags[0].out_s, tags[0].confidence) == (3.641, 4.254, pytest.approx(81.79))
    assert tags[1].position == pytest.approx((47.1234567, 8.1234567, 812.5))


def test_milliseconds(tmp_path: Path, make_video: Make) -> None:
    path = recording(tmp_path, make_video, chapters=[[(b"HMMT", hmmt(500, 3200))]])
    assert read_hilights(probe(path)) == [HiLight(0.5, 0.5, 0.5), HiLight(3.2, 3.2, 3.2)]


def test_both_forms_of_one_tag(tmp_path: Path, make_video: Make) -> None:
    """HERO11 writes a tag by hand into both."""
    path = recording(
        tmp_path, make_video, chapters=[[(b"HMMT", hmmt(9225, 2000)), (b"GPMF", structures(ISSUE_21))]], seconds=12
    )
    assert [tag.t_s for tag in read_hilights(probe(path)) if tag.manual] == [2.0, 9.225]


def chpl(*starts_s: float, version: int = 1) -> bytes:
    rows = b"".join(struct.pack(">QB7s", round(10_000_000 * t), 7, b"HiLight") for t in starts_s)
    return bytes([version, 0, 0, 0]) + bytes(4 * version) + bytes([len(starts_s)]) + rows


@pytest.mark.parametrize("version", [0, 1])
def test_chapters_of_the_mp4_file(tmp_path: Path, make_video: Make, version: int) -> None:
    """Newer cameras keep the tags there; the first chapter, from 0 on, is the film."""
    inside = GOPRO, (b"chpl", chpl(0, 1.5, 3.25, version=version))
    path = as_by_a_camera(recording(tmp_path, make_video, chapters=[[*inside]]))
    assert read_hilights(probe(path)) == [HiLight(1.5, 1.5, 1.5), HiLight(3.25, 3.25, 3.25)]
    both = [(b"chpl", chpl(0.5, 3.201)), (b"HMMT", hmmt(500, 3200, 3900))]
    path = as_by_a_camera(recording(tmp_path, make_video, chapters=[both]))
    assert [tag.t_s for tag in read_hilights(probe(path))] == [0.5, 3.2, 3.9]
    path = recording(
        tmp_path, make_video, chapters=[[GOPRO, (b"chpl", chpl(0.5, 3.2)[:-12])], [GOPRO, (b"chpl", chpl(0, 1))]]
    )
    for file in tmp_path.glob("GX0*"):
        as_by_a_camera(file)
    assert [tag.t_s for tag in read_hilights(probe(path))] == [0.5, 5.0]


def test_chapters_that_a_program_wrote_are_no_hilights(tmp_path: Path, make_video: Make) -> None:
    """Of a copy with chapters, which keeps what the camera has in the header; and of other cameras' files."""
    path = recording(tmp_path, make_video, chapters=[[GOPRO, (b"HMMT", hmmt(500)), (b"chpl", chpl(0, 1.5, 3.25))]])
    assert [tag.t_s for tag in read_hilights(probe(path))] == [0.5]
    path = as_by_a_camera(recording(tmp_path, make_video, chapters=[[(b"chpl", chpl(0, 1.5))]]))
    assert read_hilights(probe(path)) == []


@pytest.mark.skipif(not hasattr(av.container.OutputContainer, "set_chapters"), reason="this PyAV writes no chapters")
def test_chapters_in_a_text_track(tmp_path: Path, make_video: Make) -> None:
    path, starts = tmp_path / "a.mov", [0, 1500, 2250, 4000]
    with av.open(str(make_video(tmp_path / "plain.mp4", 120))) as source, av.open(str(path), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        target.set_chapters(
            [
                {"id": n, "start": a, "end": b, "time_base": Fraction(1, 1000), "metadata": {"title": "HiLight"}}
                for n, (a, b) in enumerate(pairwise(starts))
            ]
        )
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = stream
                target.mux(packet)
    data = path.read_bytes().replace(b"chpl", b"free").replace(b"\xa9swr", b"free").replace(b"\xa9enc", b"free")
    path.write_bytes(data)
    assert read_hilights(probe(path)) == []  # no GoPro
    with_user_data(path, GOPRO)
    as_by_a_camera(path)
    assert [tag.t_s for tag in read_hilights(probe(path))] == [1.5, 2.25]


def test_chapters(tmp_path: Path, make_video: Make, caplog: pytest.LogCaptureFixture) -> None:
    first, second = [(b"HMMT", hmmt(1000))], [(b"HMMT", hmmt(500, 3500, 99000))]
    media = probe(recording(tmp_path, make_video, chapters=[first, second]))
    with caplog.at_level(logging.WARNING):
        assert [tag.t_s for tag in read_hilights(media)] == [1.0, 4.5, 7.5]
    assert "GX020001.MP4: a HiLight at 99.0 s lies behind its end" in caplog.text
    assert [tag.t_s for tag in read_hilights(media.excerpt(3.0, 5.0))] == [1.5]


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (((1000,), (5000, 7500)), [1.0, 5.0, 7.5]),
        (((), (4300, 6000), (8200, 9900)), [4.3, 6.0, 8.2, 9.9]),
        (((1000,), (1000, 5000, 7500)), [1.0, 5.0, 7.5]),
        (((), (3000,), (11000,), ()), [3.0, 11.0]),
        (((3900,), (3900,), (100,)), [3.9, 7.9, 8.1]),
    ],
)
def test_from_what_they_count_is_one_rule_for_all(
    tmp_path: Path, make_video: Make, tags: tuple[tuple[int, ...], ...], expected: list[float]
) -> None:
    """Chapters of four seconds; a tag at five seconds in the second one proves that all count from the recording."""
    chapters = [[(b"HMMT", hmmt(*chapter))] for chapter in tags]
    found = read_hilights(probe(recording(tmp_path, make_video, chapters=chapters)))
    assert [tag.t_s for tag in found] == pytest.approx(expected)


@pytest.mark.parametrize(
    "inside",
    [
        (b"HMMT", b""),
        (b"HMMT", bytes(404)),
        (b"GPMF", b"DEVC\xff" * 9),
        (b"GPMF", structures(ISSUE_21)[:150]),
        (b"GPMF", structures([])),
    ],
)
def test_nothing_there(tmp_path: Path, make_video: Make, inside: tuple[bytes, bytes]) -> None:
    assert read_hilights(probe(recording(tmp_path, make_video, chapters=[[inside]]))) == []


def test_recording_is_gone(tmp_path: Path, make_video: Make) -> None:
    path = recording(tmp_path, make_video, chapters=[[(b"HMMT", hmmt(500))]])
    media = probe(path)
    path.unlink()
    with pytest.raises(MediaError, match="cannot be read"):
        read_hilights(media)


def test_real_files_have_none() -> None:
    for name in ("hero7.mp4", "max-heromode.mp4"):
        assert read_hilights(probe(WALKWAY / name)) == []
