"""A picture that is much taller than another one shows the middle of it, and both are described by that."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.vision.canvas import on_canvas
from mtbsync_core.vision.describers.hog import COLUMNS, ROWS, Hog
from mtbsync_core.vision.features import FeatureStore
from mtbsync_core.vision.index import FrameIndex, IndexOptions, feature_extractor
from mtbsync_core.vision.registry import matcher_named

WIDE = MediaInfo(Path("wide.mp4"), Fraction(30), 1920, 1080, 10.0, 300, "hevc")
TALL = replace(WIDE, width=608)
CANVAS = 1.5 * (608 / 1080)
SIDES = (384 - 120) // 2
"""Pixels that the middle of the picture below is away from its sides."""


def picture() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 255, (27, 48), np.uint8).repeat(8, 0).repeat(8, 1)


@pytest.mark.parametrize(("size", "canvas"), [((608, 1080), CANVAS), ((1080, 1080), None), ((1440, 1080), None)])
def test_only_beside_a_much_taller_picture_the_middle_is_described(size: tuple[int, int], canvas: float | None) -> None:
    other = replace(WIDE, width=size[0], height=size[1])
    assert IndexOptions().beside(other, WIDE).canvas == IndexOptions().beside(WIDE, other).canvas == canvas


def test_the_middle_of_a_picture_is_described_as_in_the_picture() -> None:
    middle = np.ascontiguousarray(picture()[:, SIDES:-SIDES])
    nothing = np.zeros(1), np.zeros((1, 8, 8, 16), np.float16), FeatureStore(), ""
    narrow = FrameIndex(replace(WIDE, width=120, height=216), *nothing, canvas=180 / 216)
    wide = FrameIndex(replace(WIDE, width=384, height=216), *nothing, canvas=180 / 216)
    visible = narrow.visible(ROWS, COLUMNS)
    assert visible.sum() == pytest.approx(ROWS * COLUMNS * 120 / 180, rel=0.02)
    assert not visible[:, :2].any() and not visible[:, 14:].any()
    assert wide.visible(ROWS, COLUMNS).all()
    whole, part = (Hog().describe(on_canvas(luma, 180 / 216))[:, :, 4:12] for luma in (picture(), middle))
    assert np.corrcoef(whole.ravel(), part.ravel())[0, 1] > 0.95


def test_corners_of_the_middle_have_one_scale_and_are_paired() -> None:
    """At its own scale a picture of this width is enlarged three times as much as the one that it is the middle of."""
    options = replace(IndexOptions(), canvas=180 / 216)
    wide, narrow = picture(), np.ascontiguousarray(picture()[:, SIDES:-SIDES])
    one, other = (feature_extractor(options)(luma) for luma in (wide, narrow))
    assert np.abs(one.xy[:, 0]).max() < 180 / 384 + 0.01
    assert np.abs(other.xy[:, 0]).max() <= 1
    pairs = matcher_named(options.matcher).pairs(one, other, 500)
    same = np.abs(one.xy[pairs[:, 0]] * 384 - other.xy[pairs[:, 1]] * 120).max(axis=1) < 4
    assert same.sum() > 100
