"""The layout descriptor keeps edges and forgets light."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mtbsync_core.vision.describers.hog import SHAPE, Hog
from mtbsync_core.vision.similarity import contrast

HOG = Hog()
hog_grid = HOG.describe


def scene(seed: int, width: int = 320, height: int = 180) -> NDArray[np.uint8]:
    rng = np.random.default_rng(seed)
    blurred = cv2.GaussianBlur(rng.standard_normal((height, width)), (0, 0), 6)
    return np.asarray(np.clip(128 + 500 * blurred, 0, 255), np.uint8)


def cosine(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    return float((a * b).sum() / np.linalg.norm(a) / np.linalg.norm(b))


def test_shape_and_range() -> None:
    d = hog_grid(scene(1))
    assert d.shape == SHAPE and d.dtype == np.float32 and np.isfinite(d).all() and (d >= 0).all()


@pytest.mark.parametrize("change", ["darker", "contrast", "size"])
def test_light_and_size_change_little(change: str) -> None:
    picture = scene(1)
    changed = {
        "darker": (picture * 0.5).astype(np.uint8),
        "contrast": np.clip((picture.astype(float) - 128) * 1.35 + 128, 0, 255).astype(np.uint8),
        "size": np.asarray(cv2.resize(picture, (640, 360)), np.uint8),
    }[change]
    same, other = cosine(hog_grid(picture), hog_grid(changed)), cosine(hog_grid(picture), hog_grid(scene(2)))
    assert same > 0.95 and same > other + 0.1


def test_the_direction_of_an_edge_lands_in_its_bin() -> None:
    """A vertical edge has a horizontal gradient: orientation 0; a horizontal edge orientation 4 of 8."""
    half = np.zeros((64, 128), np.uint8)
    half[:, 64:] = 255
    assert hog_grid(half).sum(axis=(1, 2)).argmax() == 0
    half = np.zeros((64, 128), np.uint8)
    half[32:] = 255
    assert hog_grid(half).sum(axis=(1, 2)).argmax() == 4


@pytest.mark.parametrize("value", [0, 255])
def test_a_flat_picture_is_no_edge_at_all(value: int) -> None:
    assert np.abs(hog_grid(np.full((90, 160), value, np.uint8))).max() < 1e-4


def test_similarity_forgives_a_small_shift() -> None:
    pictures = [scene(seed) for seed in range(12)]
    moved = [np.roll(p, 40, axis=1) for p in pictures]  # two of sixteen cells
    ref, new = (np.stack([hog_grid(p) for p in side]) for side in (pictures, moved))
    matrix = HOG.compare(ref, new)
    assert matrix.shape == (12, 12)
    np.testing.assert_array_equal(matrix.argmax(axis=1), np.arange(12))
    assert (contrast(matrix).diagonal() > 3).all()


def test_similarity_of_a_run_with_itself_is_one() -> None:
    stack = np.stack([hog_grid(scene(seed)) for seed in range(6)])
    np.testing.assert_allclose(HOG.compare(stack, stack).diagonal(), 1, atol=1e-5)
