"""A picture that is much taller than another one is described as the middle of it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.vision.describers.hog import COLUMNS, ROWS, Hog
from mtbsync_core.vision.features import FeatureStore
from mtbsync_core.vision.index import FrameIndex, IndexOptions, _on_canvas

WIDE = MediaInfo(Path("wide.mp4"), Fraction(30), 1920, 1080, 10.0, 300, "hevc")
TALL = replace(WIDE, width=608)


@pytest.mark.parametrize(("size", "canvas"), [((608, 1080), 16 / 9), ((1080, 1080), None), ((1440, 1080), None)])
def test_only_a_much_taller_picture_is_taken_for_the_middle(size: tuple[int, int], canvas: float | None) -> None:
    other = replace(WIDE, width=size[0], height=size[1])
    assert IndexOptions().beside(other, WIDE).canvas == canvas
    assert IndexOptions().beside(WIDE, other) == IndexOptions()


def test_the_middle_of_a_picture_is_described_as_in_the_picture() -> None:
    picture = np.random.default_rng(1).integers(0, 255, (27, 48), np.uint8).repeat(8, 0).repeat(8, 1)
    middle = np.ascontiguousarray(picture[:, 132:252])
    index = FrameIndex(
        replace(WIDE, width=120, height=216), np.zeros(1), np.zeros((1, 8, 8, 16), np.float16), FeatureStore(), "",
        canvas=384 / 216,
    )  # fmt: skip
    visible = index.visible(ROWS, COLUMNS)
    assert visible.sum() == pytest.approx(ROWS * COLUMNS * 120 / 384, rel=0.01)
    assert not visible[:, :5].any() and not visible[:, 11:].any()
    whole, part = (Hog().describe(luma)[:, :, 6:10] for luma in (picture, _on_canvas(middle, index.canvas)))
    assert np.corrcoef(whole.ravel(), part.ravel())[0, 1] > 0.95
