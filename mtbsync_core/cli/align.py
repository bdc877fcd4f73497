"""`mtbsync align`: all of it, from two recordings and a marker file to a folder that an editor can use."""

from __future__ import annotations

from mtbsync_core.cli.options import Strict
from mtbsync_core.cli.report import Report
from mtbsync_core.cli.summary import put_table, require_sure, say_alignment, say_files, say_moved, say_timings
from mtbsync_core.jobs.align import Aligned, AlignJob


def align(report: Report, job: AlignJob, strict: Strict = False) -> None:
    """Find every marker of the reference run in the new run, in one go.

    The folder gets new_markers.csv, an EDL with these markers for DaVinci Resolve, new_markers_overlay.png to see how
    well the runs fit, timewarp.json, pairs.csv, pairs_raw.csv and perf.json. When the recordings do not show the same
    trail no markers are written, the reason is printed, and the exit code is 5. A map that needs a look (verdict check,
    ok false) names its weak parts; --anchor mends them, --strict makes it an error.

    A timeline of your editor with both runs on it is enough: mtbsync align timeline.otio --out result. The recording
    with the markers is the reference, and the EDL fits that timeline.

    Example: mtbsync align reference.mp4 new.mp4 --markers markers.csv --out result
    """
    done = job.run(report)
    say_aligned(report, done)
    if strict:
        require_sure(done.alignment, done.moved)


def say_aligned(report: Report, done: Aligned) -> None:
    """What came out.

    Raises:
        RefusedError: it was refused.
    """
    put_table(report, done.table)
    say_alignment(report, done.alignment)
    if done.alignment.usable:
        say_moved(report, done.moved, done.alignment.media_new)
    say_files(report, done.files.values(), done.set_aside)
    if done.export is not None:
        report.data["export"] = done.export.as_dict()
        report.say(done.export.recipe)
    say_timings(report, done.timings)
    done.alignment.usable_warp()
