"""A few seconds of two runs for a page, and sectors of several runs cut into one film."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mtbsync_core.errors import UsageError
from mtbsync_core.media.probe import probe
from mtbsync_core.render.clip import SIZE, clip
from mtbsync_core.render.film import Segment, film, segments_of
from mtbsync_core.render.layout import tiled
from mtbsync_core.timing.best import Best, Seam
from mtbsync_core.timing.lines import SectorLines
from mtbsync_core.timing.runs import TimedRun
from mtbsync_core.warp import TimeWarp
from tests.media.conftest import write_video
from tests.render.made import SHAPE, X264, Silent, clicks, heard, luma_of, numbers_in, sound_of, with_sound

pytestmark = pytest.mark.slow

LINES = SectorLines(np.array([0.0, 0.8, 1.6]), ("Start", "Roots", "finish"))


def run(path: Path, name: str, slope: float, n: int = 70) -> TimedRun:
    write_video(path, n, size=SHAPE, options=X264)
    warp = TimeWarp(np.array([0.0, 2.0]), np.array([0.1, 0.1 + 2 * slope]), np.full(2, 0.02))
    return TimedRun(name=name, warp=warp, media=probe(path))


def test_a_clip_of_two_runs_neither_of_which_is_the_reference(tmp_path: Path) -> None:
    a, b = run(tmp_path / "a.mp4", "Ann", 1.0), run(tmp_path / "b.mp4", "Bob", 0.8)
    clip(a, b, (0.5, 1.5), tmp_path / "clip.mp4", lines=LINES)
    shown = numbers_in(tmp_path / "clip.mp4", tiled(SIZE, [SHAPE, SHAPE]).pictures)
    k = np.arange(shown.shape[1])
    assert len(k) == 30 and (shown[0] == 18 + k).all()  # 0.1 s + 0.5 s is its frame 18
    assert np.abs(shown[1] / 30 - (0.1 + 0.8 * (0.5 + k / 30))).max() <= 0.501 / 30
    with pytest.raises(UsageError):
        clip(a, b, (5.0, 6.0), tmp_path / "none.mp4")
    assert not (tmp_path / "none.mp4").exists()


def test_a_film_shows_every_sector_as_it_was_ridden(tmp_path: Path) -> None:
    runs = [run(tmp_path / "a.mp4", "Ann", 1.0), run(tmp_path / "b.mp4", "Bob", 0.8)]
    best = Best(np.array([0, 1]), np.array([0.8, 0.64]), 1.44, 0.05, (Seam(1, 0, 1, 0.97, 0.95, 0.99),))
    segments = segments_of(best, runs, LINES)
    assert [s.seam for s in segments] == ["", "speed −3% ±2%"]
    assert [s.own for s in segments] == [pytest.approx((0.1, 0.9)), pytest.approx((0.74, 1.38))]
    film(segments, LINES, tmp_path / "film.mp4", Silent(), size=(512, 288))
    # Of the number only what lies below the letters and above the strip is looked at: the middle row, bits 4 to 7.
    middle = []
    for _, luma in luma_of(tmp_path / "film.mp4"):
        cells = luma[110:180].reshape(70, 4, 128)[:, :, 40:90].mean(axis=(0, 2)) > 125
        middle.append(int("".join("1" if cell else "0" for cell in cells), 2))
    own = np.concatenate([3 + np.arange(24), 0.74 * 30 + 0.2 * 0 + np.arange(19)])
    expected = np.round(own).astype(int) >> 4
    assert len(middle) == 43 and (np.array(middle) == expected).mean() > 0.95
    joined = Best(np.array([1, 1]), np.array([0.64, 0.64]), 1.28, 0.05, ())
    assert [s.span for s in segments_of(joined, runs, LINES)] == [(0.0, 1.6)]
    with pytest.raises(UsageError):
        segments_of(Best(np.array([0, -1]), np.zeros(2), float("nan"), 0.0, ()), runs, LINES)


def test_the_sound_of_a_film_is_that_of_each_segment(tmp_path: Path) -> None:
    runs = []
    for name, times in (("a", [0.5, 1.5]), ("b", [0.2, 1.0])):
        path = with_sound(tmp_path / f"{name}.mov", clicks(times, 2.0), 60)
        runs.append(TimedRun.reference(name, 2.0, media=probe(path)))
    silent = run(tmp_path / "c.mp4", "c", 1.0)
    spans = [(runs[0], (0.0, 1.0)), (silent, (0.1, 0.6)), (runs[1], (0.8, 1.4))]
    segments = [Segment(one, span, span) for one, span in spans]
    film(segments, LINES, tmp_path / "film.mp4", Silent(), size=(256, 144))
    assert heard(sound_of(tmp_path / "film.mp4")) == pytest.approx([0.5, 1.7], abs=0.005)
