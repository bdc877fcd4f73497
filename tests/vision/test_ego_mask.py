"""What moves with the camera is told by made-up corners: those of the world are elsewhere in each sample and never seen
again 10 s later, those that the camera carries along are found again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.vision.ego_mask import NOTHING, EgoMask, EgoMaskOptions, ego_mask
from mtbsync_core.vision.features import Features
from mtbsync_core.vision.index import FrameIndex
from mtbsync_core.vision.registry import Extractor, describer_named
from mtbsync_core.vision.similarity import similarity, standardise

Floats = NDArray[np.float64]
ASPECT = 9 / 16
T_S = np.arange(0.0, 60.0, 0.5)
FEW = EgoMaskOptions(moments=80)


class SameCode:
    """Pairs the corners that have the same number, and of the others, which are of the world, a tenth by chance."""

    n_features = 300
    by_chance = 1.4

    def extractor(self, n_features: int) -> Extractor:
        raise NotImplementedError

    def pairs(self, a: Features, b: Features, most: int) -> NDArray[np.intp]:
        _, i, j = np.intersect1d(a.descriptors[:, 0], b.descriptors[:, 0], return_indices=True)
        rng = np.random.default_rng(int(a.descriptors.sum() + b.descriptors.sum()) % 2**32)
        others = [rng.permutation(np.setdiff1d(np.arange(len(f)), k)) for f, k in ((a, i), (b, j))]
        n = min(len(others[0]), len(others[1])) // 10
        return np.concatenate([np.column_stack([i, j]), np.column_stack([side[:n] for side in others])])[:most]


def recording(own: Callable[[float], Floats], n_world: int = 300, t_s: Floats = T_S) -> list[Features]:
    """Samples of `n_world` corners of the world and of those that the camera carries along, at own(t), shape (n, 2),
    NaN where one is not seen.
    """
    rng = np.random.default_rng(3)
    samples = []
    for k, t in enumerate(t_s.tolist()):
        mine = own(t)
        xy = np.concatenate([rng.uniform([-1, -ASPECT], [1, ASPECT], (n_world, 2)), mine])
        codes = np.concatenate([1000 * (k + 1) + np.arange(n_world), np.arange(len(mine))])
        there = np.isfinite(xy[:, 0])
        samples.append(Features(xy[there].astype(np.float32), codes[there, None]))
    return samples


def descriptors(n: int) -> NDArray[np.float32]:
    return np.random.default_rng(4).random((n, 6)).astype(np.float32)


def mask_of(samples: list[Features], t_s: Floats = T_S, seen: NDArray[np.float32] | None = None) -> EgoMask:
    return ego_mask(t_s, descriptors(len(t_s)) if seen is None else seen, samples, ASPECT, SameCode(), FEW)


def world_of(mask: EgoMask, samples: list[Features], k: int) -> Features:
    return samples[k].where(mask.world(samples[k], T_S[k], ASPECT))


def grid_of(left: float, right: float, top: float, bottom: float, n: int = 12) -> Floats:
    return np.stack(np.meshgrid(np.linspace(left, right, n), np.linspace(top, bottom, n)), axis=-1).reshape(-1, 2)


GAUGE = grid_of(-0.95, -0.55, 0.2, 0.5)


def none(t: float) -> Floats:
    return np.zeros((0, 2))


def test_a_recording_that_shows_the_world_alone_has_no_mask() -> None:
    mask = mask_of(recording(none))
    assert mask is NOTHING
    assert (mask.visible(8, 16) == 1).all()


def test_a_gauge_is_masked_where_it_is_and_nothing_else() -> None:
    samples = recording(lambda t: GAUGE)
    mask = mask_of(samples)
    shown = mask.visible(9, 16)
    assert shown[6:8, 1:3].max() == 0
    assert shown[:4].min() == 1 and shown[:, 6:].min() == 1
    kept = world_of(mask, samples, 7)
    assert (kept.descriptors >= 1000).all() and len(kept) > 240


def test_digits_that_are_another_at_most_times_are_masked_since_they_stay_in_place() -> None:
    digits = grid_of(0.4, 0.9, -0.5, -0.42, 30)
    pick = np.random.default_rng(9)

    def running(t: float) -> Floats:
        return np.where(pick.random((len(digits), 1)) < 0.12, digits, np.nan)

    shown = mask_of(recording(running)).visible(9, 16)
    assert shown[0, 12:15].max() == 0 and shown[3:].min() == 1


def test_a_handlebar_that_turns_and_bobs_is_masked() -> None:
    bar = grid_of(-0.8, 0.8, 0.35, 0.5)

    def turned(t: float) -> Floats:
        a = np.radians(5 * np.sin(0.9 * t))
        return bar @ np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]]) + [0, 0.02 * np.sin(7 * t)]

    samples = recording(turned)
    mask = mask_of(samples)
    kept = world_of(mask, samples, 11)
    own = samples[11].descriptors[:, 0] < 1000
    assert (kept.descriptors[:, 0] < 1000).sum() < 0.1 * own.sum()
    assert mask.visible(9, 16)[:5].min() == 1


def test_a_rider_ahead_is_left_out_wherever_he_is() -> None:
    rider = grid_of(-0.2, 0.2, -0.2, 0.3, 8)
    path = np.random.default_rng(6).uniform([-0.7, -0.2], [0.7, 0.1], (len(T_S), 2))
    samples = recording(lambda t: rider * (0.9 + 0.1 * np.sin(t)) + path[round(2 * t)])
    mask = mask_of(samples)
    assert mask.co_moving is not None
    for k in (3, 50, 101):
        kept = world_of(mask, samples, k)
        assert (kept.descriptors[:, 0] < 1000).sum() == 0
        assert len(kept) > 180  # the world beside him


def test_a_recording_that_stands_for_half_of_its_time_is_not_taken_for_a_picture_that_never_changes() -> None:
    """Two moments of one stop have all corners in common."""
    samples = recording(none)
    stands = (T_S > 20) & (T_S < 50)
    seen = descriptors(len(T_S))
    for k in np.flatnonzero(stands):
        samples[k], seen[k] = samples[41], seen[41]
    mask = mask_of(samples, seen=seen)
    assert mask.masked is None and mask.co_moving is None


@pytest.mark.slow
def test_where_most_of_the_picture_never_changes_nothing_is_masked_and_a_note_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    everywhere = grid_of(-1, 1, -ASPECT, 0.4, 30)
    with caplog.at_level(logging.WARNING):
        mask = mask_of(recording(lambda t: everywhere, 50))
    assert mask.masked is None
    assert "of the picture hardly changes" in caplog.text


def test_a_recording_too_short_to_have_moments_far_apart_has_no_mask() -> None:
    short = T_S[T_S < 19]
    assert mask_of(recording(lambda t: GAUGE, t_s=short), short).masked is None


def test_visible_shares_of_any_grid_are_exact() -> None:
    masked = np.zeros((18, 32), bool)
    masked[:3, :4] = True
    mask = EgoMask(masked)
    for rows, columns in ((8, 16), (6, 12), (7, 5), (18, 32)):
        shown = mask.visible(rows, columns)
        assert shown.shape == (rows, columns)
        assert (1 - shown).mean() == pytest.approx(12 / (18 * 32))
    assert mask.visible(6, 8)[0].tolist() == [0, 1, 1, 1, 1, 1, 1, 1]


def test_cells_that_are_not_visible_in_either_run_do_not_count() -> None:
    rng = np.random.default_rng(2)
    ref = standardise(rng.standard_normal((6, 3, 4, 8)))
    new = ref[::-1].copy()
    ref[:, :, 3, :], new[:, :, :, 0] = rng.standard_normal((6, 3, 8)), rng.standard_normal((6, 3, 4))
    shown_ref, shown_new = np.ones((4, 8), np.float32), np.ones((4, 8), np.float32)
    shown_ref[3], shown_new[:, 0] = 0, 0
    visible = (lambda *_: shown_ref), (lambda *_: shown_new)
    np.testing.assert_allclose(similarity(ref, new, 1, 1, 0.01, visible)[::-1].diagonal(), 1, atol=1e-5)
    assert similarity(ref, new, 1, 1, 0.01)[::-1].diagonal().max() < 0.9


def test_hog_compares_what_both_show_of_the_world() -> None:
    hog = describer_named("hog")
    rng = np.random.default_rng(5)
    pictures = rng.integers(0, 256, (8, 64, 128), np.uint8)
    covered = pictures.copy()
    covered[:, 32:] = rng.integers(0, 256, (8, 32, 128), np.uint8)
    ref, new = (np.stack([hog.describe(p) for p in side]) for side in (pictures, covered))
    lower = EgoMask(np.repeat([False, True], 9)[:, None].repeat(32, axis=1))
    plain, masked = hog.compare(ref, new), hog.compare(ref, new, (EgoMask().visible, lower.visible))
    assert masked.diagonal().min() > 0.9 > 0.8 > plain.diagonal().max()


def test_an_index_gives_the_corners_of_the_world() -> None:
    media = MediaInfo(Path("run.mp4"), Fraction(30), 640, 360, 60.0, 1800, "h264")
    rng = np.random.default_rng(7)
    gauge = grid_of(-0.95, -0.55, 0.2, 0.5, 6)
    own = rng.integers(0, 256, (36, 32), np.uint8)
    samples = [
        Features(f.xy, np.concatenate([rng.integers(0, 256, (60, 32), np.uint8), own]))
        for f in recording(lambda t: gauge, 60)
    ]
    seen = rng.random((len(T_S), 8, 8, 16)).astype(np.float16)
    index = FrameIndex(media, T_S, seen, samples, "key", matcher="orb")
    assert len(index.corners(5)) == 96
    masked = index.with_ego_mask()
    assert 40 < len(masked.corners(5)) <= 60
    assert len(masked.features[5]) == 96
