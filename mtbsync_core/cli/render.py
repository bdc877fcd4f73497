"""`mtbsync render`: runs in step as a video, or what an editor lays over one."""

from __future__ import annotations

from mtbsync_core.cli.report import Report
from mtbsync_core.cli.summary import say_files
from mtbsync_core.render.job import RenderJob


def render(report: Report, job: RenderJob) -> None:
    """Make a video of the runs in step, with who leads by how much, the sectors, and a strip of the trail.

    The delta is how much longer (+, red) or shorter (−, green) the new run took since the start than the reference;
    grey where it is smaller than what is known.

    Example: mtbsync render result --style side-by-side --out both.mp4
    """
    say_files(report, [job.run(report)])
