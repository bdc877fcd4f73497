"""`mtbsync preview` and `mtbsync compare-ui`: one pair in the browser, to see whether it is right, and correct it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from starlette.routing import Route

from mtbsync_core.alignment.result import load_warp
from mtbsync_core.cli.report import Report
from mtbsync_core.errors import FormatError, UsageError
from mtbsync_core.mediainfo import beside
from mtbsync_core.moved_csv import NoNewTimesError, read_moved, read_provenance
from mtbsync_core.options import option
from mtbsync_core.web import media, pages, review_api
from mtbsync_core.web.serve import COMPARE, DASHBOARD, ServeOptions, UsualPort, serve
from mtbsync_core.web.site import Opened, Site


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedOptions:
    """Where a review is shown, and whether it is saved."""

    served: ServeOptions = field(default_factory=ServeOptions)
    allow_write: bool = option(
        False, "--allow-write", "Let the page save: corrections into the folder of the result, notes, exports."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewOptions(ReviewedOptions):
    """A result, or the files of one."""

    result: Path | None = option(None, argument="RESULT", help="The folder that align or sync made.")
    reference: Path | None = option(
        None, "--reference", "The recording of the reference, if it is not where the result says."
    )
    new: Path | None = option(None, "--new", "The recording of the new run, likewise.")
    markers: Path | None = option(
        None, "--markers", "Markers, of the reference or carried over; without it those of the result."
    )
    warp: Path | None = option(None, "--warp --timewarp-json", "A warp.npz or timewarp.json, instead of RESULT.")


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareOptions(ReviewedOptions):
    """Two recordings, and what is known of them."""

    ref: Path = option(flag="--ref", help="The recording of the reference.")
    new: Path = option(flag="--new", help="The recording of the new run.")
    ref_markers: Path | None = option(None, "--ref-markers", "Markers of the reference.")
    new_markers: Path | None = option(None, "--new-markers", "Markers of the new run, as transfer-markers writes them.")
    timewarp_json: Path | None = option(
        None,
        "--timewarp-json",
        "The map between the two. Without it that in --root, or that of --new-markers; without any, the players are "
        "linked by the moments that you show to match.",
    )
    root: Path | None = option(None, "--root", "The folder of the result, and of what may be saved.")


def preview(report: Report, options: PreviewOptions) -> None:
    """Look at a result in the browser: both videos in step, time delta, markers; correct what is wrong.

    The port is --port, else MTB_DASHBOARD_PORT, else 8760. Nothing is changed without --allow-write.

    Example: mtbsync preview result --open-browser
    """
    warp = options.warp
    if (warp is None) == (options.result is None):
        raise UsageError("give one result", "mtbsync preview RESULT, or --reference R --new N --warp warp.npz.")
    if warp is None and options.result is not None:
        warp = options.result if options.result.is_file() else options.result / "timewarp.json"
    assert warp is not None
    opened = open_files(warp.absolute().parent, warp, options.reference, options.new, *_sides_of(options.markers))
    show(report, opened, options, DASHBOARD)


def compare_ui(report: Report, options: CompareOptions) -> None:
    """Look at two recordings side by side in the browser, linked by their map where there is one.

    The port is --port, else MTB_COMPARE_PORT, else 8762. Nothing is changed without --allow-write.

    Example: mtbsync compare-ui --ref reference.mp4 --new new.mp4 --timewarp-json result/timewarp.json
    """
    warp = options.timewarp_json
    if warp is None and options.root is not None and (options.root / "timewarp.json").is_file():
        warp = options.root / "timewarp.json"
    if warp is None and options.new_markers is not None:
        origin = read_provenance(options.new_markers)
        if origin is not None and origin.timewarp is not None and origin.timewarp.is_file():
            warp = origin.timewarp
    if warp is None:
        report.note("there is no map between the two: show two moments that match, and the players are linked")
    folder = options.root or (warp.parent if warp is not None else Path())
    opened = open_files(folder, warp, options.ref, options.new, options.ref_markers, options.new_markers)
    show(report, opened, options, COMPARE)


def open_files(
    folder: Path,
    warp: Path | None,
    ref: Path | None,
    new: Path | None,
    ref_markers: Path | None,
    new_markers: Path | None,
) -> Opened:
    """The files as a run that can be shown. Recordings that are not named are those of the map.

    Raises:
        UsageError: a file is not there.
        FormatError: the map is damaged.
    """
    for path in (warp, ref, new, ref_markers, new_markers):
        if path is not None and not path.is_file():
            raise UsageError(f"there is no file {path}", "Check the name.")
    saved = load_warp(warp) if warp is not None else None
    folder = folder.absolute()
    return Opened(
        folder.name or "review",
        folder,
        warp,
        ref or (beside(saved.media_ref.path, folder) if saved is not None and saved.media_ref is not None else None),
        new or (beside(saved.media_new.path, folder) if saved is not None and saved.media_new is not None else None),
        ref_markers,
        new_markers,
    )


def show(report: Report, opened: Opened, options: ReviewedOptions, usual: UsualPort) -> None:
    """Serve the review of one run."""
    site = Site((opened.folder,), allow_write=options.allow_write, given={opened.run: opened})
    path = f"/review?{urlencode({'run': opened.run})}"
    serve(site, routes(), report, options.served, usual, path)


def routes() -> list[Route]:
    """All that a review needs."""
    return [*review_api.routes(), *media.routes(), *pages.routes()]


def _sides_of(markers: Path | None) -> tuple[Path | None, Path | None]:
    """A marker file as that of the reference or that of the new run, by whether it has new times."""
    if markers is None or not markers.is_file():
        return markers, None
    try:
        read_moved(markers)
    except (NoNewTimesError, FormatError):
        return markers, None
    return None, markers
