"""`mtbsync viewer`: the overlay as a picture."""

from __future__ import annotations

from typing import Annotated

import typer

from mtbsync_core.cli.report import Report
from mtbsync_core.cli.summary import put_table, say_files
from mtbsync_core.errors import UsageError
from mtbsync_core.jobs.picture import PictureJob


def viewer(
    report: Report,
    job: PictureJob,
    headless: Annotated[bool, typer.Option("--headless", help="Write the picture and open no window.")] = False,
) -> None:
    """Draw how the two runs fit: the map, time lost and gained with its 90 % band, the residuals, the markers.

    Example: mtbsync viewer --headless --timewarp-json result/timewarp.json --ref-markers markers.csv --out-png fit.png
    """
    if not headless:
        raise UsageError("the window comes with the web app, which is not there yet", "Use --headless with --out-png.")
    done = job.run(report)
    if done.table is not None:
        put_table(report, done.table)
    report.data.update(verdict=done.warp.verdict, markers=len(done.moved))
    say_files(report, [job.out_png])
