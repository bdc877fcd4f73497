"""Other trails through the same kinds of scenery in the same order are refused; one trail through them is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mtbsync_core.alignment.judge.local_evidence import local_evidence
from mtbsync_core.alignment.judge.null_evidence import PictureEvidence, evidence_findings
from mtbsync_core.alignment.judge.verdict import VerdictOptions
from mtbsync_core.alignment.pipeline import align_indexes
from mtbsync_core.alignment.result import Alignment
from mtbsync_core.warp import TimeWarp
from tests.alignment.trail_of_numbers import Trail, index_of, ride


def through_scenery(trails: tuple[int, int], strength: float) -> Alignment:
    """Two runs over trails with these seeds, through the same kinds of scenery in the same order; the strength is that
    of a kind over a trail's own looks.
    """
    ref, new = ride(36, speed=6, seed=1), ride(34, speed=6.4, seed=2)
    indexes = []
    for seed, ((t, place), trail) in enumerate(zip((ref, new), trails, strict=True), start=1):
        seen = Trail.of(trail, 240).seen(place, seed)
        kinds = np.random.default_rng(9).standard_normal((4, *seen.shape[1:]))
        x = place / ref[1][-1] * len(kinds)
        near = np.exp(-0.5 * (np.clip(np.abs(x[:, None] - np.arange(len(kinds)) - 0.5) - 0.45, 0, None) / 0.1) ** 2)
        scenery = np.tensordot(near / near.sum(axis=1, keepdims=True), kinds, 1)
        indexes.append(index_of(t, (seen + strength * scenery).astype(np.float16)))
    return align_indexes(*indexes)


@pytest.mark.slow
def test_another_trail_through_the_same_scenery_is_refused() -> None:
    """The kind of scenery is 15 % of the variance of what is seen."""
    found = through_scenery((11, 12), 0.6)
    assert found.verdict == "refused"
    # It is this that tells: all else is as it is for one trail.
    assert found.quality.evidence_per_s is not None and found.quality.evidence_per_s > 2
    assert found.quality.local_evidence_per_s is not None and found.quality.local_evidence_per_s < 0


@pytest.mark.slow
def test_one_trail_through_scenery_is_accepted() -> None:
    """Though the kind of scenery is 42 % of the variance of what is seen."""
    found = through_scenery((11, 11), 1.2)
    assert found.usable
    assert found.quality.local_evidence_per_s is not None and found.quality.local_evidence_per_s > 5


def test_a_place_counts_for_what_it_stands_out_by() -> None:
    t = np.arange(0.0, 30.0, 0.3)
    ridge = 5.0 * np.exp(-0.5 * (np.subtract.outer(t, t) / 0.4) ** 2).astype(np.float32)
    block = np.where(np.equal.outer(t // 10, t // 10), np.float32(5.0), np.float32(0.0))
    assert local_evidence(ridge, t, t, t) == pytest.approx(len(t) * 3.5, rel=0.02)
    # Not even at the edges of a block, where one side of it lies outside.
    assert local_evidence(block, t, t, t) == pytest.approx(len(t) * -1.5, rel=0.02)
    assert local_evidence(ridge + block, t, t, t) == pytest.approx(len(t) * 3.5, rel=0.05)
    assert local_evidence(ridge, t, t, np.full(len(t), np.nan)) == 0


def test_corners_that_agree_outdo_scenery() -> None:
    """Walking pace: the surroundings look as a place does, and corners tell the two apart."""
    warp = TimeWarp(np.array([0.0, 60.0]), np.array([0.0, 60.0]), np.full(2, 0.05))
    seen = PictureEvidence(log_evidence=400.0, null=0.0, local=10.0, verified=0.9, by_chance=0.1, verified_nats=100.0)
    assert not evidence_findings(warp, seen, VerdictOptions()).refusals
    # An overlay agrees everywhere, which says nothing.
    overlaid = replace(seen, by_chance=0.9, verified_nats=0.0)
    assert any("scenery" in why for why in evidence_findings(warp, overlaid, VerdictOptions()).refusals)
    # Corners of another season agree nowhere: what pictures alone say is to be checked.
    silent = evidence_findings(warp, replace(overlaid, local=200.0, verified=0.0), VerdictOptions())
    assert not silent.refusals and any("corners agree at 0%" in doubt for doubt in silent.doubts)


def test_without_corners_single_places_must_stand_out_more() -> None:
    warp = TimeWarp(np.array([0.0, 60.0]), np.array([0.0, 60.0]), np.full(2, 0.05))
    seen = PictureEvidence(log_evidence=400.0, null=0.0, local=100.0)
    doubtful = evidence_findings(warp, seen, VerdictOptions())
    assert not doubtful.refusals and any("stand out" in doubt for doubt in doubtful.doubts)
    sure = evidence_findings(warp, replace(seen, local=200.0), VerdictOptions())
    assert not sure.refusals and not sure.doubts
