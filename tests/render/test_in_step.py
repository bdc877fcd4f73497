"""Frame by frame: in every frame of a video each run shows the right one of its own."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from mtbsync_core.render.job import Lock, Range, RenderJob, Size
from mtbsync_core.render.layout import tiled
from mtbsync_core.warp import TimeWarp
from tests.media.conftest import write_video
from tests.render.made import SHAPE, X264, Silent, luma_of, numbers_in, write_result

SIZE = Size(384, 216)
KNOTS = [[0.2, 0.1, 0.02], [0.8, 0.9, 0.02], [1.4, 1.2, 0.02], [1.9, 2.0, 0.02]]
"""0.8 and 2 and 0.6 times as fast."""
NTSC = Fraction(60000, 1001)


def film(path: Path, n: int, rate: Fraction | int = 30, stamps: list[int] | None = None) -> Path:
    return write_video(path, n, rate=rate, size=SHAPE, options=X264, stamps=stamps)


def rendered(tmp_path: Path, result: Path, **how: object) -> Path:
    values = {"out": tmp_path / "v.mp4", "size": SIZE, "with_sound": "none", **how}
    return RenderJob(results=(result,), **values).run(Silent())  # type: ignore[arg-type]


@pytest.fixture
def result(tmp_path: Path) -> Path:
    ref, new = film(tmp_path / "ref.mp4", 60), film(tmp_path / "new.mp4", 66)
    return write_result(tmp_path / "run", ref, new, KNOTS)


BOXES = tiled(SIZE, [SHAPE, SHAPE]).pictures


@pytest.mark.parametrize(
    ("rates", "n"), [((30, 30), (60, 66)), ((50, NTSC), (100, 130)), ((NTSC, 25), (120, 55))], ids=str
)
@pytest.mark.slow
def test_by_place_both_show_the_same_place(
    tmp_path: Path, rates: tuple[Fraction | int, Fraction | int], n: tuple[int, int]
) -> None:
    ref, new = (film(tmp_path / name, k, r) for name, k, r in zip(("r.mp4", "n.mp4"), n, rates, strict=True))
    video = rendered(tmp_path, write_result(tmp_path / "run", ref, new, KNOTS))
    shown = numbers_in(video, BOXES)
    times = np.array([t for t, _ in luma_of(video)])
    rate_ref, rate_new = float(rates[0]), float(rates[1])
    start_s = np.ceil(0.2 * rate_ref - 0.01) / rate_ref
    assert np.abs(shown[0] / rate_ref - (start_s + times)).max() < 0.01 / rate_ref
    at = TimeWarp.from_knots(KNOTS).to_new(np.minimum(start_s + times, 1.9))
    assert np.abs(shown[1] / rate_new - at).max() <= 0.501 / rate_new
    assert len(times) == pytest.approx((1.9 - start_s) * rate_ref, abs=1)
    assert np.abs(np.diff(times) - 1 / rate_ref).max() < 1e-4


@pytest.mark.slow
def test_by_clock_both_play_as_recorded_and_wait_at_the_end(tmp_path: Path, result: Path) -> None:
    shown = numbers_in(rendered(tmp_path, result, lock="time"), BOXES)
    k = np.arange(shown.shape[1])
    assert len(k) == 57  # the slower run's 1.9 s
    # 0.2 s of the reference is frame 6, 0.1 s of the new run its frame 3; the reference ends at frame 57.
    assert (shown[0] == np.minimum(6 + k, 57)).all()
    assert (shown[1] == 3 + k).all()


@pytest.mark.slow
def test_by_sector_all_begin_together_at_each_line(tmp_path: Path, result: Path) -> None:
    markers = tmp_path / "m.csv"
    markers.write_text("t_ref,name\n0.8,Roots\n1.4,Drop\n", encoding="utf-8")
    shown = numbers_in(rendered(tmp_path, result, lock="sector", markers=markers), BOXES)
    # Sectors last 0.6, 0.6, 0.5 s in the reference, 0.8, 0.3, 0.8 s in the new run, with a second of rest between them.
    second, third = 24 + 30, 24 + 30 + 18 + 30
    for start, ref, new in ((0, 6, 3), (second, 24, 27), (third, 42, 36)):
        assert shown[:, start].tolist() == [ref, new]
        assert shown[:, start + 6].tolist() == [ref + 6, new + 6]
    assert shown[:, second - 1].tolist() == [24, 27] and shown[:, third - 1].tolist() == [42, 36]
    assert shown.shape[1] == third + 24


@pytest.mark.slow
def test_a_gap_stands_still_and_is_dim(tmp_path: Path) -> None:
    ref, new = film(tmp_path / "ref.mp4", 60), film(tmp_path / "new.mp4", 60)
    knots = [[0.0, 0.0, 0.02], [0.5, 0.5, 0.02], [1.0, 0.7, 0.02], [1.6, 1.3, 0.02]]
    result = write_result(tmp_path / "run", ref, new, knots, gaps=[1])
    video = rendered(tmp_path, result, range=Range(None, 2.0))
    means = [
        float(luma[BOXES[1].y + BOXES[1].height // 2 :, BOXES[1].x :][: BOXES[1].height // 3].max())
        for _, luma in luma_of(video)
    ]
    bright = np.array(means) > 150
    assert bright[1:15].all() and not bright[17:29].any() and bright[31:48].all() and not bright[50:].any()


@pytest.mark.slow
@pytest.mark.parametrize("lock", ["position", "time"])
def test_variable_rate(tmp_path: Path, lock: Lock) -> None:
    stamps = [0, 1, 2, 4, 5, 9, 10, 11, 12, 20, 21, 22, 30, 31, 40, 41, 42, 50, 55, 59]
    ref, new = film(tmp_path / "ref.mp4", 60), film(tmp_path / "new.mp4", len(stamps), stamps=stamps)
    result = write_result(tmp_path / "run", ref, new, [[0.0, 0.0, 0.02], [1.9, 1.9, 0.02]])
    shown = numbers_in(rendered(tmp_path, result, lock=lock), BOXES)
    assert (shown[0] == np.arange(shown.shape[1])).all()
    nearest = np.abs(np.array(stamps)[None] - np.arange(shown.shape[1])[:, None]).min(axis=1)
    assert (np.abs(np.array(stamps)[shown[1]] - np.arange(shown.shape[1])) == nearest).all()
