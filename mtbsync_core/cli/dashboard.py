"""`mtbsync dashboard` and `mtbsync telemetry-ui`: pages about many runs, live."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from mtbsync_core.cli.report import Report
from mtbsync_core.cli.review import routes as review_routes
from mtbsync_core.errors import UsageError
from mtbsync_core.options import option
from mtbsync_core.web import dashboard as board
from mtbsync_core.web import telemetry as machine
from mtbsync_core.web.serve import DASHBOARD, TELEMETRY, ServeOptions, serve
from mtbsync_core.web.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownOptions:
    """Which runs, and where they are shown."""

    root: Path = option(Path(), "--root", "The folder with the runs; those in folders below it too.")
    served: ServeOptions = field(default_factory=ServeOptions)


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardOptions(ShownOptions):
    """The same, what reviews may show, and whether files may be changed."""

    recordings: Path | None = option(
        None, "--recordings", "The folder of the recordings, where it is not below --root; reviews show them."
    )
    allow_write: bool = option(
        False,
        "--allow-write",
        "Let the pages write: reviews saved, marker files as JSON, old perf.json deleted, runs cancelled, batches gone "
        "on with.",
    )


def dashboard(report: Report, options: DashboardOptions) -> None:
    """Show all runs below a folder in the browser, live: state, time left, verdict, quality, files.

    The port is --port, else MTB_DASHBOARD_PORT, else 8760.

    Example: mtbsync dashboard --root runs --open-browser
    """
    folders = [_folder(one) for one in (options.root, options.recordings) if one is not None]
    site = Site(tuple(folders), allow_write=options.allow_write)
    serve(site, [*board.routes(), *machine.routes(), *review_routes()], report, options.served, DASHBOARD)


def telemetry_ui(report: Report, options: ShownOptions) -> None:
    """Show in the browser what runs took of the machine: frames per second, CPU, GPU, memory, as charts and CSV.

    The port is --port, else MTB_TELEMETRY_PORT, else 8761. What a camera's sensors wrote is told by mtbsync telemetry.

    Example: mtbsync telemetry-ui --root runs --open-browser
    """
    site = Site((_folder(options.root),))
    serve(site, [*machine.routes(), *board.routes(), *review_routes()], report, options.served, TELEMETRY)


def _folder(root: Path) -> Path:
    """The folder of the runs.

    Raises:
        UsageError: it is not there, or cannot be read.
    """
    try:
        next(root.iterdir(), None)
    except OSError as error:
        hint = "Give the folder with the runs, as batch has it in --out-dir: --root DIR. Recordings: --recordings DIR."
        raise UsageError(f"{root} is no folder that can be read: {error.strerror}", hint) from error
    return root
