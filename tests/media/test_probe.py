"""What `probe` says of good files, and how it refuses the others."""

from __future__ import annotations

import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from mtbsync_core.errors import MediaError
from mtbsync_core.media.frames import reduce_frames
from mtbsync_core.media.packets import scan
from mtbsync_core.media.probe import measure_rate, probe
from mtbsync_core.media.sampling import Sampling
from tests.real_files import HERO7, LAP1, MAX

Make = Callable[..., Path]

X264 = {"preset": "ultrafast", "bf": "0", "g": "8"}
B_FRAMES = {"preset": "veryfast", "bf": "3", "b-adapt": "0", "g": "12"}
NTSC = Fraction(30000, 1001)


@pytest.mark.parametrize("options", [X264, B_FRAMES])
@pytest.mark.parametrize("rate", [NTSC, Fraction(60000, 1001), Fraction(24000, 1001), Fraction(25), Fraction(240)])
def test_rate_and_length_are_exact(tmp_path: Path, make_video: Make, rate: Fraction, options: dict[str, str]) -> None:
    info = probe(make_video(tmp_path / "a.mp4", 31, rate=rate, options=options))
    assert info.rate == rate
    assert info.n_frames == 31
    assert info.duration_s == pytest.approx(float(31 / rate), abs=1e-6)
    assert not info.variable_rate
    assert (info.width, info.height, info.rotation, info.codec) == (96, 72, 0, "h264")
    assert (info.start_timecode, info.drop) == (None, False)


def test_takes_a_name_and_keeps_the_path(tmp_path: Path, make_video: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    make_video(tmp_path / "Überflug 12.mp4", 10, options=X264)
    monkeypatch.chdir(tmp_path)
    assert probe("Überflug 12.mp4").path == Path("Überflug 12.mp4")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
def test_a_colon_in_the_name_is_no_protocol(tmp_path: Path, make_video: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    make_video(tmp_path / "a.mp4", 10, options=X264).rename(tmp_path / "10:30.mp4")
    monkeypatch.chdir(tmp_path)
    assert probe("10:30.mp4").n_frames == 10


def test_creation_time(tmp_path: Path, make_video: Make) -> None:
    path = make_video(tmp_path / "a.mp4", 10, options=X264, metadata={"creation_time": "2026-05-06T11:13:28Z"})
    assert probe(path).creation_time == "2026-05-06T11:13:28.000000Z"


@pytest.mark.parametrize(
    ("rate", "label", "drop"),
    [(NTSC, "01:02:03;04", True), (NTSC, "01:02:03:04", False), (Fraction(60000, 1001), "10:00:00;59", True)],
)
def test_start_timecode(tmp_path: Path, make_video: Make, rate: Fraction, label: str, drop: bool) -> None:
    info = probe(make_video(tmp_path / "a.mov", 10, rate=rate, options=X264, metadata={"timecode": label}))
    assert (info.start_timecode, info.drop) == (label, drop)
    assert info.timecode_rate.drop == drop


@pytest.mark.parametrize("rate", [5, 10])
def test_ffmpeg_writes_one_digit_up_to_ten_frames_a_second(tmp_path: Path, make_video: Make, rate: int) -> None:
    path = make_video(tmp_path / "a.mov", 10, rate=rate, options=X264, metadata={"timecode": "10:00:00:04"})
    assert probe(path).start_timecode == "10:00:00:04"


def test_drop_flag_where_there_is_no_drop_frame(
    tmp_path: Path, make_video: Make, caplog: pytest.LogCaptureFixture
) -> None:
    path = make_video(tmp_path / "a.mov", 10, rate=30, options=X264, metadata={"timecode": "01:02:03;04"})
    info = probe(path)
    assert (info.start_timecode, info.drop) == ("01:02:03:04", False)
    assert "drop frame" in caplog.text


def test_timecode_that_the_rate_does_not_have(
    tmp_path: Path, make_video: Make, caplog: pytest.LogCaptureFixture
) -> None:
    path = make_video(tmp_path / "a.mkv", 10, rate=30, options=X264, metadata={"timecode": "01:00:00:45"})
    assert probe(path).start_timecode is None
    assert "01:00:00:45" in caplog.text


def test_varying_rate(tmp_path: Path, make_video: Make) -> None:
    stamps = [0, 2, 4, 6, 9, 12, 13, 15, 17, 21, 23]
    info = probe(make_video(tmp_path / "a.mp4", 11, rate=60, stamps=stamps, options=X264))
    assert info.variable_rate
    assert float(info.rate) == pytest.approx(10 / (23 / 60), rel=1e-3)
    table = scan(info.path)
    times_s, key = table.times_s, table.key[table.order]
    np.testing.assert_allclose(times_s, np.array(stamps) / 60, atol=1e-9)
    assert np.flatnonzero(key).tolist() == [0, 8]


def test_one_missing_frame_makes_the_rate_vary() -> None:
    stamps = np.array([n * 1001 for n in range(400) if n != 200])
    assert measure_rate(stamps, Fraction(1, 30000))[1]


def test_rounded_stamps_are_a_constant_rate() -> None:
    stamps = np.round(np.arange(300) * 1001 / 60).astype(np.int64)  # milliseconds, as in Matroska
    assert measure_rate(stamps, Fraction(1, 1000), [Fraction(5994, 100)]) == (Fraction(60000, 1001), False)
    assert measure_rate(stamps, Fraction(1, 1000)) == (Fraction(60000, 1001), False)


# ---- What cannot be used ----------------------------------------------------------------------------------------


def refusal(path: Path) -> str:
    with pytest.raises(MediaError) as caught:
        probe(path)
    error = caught.value
    assert error.hint
    assert path.name in error.message
    return error.message


def test_missing(tmp_path: Path) -> None:
    assert "does not exist" in refusal(tmp_path / "none.mp4")


def test_folder(tmp_path: Path) -> None:
    (tmp_path / "DCIM").mkdir()
    assert "is a folder" in refusal(tmp_path / "DCIM")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no named pipes among its files")
def test_named_pipe(tmp_path: Path) -> None:
    vars(os)["mkfifo"](tmp_path / "pipe.mp4")  # portable: skipped on Windows
    assert "is a named pipe, not a video file" in refusal(tmp_path / "pipe.mp4")
    assert "is a device" in refusal(Path(os.devnull))


def test_not_permitted(tmp_path: Path, make_video: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_video(tmp_path / "a.mp4", 10, options=X264)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # chmod would not stop root, nor anyone on Windows
    assert "cannot be read: Permission denied" in refusal(path)


def test_empty(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"")
    assert "is empty" in refusal(tmp_path / "a.mp4")


@pytest.mark.parametrize("text", ["name,t_ref\nstart,1.0\n" * 200, "x", "1\n00:00:01,000 --> 00:00:02,000\nHi\n\n"])
def test_text_under_a_video_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.mp4").write_text(text, encoding="utf-8")
    assert "video" in refusal(tmp_path / "a.mp4")


def test_sound_only(tmp_path: Path, make_sound: Callable[[Path], Path]) -> None:
    assert "only sound" in refusal(make_sound(tmp_path / "a.mp4"))


def test_one_frame(tmp_path: Path, make_video: Make) -> None:
    assert "1 frame" in refusal(make_video(tmp_path / "a.mp4", 1, options=X264))


def test_no_time_stamps(tmp_path: Path, make_video: Make) -> None:
    assert "no time stamps" in refusal(make_video(tmp_path / "a.h264", 10, options=X264))


def test_spherical_name(tmp_path: Path, make_video: Make) -> None:
    path = make_video(tmp_path / "a.mp4", 10, options=X264).rename(tmp_path / "GS010001.360")
    assert "360 degree" in refusal(path)


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv"])
@pytest.mark.parametrize("beside", [(640, 360, 1), (48, 36, 30), (640, 360, 2)], ids=["still", "preview", "stills"])
def test_the_track_is_chosen_by_size_and_count(tmp_path: Path, suffix: str, beside: tuple[int, int, int]) -> None:
    """A still or a preview as the first track is not the video."""
    path, (width, height, n) = tmp_path / f"a.{suffix}", beside
    with av.open(str(path), "w") as container:
        streams = []
        for codec, pixels, size in (("mjpeg", "yuvj420p", (width, height)), ("libx264", "yuv420p", (320, 180))):
            stream: Any = container.add_stream(codec, rate=30, options=X264 if codec == "libx264" else {})
            stream.width, stream.height = size
            stream.pix_fmt = pixels
            stream.codec_context.thread_count = 1
            streams.append(stream)
        for number in range(60):
            for stream, last in zip(streams, (n, 60), strict=True):
                if number < last:
                    frame = av.VideoFrame(stream.width, stream.height, stream.pix_fmt)
                    frame.pts = number
                    container.mux(stream.encode(frame))
        for stream in streams:
            container.mux(stream.encode(None))
    info = probe(path)
    assert (info.codec, info.width, info.n_frames) == ("h264", 320, 60)
    assert len(reduce_frames(info, np.mean, Sampling(fps=1000))[0]) == 60


def test_two_lenses(tmp_path: Path, make_video: Make) -> None:
    assert "360 degree" in refusal(make_video(tmp_path / "a.mp4", 10, options=X264, n_tracks=2))


def test_cut_off_without_index(tmp_path: Path, make_video: Make) -> None:
    path = make_video(tmp_path / "a.mp4", 60, options=X264)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    message = refusal(path)
    assert "no index" in message
    assert "cut off" in message


@pytest.mark.parametrize("options", [X264, B_FRAMES])
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_cut_off_but_readable(
    tmp_path: Path, make_video: Make, options: dict[str, str], share: float, caplog: pytest.LogCaptureFixture
) -> None:
    """The index first, as after `-movflags faststart`: what is there is used, and a warning says how much it is."""
    path = make_video(tmp_path / "a.mp4", 300, options=options, container_options={"movflags": "faststart"})
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    info = probe(path)
    assert "cut off" in caplog.text
    assert 60 < info.n_frames < 290
    assert info.duration_s == pytest.approx(info.n_frames / 30, abs=0.15)
    times_s, _ = reduce_frames(info, np.shape, Sampling(small_pixels_per_s=0))
    assert times_s[-1] <= info.duration_s
    assert times_s[-1] > info.duration_s - 1


def test_cut_off_before_the_first_picture(tmp_path: Path, make_video: Make) -> None:
    path = make_video(tmp_path / "a.mp4", 60, options=X264, container_options={"movflags": "faststart"})
    with av.open(str(path)) as container:
        first = next(container.demux(video=0)).pos
    path.write_bytes(path.read_bytes()[: (first or 0) + 20])
    refusal(path)


def test_real_recordings() -> None:
    info = probe(HERO7)
    assert (info.n_frames, info.rate, info.codec) == (352, NTSC, "h264")
    assert (info.width, info.height, info.rotation) == (848, 480, 0)
    assert (info.start_timecode, info.drop) == ("11:12:47:22", False)
    assert info.creation_time == "2019-05-06T11:13:28.000000Z"
    assert info.duration_s == pytest.approx(352 * 1001 / 30000, abs=1e-9)
    info = probe(MAX)
    assert (info.n_frames, info.rate, info.start_timecode) == (315, NTSC, "15:44:35:10")
    info = probe(LAP1)
    assert (info.n_frames, info.rate, info.width, info.height) == (500, Fraction(20), 160, 120)
