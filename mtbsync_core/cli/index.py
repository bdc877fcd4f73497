"""`mtbsync index`: look at the reference once, keep what was seen."""

from __future__ import annotations

from mtbsync_core.cli.report import Report
from mtbsync_core.cli.summary import say_files
from mtbsync_core.jobs.index import IndexJob


def index(report: Report, job: IndexJob) -> None:
    """Look at a reference recording once and keep what was seen, to align many new runs with it.

    The file also serves again after a rename of the recording; of another recording or other options it is made anew.

    Example: mtbsync index --reference reference.mp4 --out reference.npz
    """
    made = job.run(report)
    corners, media = sum(len(f.xy) for f in made.features), made.media
    report.data.update(reference=media.as_dict(), samples=len(made.t_s), features=corners)
    report.say(f"{len(made.t_s)} pictures and {corners} features of {media.name} ({media.duration_s:.1f} s)")
    say_files(report, [job.out])
