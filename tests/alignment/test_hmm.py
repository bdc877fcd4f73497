"""The hidden Markov model against a dense textbook implementation, and that one against a textbook's numbers."""

from __future__ import annotations

import ast
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
import pytest

import mtbsync_core.alignment.hmm as room
import mtbsync_core.vision.matchers as matchers
from mtbsync_core.alignment.emission.grid import AWAY, Emission
from mtbsync_core.alignment.hmm.forward_backward import SmoothingOptions, log_evidence_of, resmooth, smooth
from mtbsync_core.alignment.hmm.marginals import Floats, Marginals, marginal_rows
from mtbsync_core.alignment.hmm.messages import Message, tiled
from mtbsync_core.alignment.hmm.transition import TransitionKernel, TransitionOptions, reach
from mtbsync_core.errors import UsageError
from tests.alignment import dense_hmm

SMALL = SmoothingOptions(tile_cells=16, block_samples=(4, 8))
"""Tiles and blocks so small that even these short rides cross several."""


def test_the_oracle_gives_the_numbers_of_the_umbrella_world() -> None:
    """Russell and Norvig, *Artificial Intelligence: A Modern Approach*, section 15.2, with the five days' smoothed
    probabilities of rain that Wikipedia prints under "Forward-backward algorithm" (the day before them included).
    """
    move = np.array([[0.7, 0.3], [0.3, 0.7]])
    umbrella, none = np.log([0.9, 0.2]), np.log([0.1, 0.8])
    like = np.array([[0.0, 0.0], umbrella, umbrella, none, umbrella, umbrella])
    rain = dense_hmm.forward_backward(np.array([0.5, 0.5]), [move] * 5, like)[0][:, 0]
    np.testing.assert_allclose(rain, [0.6469, 0.8673, 0.8204, 0.3075, 0.8204, 0.8673], atol=5e-5)


def ride(cells: int, places: list[np.ndarray], strength: float = 4.0, seed: int = 0) -> Emission:
    """Pictures that fit the places (cells; NaN: away), each list a ride that they fit alike."""
    rng = np.random.default_rng(seed)
    t = np.cumsum(rng.choice([0.2, 0.3], len(places[0])))
    seen = rng.normal(-1.5, 1, (len(t), cells))
    for place in places:
        seen += np.nan_to_num(strength * np.exp(-0.5 * ((np.arange(cells) - place[:, None]) / 2) ** 2))
    return Emission(np.clip(seen, -3.5, 60).astype(np.float16), t - t[0], 0.1)


ONCE = np.arange(32) * 2.0 + 3
CASES = {
    "once through": ride(72, [ONCE]),
    "past the end": ride(50, [ONCE]),
    "begins before, leaves and comes back": ride(72, [np.where(abs(np.arange(32) - 16) < 4, np.nan, ONCE - 12)]),
    "a lap twice in the reference": ride(90, [ONCE * 0.6, ONCE * 0.6 + 45]),
    "a long lap twice in the new run": ride(40, [np.tile(np.linspace(2, 37, 40), 2)], strength=25),
    "stops": ride(64, [np.minimum(ONCE, 30)]),
    "a known place far from where the pictures point": replace(ride(72, [ONCE]), known={5: (40, 44), 30: (69, 71)}),
    "known to be away, and to be on the trail": replace(ride(72, [ONCE]), known={4: (0, 72), 20: AWAY, 21: AWAY}),
    "with sensors": replace(
        ride(72, [ONCE]), riding=np.where(np.arange(32) % 9 < 3, np.log(0.1), 0.0), pace=0.6 * np.sin(np.arange(32))
    ),
}


LONGEST = {
    "a lap twice in the reference",
    "a long lap twice in the new run",
    "a known place far from where the pictures point",
    "known to be away, and to be on the trail",
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in LONGEST else name for name in CASES]
)
def test_the_posterior_is_that_of_the_textbook(name: str) -> None:
    evidence, options = CASES[name], TransitionOptions(ratio=0.9)
    found = smooth(evidence, options, SMALL).posterior
    there, total = dense_hmm.posterior(evidence, options)
    here, at = there[:, 0] + there[:, 1], evidence.grid_s
    on_trail = np.maximum(here.sum(axis=1), 1e-300)
    mean = (here * at).sum(axis=1) / on_trail
    sd = np.sqrt((here * (at - mean[:, None]) ** 2).sum(axis=1) / on_trail + evidence.step_s**2 / 12)
    assert found.log_evidence == pytest.approx(total, abs=1e-8, rel=1e-10)
    np.testing.assert_allclose(found.on_trail, on_trail, atol=1e-9)
    np.testing.assert_allclose(found.stopped, there[:, 1].sum(axis=1), atol=1e-9)
    sure = on_trail > 1e-6
    np.testing.assert_allclose(found.mean_s[sure], mean[sure], atol=1e-7)
    np.testing.assert_allclose(found.sd_s[sure], sd[sure], atol=1e-7)
    assert log_evidence_of(replace(evidence, known={}), options) == pytest.approx(
        dense_hmm.posterior(replace(evidence, known={}), options)[1], rel=1e-10
    )


@pytest.mark.parametrize("name", ["once through", "a long lap twice in the new run"])
def test_what_is_known_later_is_worked_in_as_if_it_had_been_known(name: str) -> None:
    plain, options = CASES[name], TransitionOptions()
    held = replace(plain, known={6: (16, 18), 28: (25, 28)})
    quick = resmooth(held, options, smooth(plain, options, SMALL), held.known, SMALL)
    whole = smooth(held, options, SMALL)
    there = whole.posterior.on_trail > 1e-3
    assert quick.posterior.log_evidence == pytest.approx(whole.posterior.log_evidence, abs=0.05)
    np.testing.assert_allclose(quick.posterior.on_trail, whole.posterior.on_trail, atol=1e-4)
    np.testing.assert_allclose(quick.posterior.mean_s[there], whole.posterior.mean_s[there], atol=1e-4)


def test_what_is_known_no_more_leaves_nothing_behind() -> None:
    """While three places of the first lap are known, the messages between them lose all sight of the second."""
    plain, options = CASES["a long lap twice in the new run"], TransitionOptions()
    whole = smooth(plain, options, SMALL)
    known = {4: (2, 8), 20: (17, 24), 36: (32, 38)}
    found = resmooth(replace(plain, known=known), options, whole, known, SMALL)
    for gone in (4, 20, 36):
        known = {i: cells for i, cells in known.items() if i != gone}
        found = resmooth(replace(plain, known=known), options, found, [gone], SMALL)
    np.testing.assert_allclose(found.posterior.on_trail, whole.posterior.on_trail, atol=1e-9)
    np.testing.assert_allclose(found.posterior.mean_s, whole.posterior.mean_s, atol=1e-9)


def test_places_that_contradict_each_other_leave_nothing_on_the_trail() -> None:
    held = replace(CASES["once through"], known={10: (50, 52), 20: (5, 7)})
    found = smooth(held, TransitionOptions()).posterior
    assert found.log_evidence == -np.inf and not found.on_trail.any()


@pytest.mark.parametrize("gap_s", [1e-3, 0.1, 0.3, 2.0, 40.0])
@pytest.mark.parametrize("cells", [1, 7, 64, 130])
@pytest.mark.parametrize("options", [TransitionOptions(), TransitionOptions(ratio=1 / 3), TransitionOptions(ratio=3.0)])
def test_each_row_of_the_kernel_sums_to_one_and_nothing_is_lost(
    gap_s: float, cells: int, options: TransitionOptions
) -> None:
    tile = max(16, reach(gap_s, 0.1, options))
    kernel = TransitionKernel.over(gap_s, 0.1, cells, options, tile)
    some = tiled(np.random.default_rng(1).random((3, cells)), tile)
    message = Message(some, np.linspace(-300, 300, some.shape[1]))
    assert kernel.forward(message, np.empty_like(some)).log_sum() == pytest.approx(message.log_sum(), abs=1e-9)
    ones = tiled(np.ones((3, cells)), tile)
    rows = kernel.backward(Message(ones, np.zeros(ones.shape[1])), np.empty_like(ones))
    np.testing.assert_allclose((rows.values * np.exp(rows.log_scale)[:, None]).reshape(3, -1)[:, :cells], 1, atol=1e-9)


@pytest.mark.parametrize("wrong", [{"stop_rate": -0.1}, {"ratio": 0.0}, {"any_ratio": 1.5}, {"ratio_sd": float("nan")}])
def test_numbers_that_make_no_kernel_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="kernel"):
        TransitionKernel.over(0.3, 0.1, 50, TransitionOptions(**wrong), 16)


def test_a_run_that_goes_on_past_the_end_of_the_reference_pays_once() -> None:
    short, options = ride(68, [ONCE]), TransitionOptions()
    t = np.append(short.t_new, short.t_new[-1] + 0.3 * np.arange(1, 200))
    dark = np.full((len(t), 68), -2.0, np.float16)
    dark[: len(short.t_new)] = short.log_ratio
    lost = log_evidence_of(short, options) - log_evidence_of(Emission(dark, t, 0.1), options)
    assert 0 < lost < 3.0  # 60 s at the return rate would cost 6


def test_a_rival_a_lap_away_draws_the_mean_and_not_the_peak() -> None:
    at = np.arange(600) * 0.1
    peak: Floats = np.exp(-0.5 * ((at - 20.03) / 0.25) ** 2)
    peak /= peak.sum()
    riding: Floats = np.array([0.98 * peak + 0.02 * np.roll(peak, 300), peak, np.roll(peak, -199), np.zeros(600)]) * 0.9
    rows = marginal_rows(riding.astype(np.float64), np.zeros((4, 600)), at.astype(np.float64), 0.1)
    found = Marginals(rows, 0.0)
    assert found.posterior.mean_s[0] == pytest.approx(20.63, abs=0.01) and found.posterior.sd_s[0] > 4
    assert found.of_peaks.mean_s[:2] == pytest.approx(20.03, abs=1e-3)
    assert found.of_peaks.sd_s[:2] == pytest.approx(np.hypot(0.25, 0.1 / np.sqrt(12)), rel=2e-3)
    assert found.of_peaks.on_trail == pytest.approx([0.9, 0.9, 0.9, 0.0])
    assert found.of_peaks.mean_s[2] < 0.4 and found.of_peaks.mean_s[3] == 0.0


def test_a_stand_of_less_probability_than_a_ride_is_no_mode_for_being_narrow() -> None:
    """A second apart: two cells hold a third of the probability, and ten hold two thirds of it, each of them less."""
    at: Floats = np.arange(100, dtype=np.float64) * 0.04
    riding: Floats = np.exp(-0.5 * ((at - 2.0) / 0.16) ** 2)
    riding *= 0.65 / riding.sum()
    stopped = np.zeros(100)
    stopped[[25, 26]] = 0.2, 0.15
    assert stopped.max() > riding.max()
    for ends in (slice(None), slice(None, None, -1)):
        rows = marginal_rows(riding[None, ends].copy(), stopped[None, ends].copy(), at, 0.04)
        assert Marginals(rows, 0.0).posterior.mode_s[0] == pytest.approx(at[ends][50])


@pytest.mark.slow
def test_nothing_here_is_left_to_threaded_linear_algebra() -> None:
    """BLAS starts threads for long vectors, which made the engine fifteen times slower on two cores."""
    for path in chain.from_iterable(Path(of).glob("*.py") for of in (*room.__path__, *matchers.__path__)):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            assert not isinstance(getattr(node, "op", None), ast.MatMult), path
            assert getattr(node, "attr", "") not in {"dot", "vdot", "inner", "matmul", "tensordot"}, path
