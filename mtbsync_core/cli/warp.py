"""`mtbsync warp`: a pairs file in, a warp out, without any recording."""

from __future__ import annotations

from mtbsync_core.cli.options import Strict
from mtbsync_core.cli.report import Report
from mtbsync_core.cli.summary import require_sure, say_alignment, say_files
from mtbsync_core.jobs.warp import WarpJob


def warp(report: Report, job: WarpJob, strict: Strict = False) -> None:
    """Fit the warp again from the pairs alone, for example after deleting lines or adding your own.

    Lines with valid = 0 are left out. Pairs of your own need only the columns t_new and t_ref; with "user" in the
    column source the map goes through them exactly. A timewarp.json beside the pairs tells which recordings they are
    of; a refused one stays refused.

    Example: mtbsync warp --pairs result/pairs.csv --out result/warp.npz
    """
    alignment = job.run(report)
    say_alignment(report, alignment)
    say_files(report, [job.out])
    alignment.usable_warp()
    if strict:
        require_sure(alignment)
