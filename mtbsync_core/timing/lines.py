"""`SectorLines`: the places between which times are taken, by the reference's markers, to be moved at any time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.errors import UsageError
from mtbsync_core.markers import Marker

_SAME_S = 0.05
"""Two lines this near are one: below three frames nobody set two."""


@dataclass(frozen=True, slots=True, eq=False)
class SectorLines:
    """Lines at strictly rising trail seconds `t_ref` (L,), L >= 2, with their names; a sector lies between each two.

    Raises:
        UsageError: fewer than two lines, or two at one place.
    """

    t_ref: NDArray[np.float64]
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        order = np.argsort(np.asarray(self.t_ref, dtype=np.float64), kind="stable")
        object.__setattr__(self, "t_ref", np.asarray(self.t_ref, dtype=np.float64)[order])
        object.__setattr__(self, "names", tuple(self.names[i] for i in order))
        if len(self.t_ref) < 2:
            raise UsageError("times need two lines at least", "Set a marker at the start and one at the finish.")
        for (a, name), (b, other) in pairwise(zip(self.t_ref.tolist(), self.names, strict=True)):
            if b - a < _SAME_S:
                raise UsageError(f"the lines {name!r} and {other!r} are at one place, {a:.2f} s", "Move one of them.")

    @classmethod
    def of_markers(cls, markers: Iterable[Marker], *, start_s: float, end_s: float) -> Self:
        """The reference's markers between `start_s` and `end_s`, and lines at these; one of several at a place."""
        lines = [(start_s, "start")]
        for marker in sorted(markers, key=lambda m: m.t_s):
            near_start = marker.t_s - lines[-1][0] < _SAME_S
            if near_start and len(lines) == 1 and marker.t_s >= start_s:
                lines[0] = (start_s, marker.name or "start")
            elif not near_start and marker.t_s < end_s + _SAME_S:
                lines.append((marker.t_s, marker.name))
        if end_s - lines[-1][0] >= _SAME_S:
            lines.append((end_s, "finish"))
        return cls(np.array([t for t, _ in lines]).clip(start_s, end_s), tuple(name for _, name in lines))

    @property
    def sectors(self) -> tuple[str, ...]:
        """The sectors' names, one fewer than lines."""
        return tuple(f"{a} – {b}" for a, b in pairwise(self.names))

    def moved(self, line: int, t_ref: float) -> Self:
        """The same with one line elsewhere."""
        return type(self)(np.where(np.arange(len(self.t_ref)) == line, t_ref, self.t_ref), self.names)

    def added(self, t_ref: float, name: str) -> Self:
        """The same with one more line."""
        return type(self)(np.append(self.t_ref, t_ref), (*self.names, name))

    def deleted(self, line: int) -> Self:
        """The same without one line."""
        return type(self)(np.delete(self.t_ref, line), self.names[:line] + self.names[line + 1 :])

    def ends(self) -> Self:
        """The first and the last line alone: the whole trail as one sector."""
        return type(self)(self.t_ref[[0, -1]], (self.names[0], self.names[-1]))
