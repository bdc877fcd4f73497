"""How much narrower one camera sees, from anchors that agree only where that is known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mtbsync_core.alignment.hmm.marginals import Posterior
from mtbsync_core.alignment.refine.field_of_view import relative_field_of_view
from mtbsync_core.vision.anchor import Anchor

T = np.arange(0.0, 60.0, 0.1)
FORTH = Posterior(T + 2.0, np.full(len(T), 0.1), T + 2.0, np.ones(len(T)), np.zeros(len(T)), 100.0)
REACH_S = 0.85


def anchors(true: float, *, late_s: float = 0.0, noise_s: float = 0.04) -> Callable[[float, int], list[Anchor]]:
    """Of a scene 2 to 8 m deep at 5 m/s: riding on makes up for a wrong ratio, the later the deeper the scene."""

    def find(ratio: float, moments: int) -> list[Anchor]:
        rng = np.random.default_rng(3)
        found = []
        for t in np.linspace(1.0, 59.0, moments):
            off = -late_s + rng.uniform(0.4, 1.6) * 3.0 * np.log(true / ratio) + noise_s * rng.standard_normal()
            found.append(Anchor(t, t + 2.0 + off if abs(off) < REACH_S else np.nan, 0.05, 40))
        return found

    return find


@pytest.mark.parametrize("true", [0.75, 0.9, 1.1, 1.18, 1.36])
def test_the_ratio_is_found(true: float) -> None:
    zoom = relative_field_of_view(anchors(true, late_s=0.15), FORTH, T)
    assert zoom is not None
    assert zoom.ratio == pytest.approx(true, rel=0.02)
    # An error of the ratio is one of all places: 3 s for a whole natural logarithm.
    assert abs(np.log(zoom.ratio / true)) * 3.0 < 3 * zoom.sd_s < 0.3


@pytest.mark.parametrize(("said", "kept"), [(np.log(1.18), 1.18), (0.015, 1.0)])
def test_what_three_views_tell_is_taken_unless_it_may_be_one(said: float, kept: float) -> None:
    zoom = relative_field_of_view(anchors(1.18), FORTH, T, told=(said, 0.01))
    assert zoom is not None and zoom.ratio == pytest.approx(kept)
    assert zoom.sd_s == pytest.approx(0.03, rel=0.5)


def test_one_lens_is_left_as_it_is() -> None:
    zoom = relative_field_of_view(anchors(1.0), FORTH, T)
    assert zoom is not None and zoom.ratio == 1.0


def test_anchors_that_never_agree_name_no_ratio() -> None:
    assert relative_field_of_view(anchors(1.18, noise_s=0.8), FORTH, T) is None


def test_without_a_crossing_there_is_no_ratio() -> None:
    assert relative_field_of_view(lambda _, n: [Anchor(1.0, np.nan, np.inf, 30)] * n, FORTH, T) is None


def test_a_handful_of_moments_is_not_enough() -> None:
    find = anchors(1.18)
    assert relative_field_of_view(lambda ratio, _: find(ratio, 8), FORTH, T) is None
