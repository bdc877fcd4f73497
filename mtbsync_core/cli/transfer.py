"""`mtbsync transfer-markers` and its older name `transfer`: reference markers through a warp."""

from __future__ import annotations

from mtbsync_core.cli.options import Strict
from mtbsync_core.cli.report import Report
from mtbsync_core.cli.summary import put_table, require_sure, say_files, say_moved
from mtbsync_core.jobs.markers import MarkersJob


def transfer_markers(report: Report, job: MarkersJob, strict: Strict = False) -> None:
    """Carry the markers of the reference over to the new run.

    Every marker comes out, with its new time, the 90 % interval and the confidence. A place that the new run does not
    show has no time and says why (status outside or gap). Times in the file are seconds, MM:SS, HH:MM:SS or timecode.

    Example: mtbsync transfer-markers --ref-markers markers.csv --timewarp-json timewarp.json --out new_markers.csv
    """
    done = job.run(report)
    say_files(report, (), done.set_aside)
    done.warp.usable_warp()
    put_table(report, done.table)
    say_moved(report, done.moved, done.warp.media_new)
    say_files(report, done.files.values())
    if strict:
        require_sure(done.warp, done.moved)
