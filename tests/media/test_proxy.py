"""Small copies: found, checked, and their pictures placed by time."""

from __future__ import annotations

import logging
import struct
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from mtbsync_core.media.boxes import find_boxes
from mtbsync_core.media.frame_skips import on_original, read_skips
from mtbsync_core.media.frames import reduce_frames
from mtbsync_core.media.metadata_track import track_samples
from mtbsync_core.media.probe import probe
from mtbsync_core.media.proxy import candidates, why_not, with_proxies
from mtbsync_core.media.sampling import Sampling
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.vision.index import IndexOptions, build_index
from mtbsync_core.vision.index_file import cached_index, index_key
from tests.real_files import HERO7

Make = Callable[..., Path]
Number = Callable[[np.ndarray], int]

X264 = {"preset": "ultrafast", "crf": "18", "bf": "0", "g": "10", "keyint_min": "10", "sc_threshold": "0"}
KEYS = Sampling(small_pixels_per_s=0)
BIG, SMALL = (640, 360), (320, 180)


@pytest.mark.parametrize(
    ("original", "copy"),
    [
        ("GX010123.MP4", "GL010123.LRV"),
        ("gh010123.mp4", "gl010123.lrv"),
        ("CamA-20260614-GX010123.MP4", "CamA-20260614-GL010123.LRV"),
        ("GOPR0123.MP4", "GOPR0123.LRV"),
        ("GP010123.MP4", "GP010123.LRV"),
        ("DJI_20260614101500_0007_D.MP4", "DJI_20260614101500_0007_D.LRF"),
        ("VID_20260614_101500_00_007.mp4", "LRV_20260614_101500_01_007.lrv"),
        ("VID_20260614_101500_10_007.mp4", "LRV_20260614_101500_11_007.mp4"),
        ("GX010123.MP4", "Proxy/GX010123.MP4"),
        ("GX010123.MP4", "Proxies/GX010123_Proxy.MP4"),
        ("ride (1)+.mov", "proxy/RIDE (1)+.mov"),
    ],
)
def test_names(tmp_path: Path, original: str, copy: str) -> None:
    (tmp_path / copy).parent.mkdir(exist_ok=True)
    others = ("GL020123.LRV", "GL010124.LRV", "LRV_20260614_101500_01_008.lrv", "GX010123.THM", "ride (1)+.mp4")
    for name in (original, copy, *others):
        (tmp_path / name).write_bytes(b"x")
    assert candidates(tmp_path / original) == [tmp_path / copy]


def test_small_copy_has_none_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "GL010123.LRV").write_bytes(b"x")
    assert candidates(tmp_path / "GL010123.LRV") == []
    assert candidates(tmp_path / "nowhere" / "GX010123.MP4") == []


def info(width: int, height: int, **others: Any) -> MediaInfo:
    rate = others.pop("rate", Fraction(60000, 1001))
    return MediaInfo(
        **{"path": Path("a"), "rate": rate, "width": width, "height": height, "duration_s": 100.0, "n_frames": 5994,
           "codec": "hevc", **others}
    )  # fmt: skip


@pytest.mark.parametrize(
    ("proxy", "reason"),
    [
        (info(768, 432), ""),
        (info(768, 432, rate=Fraction(30000, 1001), duration_s=99.95), ""),
        (info(768, 432, start_timecode="10:00:00:30"), ""),
        (info(768, 432, duration_s=99.9), "99.90 s long"),
        (info(768, 576), "shape"),
        (info(432, 768), "shape"),
        (info(1920, 1080), "not much smaller"),
        (info(160, 90), "only 160 x 90"),
        (info(768, 432, start_timecode="10:05:00:00"), "begins at 10:05:00:00"),
    ],
)
def test_checks(proxy: MediaInfo, reason: str) -> None:
    said = why_not(info(1920, 1080, start_timecode="10:00:00;00", drop=True), proxy)
    assert reason in said
    assert bool(said) == bool(reason)


def gpmf(key: bytes, values: Sequence[int]) -> bytes:
    """A payload as the camera nests it: device, stream, numbers."""

    def item(name: bytes, kind: str, size: int, count: int, data: bytes) -> bytes:
        return name + kind.encode() + struct.pack(">BH", size, count) + data + bytes(-len(data) % 4)

    numbers = item(key, "s", 2, len(values), np.array(values, ">i2").tobytes())
    stream = item(b"STNM", "c", 1, 5, b"skips") + numbers
    inner = item(b"DVID", "L", 4, 1, b"\0\0\0\1") + item(b"STRM", "\0", 1, len(stream), stream)
    return item(b"DEVC", "\0", 1, len(inner), inner)


def with_metadata(path: Path, payloads: Sequence[bytes]) -> Path:
    """The file again, with a `gpmd` track of one payload a second."""
    plain = path.rename(path.with_name("plain.mp4"))
    with av.open(str(plain)) as source, av.open(str(path), "w", format="mp4") as target:
        video = source.streams.video[0]
        streams = {video: target.add_stream_from_template(video)}
        track = target.add_data_stream("bin_data")
        track.time_base = Fraction(1, 1000)
        for second, payload in enumerate(payloads):
            packet: Any = av.Packet(payload)
            packet.stream, packet.time_base = track, track.time_base
            packet.pts = packet.dts = 1000 * second
            packet.duration, packet.is_keyframe = 1000, True
            target.mux(packet)
        for packet in source.demux(video):
            if packet.size:
                packet.stream = streams[video]
                target.mux(packet)
    plain.unlink()
    return path


@pytest.fixture
def card(tmp_path: Path, make_video: Make) -> Path:
    """A recording of 90 frames with its small copy."""
    make_video(tmp_path / "GX010001.MP4", 90, size=BIG, options=X264)
    (make_video(tmp_path / "lrv.mp4", 90, size=SMALL, options=X264)).rename(tmp_path / "GL010001.LRV")
    return tmp_path


def shapes(media: MediaInfo) -> tuple[np.ndarray, list[tuple[int, ...]]]:
    return reduce_frames(media, lambda picture: picture.shape, KEYS)


@pytest.mark.slow
def test_small_copy_is_looked_at(card: Path) -> None:
    media = probe(card / "GX010001.MP4")
    assert media.files[0].proxy is None
    found = with_proxies(media)
    assert found.files[0].proxy == card / "GL010001.LRV"
    assert replace(found, files=media.files) == media
    times_s, sizes = shapes(found)
    assert set(sizes) == {(180, 320)}
    np.testing.assert_allclose(times_s, shapes(media)[0])
    assert MediaInfo.from_dict(found.as_dict()) == found


@pytest.mark.slow
def test_small_copy_that_does_not_fit(card: Path, make_video: Make, caplog: pytest.LogCaptureFixture) -> None:
    media = probe(card / "GX010001.MP4")
    (make_video(card / "lrv.mp4", 80, size=SMALL, options=X264)).replace(card / "GL010001.LRV")
    with caplog.at_level(logging.WARNING):
        assert with_proxies(media) == media
        (card / "GL010001.LRV").write_bytes(b"cut off")
        assert with_proxies(media) == media
    assert "it is 2.67 s long, the original 3.00 s" in caplog.text
    assert "is not a video" in caplog.text


def spoil(path: Path, start: float, end: float) -> None:
    """Overwrite a part of the pictures with the same byte again and again."""
    with path.open("r+b") as file:
        a, b = next(find_boxes(file, b"mdat"))
        file.seek(a + int(start * (b - a)))
        file.write(b"\x55" * int((end - start) * (b - a)))


@pytest.mark.slow
@pytest.mark.parametrize("late", [500, 30, 12])
def test_small_copy_of_another_recording(
    card: Path, make_video: Make, late: int, caplog: pytest.LogCaptureFixture
) -> None:
    """As long, of one shape, without timecode: two cards in one folder, loops, a file that an editor trimmed."""
    media = probe(card / "GX010001.MP4")
    (make_video(card / "lrv.mp4", 90, size=SMALL, options=X264, numbers=range(late, late + 90))).replace(
        card / "GL010001.LRV"
    )
    with caplog.at_level(logging.WARNING):
        assert with_proxies(media) == media
    assert "its pictures are not those of the original" in caplog.text


@pytest.mark.slow
def test_another_recording_with_a_single_key_frame(tmp_path: Path, make_video: Make) -> None:
    """Alike in the first picture only, which both have of the garage door."""
    single = {**X264, "g": "500", "keyint_min": "500"}
    path = make_video(tmp_path / "GX010001.MP4", 180, size=BIG, options=single)
    numbers = [0, *range(30, 209)]
    assert with_proxies(probe(path)).files[0].proxy is None
    make_video(tmp_path / "a.mp4", 180, size=SMALL, options=single).replace(tmp_path / "GL010001.LRV")
    assert with_proxies(probe(path)).files[0].proxy
    other = make_video(tmp_path / "a.mp4", 180, size=SMALL, options=single, numbers=numbers)
    other.replace(tmp_path / "GL010001.LRV")
    assert with_proxies(probe(path)).files[0].proxy is None


@pytest.mark.slow
def test_retimed_small_copy(card: Path, make_video: Make, caplog: pytest.LogCaptureFixture) -> None:
    """Begins and ends with the original, and is half a second ahead in the middle."""
    stamps = np.interp(np.arange(90), [0, 45, 89], [0, 60, 178]).round().astype(int).tolist()
    media = probe(card / "GX010001.MP4")
    (make_video(card / "lrv.mp4", 90, size=SMALL, options=X264, rate=60, stamps=stamps)).replace(card / "GL010001.LRV")
    with caplog.at_level(logging.WARNING):
        assert with_proxies(media) == media
    assert "its pictures are not those of the original" in caplog.text


@pytest.mark.slow
def test_brightness_and_compression_make_no_other_recording(card: Path, make_video: Make) -> None:
    coarse = {**X264, "crf": "45"}
    (make_video(card / "lrv.mp4", 90, size=SMALL, options=coarse)).replace(card / "GL010001.LRV")
    assert with_proxies(probe(card / "GX010001.MP4")).files[0].proxy


@pytest.mark.slow
def test_damaged_small_copy_is_given_up(card: Path, caplog: pytest.LogCaptureFixture) -> None:
    media = probe(card / "GX010001.MP4")
    spoil(card / "GL010001.LRV", 0.2, 0.8)
    with caplog.at_level(logging.WARNING):
        assert with_proxies(media) == media
    assert "3 of 5 places that were looked at are damaged" in caplog.text


@pytest.mark.slow
def test_holes_of_a_small_copy_are_filled_from_the_original(
    card: Path, number_of: Number, caplog: pytest.LogCaptureFixture
) -> None:
    media = probe(card / "GX010001.MP4")
    whole_s, whole = reduce_frames(media, number_of, KEYS)
    spoil(card / "GL010001.LRV", 0.56, 0.66)
    found = with_proxies(media)
    assert found.files[0].proxy
    with caplog.at_level(logging.WARNING):
        times_s, numbers = reduce_frames(found, number_of, KEYS)
    np.testing.assert_allclose(times_s, whole_s)
    assert numbers == whole
    assert "sampled frames are damaged and seen in" in caplog.text
    spoil(card / "GL010001.LRV", 0.2, 1.0)
    assert reduce_frames(found, number_of, KEYS)[1] == whole


@pytest.mark.slow
def test_longer_small_copy_stays_within_its_chapter(tmp_path: Path, make_video: Make, number_of: Number) -> None:
    for chapter, n in ((1, 40), (2, 30)):
        make_video(tmp_path / f"GX0{chapter}0001.MP4", n, size=BIG, options=X264)
        small = make_video(tmp_path / "lrv.mp4", n + 2, size=SMALL, options={**X264, "g": "1", "keyint_min": "1"})
        small.rename(tmp_path / f"GL0{chapter}0001.LRV")
    media = with_proxies(probe(tmp_path / "GX020001.MP4"))
    assert [file.proxy.name for file in media.files if file.proxy] == ["GL010001.LRV", "GL020001.LRV"]
    times_s, _ = reduce_frames(media, number_of, Sampling(fps=1000))
    assert np.all(np.diff(times_s) > 0)
    assert media.files[1].start_s in times_s


@pytest.mark.slow
def test_skipped_frames_move_the_small_copy(card: Path, make_video: Make, number_of: Number) -> None:
    """The small copy lost 2 frames behind its 30th: what is behind is two frames later than the file says."""
    original, copy = card / "GX010001.MP4", card / "GL010001.LRV"
    lost = [0] * 88
    lost[31] = 2
    with_metadata(original, [gpmf(b"LSKP", lost[a : a + 30]) for a in (0, 30, 60)])
    (make_video(card / "lrv.mp4", 88, size=SMALL, options=X264)).replace(copy)
    assert read_skips(original, "LSKP").tolist() == lost
    assert not len(read_skips(copy, "LSKP"))
    times_s, numbers = reduce_frames(with_proxies(probe(original)), number_of, KEYS)
    assert numbers == list(range(0, 88, 10))
    np.testing.assert_allclose(times_s, (np.array(numbers) + 2 * (np.array(numbers) > 30)) / 30)


def test_repeats_and_skips_of_both_files(tmp_path: Path, card: Path) -> None:
    n = 90
    times_s = np.arange(n) / 30
    skipped, repeated = np.zeros(n, int), np.zeros(n, int)
    skipped[10], repeated[20] = 1, -1
    with_metadata(card / "GX010001.MP4", [gpmf(b"MSKP", skipped.tolist())])
    with_metadata(card / "GL010001.LRV", [gpmf(b"LSKP", repeated.tolist())])
    moved = on_original(card / "GX010001.MP4", card / "GL010001.LRV", times_s, times_s)
    np.testing.assert_allclose(moved[:10], times_s[:10])
    np.testing.assert_allclose(moved[11:20], times_s[10:19])
    np.testing.assert_allclose(moved[22:], times_s[20:-2])


@pytest.mark.parametrize("counts", [[0] * 60, [900] * 90])
def test_counts_that_make_no_sense(card: Path, counts: list[int]) -> None:
    with_metadata(card / "GL010001.LRV", [gpmf(b"LSKP", counts)])
    times_s = np.arange(90) / 30
    moved = on_original(card / "GX010001.MP4", card / "GL010001.LRV", times_s, times_s)
    np.testing.assert_allclose(moved, times_s)


def test_metadata_of_real_files() -> None:
    samples = list(track_samples(HERO7, b"gpmd"))
    assert len(samples) == 11
    assert {sample.payload[:4] for sample in samples} == {b"DEVC"}
    np.testing.assert_allclose([sample.t_s for sample in samples], 1.001 * np.arange(11))
    assert {sample.duration_s for sample in samples} == {1.001}
    assert list(track_samples(HERO7, b"none")) == []


@pytest.mark.slow
def test_index_belongs_to_what_was_looked_at(card: Path, tmp_path: Path) -> None:
    media, options = probe(card / "GX010001.MP4"), IndexOptions(n_features=10)
    index = cached_index(media, tmp_path / "i.npz", options)
    assert index.media.files[0].proxy == card / "GL010001.LRV"
    assert cached_index(media, tmp_path / "i.npz", options).key == index.key == index_key(index.media, options)
    plain = build_index(media, replace(options, proxy=False))
    assert plain.media == media
    assert index_key(media, options) != index.key
    # Without its small copy the recording has to be looked at again.
    (card / "GL010001.LRV").unlink()
    assert cached_index(media, tmp_path / "i.npz", options).media == media
