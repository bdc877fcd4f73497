"""`mtbsync chapters`: every packet stays as it is, and two readers find each chapter to the millisecond."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from mtbsync_core.jobs.ref_markers import read_ref_markers
from mtbsync_core.media.camera import read_camera
from mtbsync_core.media.hilights import read_hilights
from mtbsync_core.media.mp4_chapters import chapter_starts
from mtbsync_core.media.packets import scan
from mtbsync_core.media.probe import probe
from tests.cli.two_runs import Run
from tests.real_files import HERO7

MARKERS = "name,t_ref,comment\nGate,1.001,go left\nBerm ü,4.5674,\nTwin,4.5674,\nRock,11.7,\nbehind,900,\n"
SAID = [("Gate", 1001), ("Berm ü / Twin", 4567), ("Rock", 11700)]


def packets(path: Path) -> dict[str, list[str]]:
    """Digests of the packets of each stream; the kind and the order of the stream name it."""
    found: dict[str, list[str]] = {}
    with av.open(str(path)) as file:
        for packet in file.demux():
            if packet.size:
                name = f"{packet.stream.type} {packet.stream.index}"
                found.setdefault(name, []).append(hashlib.sha256(bytes(packet)).hexdigest())
    return found


def chapters_by_ffmpeg(path: Path) -> list[tuple[str, int]]:
    """In milliseconds after the first picture."""
    table = scan(path)
    since = Fraction(int(table.shown_stamps[0])) * table.time_base
    with av.open(str(path)) as file:
        return [(c["metadata"]["title"], round((c["start"] * c["time_base"] - since) * 1000)) for c in file.chapters()]  # type: ignore[operator]


def elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The elements of EBML (RFC 8794) side by side: identifier and content."""
    at = 0
    while at < len(data):
        length = 9 - data[at].bit_length()
        identifier = int.from_bytes(data[at : at + length], "big")
        at += length
        length = 9 - data[at].bit_length()
        size = int.from_bytes(data[at : at + length], "big") & ((1 << 7 * length) - 1)
        at += length
        size = len(data) - at if size == (1 << 7 * length) - 1 else size
        yield identifier, data[at : at + size]
        at += size


def inside(data: bytes, *path: int) -> list[bytes]:
    found = [data]
    for wanted in path:
        found = [content for one in found for identifier, content in elements(one) if identifier == wanted]
    return found


def chapters_by_ebml(path: Path) -> list[tuple[str, int]]:
    """Matroska (RFC 9559): Segment, Chapters, EditionEntry, ChapterAtom; ChapterTimeStart is in nanoseconds."""
    since_ms = round(float(scan(path).shown_stamps[0] * scan(path).time_base) * 1000)
    found = []
    for atom in inside(path.read_bytes(), 0x18538067, 0x1043A770, 0x45B9, 0xB6):
        (start,), (title,) = inside(atom, 0x91), inside(atom, 0x80, 0x85)
        found.append((title.decode(), round(int.from_bytes(start, "big") / 1e6) - since_ms))
    return found


@pytest.fixture
def markers(tmp_path: Path) -> Path:
    file = tmp_path / "markers.csv"
    file.write_text(MARKERS, encoding="utf-8")
    return file


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_a_gopros_streams_stay_as_they_are(run: Run, markers: Path, tmp_path: Path, suffix: str) -> None:
    copy = tmp_path / f"copy{suffix}"
    done = run("chapters", HERO7, "--markers", markers, "--out", copy, "--json")
    assert done.code == 0, done.err
    said = [("Start", 0), *SAID] if suffix != ".mkv" else SAID
    assert [(c["title"], round(c["t_s"] * 1000)) for c in json.loads(done.out)["chapters"]] == said
    assert chapters_by_ffmpeg(copy) == said
    own, theirs = packets(HERO7), packets(copy)
    if suffix == ".mkv":
        assert chapters_by_ebml(copy) == said
        assert [name for name in own if own[name] in theirs.values()] == ["video 0"]
        assert "without the data track GoPro MET" in done.out
    else:
        assert [round(s * 1000) for s in chapter_starts(copy)] == [at for _, at in said]
        assert all(kept in theirs.values() for kept in own.values()) and "without" not in done.out
        assert read_camera(copy) == read_camera(HERO7)
        assert read_hilights(probe(copy)) == read_hilights(probe(HERO7))
    before, after = probe(HERO7), probe(copy)
    assert (after.n_frames, after.rate, after.start_timecode) == (before.n_frames, before.rate, before.start_timecode)
    for text in ("1 x marker outside", "1 x marker at the time of another", "1 x note or length"):
        assert text in done.out


@pytest.fixture(scope="module")
def high_bits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten bits, HEVC with B-frames under Apple's tag, and AAC, which begins before the first picture."""
    path = tmp_path_factory.mktemp("hevc") / "hevc.mp4"
    try:
        av.codec.Codec("libx265", "w")
    except av.codec.codec.UnknownCodecError:
        pytest.skip("the FFmpeg of this PyAV has no libx265")
    with av.open(str(path), "w") as file:
        options = {"preset": "ultrafast", "x265-params": "bframes=3:log-level=none:pools=1"}
        video: Any = file.add_stream("libx265", rate=Fraction(60000, 1001), options=options)
        video.width, video.height, video.pix_fmt = 64, 64, "yuv420p10le"
        video.codec_context.codec_tag = "hvc1"
        sound: Any = file.add_stream("aac", rate=48000)
        for n in range(60):
            frame = av.VideoFrame(64, 64, "yuv420p10le")
            for plane in frame.planes:
                plane.update(np.full(plane.buffer_size // 2, n * 7 % 900, np.uint16).tobytes())
            frame.pts, frame.time_base = n, Fraction(1001, 60000)
            file.mux(video.encode(frame))
        for n in range(47):
            silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            silence.sample_rate, silence.pts = 48000, n * 1024
            file.mux(sound.encode(silence))
        file.mux(video.encode(None))
        file.mux(sound.encode(None))
    return path


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_ten_bits_with_sound(run: Run, high_bits: Path, tmp_path: Path, suffix: str) -> None:
    copy, markers = tmp_path / f"copy{suffix}", tmp_path / "m.csv"
    markers.write_text("name,t_ref\na,0\nb,0.3336\nc,0.999\n", encoding="utf-8")
    assert run("chapters", high_bits, "--markers", markers, "--out", copy).code == 0
    said = [("a", 0), ("b", 334), ("c", 999)]
    assert chapters_by_ffmpeg(copy) == said
    other = chapters_by_ebml(copy) if suffix == ".mkv" else [round(s * 1000) for s in chapter_starts(copy)]
    assert other == (said if suffix == ".mkv" else [at for _, at in said])
    own, theirs = packets(high_bits), packets(copy)
    assert {name: theirs[name] for name in own} == own
    with av.open(str(copy)) as file:
        stream = file.streams.video[0]
        assert stream.codec_context.pix_fmt == "yuv420p10le"
        assert suffix == ".mkv" or stream.codec_context.codec_tag == "hvc1"


def test_chapters_are_markers_where_no_marker_file_is(run: Run, markers: Path, tmp_path: Path) -> None:
    copy, out = tmp_path / "copy.mkv", tmp_path / "out.csv"
    run("chapters", HERO7, "--markers", markers, "--out", copy)
    table = read_ref_markers(copy, probe(HERO7))
    assert [(m.name, round(m.t_s * 1000), m.duration_s) for m in table.markers] == [(*one, 0) for one in SAID]
    done = run("import-markers", copy, "--out", out)
    assert done.code == 0 and "is a recording: its 3 chapters are taken as markers" in done.out + done.err
    done = run("import-markers", HERO7, "--out", out)
    assert done.code == 7 and "a recording without chapters" in done.err and "hilights" in done.err


@pytest.mark.parametrize("out", ["copy.avi", "hero7.mp4"])
def test_what_cannot_be_is_refused(run: Run, markers: Path, tmp_path: Path, out: str) -> None:
    video = tmp_path / "hero7.mp4"
    video.write_bytes(HERO7.read_bytes())
    assert run("chapters", video, "--markers", markers, "--out", tmp_path / out).code == 2
    assert video.read_bytes() == HERO7.read_bytes()


def test_files_of_one_recording_are_not_joined(run: Run, markers: Path, tmp_path: Path) -> None:
    for name in ("GH010001.MP4", "GH020001.MP4"):
        (tmp_path / name).write_bytes(HERO7.read_bytes())
    one = tmp_path / "GH010001.MP4"
    done = run("chapters", one, "--markers", markers, "--out", tmp_path / "copy.mp4")
    assert done.code == 2 and "one recording of 2 files" in done.err and "--no-chapters" in done.err
    assert run("chapters", one, "--markers", markers, "--out", tmp_path / "copy.mp4", "--no-chapters").code == 0


def test_no_marker_in_the_recording(run: Run, tmp_path: Path) -> None:
    markers = tmp_path / "m.csv"
    markers.write_text("name,t_ref\na,900\n", encoding="utf-8")
    done = run("chapters", HERO7, "--markers", markers, "--out", tmp_path / "copy.mp4")
    assert done.code == 2 and "no marker" in done.err and not (tmp_path / "copy.mp4").exists()
