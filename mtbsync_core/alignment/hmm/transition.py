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

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.emission.grid import FASTEST
from mtbsync_core.alignment.hmm.messages import Message, tiled
from mtbsync_core.errors import UsageError
from mtbsync_core.options import paced

Floats = NDArray[np.float64]

_TAPS = 9
"""NumPy is fast at correlation with so few weights (13 at once take nine times longer); more are applied in pieces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitionOptions:
    """The numbers of the model. Rates are per second of the new run, of exponential waiting times."""

    ratio: float = 1.0
    """Reference seconds per new second, expected all in all."""
    ratio_sd: float = 0.45
    """Standard deviation of log2 of the speed ratio around that, from one sample to the next."""
    any_ratio: float = 0.2
    """Share of the steps with any ratio from none to twice the expected one: braking to a stop, and getting going."""
    fastest: float = FASTEST
    """The highest ratio of a ride, in units of the expected one; what is faster is a leap."""
    stop_rate: float = paced(0.02, -1)
    """Stopping: once in 50 s of riding."""
    go_rate: float = paced(0.3, -1)
    """Riding on: stops of 3 s in the mean."""
    leap_rate: float = paced(1e-4, -1)
    """Going on at any cell ahead, where the reference stood or the new run took a short cut: once in three hours."""
    leave_rate: float = paced(1e-3, -1)
    """Leaving the trail that the reference shows: once in a quarter of an hour."""
    return_rate: float = paced(0.1, -1)
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

    def forward(self, message: Message, out: Floats) -> Message:
        """The message one step later, its values in `out`: the sum over where each state is come from."""
        riding, stopped, away = message.values
        reach = len(self.ride) - 1
        room = self.leap * riding
        room += self.back * away
        ahead = np.cumsum(room, axis=1, out=out[0])
        beside, others = _inflow(message.log_scale, ahead[:, -1], 1)
        rows = np.zeros((len(riding) + 1, reach + riding.shape[1]))
        rows[1:-1, :reach] = riding[:-1, -reach:] * beside
        rows[:-1, reach:] = riding
        ahead[1:] += others
        ahead += _correlated(rows, self.ride[::-1])
        ahead += np.multiply(stopped, self.go, out=room)
        ahead.reshape(-1)[self.cells :] = 0.0
        np.multiply(stopped, 1 - self.go - self.leave_stop, out=out[1])
        out[1] += np.multiply(riding, self.stop, out=room)
        np.multiply(away, self.stay_away, out=out[2])
        out[2] += np.multiply(riding, self.leave, out=room)
        out[2] += np.multiply(stopped, self.leave_stop, out=room)
        return Message(out, message.log_scale)

    def backward(self, message: Message, out: Floats) -> Message:
        """The message one step earlier, its values in `out`: the mean over where each state can go."""
        riding, stopped, away = message.values
        reach = len(self.ride) - 1
        ahead = np.cumsum(riding[:, ::-1], axis=1)[:, ::-1]
        beside, others = _inflow(message.log_scale, ahead[:, 0], -1)
        rows = np.zeros((len(riding) + 1, riding.shape[1] + reach))
        rows[:-2, -reach:] = riding[1:, :reach] * beside
        rows[:-1, :-reach] = riding
        ahead[:-1] += others
        room = np.multiply(ahead, self.back)
        np.multiply(away, self.stay_away, out=out[2])
        out[2] += room
        np.multiply(stopped, 1 - self.go - self.leave_stop, out=out[1])
        out[1] += np.multiply(riding, self.go, out=room)
        out[1] += np.multiply(away, self.leave_stop, out=room)
        np.multiply(ahead, self.leap, out=out[0])
        out[0] += _correlated(rows, self.ride)
        out[0] += np.multiply(away, self.leave, out=room)
        out[0] += np.multiply(stopped, self.stop, out=room)
        return Message(out, message.log_scale)

    def within(self, first: int, end: int) -> TransitionKernel:
        """The kernel on the tiles from `first` to before `end` only; what leaves them is lost."""
        tile = self.leave.shape[1]
        return replace(
            self,
            cells=min(self.cells, end * tile) - first * tile,
            leave=self.leave[first:end],
            stay_away=self.stay_away[first:end],
        )

    def _check(self) -> None:
        tile = self.leave.shape[1]
        ones = tiled(np.ones((3, self.cells)), tile)
        found = self.backward(Message(ones, np.zeros(ones.shape[1])), np.empty_like(ones))
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


def _inflow(log_scale: Floats, jumping: Floats, side: int) -> tuple[Floats, Floats]:
    """What flows into each tile but the first (`side` 1; back: -1) on its scale, (T - 1, 1): the factor of the tile in
    front of it, and the sum of all that jumps out of those in front, `jumping` (T,) of each on its own scale.
    """
    scale = log_scale[::side]
    with np.errstate(divide="ignore"):
        jumped = np.logaddexp.accumulate(scale + np.log(jumping[::side]))[:-1]
    beside, others = np.exp(scale[:-1] - scale[1:]), np.exp(jumped - scale[1:])
    return beside[::side, None], others[::side, None]


def _correlated(rows: Floats, weights: Floats) -> Floats:
    """Each row's sums of products with the weights (K,): (T + 1, B + K - 1), the last row being room, to (T, B)."""
    flat, count = rows.reshape(-1), rows[1:].size
    out = np.zeros(0)
    for k in range(0, len(weights), _TAPS):
        taps = weights[k : k + _TAPS]
        part = np.correlate(flat[k : k + count + len(taps) - 1], taps, "valid")
        out = np.add(out, part, out=out) if k else part
    return out.reshape(-1, rows.shape[1])[:, : rows.shape[1] - len(weights) + 1]
