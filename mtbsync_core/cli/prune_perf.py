"""`mtbsync prune-perf`: delete old perf.json."""

from __future__ import annotations

from mtbsync_core.cli.report import Report
from mtbsync_core.runs.prune import PruneJob


def prune_perf(report: Report, job: PruneJob) -> None:
    """Delete the perf.json of old runs, all but the newest; maps and markers stay.

    Files of that name that another program wrote stay, and so does what a link leads to.

    Example: mtbsync prune-perf --root runs --keep 200 --dry-run
    """
    done = job.run(report)
    report.data.update(dry_run=job.dry_run, kept=len(done.kept), deleted=[str(path) for path in done.old])
    for path in done.old if job.dry_run else ():
        report.say(str(path))
    what = "would be deleted" if job.dry_run else "deleted"
    report.say(f"{len(done.old)} {what}, {len(done.kept)} kept")
