"""The hidden Markov model of riding the same trail twice: its states, and one step of it forward and back.

States at each sample of the new run, for every cell of a uniform grid over the reference clock:

* *riding*: on the trail at that place, going at a speed ratio around 1 (log-normal);
* *stopped*: on the trail, not moving (a pause in the new run; it is sticky);
* *away*: not on the part of the trail that the reference shows, the place being remembered.

Riding may also leap forward at a price (the reference paused, or the new run took a short cut), and both ends are
open (Rabiner 1989, section III; hidden non-match states after Naseer et al., AAAI 2014). `smoothing` makes the
posterior of it.

A step costs a handful of passes over single-precision arrays of a few thousand cells: the ride is a short filter, the
leaps are one running sum, and the rest is a 3 x 3 matrix.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.emission.grid import Emission

Floats = NDArray[np.float64]
State = NDArray[np.float32]
"""Shape (3, W): riding, stopped and away in every cell; W is the number of cells, rounded up to whole lanes."""

_LANE = 32
_UP_TO = np.triu(np.ones((_LANE, _LANE), np.float32))
_FROM = np.tril(np.ones((_LANE, _LANE), np.float32))
_LOST = 1e-30
"""What is left of all odds, below which rounding has eaten the rest."""
_LONGEST_FILTER = 100
"""OpenCV filters longer kernels by way of a Fourier transform, whose rounding would drown small odds."""


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


def log_evidence_of(evidence: Emission, options: LatticeOptions) -> float:
    """Natural log of how much likelier the pictures are on the trail, in this order, than if it were never ridden."""
    chain = Chain.of(evidence, options)
    state, total = chain.start(), 0.0
    for i in range(len(evidence.t_new)):
        state, gained, _ = chain.enter(i, state)
        total += gained
    return total


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """The chain over all samples: `enter` a sample going forward, `leave` it going back."""

    evidence: Emission
    peaks: Floats
    """The strongest log ratio of each sample, at least 0, that of being away."""
    like: NDArray[np.float32]
    """Room for the likelihoods of one sample, (W,); zero beyond the cells."""
    ones: NDArray[np.float32]
    steps: list[_Moves]

    @classmethod
    def of(cls, evidence: Emission, options: LatticeOptions) -> Chain:
        gaps = np.round(np.diff(evidence.t_new), 3)
        cells = evidence.log_ratio.shape[1]
        pace = (
            np.zeros(len(gaps)) if evidence.pace is None else np.round((evidence.pace[1:] + evidence.pace[:-1]) / 2, 1)
        )
        steps = list(zip(gaps.tolist(), pace.tolist(), strict=True))
        moves = {
            (gap, p): _Moves.over(max(gap, 1e-3), evidence.step_s, cells, replace(options, ratio=options.ratio * 2**p))
            for gap, p in set(steps)
        }
        peaks = np.maximum(evidence.log_ratio.max(axis=1), 0.0).astype(np.float64)
        like = np.zeros(-(-cells // _LANE) * _LANE, np.float32)
        return cls(evidence, peaks, like, np.ones(3 * len(like), np.float32), [moves[step] for step in steps])

    def start(self) -> State:
        """Anywhere on the trail or away, alike: both ends are open."""
        cells = self.evidence.log_ratio.shape[1]
        state = np.zeros((3, len(self.like)), np.float32)
        state[::2, :cells] = 0.5 / cells
        return state

    def enter(self, i: int, state: State) -> tuple[State, float, float]:
        """State after seeing sample i, summing to 1, the log evidence that the picture adds, and the log odds of what
        is known of the sample: that is no finding, so it is taken out before the picture is looked at.
        """
        state = self.steps[i - 1].forward(state) if i else state.copy()
        known, odds = self.evidence.known.get(i), 0.0
        if known is not None:
            odds = self._hold_to(known, state)
        like, away = self._seen(i)
        self._apply(i, state, like, away)
        total = float(state.ravel() @ self.ones)
        state *= 1 / total
        return state, float(np.log(total) + self.peaks[i]), odds

    def leave(self, i: int, beta: State) -> tuple[State, float]:
        """Message to sample i - 1, at most 1, given the one to sample i, and the log of what was divided out."""
        like, away = self._seen(i)
        beta = beta.copy()
        self._apply(i, beta, like, away)
        known = self.evidence.known.get(i)
        lost = self._hold_to(known, beta) if known is not None else 0.0
        beta = self.steps[i - 1].backward(beta)
        most = float(beta.max())
        beta *= 1 / most
        return beta, float(np.log(most) + lost + self.peaks[i])

    def _hold_to(self, known: tuple[int, int], message: State) -> float:
        """Keep only what is known, scaled to 1 in all; the log of what was left. Where nothing was (the smallest odds
        are lost), all that is known becomes alike.
        """
        first, end = known[0], min(known[1], self.evidence.log_ratio.shape[1])
        message[:2, :first] = 0
        message[:2, end:] = 0
        if end > first:
            message[2] = 0
        left = float(message.sum())
        if left < _LOST:
            message[:2, first:end] = 1 / max(1, 2 * (end - first))
            message[2] = 0 if end > first else 1 / message.shape[1]
            return -np.inf
        message *= 1 / left
        return float(np.log(left))

    def _apply(self, i: int, message: State, like: NDArray[np.float32], away: np.float32) -> None:
        """Weigh a message with what the picture and the sensors say of sample i."""
        message[:2] *= like
        message[2] *= away
        if self.evidence.riding is not None:
            message[0] *= np.float32(np.exp(self.evidence.riding[i]))

    def _seen(self, i: int) -> tuple[NDArray[np.float32], np.float32]:
        row = self.evidence.log_ratio[i].astype(np.float32)
        part = self.like[: len(row)]
        np.exp(np.subtract(row, np.float32(self.peaks[i]), out=part), out=part)
        return self.like, np.float32(np.exp(-self.peaks[i]))


@dataclass(frozen=True, slots=True, eq=False)
class _Moves:
    """One step of the chain over a given time: the kernel of riding on, and the odds of changing state.

    Of the three rows of `change` (3, 3), applied to a state, the first is what may appear anywhere ahead (leaps and
    returns), the second what is stopped, the third what is away.
    """

    ride: NDArray[np.float32]
    change: NDArray[np.float32]
    go: np.float32

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
        go, back = odds(options.go_rate), odds(options.return_rate)
        return cls(
            ride=(kernel * (1 - stop - leap - leave)).astype(np.float32),
            change=np.array(
                [[leap / cells, 0, back / cells], [stop, 1 - go - leave, 0], [leave, leave, 1 - back]], np.float32
            ),
            go=np.float32(go),
        )

    def forward(self, state: State) -> State:
        out = self.change @ state
        riding = _filtered(state[0], self.ride[::-1], len(self.ride) - 1)
        riding += _sum_up_to(out[0])
        riding += self.go * state[1]
        out[0] = riding
        return out

    def backward(self, beta: State) -> State:
        (leap, _, back), (stop, stay, _), (leave, _, remain) = self.change
        ahead = _sum_from(beta[0])
        mix = np.array([[0, stop, leave], [self.go, stay, leave], [0, 0, remain]], np.float32)
        out = mix @ beta
        out[0] += _filtered(beta[0], self.ride, 0)
        out[0] += leap * ahead
        out[2] += back * ahead
        return out


def _filtered(row: NDArray[np.float32], kernel: NDArray[np.float32], anchor: int) -> NDArray[np.float32]:
    """Correlation of a row with a kernel whose element `anchor` lies over the result; nothing beyond the ends."""
    if len(kernel) <= _LONGEST_FILTER:
        out = cv2.filter2D(row[None], -1, kernel[None], anchor=(anchor, 0), borderType=cv2.BORDER_CONSTANT)[0]
    else:
        out = np.correlate(np.pad(row, (anchor, len(kernel) - 1 - anchor)), kernel, "valid")
    return np.asarray(out, np.float32)


def _sum_up_to(row: NDArray[np.float32]) -> NDArray[np.float32]:
    """Running sum, lane by lane: three times as fast as `cumsum`, and rounding does not pile up."""
    sums = row.reshape(-1, _LANE) @ _UP_TO
    sums[1:] += np.cumsum(sums[:-1, -1])[:, None]
    return sums.reshape(-1)


def _sum_from(row: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sum of each element and all that follow it."""
    sums = row.reshape(-1, _LANE) @ _FROM
    sums[:-1] += np.cumsum(sums[:0:-1, 0])[::-1, None]
    return sums.reshape(-1)
