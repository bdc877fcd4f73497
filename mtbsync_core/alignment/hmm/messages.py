"""Messages of the forward-backward algorithm in block floating point (Wilkinson 1963), in which no odds are lost.

The usual scaling (Rabiner 1989, section V.A) has one scale per sample, and what is 1e308 times less likely than the
best so far becomes 0: the ride on the second of two long laps, say, while the first is ridden. Here each tile of some
hundred cells has a scale of its own. Within a tile odds do not differ by so much: its cells are seconds apart.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

EMPTY = -1e300
"""Log scale of a tile that holds nothing: finite, so that the difference of two is a number."""


class Message(NamedTuple):
    """Numbers of at least 0 for riding, stopped and away in each cell: `values` (..., 3, T, B), for T tiles of B cells,
    times exp(`log_scale`) (..., T). Beyond the last cell they are 0.
    """

    values: Floats
    log_scale: Floats

    def log_held(self) -> Floats:
        """Log of the sum of each tile (..., T), -inf where it is 0."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(self.values.sum(axis=-1).sum(axis=-2)) + self.log_scale)

    def log_sum(self) -> float:
        """Log of the sum of it all."""
        return float(np.logaddexp.reduce(self.log_held()))

    def times(self, other: Message) -> Message:
        """The product of two messages."""
        return Message(self.values * other.values, self.log_scale + other.log_scale)

    def normalised(self) -> tuple[Floats, Floats]:
        """The values, in place, scaled to the sum 1; and the log of their sum (...), -inf where it is 0."""
        held = self.log_held()
        log_total = np.logaddexp.reduce(held, axis=-1)
        scale = np.minimum(self.log_scale - log_total[..., None], 600.0)
        self.values[...] *= np.exp(np.where(np.isfinite(held), scale, EMPTY))[..., None, :, None]
        return self.values, log_total

    def rescaled(self, side: int) -> Message:
        """The message on scales that follow what each tile holds, none below that of a tile which flows into it: those
        before it (`side` 1, forward messages) or behind it (-1, backward ones).
        """
        held = self.log_held()
        scale = np.maximum.accumulate(np.maximum(held, EMPTY)[::side])[::side]
        return Message(self.values * np.exp(np.where(held > EMPTY, self.log_scale - scale, 0.0))[:, None], scale)

    def within(self, first: int, end: int) -> Message:
        """The tiles from `first` to before `end`."""
        return Message(self.values[:, first:end], self.log_scale[first:end])

    def copy(self) -> Message:
        """The message in memory of its own."""
        return Message(self.values.copy(), self.log_scale)

    def shifted(self, nats: float) -> Message:
        """The message times exp(nats)."""
        return Message(self.values, self.log_scale + nats)


def proportional(a: Message, b: Message, weight: Message, tolerance: float) -> bool:
    """Whether two messages say the same of the states, each state weighed with what the other direction makes of it."""
    (here, one), (there, two) = a.times(weight).normalised(), b.times(weight).normalised()
    return bool(np.isfinite([one, two]).all()) and float(np.abs(here - there).sum()) < tolerance


def tiled(cells: Floats, tile: int) -> Floats:
    """The last axis of an array cut into tiles, with zeros behind the last cell: (..., W) becomes (..., T, tile)."""
    tiles = -(-cells.shape[-1] // tile)
    out = np.zeros((*cells.shape[:-1], tiles * tile))
    out[..., : cells.shape[-1]] = cells
    return out.reshape(*cells.shape[:-1], tiles, tile)
