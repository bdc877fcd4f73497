"""`mtbsync chapters`: a copy of a recording with markers as its chapters."""

from __future__ import annotations

from mtbsync_core.cli.report import Report
from mtbsync_core.cli.summary import say_files
from mtbsync_core.jobs.chapters import ChaptersJob
from mtbsync_core.timecode import minutes_seconds


def chapters(report: Report, job: ChaptersJob) -> None:
    """Write a copy of a recording that has markers as its chapters, so that any player jumps to them.

    Pictures, sound and a GoPro's data are copied as they are, nothing is encoded. What the copy does not have is said.
    (align and transfer-markers take the chapters of such a recording as markers: --markers COPY.mp4.)

    Example: mtbsync chapters new.mp4 --markers result/new_markers.csv --out new_chapters.mp4
    """
    found = job.run(report)
    report.data["chapters"] = [{"t_s": at / 1000, "title": title} for at, title in found]
    first, last = (minutes_seconds(at / 1000, 3, hours=True) for at in (found[0][0], found[-1][0]))
    report.say(f"{len(found)} chapters, from {first} to {last}")
    say_files(report, [job.out])
