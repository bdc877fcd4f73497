"""`mtbsync sync`: two recordings in, time pairs and the warp out."""

from __future__ import annotations

from mtbsync_core.cli.options import Strict
from mtbsync_core.cli.quality_check import regression, say_check
from mtbsync_core.cli.report import Report
from mtbsync_core.cli.summary import require_sure, say_alignment, say_files, say_timings
from mtbsync_core.runs.tracked_sync import TrackedSyncJob


def sync(report: Report, job: TrackedSyncJob, strict: Strict = False) -> None:
    """Find which second of the new run shows the same place as which second of the reference.

    Writes pairs.csv, pairs_raw.csv, timewarp.json and perf.json beside each other. When the recordings do not show
    the same trail the command says so and ends with exit code 5; the files are still written, for a look. A map that
    needs a look (verdict check, ok false) names its weak parts; --anchor mends them, --strict makes it an error.

    GoPro's GPS and motion sensors help where the pictures show little. Two GPX, TCX or FIT files alone, without any
    video, are aligned by where they were.

    Example: mtbsync sync --reference reference.mp4 --new new.mp4 --out result
    """
    done, found = job.run(report)
    say_alignment(report, done.alignment)
    say_files(report, done.files.values(), done.set_aside)
    say_timings(report, done.timings)
    done.alignment.usable_warp()
    if found is not None:
        say_check(report, found)
    if strict:
        require_sure(done.alignment)
    if found is not None and found.status == "FAIL" and job.tracking.fail_on_regression:
        raise regression(found)
