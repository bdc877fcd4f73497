"""Corners verify a map where they agree at its places more often than at wrong ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from mtbsync_core.alignment import preparation
from mtbsync_core.alignment.hmm.marginals import Posterior
from mtbsync_core.alignment.refine import verification
from mtbsync_core.alignment.refine.options import RefineOptions
from mtbsync_core.alignment.refine.refinement import LensBias
from mtbsync_core.alignment.refine.verification import Verification, verify
from mtbsync_core.telemetry.lens import Lenses, lenses_of
from mtbsync_core.vision.anchor import Anchor
from mtbsync_core.vision.index import FrameIndex
from tests.alignment.trail_of_numbers import Trail, index_of


def anchors(n: int, agreeing: int) -> list[Anchor]:
    return [Anchor(float(i), np.nan, np.inf, 20 if i < agreeing else 0) for i in range(n)]


def verified(monkeypatch: pytest.MonkeyPatch, agree: int, at_place: Callable[[float], int]) -> Verification:
    """Of 60 moments so many agree; at wrong places `at_place` of twelve do, given where the first sample is sought."""
    t = np.arange(0.0, 60.0, 0.3)

    def found(ref: FrameIndex, new: FrameIndex, place: Posterior, *_: Any, **__: Any) -> list[Anchor]:
        return anchors(12, at_place(float(place.mean_s[0])))

    monkeypatch.setattr(verification, "find_anchors", found)
    index = index_of(t, np.zeros((len(t), 1, 1, 1), np.float16))
    one, zero = np.ones(len(t)), np.zeros(len(t))
    places = Posterior(mean_s=t, sd_s=zero, on_trail=one, mode_s=t, stopped=zero, log_evidence=0.0)
    lenses = lenses_of(index.media, index.media)
    seen = verify(index, index, places, [np.arange(len(t))], anchors(60, agree), RefineOptions(), lenses)
    assert seen is not None
    return seen


def test_corners_that_agree_at_wrong_places_too_say_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert verified(monkeypatch, 54, lambda _: 0).nats > 60
    assert verified(monkeypatch, 54, lambda _: 11).nats < 3
    assert verified(monkeypatch, 3, lambda _: 0).nats < 3


def test_a_lap_that_the_reference_shows_twice_is_no_wrong_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of its length further on is the same place again."""
    twice = verified(monkeypatch, 54, lambda place: 11 if place == pytest.approx(30, abs=1) else 0)
    assert twice.nats > 60


@pytest.mark.slow
def test_corners_are_verified_through_the_lenses_that_were_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """At wrong places as many agree by chance as at right ones only through the same lenses."""
    index, through = index_of(t := np.arange(0.0, 20.0, 0.1), Trail.of(1).seen(4 * t, 2)), []
    zoomed = Lenses().zoomed(1.18)
    monkeypatch.setattr(preparation, "anchors_between", lambda *_, **__: ([], LensBias(), zoomed))
    monkeypatch.setattr(preparation, "verify", lambda *given, **_: through.append(given[6]))
    preparation.prepare(index, index)
    assert through == [zoomed]
