"""The transition kernel of riding a recorded trail again, and the options of the hidden Markov model.

States at each sample of the new run, for every cell of an even grid over the reference clock:

* *riding*: at that cell, going on at a speed ratio around the expected one (log-normal);
* *stopped*: at that cell, not moving;
* *away*: not on the part of the trail that the reference shows. The cell is the last one that was passed.

Before the reference begins the run is away at the first cells. Past its end it is away at the last ones, where nothing
is left to come back to, so that staying away costs nothing. States that match nothing are those of Naseer et al.,
*Robust visual robot localization across seasons using network flows*, AAAI 2014.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.hmm.messages import EMPTY, Message, tiled
from mtbsync_core.errors import UsageError

Floats = NDArray[np.float64]

_TAPS = 11
"""NumPy has a fast path for correlation with so few weights; longer kernels are applied in pieces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitionOptions:
    """The numbers of the model. Rates are per second of the new run, of exponential waiting times."""

    ratio: float = 1.0
    """Reference seconds per new second, expected all in all."""
    ratio_sd: float = 0.45
    """Standard deviation of log2 of the speed ratio around that, from one sample to the next."""
    any_ratio: float = 0.2
    """Share of the steps with any ratio from none to twice the expected one: braking to a stop, and getting going."""
    fastest: float = 4.0
    """The highest ratio of a ride, in units of the expected one; what is faster is a leap."""
    stop_rate: float = 0.02
    """Stopping: once in 50 s of riding."""
    go_rate: float = 0.3
    """Riding on: stops of 3 s in the mean."""
    leap_rate: float = 1e-4
    """Going on at any cell ahead, where the reference stood or the new run took a short cut: once in three hours."""
    leave_rate: float = 1e-3
    """Leaving the trail that the reference shows: once in a quarter of an hour."""
    return_rate: float = 0.1
    """Coming back at any cell ahead: after 10 s in the mean where the whole reference is ahead."""

    def __post_init__(self) -> None:
        rates = self.stop_rate, self.go_rate, self.leap_rate, self.leave_rate, self.return_rate
        positive = self.ratio, self.ratio_sd, self.fastest
        if not (all(r >= 0 for r in rates) and all(p > 0 for p in positive) and 0 <= self.any_ratio <= 1):
            raise UsageError(
                f"no transition kernel has such numbers: {self}",
                "Rates are 0 or more; ratio, ratio_sd and fastest are above 0; any_ratio is a share from 0 to 1.",
            )


@dataclass(frozen=True, slots=True, eq=False)
class TransitionKernel:
    """One step of the chain over a given time: a matrix over 3 × W states, each row of which sums to 1.

    *Riding* in cell i goes m cells ahead with probability `ride[m]`, stops, leaps to each cell ahead with `leap`, or
    leaves. *Stopped* rides on with `go`, leaves with `leave_stop`, or stays. *Away* comes back to each cell ahead with
    `back`, or stays. Rides and leaps past the last cell leave: `leave` and `stay_away` (T, B) are of each cell.
    """

    cells: int
    ride: Floats
    stop: float
    leap: float
    leave: Floats
    go: float
    leave_stop: float
    back: float
    stay_away: Floats

    @classmethod
    def over(cls, gap_s: float, step_s: float, cells: int, options: TransitionOptions, tile: int) -> TransitionKernel:
        """The kernel of a step of `gap_s` seconds on `cells` cells of `step_s` seconds, in tiles of `tile` cells.

        Raises:
            UsageError: a probability is negative, or a row does not sum to 1.
        """
        expected = options.ratio * gap_s / step_s
        m = np.arange(reach(gap_s, step_s, options) + 1)
        log_ratio = np.log2(np.maximum(m, 0.25) / expected)
        # The density is over log2 of the ratio, so a cell's share carries the Jacobian 1/m.
        kernel = np.exp(-0.5 * (log_ratio / options.ratio_sd) ** 2) / np.maximum(m, 0.25)
        kernel *= (1 - options.any_ratio) / kernel.sum()
        anything = m <= 2 * expected
        kernel[anything] += options.any_ratio / anything.sum()
        stop, leap, leave = _competing(gap_s, options.stop_rate, options.leap_rate, options.leave_rate)
        go, leave_stop = _competing(gap_s, options.go_rate, options.leave_rate)
        (back,) = _competing(gap_s, options.return_rate)
        ride = kernel * (1 - stop - leap - leave)
        ahead = np.arange(cells, 0, -1)
        longer = np.append(np.cumsum(ride[::-1])[::-1], 0.0)  # of rides of at least so many cells
        made = cls(
            cells=cells,
            ride=ride,
            stop=stop,
            leap=leap / cells,
            leave=tiled(leave + leap * (1 - ahead / cells) + longer[np.minimum(ahead, len(ride))], tile),
            go=go,
            leave_stop=leave_stop,
            back=back / cells,
            stay_away=tiled(1 - back * ahead / cells, tile),
        )
        made._check()
        return made

    def forward(self, message: Message) -> Message:
        """The message one step later: the sum over where each state is come from. The old one is not changed."""
        riding, stopped, away = message.values
        jump = self.leap * riding + self.back * away
        landed = np.cumsum(jump, axis=1)
        earlier, scale, own = _rescaled(message, landed[:, -1], 1)
        out = message.values * own[:, None]
        riding, stopped, away = out
        fade = _exp(message.log_scale[:-1] - scale[1:])
        halo = np.zeros((len(scale), len(self.ride) - 1))
        halo[1:] = message.values[0, :-1, -halo.shape[1] :] * fade[:, None]
        ahead = _correlated(np.concatenate([halo, riding], axis=1), self.ride[::-1])
        ahead += landed * own[:, None]
        ahead += earlier[:, None]
        ahead += self.go * stopped
        away *= self.stay_away
        away += self.leave_stop * stopped
        away += self.leave * riding
        stopped *= 1 - self.go - self.leave_stop
        stopped += self.stop * riding
        out[0] = ahead
        out[0].reshape(-1)[self.cells :] = 0.0
        return Message(out, scale)

    def backward(self, message: Message) -> Message:
        """The message one step earlier: the mean over where each state can go. The old one is not changed."""
        landing = np.cumsum(message.values[0, :, ::-1], axis=1)[:, ::-1]
        later, scale, own = _rescaled(message, landing[:, 0], -1)
        out = message.values * own[:, None]
        riding, stopped, away = out
        fade = _exp(message.log_scale[1:] - scale[:-1])
        halo = np.zeros((len(scale), len(self.ride) - 1))
        halo[:-1] = message.values[0, 1:, : halo.shape[1]] * fade[:, None]
        ahead = landing * own[:, None]
        ahead += later[:, None]
        rode = _correlated(np.concatenate([riding, halo], axis=1), self.ride)
        rode += self.leap * ahead
        rode += self.stop * stopped
        rode += self.leave * away
        stopped *= 1 - self.go - self.leave_stop
        stopped += self.go * riding
        stopped += self.leave_stop * away
        away *= self.stay_away
        away += self.back * ahead
        out[0] = rode
        return Message(out, scale)

    def _check(self) -> None:
        tile = self.leave.shape[1]
        ones = tiled(np.ones((3, self.cells)), tile)
        found = self.backward(Message(ones, np.zeros(ones.shape[1])))
        rows = (found.values * np.exp(found.log_scale)[:, None]).reshape(3, -1)[:, : self.cells]
        parts = self.ride, self.leave, self.stay_away, 1 - self.go - self.leave_stop
        if np.abs(rows - 1).max() > 1e-9 or min(float(np.min(part)) for part in parts) < 0:
            raise UsageError(
                f"rows of the transition kernel sum to {rows.min():.6g} to {rows.max():.6g}, not to 1",
                "Give rates of at least 0.",
            )


def reach(gap_s: float, step_s: float, options: TransitionOptions) -> int:
    """The most cells that a ride goes in one step."""
    return max(2, int(np.ceil(options.fastest * options.ratio * gap_s / step_s)))


def _competing(gap_s: float, *rates: float) -> Floats:
    """The odds that each of several exponential waiting times is over first, and within `gap_s`."""
    total = sum(rates)
    return np.array(rates) * (-np.expm1(-total * gap_s) / total if total else 0.0)


def _rescaled(message: Message, jumping: Floats, side: int) -> tuple[Floats, Floats, Floats]:
    """New scales of tiles into which the tile beside and all before flow (behind: `side` -1), of which `jumping` (T,)
    is what jumps out of each: the sum of all that jumps in, on the new scales, these, and the factor from the old.
    """
    with np.errstate(divide="ignore"):
        scale = np.maximum(message.log_scale + np.log(message.values.max(axis=(0, 2))), EMPTY)[::side]
        jumped = np.logaddexp.accumulate((message.log_scale + np.log(jumping))[::side])[:-1]
    new = scale.copy()
    np.maximum(new[1:], scale[:-1], out=new[1:])
    np.maximum(new[1:], jumped, out=new[1:])
    arriving = np.zeros(len(new))
    arriving[1:] = np.exp(jumped - new[1:])
    new = new[::side]
    return arriving[::side], new, _exp(message.log_scale - new)


def _exp(nats: Floats) -> Floats:
    """exp, but for tiles that hold nothing, whose scales mean nothing."""
    return np.exp(np.minimum(nats, 600.0))


def _correlated(rows: Floats, weights: Floats) -> Floats:
    """Each row's sums of products with the weights (K,), (T, B + K - 1) to (T, B)."""
    flat, first = rows.reshape(-1), range(0, len(weights), _TAPS)
    out = np.zeros(rows.size)
    count = rows.size - len(weights) + 1
    for k in first:
        part = weights[k : k + _TAPS]
        out[:count] += np.correlate(flat[k : k + count + len(part) - 1], part, "valid")
    return out.reshape(rows.shape)[:, : rows.shape[1] - len(weights) + 1]
