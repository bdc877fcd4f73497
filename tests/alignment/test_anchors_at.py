"""Frames are decoded for markers where only key frames were looked at, and for nothing else."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mtbsync_core.alignment.hmm.marginals import Posterior
from mtbsync_core.alignment.refine.anchor_search import find_anchors_at
from mtbsync_core.alignment.refine.options import RefineOptions
from mtbsync_core.media.probe import probe
from mtbsync_core.telemetry.lens import Lens
from mtbsync_core.vision.index import FrameIndex, IndexOptions, build_index

WIDTH, HEIGHT, RATE = 480, 270, 20
SPEED, LATER_S = 5.0, 0.45
MOMENTS = (1.3, 2.05, 2.7)


def avenue(at_m: float, side_m: float) -> NDArray[np.uint8]:
    """What an equidistant lens sees of an avenue of chequered boards, from that far along and to the side."""
    rng = np.random.default_rng(3)
    picture = np.full((HEIGHT, WIDTH), 128, np.uint8)
    boards = [
        (z, *rng.uniform((-6, -2.5, 0.2), (6, 2.5, 0.7)), rng.integers(0, 255, (4, 4))) for z in np.arange(0, 60, 0.2)
    ]
    for z, x, y, size, look in reversed(boards):
        ahead, beside = z - at_m, x - side_m
        if ahead < 1 or abs(x) < 1.2:
            continue
        away = np.hypot(beside, y)
        scale = np.arctan2(away, ahead) / away / Lens().half_rad * WIDTH / 2  # pixels a metre
        put = np.array(
            [[size * scale / 4, 0, WIDTH / 2 + beside * scale], [0, size * scale / 4, HEIGHT / 2 + y * scale]]
        )
        cv2.warpAffine(look.astype(np.uint8), put, (WIDTH, HEIGHT), picture, cv2.INTER_NEAREST, cv2.BORDER_TRANSPARENT)
    return picture


def film(path: Path, start_m: float, side_m: float, seconds: float) -> None:
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=Fraction(RATE), options={"g": "6", "bf": "0", "crf": "16"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for i in range(round(seconds * RATE)):
            picture = np.repeat(avenue(start_m + SPEED * i / RATE, side_m)[..., None], 3, axis=2)
            file.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        file.mux(stream.encode())


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("avenue")
    film(folder / "ref.mp4", 0.0, 0.0, 4.0)
    film(folder / "new.mp4", SPEED * LATER_S, 0.3, 3.5)
    return folder / "ref.mp4", folder / "new.mp4"


def indexes(runs: tuple[Path, Path], options: IndexOptions) -> tuple[FrameIndex, FrameIndex, Posterior]:
    ref, new = (build_index(probe(path), options) for path in runs)
    t = ref.t_s
    return ref, new, Posterior(t - LATER_S, np.full(len(t), 0.1), t - LATER_S, np.ones(len(t)), np.zeros(len(t)), 9.0)


@pytest.mark.slow
def test_markers_get_anchors_of_their_own_where_samples_are_sparse(runs: tuple[Path, Path]) -> None:
    options = IndexOptions(fps=3.0, fast=True)
    ref, new, back = indexes(runs, options)
    anchors = find_anchors_at(ref, new, back, [*MOMENTS, 7000.0, -3.0], options, RefineOptions())
    assert len(anchors) == len(MOMENTS)
    for anchor, moment in zip(anchors, MOMENTS, strict=True):
        assert abs(anchor.t_new + LATER_S - moment) < 1 / RATE
        assert abs(anchor.t_ref - anchor.t_new - LATER_S) < 0.06 and anchor.n_inliers > 20


@pytest.mark.slow
def test_dense_samples_need_none(runs: tuple[Path, Path]) -> None:
    options = IndexOptions(fps=10.0)
    ref, new, back = indexes(runs, options)
    assert find_anchors_at(ref, new, back, MOMENTS, options, RefineOptions()) == []
    assert find_anchors_at(ref, new, back, [], options, RefineOptions()) == []
