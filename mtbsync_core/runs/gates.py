"""The lines that a run has to keep: those of mtbsync 0.10, and those that decide whether markers lie on their place.

The lines of 0.10 (`strict`) were made for two cameras on one ride: 500 ppm is a difference in speed of 0.05 %, which no
two rides keep. They are told as they are, and do not stand for the quality of two rides. `markers` does: enough of the
reference has a place in the new run, and nine of ten places are within the 0.3 s that a marker's confidence is about.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from mtbsync_core.runs.figures import Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class GateOptions:
    """Where the lines are."""

    min_inlier_frac: float = 0.5
    """Share, from mtbsync 0.10, as are the next two."""
    max_res_p90_s: float = 1.0
    """Seconds of the reference."""
    max_ppm: float = 500.0
    """Parts per million, either way."""
    min_coverage: float = 0.8
    """Share of the reference. Rides of which 60 % are common (`partial` of the leaderboard) fall short, at half of it
    they do not."""
    max_p90_s: float = 0.3
    """Seconds of the new run, the distance that a marker's confidence is about. True P90 of the leaderboard: 0.04 s
    (`easy`), 0.13 s (`hard`), 0.20 s (`gopro_walkway`). At half of it the last falls short, at twice of it a map passes
    whose markers are off by half a second."""


class Gate(NamedTuple):
    """One line: the field of `Figures` that it is about, which group it is of, and what a run must keep to."""

    field: str
    group: str
    least: bool
    """Whether `limit` is the least; else it is the most, of the value without its sign."""
    limit: float
    text: str

    def keeps(self, figures: Figures) -> bool:
        """Whether a run keeps to it; a figure that is not known does not."""
        value = getattr(figures, self.field)
        return value is not None and (value >= self.limit if self.least else abs(value) <= self.limit)


def gates(options: GateOptions = GateOptions()) -> tuple[Gate, ...]:
    """All lines, those of mtbsync 0.10 first."""
    o = options
    return (
        Gate("inlier_frac", "strict", True, o.min_inlier_frac, f"inlier share at least {o.min_inlier_frac:.2f}"),
        Gate("res_p90", "strict", False, o.max_res_p90_s, f"residual P90 at most {o.max_res_p90_s:g} s"),
        Gate("ppm", "strict", False, o.max_ppm, f"drift at most {o.max_ppm:g} ppm"),
        Gate("coverage", "markers", True, o.min_coverage, f"coverage at least {o.min_coverage:.0%}"),
        Gate("p90_s", "markers", False, o.max_p90_s, f"calibrated P90 at most {o.max_p90_s:g} s"),
    )


def missed(figures: Figures, lines: tuple[Gate, ...], group: str = "") -> tuple[Gate, ...]:
    """The lines, of one group or of all, that a run does not keep to; of one without a map all of them."""
    return tuple(line for line in lines if group in ("", line.group) and not (figures.has_map and line.keeps(figures)))
