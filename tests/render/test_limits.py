"""What a video of a result cannot be, what else it can be, and that nothing is left of one that was not finished."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from mtbsync_core.cli import main
from mtbsync_core.errors import MtbsyncError, RefusedError, UsageError
from mtbsync_core.media.probe import probe
from mtbsync_core.mediainfo import MediaFile
from mtbsync_core.render import movie
from mtbsync_core.render.job import RenderJob, Size, Style
from mtbsync_core.render.layout import tiled
from tests.media.conftest import patch_box, write_video
from tests.render.made import SHAPE, X264, Silent, numbers_in, write_map, write_result

SIZE = Size(384, 216)
STRAIGHT = [[0.0, 0.0, 0.02], [0.9, 0.9, 0.02]]
_QUARTER_TURN = b"".join(v.to_bytes(4, "big", signed=True) for v in (0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30))


def film(path: Path, n: int = 30, **how: Any) -> Path:
    return write_video(path, n, **{"size": SHAPE, "options": X264, **how})


@pytest.fixture
def result(tmp_path: Path) -> Path:
    return write_result(tmp_path / "run", film(tmp_path / "ref.mp4"), film(tmp_path / "new.mp4"), STRAIGHT)


def job(result: Path, **how: Any) -> RenderJob:
    return RenderJob(results=(result,), **{"size": SIZE, "with_sound": "none", "out": result / "v.mp4", **how})


def left(result: Path) -> set[str]:
    return {path.name for path in result.iterdir()}


def test_a_refused_alignment_makes_no_video(tmp_path: Path) -> None:
    refs = film(tmp_path / "ref.mp4"), film(tmp_path / "new.mp4")
    result = write_result(tmp_path / "run", *refs, STRAIGHT, verdict="refused")
    with pytest.raises(RefusedError):
        job(result).run(Silent())
    assert left(result) == {"timewarp.json"}


def test_what_cannot_be_is_said(result: Path, tmp_path: Path) -> None:
    for how in (
        {"out": result / "v.avi"},
        {"out": tmp_path / "ref.mp4"},
        {"lock": "sector"},
        {"style": "overlay"},
        {"style": "overlay", "out": result / "v.mov", "lock": "time"},
        {"markers": tmp_path / "none.csv"},
    ):
        with pytest.raises(MtbsyncError) as error:
            job(result, **how).run(Silent())
        assert error.value.message and error.value.exit_code in (2, 7), how
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="not a result"):
        job(tmp_path / "empty").run(Silent())
    (tmp_path / "new.mp4").rename(tmp_path / "elsewhere.mp4")
    with pytest.raises(UsageError, match="not there"):
        job(result).run(Silent())
    assert left(result) == {"timewarp.json"}


@pytest.mark.slow
@pytest.mark.parametrize("fault", [KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left on device")], ids=str)
def test_nothing_is_left_of_one_that_was_not_finished(
    result: Path, monkeypatch: pytest.MonkeyPatch, fault: BaseException
) -> None:
    old = result / "v.mp4"
    old.write_bytes(b"an earlier video")
    put = movie.Movie.put

    def puts(self: movie.Movie, frame: Any) -> None:
        if self._n == 12:
            raise fault
        put(self, frame)

    monkeypatch.setattr(movie.Movie, "put", puts)
    with pytest.raises(KeyboardInterrupt if isinstance(fault, KeyboardInterrupt) else MtbsyncError) as error:
        job(result).run(Silent())
    if isinstance(error.value, MtbsyncError):
        assert "no room" in error.value.message
    assert left(result) == {"timewarp.json", "v.mp4"} and old.read_bytes() == b"an earlier video"


@pytest.mark.slow
def test_a_full_disk_is_told_by_the_command_line(result: Path, capfd: pytest.CaptureFixture[str]) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")

    target = result / "v.mp4"
    original = movie.replacing

    @contextmanager
    def full(path: Path) -> Iterator[Path]:
        with original(path) as scratch:
            scratch.unlink()
            scratch.symlink_to("/dev/full")
            yield scratch

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(movie, "replacing", full)
        code = main(["render", str(result), "--out", str(target), "--size", "384x216", "--with-sound", "none"])
    assert code == 1 and "no room" in capfd.readouterr().err
    assert left(result) == {"timewarp.json"}


@pytest.mark.slow
@pytest.mark.parametrize("style", ["pip", "wipe", "ghost", "grid"])
def test_every_style_is_a_video_that_plays_everywhere(result: Path, style: Style) -> None:
    listener = Silent()
    path = job(result, style=style).run(listener)
    with av.open(str(path)) as file:
        video = file.streams.video[0]
        assert (video.width, video.height, video.codec_context.name) == (*SIZE, "h264")
        assert video.average_rate == 30 and video.frames == 27
        frame = next(file.decode(video=0))
        assert (frame.colorspace, frame.color_range) == (1, 1)
    assert path.read_bytes()[:4096].find(b"moov") > 0  # the index comes first
    assert ("video", 27, 27) in listener.stages


@pytest.mark.slow
def test_chapters(tmp_path: Path) -> None:
    parts = [film(tmp_path / f"{n}.mp4", 20, numbers=range(20 * n, 20 * n + 20)) for n in range(3)]
    whole = film(tmp_path / "ref.mp4", 60)
    first = probe(parts[0])
    files = tuple(MediaFile(path, n * 20 / 30) for n, path in enumerate(parts))
    new = replace(first, files=files, duration_s=2.0, n_frames=60)
    folder = tmp_path / "run"
    folder.mkdir()
    write_map(folder, probe(whole), new, [[0.0, 0.0, 0.02], [1.95, 1.95, 0.02]])
    shown = numbers_in(job(folder).run(Silent()), tiled(SIZE, [SHAPE, SHAPE]).pictures)
    assert (shown[0] == shown[1]).all() and (shown[0] == np.arange(shown.shape[1])).all()


@pytest.mark.slow
def test_odd_sizes_ten_bits_and_upright(tmp_path: Path) -> None:
    odd = film(tmp_path / "odd.mp4", size=(132, 75), pix_fmt="yuv444p")
    ten = film(
        tmp_path / "ten.mp4", size=(128, 96), codec="libx265", pix_fmt="yuv420p10le",
        options={"preset": "ultrafast", "x265-params": "log-level=none"},
    )  # fmt: skip
    shapes = [(132, 75), (128, 96)]
    result = write_result(tmp_path / "run", odd, ten, STRAIGHT)
    shown = numbers_in(job(result).run(Silent()), tiled(SIZE, shapes).pictures)
    assert (shown[0] == shown[1]).all() and (shown[0] == np.arange(27)).all()
    patch_box(odd, (b"moov", b"trak", b"tkhd"), 40, _QUARTER_TURN)
    turned = write_result(tmp_path / "turned", odd, odd, STRAIGHT)
    path = job(turned, size=None).run(Silent())
    assert (probe(path).width, probe(path).height) == (1080, 1920)


@pytest.mark.slow
def test_a_grid_of_a_batch_shows_nine_and_tells_who_is_left_out(tmp_path: Path) -> None:
    ref = film(tmp_path / "ref.mp4")
    for n in range(9):
        write_result(tmp_path / "out" / f"r{n}", ref, film(tmp_path / f"n{n}.mp4", 29), STRAIGHT)
    listener = Silent()
    made = RenderJob(
        results=(tmp_path / "out",), style="grid", out=tmp_path / "v.mp4", size=Size(640, 360), with_sound="none"
    )
    shown = numbers_in(made.run(listener), tiled((640, 360), [SHAPE] * 9).pictures[:1])
    assert (shown[0] == np.arange(27)).all()
    assert any("left out: r8" in note for note in listener.notes)


@pytest.mark.slow
def test_the_overlay_is_frame_for_frame_as_long_as_the_clip(tmp_path: Path) -> None:
    ref = film(tmp_path / "ref.mp4", 50)
    for rate in (Fraction(30000, 1001), Fraction(50), Fraction(60000, 1001)):
        new = film(tmp_path / f"new{float(rate):.0f}.mp4", 61, rate=rate)
        result = write_result(tmp_path / "run", ref, new, [[0.2, 0.1, 0.02], [0.9, 0.95, 0.02]])
        path = job(result, style="overlay", out=tmp_path / "o.mov").run(Silent())
        with av.open(str(path)) as file:
            video = file.streams.video[0]
            assert (video.frames, video.average_rate, video.codec_context.name) == (61, rate, "png")
            assert video.duration is not None and video.time_base is not None
            assert video.duration * video.time_base == 61 / rate
            pictures = [frame.to_ndarray(format="rgba") for frame in file.decode(video=0)]
        assert len(pictures) == 61
        alpha = np.array([picture[:60, :, 3].max() for picture in pictures])
        assert alpha[0] == 0 and alpha[20] > 200, "the delta is there where the run is on the trail alone"
        assert pictures[20][90:150, :, 3].max() == 0, "what is below stays seen"
