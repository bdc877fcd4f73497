"""Whether a run is worse than those before it: each figure against the median of the last runs.

A line is the larger of a share and a distance from the baseline; past it is WARN, past twice of it FAIL. The names and
the values of the options are those of mtbsync 0.10.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple

from mtbsync_core.options import option

Status = Literal["OK", "WARN", "FAIL", "LEARNING"]

FEWEST = 10
"""Runs without which there is no baseline, from mtbsync 0.10. The standard error of the median of ten is 0.40 of the
spread of the runs; of five it is 0.56, of twenty 0.28.
"""
_SEVERE = 2.0
"""Times the distance of a warning from the baseline at which it is a failure, as in mtbsync 0.10."""
_ONE_RIDE_PPM = 1000.0
"""Drift up to which mtbsync 0.10 accepts a map. A baseline beyond it is of rides at different speeds, where drift says
who rode faster and not how well the map fits. Two rides differ by 10,000 ppm and more, two cameras by less than 100, so
that half and twice of it tell the same ones apart.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegressionOptions:
    """How much worse than the baseline is a warning; twice as much is a failure."""

    p90_pct: float = option(
        0.25, "--reg-p90-pct", "P90, residual and calibrated: the share above the baseline.", minimum=0, maximum=10
    )
    p90_abs: float = option(0.25, "--reg-p90-abs", "P90: seconds above it. The larger of the two holds.", minimum=0)
    ppm_pct: float | None = option(
        None,
        "--reg-ppm-pct",
        "Drift: the share above the baseline. Default: 0.25 where the baseline is at most 1000 ppm, that is two "
        "cameras on one ride; else drift is the riders' speed and is not judged.",
        minimum=0,
        maximum=100,
    )
    ppm_abs: float | None = option(None, "--reg-ppm-abs", "Drift: ppm above it. Default: 150, likewise.", minimum=0)
    inlier_pct: float = option(
        0.15, "--reg-inlier-pct", "Inlier share: the share below the baseline.", minimum=0, maximum=1
    )
    inlier_abs: float = option(0.05, "--reg-inlier-abs", "Inlier share: how much below it.", minimum=0, maximum=1)


class Delta(NamedTuple):
    """One figure beside its baseline, and how that is judged; OK where it is not."""

    name: str
    current: float | None
    baseline: float | None
    status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What came of it. `used` is the number of runs in the baseline."""

    run: str
    at: str
    status: Status
    reasons: tuple[str, ...]
    deltas: tuple[Delta, ...]
    used: int

    def as_dict(self) -> dict[str, Any]:
        """The content of `regression.json`."""
        data = asdict(self) | {"reasons": list(self.reasons)}
        return data | {"deltas": {delta.name: delta._asdict() for delta in self.deltas}}


class _Rule(NamedTuple):
    field: str
    name: str
    written: Callable[[float], str]
    pct: float
    abs: float
    sign: int
    """1 where more is worse, -1 where less is."""


def check(current: Mapping[str, Any], before: Sequence[Mapping[str, Any]], options: RegressionOptions) -> Check:
    """Hold a run against the medians of the runs before it.

    Args:
        current: a row of the history: `run`, `at`, `res_p90`, `p90_s`, `ppm`, `inlier_frac`; None is not known.
        before: the rows of the runs of the baseline.
    """
    deltas, reasons = [], []
    judged = False
    for rule in _rules(options):
        value = _known(current, rule.field)
        known = [found for row in before if (found := _known(row, rule.field)) is not None]
        baseline = statistics.median(known) if len(known) >= FEWEST else None
        status: Status = "OK"
        if value is not None and baseline is not None and _is_judged(rule, baseline, options):
            judged = True
            off, line = rule.sign * (value - baseline), max(rule.pct * baseline, rule.abs)
            status = "FAIL" if off > _SEVERE * line else "WARN" if off > line else "OK"
        if status != "OK" and value is not None and baseline is not None:
            reasons.append(f"{rule.name} {rule.written(value)}, baseline {rule.written(baseline)}")
        deltas.append(Delta(rule.field, value, baseline, status))
    seen = {delta.status for delta in deltas}
    worst: Status = "FAIL" if "FAIL" in seen else "WARN" if "WARN" in seen else "OK"
    if not judged:
        worst, reasons = "LEARNING", [f"{len(before)} runs before this one; the baseline needs {FEWEST}"]
    return Check(
        run=str(current["run"]),
        at=str(current["at"]),
        status=worst,
        reasons=tuple(reasons),
        deltas=tuple(deltas),
        used=len(before),
    )


def _rules(options: RegressionOptions) -> tuple[_Rule, ...]:
    o = options
    ppm_pct, ppm_abs = (0.25 if o.ppm_pct is None else o.ppm_pct), (150.0 if o.ppm_abs is None else o.ppm_abs)
    return (
        _Rule("res_p90", "residual P90", "{:.2f} s".format, o.p90_pct, o.p90_abs, 1),
        _Rule("p90_s", "calibrated P90", "{:.2f} s".format, o.p90_pct, o.p90_abs, 1),
        _Rule("ppm", "drift", "{:.0f} ppm".format, ppm_pct, ppm_abs, 1),
        _Rule("inlier_frac", "inlier share", "{:.2f}".format, o.inlier_pct, o.inlier_abs, -1),
    )


def _known(row: Mapping[str, Any], field: str) -> float | None:
    value = row.get(field)
    return abs(float(value)) if isinstance(value, int | float) and math.isfinite(value) else None


def _is_judged(rule: _Rule, baseline: float, options: RegressionOptions) -> bool:
    asked = options.ppm_pct is not None or options.ppm_abs is not None
    return rule.field != "ppm" or asked or baseline <= _ONE_RIDE_PPM
