"""The matchers on a picture and the same picture moved: corners are found, paired, and lie where the move puts them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mtbsync_core.errors import EngineMissingError, UsageError
from mtbsync_core.vision.features import Features, unique
from mtbsync_core.vision.matchers.sift import Sift
from mtbsync_core.vision.matchers.xfeat import XFeat, _sampled, _unfolded
from mtbsync_core.vision.registry import Extractor, Matcher, checked_name, matcher_named

WIDTH, HEIGHT = 320, 192
MOVE = (12, -7)


def woods(seed: int) -> NDArray[np.uint8]:
    """Blobs and edges of many sizes."""
    rng = np.random.default_rng(seed)
    picture = np.full((HEIGHT, WIDTH), 120, np.uint8)
    for _ in range(160):
        x, y, r = int(rng.integers(WIDTH)), int(rng.integers(HEIGHT)), int(rng.integers(3, 15))
        cv2.rectangle(picture, (x, y), (x + r, y + int(rng.integers(3, 30))), int(rng.integers(256)), -1)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.8), np.uint8)


def extractor_of(matcher: Matcher) -> Extractor:
    try:
        return matcher.extractor(matcher.n_features)
    except EngineMissingError as error:
        pytest.skip(error.message)


@pytest.mark.parametrize("name", ["orb", "sift", "xfeat"])
def test_a_moved_picture_is_matched_where_it_went(name: str) -> None:
    matcher = matcher_named(name)
    extract = extractor_of(matcher)
    still = woods(1)
    moved = np.asarray(cv2.warpAffine(still, np.array([[1.0, 0, MOVE[0]], [0, 1, MOVE[1]]]), (WIDTH, HEIGHT)), np.uint8)
    a, b = extract(still), extract(moved)
    pairs = matcher.pairs(a, b, 200)
    assert 30 < len(pairs) <= 200
    assert len(np.unique(pairs[:, 0])) == len(np.unique(pairs[:, 1])) == len(pairs)
    went = (b.xy[pairs[:, 1]] - a.xy[pairs[:, 0]]) * WIDTH / 2
    least = 0.6 if name == "xfeat" else 0.9  # its network was not trained on rectangles
    assert (np.abs(went - MOVE).max(axis=1) < 2).mean() > least
    np.testing.assert_allclose(np.median(went, axis=0), MOVE, atol=0.6)


@pytest.mark.parametrize("turn_deg", [-10.0, 10.0])
def test_upright_corners_are_matched_when_the_camera_leans_a_little(turn_deg: float) -> None:
    extract = Sift().extractor(500)
    turn = cv2.getRotationMatrix2D(((WIDTH - 1) / 2, (HEIGHT - 1) / 2), turn_deg, 1.0)
    still = woods(1)
    a, b = extract(still), extract(np.asarray(cv2.warpAffine(still, turn, (WIDTH, HEIGHT)), np.uint8))
    pairs = Sift().pairs(a, b, 200)
    assert len(pairs) > 60
    went = a.xy[pairs[:, 0]] @ turn[:, :2].T - b.xy[pairs[:, 1]]
    assert (np.abs(went).max(axis=1) * WIDTH / 2 < 3).mean() > 0.8


def test_corners_of_every_scale_lie_where_the_picture_shows_them() -> None:
    """A dot of each size, off the middle by a fraction of a pixel of the smallest scale."""
    for radius in (2, 6, 12):
        picture = np.full((272, 480), 60, np.uint8)
        cv2.circle(picture, (301, 97), radius, 220, -1, cv2.LINE_AA)
        xy = Sift().extractor(500)(picture).xy * 240 + (239.5, 135.5)
        assert len(xy) and np.abs(xy - (301, 97)).max() < 1.5 * radius + 6
        assert np.abs(xy.mean(axis=0) - (301, 97)).max() < 1.5


@pytest.mark.parametrize("name", ["orb", "sift", "xfeat"])
def test_a_flat_frame_has_few_corners_and_a_tiny_one_is_no_error(name: str) -> None:
    extract = extractor_of(matcher_named(name))
    assert len(extract(np.full((180, 320), 90, np.uint8))) < 30
    assert extract(woods(2)[:24, :32]).xy.shape[1] == 2


@pytest.mark.parametrize("name", ["orb", "sift", "xfeat"])
def test_frames_without_corners_have_no_pairs(name: str) -> None:
    width, kind = {"orb": (32, np.uint8), "sift": (128, np.uint8), "xfeat": (64, np.float16)}[name]
    nothing = Features(np.zeros((0, 2), np.float32), np.zeros((0, width), kind))
    one = Features(np.zeros((1, 2), np.float32), np.ones((1, width), kind))
    for a, b in ((nothing, nothing), (nothing, one), (one, nothing)):
        assert matcher_named(name).pairs(a, b, 10).shape == (0, 2)


def test_no_second_corner_is_used_twice_and_the_surest_wins() -> None:
    pairs = np.array([[0, 5], [1, 5], [2, 3], [3, 3], [4, 9]])
    assert unique(pairs, 10).tolist() == [[0, 5], [2, 3], [4, 9]]
    assert unique(pairs, 2).tolist() == [[0, 5], [2, 3]]


def test_learned_corners_are_paired_when_each_is_the_others_nearest() -> None:
    codes = np.eye(64, dtype=np.float16)[:6]
    a = Features(np.zeros((6, 2), np.float32), codes)
    b = Features(np.zeros((6, 2), np.float32), codes[::-1])
    assert sorted(map(tuple, XFeat().pairs(a, b, 10).tolist())) == [(i, 5 - i) for i in range(6)]


def test_odds_are_laid_out_row_by_row_within_their_block() -> None:
    logits = np.full((65, 2, 3), -20.0, np.float32)
    logits[64] = 0.0  # nowhere, but for:
    logits[8 * 5 + 2, 1, 2] = 20.0
    heat = _unfolded(logits)
    assert heat.shape == (16, 24)
    assert np.unravel_index(heat.argmax(), heat.shape) == (8 + 5, 16 + 2)
    assert heat.max() == pytest.approx(1.0) and np.sort(heat.ravel())[-2] < 1e-6


def test_samples_between_blocks_are_linear() -> None:
    grid = np.arange(12, dtype=np.float32).reshape(1, 3, 4)
    middle_of = np.array([[3.5, 3.5], [11.5, 3.5], [7.5, 7.5], [0.0, 0.0], [31.0, 23.0]], np.float32)
    np.testing.assert_allclose(_sampled(grid, middle_of)[:, 0], [0, 1, 2.5, 0, 11], atol=1e-5)


@pytest.mark.parametrize("name", ["super", "superglue"])
def test_research_only_weights_are_refused_with_the_alternative(name: str) -> None:
    with pytest.raises(UsageError, match="non-commercial") as caught:
        checked_name("matchers", name)
    assert "xfeat" in caught.value.hint


def test_an_unknown_matcher_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="'loftr'"):
        checked_name("matchers", "loftr")


def test_without_its_packages_and_its_model_xfeat_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = "mtbsync_core.vision.matchers._xfeat_network"
    monkeypatch.setattr(f"{module}._model_file", lambda: tmp_path / "none.onnx")
    monkeypatch.setattr(f"{module}.find_spec", lambda name: None)
    with pytest.raises(EngineMissingError, match="learned") as caught:
        XFeat().extractor(10)
    assert "--with learned" in caught.value.hint
