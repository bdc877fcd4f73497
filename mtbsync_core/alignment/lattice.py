"""The hidden Markov model of riding the same trail twice: evidence in, posterior of the place at every new sample out.

States at each sample of the new run, for every cell of a uniform grid over the reference clock:

* *riding*: on the trail at that place, going at a speed ratio around 1 (log-normal);
* *stopped*: on the trail, not moving (a pause in the new run; it is sticky);
* *away*: not on the part of the trail that the reference shows, the place being remembered.

Riding may also leap forward at a price (the reference paused, or the new run took a short cut), and both ends are
open. Forward-backward gives the posterior, so spread and doubt come out with the estimate (Rabiner 1989, section III;
hidden non-match states after Naseer et al., AAAI 2014).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.evidence import Evidence

Floats = NDArray[np.float64]

_BLOCK = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class LatticeOptions:
    """The few numbers of the model; rates are per second of the new run."""

    ratio: float = 1.0
    """Reference seconds per new second that are expected all in all."""
    ratio_sd: float = 0.45
    """Standard deviation of log2 of the speed ratio around that, from one sample to the next."""
    any_ratio: float = 0.2
    """Share of the steps with any ratio from none to twice the usual: braking to a stop, and getting going again."""
    stop_rate: float = 0.02
    go_rate: float = 0.3
    leap_rate: float = 1e-4
    leave_rate: float = 1e-3
    return_rate: float = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """Per new sample, shape (N,): `mean_s` and `sd_s` of the place on the reference clock given that the run is on
    the trail there, and `on_trail`, the probability of that. `log_evidence` compares with never being on the trail.
    """

    mean_s: Floats
    sd_s: Floats
    on_trail: Floats
    stopped: Floats
    log_evidence: float


def forward_backward(evidence: Evidence, options: LatticeOptions) -> Posterior:
    """Posterior place of each new sample.

    The forward states are kept at every 32nd sample only and worked out again on the way back, so that memory does
    not grow with the product of the two durations.
    """
    n, cells = evidence.log_ratio.shape
    chain = _Chain.of(evidence, options)
    log_evidence = 0.0
    state = chain.start()
    marks = []
    for i in range(n):
        state, gained = chain.enter(i, state)
        log_evidence += gained
        if i % _BLOCK == 0:
            marks.append(state)

    at = np.arange(cells) * evidence.step_s
    mean, sd, on_trail, stopped = (np.empty(n) for _ in range(4))
    beta = np.ones((3, cells))
    for first, state in zip(range(0, n, _BLOCK)[::-1], marks[::-1], strict=True):
        states = [state]
        for i in range(first + 1, min(first + _BLOCK, n)):
            states.append(chain.enter(i, states[-1])[0])
        for i in range(first + len(states) - 1, first - 1, -1):
            joint = states[i - first] * beta
            joint /= joint.sum()
            here = joint[0] + joint[1]
            on_trail[i], stopped[i] = here.sum(), joint[1].sum()
            here /= max(on_trail[i], 1e-300)
            mean[i] = here @ at
            sd[i] = np.sqrt(max(here @ (at - mean[i]) ** 2, 0.0) + evidence.step_s**2 / 12)
            beta = chain.leave(i, beta)
    return Posterior(mean, sd, on_trail, stopped, log_evidence)


def log_evidence_of(evidence: Evidence, options: LatticeOptions) -> float:
    """`Posterior.log_evidence` alone, in half the time."""
    chain = _Chain.of(evidence, options)
    state, total = chain.start(), 0.0
    for i in range(len(evidence.t_new)):
        state, gained = chain.enter(i, state)
        total += gained
    return total


@dataclass(frozen=True, slots=True, eq=False)
class _Chain:
    """The chain over all samples: `enter` a sample going forward, `leave` it going back. States have shape (3, R)."""

    log_ratio: NDArray[np.float32]
    steps: list[_Moves]

    @classmethod
    def of(cls, evidence: Evidence, options: LatticeOptions) -> _Chain:
        gaps = np.round(np.diff(evidence.t_new), 3)
        cells = evidence.log_ratio.shape[1]
        moves = {gap: _Moves.over(max(gap, 1e-3), evidence.step_s, cells, options) for gap in np.unique(gaps)}
        return cls(evidence.log_ratio, [moves[gap] for gap in gaps])

    def start(self) -> Floats:
        """Anywhere on the trail or away, alike: both ends are open."""
        cells = self.log_ratio.shape[1]
        state = np.full((3, cells), 0.5 / cells)
        state[1] = 0
        return state

    def enter(self, i: int, state: Floats) -> tuple[Floats, float]:
        """State after seeing sample i, summing to 1, and the log evidence that it adds."""
        state = self.steps[i - 1].forward(state) if i else state.copy()
        like, away, peak = self._seen(i)
        state[:2] *= like
        state[2] *= away
        total = state.sum()
        return state / total, float(np.log(total) + peak)

    def leave(self, i: int, beta: Floats) -> Floats:
        """Message to sample i - 1, given the one to sample i."""
        if i == 0:
            return beta
        like, away, _ = self._seen(i)
        beta = beta * np.stack([like, like, np.full_like(like, away)])
        beta = self.steps[i - 1].backward(beta)
        return np.asarray(beta / beta.max())

    def _seen(self, i: int) -> tuple[NDArray[np.float32], float, float]:
        peak = max(float(self.log_ratio[i].max()), 0.0)
        return np.exp(self.log_ratio[i] - peak), float(np.exp(-peak)), peak


@dataclass(frozen=True, slots=True, eq=False)
class _Moves:
    """One step of the chain over a given time: the kernel of riding on, and the odds of changing state."""

    ride: Floats
    stop: float
    go: float
    leap: float
    leave: float
    back: float

    @classmethod
    def over(cls, gap_s: float, step_s: float, cells: int, options: LatticeOptions) -> _Moves:
        expected = options.ratio * gap_s / step_s
        m = np.arange(max(2, int(np.ceil(4 * expected))) + 1)
        log_ratio = np.log2(np.maximum(m, 0.25) / expected)
        # The density is over log2 of the ratio, so a cell's share carries the Jacobian 1/m.
        kernel = np.exp(-0.5 * (log_ratio / options.ratio_sd) ** 2) / np.maximum(m, 0.25)
        kernel *= (1 - options.any_ratio) / kernel.sum()
        anything = m <= 2 * expected
        kernel[anything] += options.any_ratio / anything.sum()

        def odds(rate: float) -> float:
            return float(-np.expm1(-rate * gap_s))

        stop, leap, leave = odds(options.stop_rate), odds(options.leap_rate), odds(options.leave_rate)
        return cls(
            ride=kernel * (1 - stop - leap - leave),
            stop=stop,
            go=odds(options.go_rate),
            leap=leap / cells,
            leave=leave,
            back=odds(options.return_rate) / cells,
        )

    def forward(self, state: Floats) -> Floats:
        riding, stopped, away = state
        cells = len(riding)
        ahead = np.cumsum(riding * self.leap + away * self.back)
        out = np.empty_like(state)
        out[0] = np.convolve(riding, self.ride)[:cells] + ahead + stopped * self.go
        out[1] = stopped * (1 - self.go - self.leave) + riding * self.stop
        out[2] = away * (1 - self.back * cells) + (riding + stopped) * self.leave
        return out

    def backward(self, beta: Floats) -> Floats:
        riding, stopped, away = beta
        cells = len(riding)
        ahead = np.cumsum(riding[::-1])[::-1]
        out = np.empty_like(beta)
        onward = np.convolve(riding[::-1], self.ride)[:cells][::-1]
        out[0] = onward + self.leap * ahead + self.stop * stopped + self.leave * away
        out[1] = self.go * riding + (1 - self.go - self.leave) * stopped + self.leave * away
        out[2] = self.back * ahead + (1 - self.back * cells) * away
        return out
