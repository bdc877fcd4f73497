"""`mtbsync quality-check`: whether the newest run is worse than those before it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from mtbsync_core.cli.benchmark_quality import Quiet
from mtbsync_core.cli.report import Report
from mtbsync_core.errors import FormatError, MtbsyncError
from mtbsync_core.options import option
from mtbsync_core.runs.history import RegressionError, newest
from mtbsync_core.runs.regression import Check, Delta, RegressionOptions

Accepted = Annotated[
    bool, typer.Option("--fail-on-regression", help="As without it: a run that is much worse always exits 20 here.")
]
WARNED = 10
"""The exit code of a warning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOptions:
    """Which history, and where the lines are."""

    root: Path = option(flag="--root", help="The folder with catalogue.sqlite or quality_history.json.")
    window: int = option(50, "--window", "How many runs the baseline is the median of.", minimum=10)
    lines: RegressionOptions = field(default_factory=RegressionOptions)


def quality_check(
    report: Report, options: CheckOptions, fail_on_regression: Accepted = False, quiet: Quiet = False
) -> int:
    """Hold the newest run against the median of the runs before it, and say OK, WARN, FAIL or LEARNING.

    Exit codes: 0 OK, or LEARNING while there are fewer than 10 runs before it; 10 WARN; 20 FAIL, more than twice as far
    from the baseline as a warning; 2 no history; 1 it cannot be read.

    Example: mtbsync quality-check --root runs
    """
    try:
        found, history = newest(options.root, options.window, options.lines)
    except FormatError as error:
        raise MtbsyncError(error.message, error.hint) from error
    report.data["runs"] = len(history)
    say_check(report, found, quiet=quiet)
    if found.status == "FAIL":
        raise regression(found)
    return WARNED if found.status == "WARN" else 0


def regression(found: Check) -> RegressionError:
    """The error of a run that is much worse."""
    return RegressionError(
        f"{found.run} is much worse than the {found.used} runs before it: {'; '.join(found.reasons)}",
        "Look at its overlay, and at what changed: camera, mount, options, version.",
    )


def say_check(report: Report, found: Check, *, quiet: bool = False) -> None:
    """The figures beside their baseline, and what they come to."""
    report.data["regression"] = found.as_dict()
    if quiet:
        return
    report.say(f"quality: {found.status} ({found.run}, against {found.used} runs before it)")
    for reason in found.reasons:
        report.say(f"  {reason}")
    if found.status != "LEARNING":
        report.table("", ["", ">now", ">baseline", ">change", ""], [_row(delta) for delta in found.deltas])


_NAMES = {
    "res_p90": "residual P90, s",
    "p90_s": "calibrated P90, s",
    "ppm": "drift, ppm",
    "inlier_frac": "inlier share",
}


def _row(delta: Delta) -> tuple[str, ...]:
    pattern = "{:.0f}" if delta.name == "ppm" else "{:.2f}"
    now, base = delta.current, delta.baseline
    change = "" if now is None or base is None else f"{(now - base) / base:+.0%}" if base else f"{now - base:+.2g}"
    shown = ("–" if value is None else pattern.format(value) for value in (now, base))
    return (_NAMES[delta.name], *shown, change, "" if delta.status == "OK" else delta.status)
