"""`mtbsync viewer`: a page to pick what to look at; with `--headless` the overlay as a picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from mtbsync_core.cli.report import Report
from mtbsync_core.cli.review import ReviewedOptions, open_files, routes, show
from mtbsync_core.cli.summary import put_table, say_files
from mtbsync_core.errors import UsageError
from mtbsync_core.jobs.picture import PictureJob
from mtbsync_core.options import option
from mtbsync_core.web.serve import DASHBOARD, serve
from mtbsync_core.web.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewerOptions(ReviewedOptions):
    """Where there is something to pick."""

    root: Path = option(Path(), "--root", "The folder to pick files from, and folders below it; this one without it.")


def viewer(
    report: Report,
    job: PictureJob,
    options: ViewerOptions,
    headless: Annotated[bool, typer.Option("--headless", help="Write the picture and serve no page.")] = False,
) -> None:
    """Pick a result, or recordings, markers and a map, in the browser and look at them; with --timewarp-json at once.

    With --headless: draw how the two runs fit: the map, time lost and gained with its 90 % band, the residuals, the
    markers. The port of the page is --port, else MTB_DASHBOARD_PORT, else 8760.

    Example: mtbsync viewer --headless --timewarp-json result/timewarp.json --ref-markers markers.csv --out-png fit.png
    """
    if headless:
        done = job.run(report)
        if done.table is not None:
            put_table(report, done.table)
        report.data.update(verdict=done.warp.verdict, markers=len(done.moved))
        say_files(report, [job.out_png])
    elif job.timewarp_json is not None:
        warp = job.timewarp_json
        show(report, open_files(warp.parent, warp, None, None, job.ref_markers, job.new_markers), options, DASHBOARD)
    else:
        if not options.root.is_dir():
            raise UsageError(f"there is no folder {options.root}", "Give the folder with your files: --root DIR.")
        site = Site((options.root.absolute(),), allow_write=options.allow_write)
        serve(site, routes(), report, options.served, DASHBOARD, "/pick")
