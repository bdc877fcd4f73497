"""`mtbsync benchmark-quality`: how good many runs are."""

from __future__ import annotations

from typing import Annotated

import typer

from mtbsync_core.cli.report import Report
from mtbsync_core.cli.summary import say_files
from mtbsync_core.runs.gates import gates
from mtbsync_core.runs.quality import Quality, QualityJob

Quiet = Annotated[bool, typer.Option("--quiet", help="Print no summary.")]
ShowStrict = Annotated[
    bool, typer.Option("--strict", help="Name the runs that do not keep the strict lines, and which lines these are.")
]
_MOST = 20


def benchmark_quality(report: Report, job: QualityJob, strict: ShowStrict = False, quiet: Quiet = False) -> None:
    """Say how good many runs are, from the timewarp.json, perf.json and pairs.csv in their folders.

    Two groups of lines are held against each run. strict, as mtbsync 0.10 had it: inlier share at least 0.50, residual
    P90 at most 1.0 s, drift at most 500 ppm; that last one is for two cameras on one ride, no two rides keep it.
    markers, whether markers lie on their place: coverage of the reference at least 80 %, calibrated P90 at most 0.3 s.

    Exit code 0 also where runs fall short (see quality-check), 2 where there is no run.

    Example: mtbsync benchmark-quality --root runs --html
    """
    done = job.run(report)
    report.data.update(summary=dict(done.summary), runs=list(done.rows))
    if not quiet:
        _say(report, done, strict)
        say_files(report, done.files.values())


def _say(report: Report, done: Quality, strict: bool) -> None:
    summary, median = done.summary, done.summary["median"]

    def of(name: str) -> str:
        return f"{summary[name]} ({summary[name] / summary['runs']:.0%})"

    def figure(name: str, pattern: str) -> str:
        return "–" if median.get(name) is None else pattern.format(median[name])

    rows = [
        ("runs", str(summary["runs"])),
        ("ok", of("ok")),
        ("keep the lines for markers", of("markers_ok")),
        ("keep the strict lines", of("strict_ok")),
        ("refused", of("refused")),
        *([("damaged", of("damaged"))] if summary["damaged"] else []),
        ("coverage, median", figure("coverage", "{:.0%}")),
        ("calibrated P90, median", figure("p90_s", "{:.2f} s")),
        ("residual P90, median", figure("res_p90", "{:.2f} s")),
        ("drift, median", figure("ppm", "{:.0f} ppm")),
        ("frames a second, median", figure("fps", "{:.1f}")),
    ]
    report.table("Quality of the runs", ["", ">"], rows)
    if strict:
        names = {line.field for line in gates() if line.group == "strict"}
        short = [(row["run_id"], row["missed"].split()) for row in done.rows if not row["strict_ok"]]
        for run_id, missed in short[:_MOST]:
            report.say(f"not strict: {run_id}: {', '.join(name for name in missed if name in names)}")
        if len(short) > _MOST:
            report.say(f"and {len(short) - _MOST} more, in the files")
