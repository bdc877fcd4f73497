"""A hidden Markov model in which the reference may be ridden any number of times: which moments of a long recording are
rides of it, and where each is.

The states of a sample are *riding(j)* and *stopped(j)* in each of W cells of the reference, and *outside*. A ride ends
where the reference ends or the rider leaves, and the next one may begin in any cell: a profile HMM for repeated local
alignments (Durbin, Eddy, Krogh & Mitchison, *Biological sequence analysis*, 1998, sections 2.3 and 4.4). Since outside
has one state, all cells are two steps from each other, and a single scale per sample loses nothing (Rabiner 1989,
section V.A), unlike in `forward_backward`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.emission.grid import FASTEST

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartOptions:
    """The numbers of the model. Rates are per second of the recording, of exponential waiting times; half or twice of
    each finds the same parts, ends within 1 s.
    """

    ratio_sd: float = 0.6
    """Standard deviation of log2 of the speed ratio from one sample to the next; that of all in all is not known yet.
    0.4 finds the same; 1.2 loses parts of half a minute."""
    fastest: float = FASTEST
    """The highest ratio of a ride."""
    stop_rate: float = 0.02
    """Stopping: once in 50 s of riding, as in `TransitionOptions`."""
    go_rate: float = 0.1
    """Riding on: stops of 10 s in the mean. What a crash takes longer is outside, and comes back."""
    leave_rate: float = 0.01
    """Leaving before the end: once in 100 s of riding."""
    begin_rate: float = 0.01
    """Beginning a ride: once in 100 s outside, in any cell alike. A twentieth of it or ten times it finds the same."""


class Places(NamedTuple):
    """Of each sample (N,): the probability that the run is on the reference, and its likeliest cell there."""

    on_trail: Floats
    cell: NDArray[np.intp]


class _Step(NamedTuple):
    """The probabilities of one step: `ride[m]` from riding m cells ahead, `past` (W,) from riding to outside."""

    ride: Floats
    stop: float
    go: float
    leave: float
    begin: float
    past: Floats

    @classmethod
    def over(cls, gap_s: float, step_s: float, cells: int, o: RestartOptions) -> _Step:
        expected = gap_s / step_s
        m = np.arange(max(2, int(np.ceil(o.fastest * expected))) + 1)
        at_least = np.maximum(m, 0.25)
        ride = np.exp(-0.5 * (np.log2(at_least / expected) / o.ratio_sd) ** 2) / at_least
        total = o.stop_rate + o.leave_rate
        ends = -np.expm1(-total * gap_s) / total
        stop, leave = o.stop_rate * ends, o.leave_rate * ends
        ride *= (1 - stop - leave) / ride.sum()
        go, begin = (-np.expm1(-rate * gap_s) for rate in (o.go_rate, o.begin_rate))
        longer = np.append(np.cumsum(ride[::-1])[::-1], 0.0)  # of rides of at least so many cells
        past = leave + longer[np.minimum(np.arange(cells, 0, -1), len(ride))]
        return cls(ride, stop, go, leave, begin, past)

    def forward(self, before: Floats) -> Floats:
        """Where the odds (2W + 1,) go."""
        cells = len(self.past)
        riding, stopped, outside = before[:cells], before[cells:-1], before[-1]
        after = np.empty_like(before)
        after[:cells] = np.convolve(riding, self.ride)[:cells]
        after[:cells] += self.go * (1 - self.leave) * stopped + outside * self.begin / cells
        after[cells:-1] = (1 - self.go) * (1 - self.leave) * stopped + self.stop * riding
        after[-1] = outside * (1 - self.begin) + (self.past * riding).sum() + self.leave * stopped.sum()
        return after

    def backward(self, after: Floats) -> Floats:
        """The mean (2W + 1,) over where each state can go."""
        cells = len(self.past)
        riding, stopped, outside = after[:cells], after[cells:-1], after[-1]
        before = np.empty_like(after)
        ahead = np.concatenate([riding, np.zeros(len(self.ride) - 1)])
        before[:cells] = np.correlate(ahead, self.ride, "valid") + self.stop * stopped + self.past * outside
        before[cells:-1] = (1 - self.leave) * (self.go * riding + (1 - self.go) * stopped) + self.leave * outside
        before[-1] = (1 - self.begin) * outside + self.begin * riding.mean()
        return before


def ridden_places(
    log_ratio: NDArray[np.floating], t_s: Floats, step_s: float, options: RestartOptions | None = None
) -> Places:
    """The forward-backward algorithm over a recording, with messages kept at the edges of blocks of √N samples.

    Args:
        log_ratio: (N, W), nats, of "the sample is at this cell of the reference" against "it is outside".
        t_s: (N,) seconds of the samples on the recording's clock, rising.
        step_s: seconds of the reference from one cell to the next.
    """
    o = options or RestartOptions()
    n, cells = log_ratio.shape
    gaps = [0.0, *np.maximum(np.round(np.diff(t_s), 2), 0.01).tolist()]
    steps = {gap: _Step.over(gap, step_s, cells, o) for gap in set(gaps[1:])}

    def likelihood(i: int) -> Floats:
        nats = log_ratio[i].astype(np.float64)
        top = max(float(nats.max()), 0.0)
        both = np.exp(nats - top)
        return np.concatenate([both, both, [np.exp(-top)]])

    def forward(samples: range, message: Floats) -> Iterator[Floats]:
        for i in samples:
            message = (steps[gaps[i]].forward(message) if i else message) * likelihood(i)
            message /= message.sum()
            yield message

    start = np.zeros(2 * cells + 1)
    start[:cells], start[-1] = 0.5 / cells, 0.5
    block = max(1, round(np.sqrt(n)))
    blocks = [range(first, min(first + block, n)) for first in range(0, n, block)]
    before = [start]
    for samples in blocks:
        *_, last = forward(samples, before[-1])
        before.append(last)
    on_trail, cell = np.zeros(n), np.zeros(n, np.intp)
    behind = np.ones(2 * cells + 1)
    for samples, first in zip(reversed(blocks), before[-2::-1], strict=True):
        for i, message in zip(reversed(samples), reversed(list(forward(samples, first))), strict=True):
            posterior = message * behind
            posterior /= posterior.sum()
            here = posterior[:cells] + posterior[cells:-1]
            on_trail[i], cell[i] = here.sum(), here.argmax()
            if i:
                behind = steps[gaps[i]].backward(behind * likelihood(i))
                behind /= behind.sum()
    return Places(on_trail, cell)
