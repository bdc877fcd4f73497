"""Every picture must be the one that its time names, whatever the file's shape."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from mtbsync_core.errors import MediaError
from mtbsync_core.media import packets
from mtbsync_core.media.frames import read_frames_at, reduce_frames
from mtbsync_core.media.probe import probe
from mtbsync_core.media.sampling import Sampling
from tests.real_files import HERO7, LAP1

Make = Callable[..., Path]
Number = Callable[[np.ndarray], int]

# The test videos are tiny; without this they would be "small files", decoded in full.
KEYS = Sampling(small_pixels_per_s=0)
ALL = Sampling(fps=1000)

X264 = {"preset": "ultrafast", "crf": "18", "bf": "0", "g": "8", "keyint_min": "8", "sc_threshold": "0"}
B_FRAMES = {"preset": "veryfast", "crf": "18", "bf": "3", "b-adapt": "0", "g": "12", "sc_threshold": "0"}


def sampled(path: Path, number_of: Number, sampling: Sampling, *, width: int = 640) -> tuple[np.ndarray, list[int]]:
    return reduce_frames(probe(path), number_of, sampling, width=width)


def test_key_frames_only(tmp_path: Path, make_video: Make, number_of: Number) -> None:
    path = make_video(tmp_path / "a.mp4", 61, rate=Fraction(30000, 1001), options=X264)
    times_s, numbers = sampled(path, number_of, KEYS)
    assert numbers == list(range(0, 61, 8))
    np.testing.assert_allclose(times_s, np.array(numbers) * 1001 / 30000, atol=1e-12)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_every_frame(tmp_path: Path, make_video: Make, number_of: Number, threads: int) -> None:
    path = make_video(tmp_path / "a.mp4", 61, options=B_FRAMES)
    times_s, numbers = sampled(path, number_of, Sampling(fps=1000, threads=threads))
    assert numbers == list(range(61))
    np.testing.assert_allclose(times_s, np.arange(61) / 30, atol=1e-12)


def test_file_without_a_list_of_key_frames(
    tmp_path: Path, make_video: Make, number_of: Number, patch: Callable
) -> None:
    """Some writers leave out `stss`, which says that every frame is a key frame; then look at the frames."""
    path = make_video(tmp_path / "a.mp4", 61, options=X264)
    patch(path, (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stss"), -4, b"free")
    assert sampled(path, number_of, KEYS)[1] == list(range(0, 61, 8))


def test_small_recording_is_sampled_ten_times_a_second(tmp_path: Path, make_video: Make, number_of: Number) -> None:
    path = make_video(tmp_path / "a.mp4", 60, options=X264)
    _, numbers = sampled(path, number_of, Sampling())
    assert numbers == list(range(0, 60, 3))


def test_b_frames_key_frames_only(tmp_path: Path, make_video: Make, number_of: Number) -> None:
    path = make_video(tmp_path / "a.mp4", 61, options=B_FRAMES)
    times_s, numbers = sampled(path, number_of, KEYS)
    assert numbers == [0, 12, 24, 36, 48, 60]
    np.testing.assert_allclose(times_s, np.array(numbers) / 30, atol=1e-12)


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_open_groups(tmp_path: Path, make_video: Make, number_of: Number, codec: str) -> None:
    """Frames shown before a key frame but stored behind it need the group before, also across two threads."""
    x265 = {"preset": "ultrafast", "x265-params": "open-gop=1:bframes=3:b-adapt=0:keyint=12:scenecut=0:log-level=none"}
    options = {**B_FRAMES, "x264-params": "open-gop=1"} if codec == "libx264" else x265
    path = make_video(tmp_path / "a.mp4", 61, codec=codec, options=options)
    assert sampled(path, number_of, ALL)[1] == list(range(61))
    numbers = sampled(path, number_of, KEYS)[1]
    assert len(numbers) >= 5
    assert sampled(path, number_of, Sampling(fps=7.5))[1] == list(range(0, 61, 4))


def test_long_group_is_filled(tmp_path: Path, make_video: Make, number_of: Number) -> None:
    path = make_video(tmp_path / "a.mp4", 100, options={**X264, "g": "60", "keyint_min": "60"})
    times_s, numbers = sampled(path, number_of, KEYS)
    np.testing.assert_allclose(times_s, np.array(numbers) / 30, atol=1e-12)
    assert {0, 60, 99} <= set(numbers)
    assert np.diff(times_s).max() < 0.4
    assert len(numbers) <= 12


def test_only_one_key_frame(tmp_path: Path, make_video: Make, number_of: Number) -> None:
    path = make_video(tmp_path / "a.mp4", 70, options={**B_FRAMES, "g": "500"})
    times_s, numbers = sampled(path, number_of, KEYS)
    np.testing.assert_allclose(times_s, np.array(numbers) / 30, atol=1e-12)
    assert np.diff(times_s).max() < 0.5


def test_varying_rate(tmp_path: Path, make_video: Make, number_of: Number) -> None:
    rng = np.random.default_rng(3)
    stamps = np.cumsum(rng.integers(1, 5, 60)) - 1
    options = {**B_FRAMES, "g": "10"}
    path = make_video(tmp_path / "a.mp4", 60, rate=60, stamps=stamps.tolist(), options=options)
    info = probe(path)
    assert info.variable_rate
    times_s, numbers = sampled(path, number_of, ALL)
    np.testing.assert_allclose(times_s, (stamps[numbers] - stamps[0]) / 60, atol=1e-9)
    # A grid as fine as this wants nearly all of them; the widest gaps decide how many it takes.
    assert numbers == list(range(60))


@pytest.mark.parametrize(
    ("codec", "pix_fmt", "suffix"), [("mjpeg", "yuvj420p", "mov"), ("prores_ks", "yuv422p10le", "mov")]
)
def test_all_key_frames_are_thinned_before_decoding(
    tmp_path: Path,
    make_video: Make,
    number_of: Number,
    monkeypatch: pytest.MonkeyPatch,
    codec: str,
    pix_fmt: str,
    suffix: str,
) -> None:
    path = make_video(tmp_path / f"a.{suffix}", 60, codec=codec, pix_fmt=pix_fmt)
    times_s, numbers = sampled(path, number_of, KEYS)
    assert 7 <= len(numbers) <= 9
    np.testing.assert_allclose(times_s, np.array(numbers) / 30, atol=1e-12)
    assert np.diff(times_s).max() < 0.3
    # The same with a seek to each sample, as in files too large to read through.
    monkeypatch.setattr("mtbsync_core.media.decoder._HOP_BYTES", 1)
    assert sampled(path, number_of, KEYS)[1] == numbers


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_ten_bits(tmp_path: Path, make_video: Make, number_of: Number, codec: str) -> None:
    options = {"preset": "ultrafast", "g": "8", "x265-params": "log-level=none:keyint=8:min-keyint=8:scenecut=0"}
    path = make_video(tmp_path / "a.mp4", 17, codec=codec, pix_fmt="yuv420p10le", options=options)
    assert sampled(path, number_of, ALL)[1] == list(range(17))
    assert sampled(path, number_of, ALL, width=48)[1] == list(range(17))


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_turned(tmp_path: Path, make_video: Make, number_of: Number, patch: Callable, degrees: int) -> None:
    path = make_video(tmp_path / "a.mp4", 20, options=X264, size=(96, 48))
    one, minus = (1 << 16).to_bytes(4, "big"), (-1 << 16).to_bytes(4, "big", signed=True)
    zero = bytes(4)
    a_b_c_d = {90: (zero, one, minus, zero), 180: (minus, zero, zero, minus), 270: (zero, minus, one, zero)}
    a, b, c, d = a_b_c_d[degrees]
    patch(path, (b"moov", b"trak", b"tkhd"), 40, a + b + zero + c + d + zero)
    info = probe(path)
    assert info.rotation == degrees
    assert (info.width, info.height) == ((96, 48) if degrees == 180 else (48, 96))
    shapes = set()

    def number_as_coded(picture: np.ndarray) -> int:
        shapes.add(picture.shape)
        assert picture.flags.c_contiguous
        assert picture.flags.owndata
        return number_of(np.rot90(picture, degrees // 90))  # numpy turns the other way

    _, numbers = reduce_frames(info, number_as_coded, ALL)
    assert numbers == list(range(20))
    assert shapes == {(info.height, info.width)}


def test_edit_list_hides_the_beginning(tmp_path: Path, make_video: Make, number_of: Number, patch: Callable) -> None:
    """A trim without new encoding: the first shown frame, in the middle of a group, is second 0."""
    for options, name in ((X264, "plain"), (B_FRAMES, "reordered")):
        path = make_video(tmp_path / f"{name}.mp4", 60, options=options)
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            assert stream.time_base is not None
            frame = int(1 / (30 * stream.time_base))
            first_dts = next(container.demux(stream)).dts
        media_time = (5 * frame - (first_dts or 0)).to_bytes(4, "big")
        patch(path, (b"moov", b"trak", b"edts", b"elst"), 12, media_time)
        times_s, numbers = sampled(path, number_of, ALL)
        assert numbers == list(range(5, 60))
        np.testing.assert_allclose(times_s, (np.array(numbers) - 5) / 30, atol=1e-9)
        assert probe(path).n_frames == 55
        times_s, numbers = sampled(path, number_of, KEYS)
        np.testing.assert_allclose(times_s, (np.array(numbers) - 5) / 30, atol=1e-9)
        picture = next(iter(read_frames_at(probe(path), [0.1])))[1]
        assert number_of(picture) == 8


@pytest.mark.parametrize("suffix", ["mkv", "ts", "avi"])
def test_other_containers(tmp_path: Path, make_video: Make, number_of: Number, suffix: str) -> None:
    options = X264 if suffix == "avi" else B_FRAMES
    path = make_video(tmp_path / f"a.{suffix}", 60, options=options)
    info = probe(path)
    assert info.n_frames == 60
    assert info.rate == 30
    times_s, numbers = sampled(path, number_of, ALL)
    assert numbers == list(range(60))
    np.testing.assert_allclose(times_s, np.arange(60) / 30, atol=0.0011)
    _, numbers = sampled(path, number_of, KEYS)
    assert numbers == list(range(0, 60, int(options["g"])))
    assert [number_of(p) for _, p in read_frames_at(info, [1.51, 0.51])] == [45, 15]


def test_frames_at_times(tmp_path: Path, make_video: Make, number_of: Number) -> None:
    path = make_video(tmp_path / "a.mp4", 61, rate=Fraction(30000, 1001), options=B_FRAMES)
    info = probe(path)
    frame_s = 1001 / 30000
    asked = [0.0, 7 * frame_s, 7.9 * frame_s, 8 * frame_s, 40.5 * frame_s, 13.2 * frame_s, 12 * frame_s, 99.0, -1.0]
    got = list(read_frames_at(info, asked, width=48))
    numbers = [number_of(picture) for _, picture in got]
    assert numbers == [0, 7, 7, 8, 40, 13, 12, 60, 0]
    np.testing.assert_allclose([t for t, _ in got], np.array(numbers) * frame_s, atol=1e-12)
    assert got[0][1].shape == (36, 48)


def test_damaged_packets_are_left_out(
    tmp_path: Path, make_video: Make, number_of: Number, caplog: pytest.LogCaptureFixture
) -> None:
    path = make_video(tmp_path / "a.mp4", 72, options=X264)
    _overwrite_packets(path, [40, 56])
    with caplog.at_level(logging.WARNING):
        times_s, numbers = sampled(path, number_of, KEYS)
    assert numbers == [0, 8, 16, 24, 32, 48, 64]
    np.testing.assert_allclose(times_s, np.array(numbers) / 30, atol=1e-12)
    if int(av.__version__.split(".")[0]) >= 17:  # below, FFmpeg looks inside and no longer calls them key frames
        assert "2 of 9 sampled frames are damaged" in caplog.text
    assert next(iter(read_frames_at(probe(path), [1.0])))[0] == 1.0


@pytest.mark.parametrize("part", [1.0, 0.3])
@pytest.mark.parametrize("options", [X264, {**B_FRAMES, "g": "8"}])
def test_what_refers_to_a_damaged_frame_is_left_out(
    tmp_path: Path, make_video: Make, number_of: Number, options: dict[str, str], part: float
) -> None:
    path = make_video(tmp_path / "a.mp4", 60, options=options)
    _overwrite_packets(path, [16], part)
    times_s, numbers = sampled(path, number_of, ALL)
    np.testing.assert_allclose(times_s, np.array(numbers) / 30, atol=1e-12)
    assert set(range(60)) - set(numbers) == set(range(16, 24))
    got = list(read_frames_at(probe(path), np.arange(60) / 30))
    np.testing.assert_allclose([t for t, _ in got], [number_of(picture) / 30 for _, picture in got], atol=1e-12)
    assert set(range(60)) - {number_of(picture) for _, picture in got} >= set(range(16, 24))


def test_nothing_decodes(tmp_path: Path, make_video: Make, number_of: Number) -> None:
    path = make_video(tmp_path / "a.mp4", 60, options=X264)
    info = probe(path)
    _overwrite_packets(path, range(60))
    with pytest.raises(MediaError, match="can be decoded"):
        reduce_frames(info, number_of, KEYS)


def _overwrite_packets(path: Path, positions: Iterable[int], part: float = 1.0) -> None:
    with av.open(str(path)) as container:
        places = [(p.pos, p.size) for p in container.demux(video=0) if p.size]
    with path.open("r+b") as file:
        for position in positions:
            place, size = places[position]
            spoilt = int(size * part)
            file.seek((place or 0) + size - spoilt)
            file.write(b"\xff" * spoilt)


def test_size_of_pictures(tmp_path: Path, make_video: Make) -> None:
    path = make_video(tmp_path / "a.mp4", 10, options=X264, size=(128, 72))
    info = probe(path)
    for width, shape in ((640, (72, 128)), (128, (72, 128)), (64, (36, 64)), (50, (28, 50))):
        _, shapes = reduce_frames(info, np.shape, KEYS, width=width)
        assert set(shapes) == {shape}


def test_an_error_in_reduce_stops_every_thread(tmp_path: Path, make_video: Make) -> None:
    path = make_video(tmp_path / "a.mp4", 60, options=X264)
    seen = []

    def fail(picture: np.ndarray) -> None:
        seen.append(picture)
        raise KeyError("from reduce")

    with pytest.raises(KeyError, match="from reduce"):
        reduce_frames(probe(path), fail, ALL)
    assert len(seen) <= 2
    assert not [t for t in threading.enumerate() if t.name.startswith("mtbsync-decode")]


def test_interrupt_stops_every_thread(tmp_path: Path, make_video: Make, number_of: Number) -> None:
    path = make_video(tmp_path / "a.mp4", 60, options=X264)

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reduce_frames(probe(path), number_of, ALL, progress=interrupt)
    assert not [t for t in threading.enumerate() if t.name.startswith("mtbsync-decode")]


def test_progress_ends_with_all(tmp_path: Path, make_video: Make, number_of: Number) -> None:
    path = make_video(tmp_path / "a.mp4", 60, options=X264)
    steps: list[tuple[int, int]] = []
    reduce_frames(probe(path), number_of, KEYS, progress=lambda done, total: steps.append((done, total)))
    assert steps[-1] == (8, 8)


def test_the_file_is_read_through_once(tmp_path: Path, make_video: Make) -> None:
    path = make_video(tmp_path / "a.mp4", 20, options=B_FRAMES)
    packets._scan.cache_clear()
    probe(path)
    table = packets.scan(path)
    times_s, key = table.times_s, table.key[table.order]
    assert packets._scan.cache_info().misses == 1
    assert len(times_s) == len(key) == 20
    assert np.flatnonzero(key).tolist() == [0, 12]
    # Another file under the same name is read anew.
    make_video(path, 30, options=B_FRAMES)
    assert probe(path).n_frames == 30


@pytest.mark.slow
def test_real_recordings() -> None:
    info = probe(HERO7)
    times_s, shapes = reduce_frames(info, np.shape, Sampling())
    np.testing.assert_allclose(times_s, np.arange(0, 352, 10) * 1001 / 30000, atol=1e-9)
    assert set(shapes) == {(362, 640)}
    info = probe(LAP1)
    times_s, _ = reduce_frames(info, np.shape, Sampling())
    np.testing.assert_allclose(times_s, np.arange(250) / 10, atol=1e-9)
    # Its key frames lie 0.5 s apart, with B-frames between.
    times_s, _ = reduce_frames(info, np.shape, KEYS)
    np.testing.assert_allclose(times_s, np.arange(0, 500, 10) / 20, atol=1e-9)
