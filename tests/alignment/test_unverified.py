"""Where corners agree nowhere, a map is as exact as its pictures, and that anchors tell elsewhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mtbsync_core.alignment.curve.fit import Segment, fit
from mtbsync_core.alignment.hmm.marginals import Posterior
from mtbsync_core.alignment.refine.unverified import UnverifiedOptions, unverified_sd
from mtbsync_core.markers import Z90
from mtbsync_core.vision.anchor import Anchor

OFF_S = 0.2
T = np.arange(0.0, 30.0, 0.1)
AT = np.arange(0.0, 30.0, 0.3)


def sd(silent: tuple[float, float], *, place_s: np.ndarray = T, crossing: float = 30.0) -> np.ndarray:
    """Of a ride whose pictures are 0.2 s off to either side, with anchors at 3 a second; from one moment to another no
    corners agree, and from `crossing` on there are no anchors, but corners that agree.
    """
    spread = np.full(len(T), 0.1)
    coarse = Posterior(place_s, spread, place_s, np.ones(len(T)), 0 * spread, 50.0)
    true = np.interp(AT, T, place_s) + OFF_S * np.where(np.arange(len(AT)) % 2, 1, -1)
    some = [
        Anchor(float(at), np.nan, np.inf, 0)
        if silent[0] <= at <= silent[1]
        else Anchor(float(at), float(ref) if at < crossing else np.nan, 0.03, 40)
        for at, ref in zip(AT, true, strict=True)
    ]
    return unverified_sd(some, coarse, T, 0.0, UnverifiedOptions())


def test_a_stretch_without_corners_is_as_far_off_as_pictures_are() -> None:
    found = sd((10.0, 13.0))
    inside = (T > 10.3) & (T < 12.7)
    assert found[inside] == pytest.approx(UnverifiedOptions().factor * OFF_S / Z90, rel=0.01)
    assert not found[(T < 9.7) | (T > 13.3)].any()


@pytest.mark.parametrize(
    ("silent", "place_s"), [((10.0, 10.5), T), ((10.0, 13.0), np.interp(T, [0, 10, 13, 30], [0, 10, 10.2, 27.2]))]
)
def test_a_moment_without_corners_or_a_stand_says_nothing(silent: tuple[float, float], place_s: np.ndarray) -> None:
    assert not sd(silent, place_s=place_s).any()


def test_few_anchors_do_not_tell() -> None:
    assert sd((10.0, 13.0), crossing=4.0).any() and not sd((10.0, 13.0), crossing=3.0).any()


def test_the_deviation_of_a_curve_is_wider_there_and_the_curve_the_same() -> None:
    plain = Segment(T, T + 1, np.full(len(T), 0.05))
    wide = fit(replace(plain, shared_sd_s=np.where((T > 10) & (T < 13), 0.3, 0.0)))
    narrow = fit(plain)
    assert np.array_equal(wide.new_s, narrow.new_s)
    inside = (wide.ref_s > 10.5) & (wide.ref_s < 12.5)
    assert (wide.sigma_s[inside] > 0.29).all() and np.allclose(
        wide.sigma_s[wide.ref_s < 9], narrow.sigma_s[wide.ref_s < 9]
    )


def test_a_part_of_a_segment_keeps_its_own_errors() -> None:
    segment = Segment(T, T, T, shared_sd_s=T)
    assert np.array_equal(segment.select(T > 20).shared_sd_s, T[T > 20])
    assert np.array_equal(replace(segment, shared_sd_s=0.1).select(T > 20).shared_sd_s, np.full((T > 20).sum(), 0.1))
