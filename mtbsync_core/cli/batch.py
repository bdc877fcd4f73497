"""`mtbsync batch`: many pairs of recordings, each into a folder of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from mtbsync_core.cli.quality_check import regression
from mtbsync_core.cli.report import Report
from mtbsync_core.cli.summary import say_files
from mtbsync_core.errors import PairsError
from mtbsync_core.runs.batch import Batch, BatchJob


def batch(report: Report, job: BatchJob) -> None:
    """Align many pairs of recordings, and move the markers of each.

    What pairs is told by the names in a folder, by one reference and many new runs, or by a table:

    mtbsync batch INPUT_DIR --out-dir OUT (jump_ref.mp4 goes with jump_new.mp4)

    mtbsync batch --reference trail.mp4 --new 'runs/*.MP4' --markers trail.csv --out-dir OUT

    mtbsync batch --manifest pairs.csv --out-dir OUT

    Each pair has a folder in OUT with what mtbsync align writes, or sync where there are no markers, and run.json. A
    new run half as long again as its reference, or longer, is searched for rides; each of several has a folder ride-N.
    batch_summary.csv has a row for each run; catalogue.sqlite is an index of it all. A reference is looked at once.

    Stopped or broken off? The same command with --resume does what is not done. A pair that fails is a row with its
    reason; at the end the exit code is 11 when any pair has no result, because it failed or was refused.
    """
    done = job.run(report)
    report.data["planned"] = [{**one.pair.as_dict(), "state": one.state} for one in done.planned]
    if done.rows is None:
        _say_plan(report, done)
        return
    report.data["runs"] = [dict(row) for row in done.rows]
    rows = [_row(row) for row in done.rows]
    report.table("", ("run", "state", "verdict", ">± 90 %", ">covered", ">seconds", "reason"), rows)
    say_files(report, done.files.values())
    good, bad = Counter(_outcome(row) for row in done.rows), sum(not _has_result(row) for row in done.rows)
    count = f"{len(done.rows)} run{'s' if len(done.rows) != 1 else ''}"
    report.say(f"{count}: " + ", ".join(f"{n} {name}" for name, n in good.items()))
    worse = [found for found in done.checks if found.status in ("WARN", "FAIL")]
    report.data["regression"] = [found.as_dict() for found in done.checks]
    for found in worse:
        report.say(f"quality: {found.status} ({found.run}): {'; '.join(found.reasons)}")
    failed = [found for found in worse if found.status == "FAIL"]
    if failed and job.tracking.fail_on_regression:
        raise regression(failed[-1])
    if bad:
        raise PairsError(
            f"{bad} of {len(done.rows)} runs have no result", "The reasons are in the table and in batch_summary.csv."
        )


def _say_plan(report: Report, done: Batch) -> None:
    """What would be done."""
    rows = []
    for one in done.planned:
        pair = one.pair
        references = " or ".join(path.name for path in pair.references)
        what = pair.problem or {"waiting": "to do", "done": "done"}.get(one.state, f"{one.state}: to do")
        rows.append((pair.name, references, pair.new.name, pair.markers.name if pair.markers else "–", what))
    report.table("", ("run", "reference", "new run", "markers", "state"), rows)
    todo = sum(one.to_do for one in done.planned)
    report.say(f"{todo} of {len(rows)} pairs would be done; nothing was written")


def _row(row: Mapping[str, Any]) -> tuple[str, ...]:
    spread, covered, seconds = (row.get(name) for name in ("p90_s", "coverage", "total_sec"))
    return (
        row["run"],
        row["state"],
        row.get("verdict") or "",
        f"{spread:.2f}" if spread is not None else "",
        f"{covered:.0%}" if covered is not None else "",
        f"{seconds:.1f}" if seconds is not None else "",
        "" if row.get("verdict") == "good" else row["reason"],
    )


def _outcome(row: Mapping[str, Any]) -> str:
    return str(row.get("verdict") or row["state"])


def _has_result(row: Mapping[str, Any]) -> bool:
    return row.get("verdict") in ("good", "check")
