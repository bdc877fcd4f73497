"""The deviation of a fit is scaled by anchors that it has not seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mtbsync_core.alignment.curve.conformal import ConformalOptions, conformal_scale
from mtbsync_core.alignment.curve.fit import FitOptions, Segment, fit_segments
from mtbsync_core.alignment.from_pairs import alignment_from_pairs
from mtbsync_core.alignment.pairs import TimePairs


def ride(noise: float, *, seconds: float = 90.0, seed: int = 1, stated: float = 0.05) -> Segment:
    """Anchors three times a second whose noise is so many times what they state."""
    rng = np.random.default_rng(seed)
    t_ref = np.arange(0.0, seconds, 1 / 3)
    # Speed differs by a third at the most, back and forth.
    t_new = t_ref + 2.0 * np.sin(t_ref / 6.0)
    off = noise * stated * rng.standard_normal(len(t_ref))
    return Segment(t_ref, t_new + off, np.full(len(t_ref), stated), anchor=np.ones(len(t_ref), bool))


def scale_of(*segments: Segment) -> float:
    found = conformal_scale(segments, FitOptions(), ConformalOptions())
    assert found is not None
    return found


def test_the_scale_goes_both_ways() -> None:
    assert scale_of(ride(0.3)) < 0.65
    # Three in a row share an error that is larger than any of them states: the curve goes through all three.
    exact = ride(0.0, stated=0.02)
    shared = 0.3 * np.repeat(np.random.default_rng(2).standard_normal(90), 3)
    assert scale_of(replace(exact, t_new=exact.t_new + shared)) > 1.5


@pytest.mark.slow
def test_the_interval_holds_what_it_says_whatever_the_anchors_stated() -> None:
    for noise in (0.5, 1.0, 2.5):
        held = []
        for seed in range(2):
            segment = ride(noise, seed=seed)
            curve = fit_segments([segment], FitOptions(), ends_s=(200.0, 200.0), scale=scale_of(segment))
            assert curve is not None
            warp, t = curve.warp(), np.arange(2.0, 88.0, 0.25)
            error = np.abs(warp.to_new(t) - t - 2.0 * np.sin(t / 6.0))
            held.append(np.mean(error <= 1.645 * warp.uncertainty(t)))
        assert np.mean(held) > 0.85


def test_wrong_anchors_at_a_few_places_do_not_decide() -> None:
    segment = ride(1.0)
    wrong = segment.t_new.copy()
    wrong[::25] += 0.7
    assert scale_of(replace(segment, t_new=wrong)) < 1.6 * scale_of(segment)


def test_few_blocks_leave_the_scale_near_one() -> None:
    short, long = (scale_of(ride(0.1, seconds=s)) for s in (7.0, 90.0))
    assert long < short < 1.6


def test_without_anchors_there_is_no_scale() -> None:
    assert conformal_scale([replace(ride(1.0), anchor=None)], FitOptions(), ConformalOptions()) is None
    assert conformal_scale([], FitOptions(), ConformalOptions()) is None


def test_what_all_anchors_share_is_not_scaled() -> None:
    segment = replace(ride(0.3), shared_sd_s=0.2)
    curve = fit_segments([segment], FitOptions(), ends_s=(200.0, 200.0), scale=scale_of(segment))
    assert curve is not None and curve.sigma_s.min() >= 0.2
    assert scale_of(segment) == pytest.approx(scale_of(ride(0.3)))


def test_a_pairs_file_is_scaled_by_its_anchors() -> None:
    s = ride(0.3)
    pairs = TimePairs.of(s.t_new, s.t_ref, s.sigma_s, source="anchor")
    found = alignment_from_pairs(pairs).quality.sigma_scale
    assert found is not None and found < 0.65
    assert alignment_from_pairs(replace(pairs, source=np.full(len(pairs), "sequence"))).quality.sigma_scale is None
