"""`mtbsync viewer`: the overlay as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mtbsync_core.cli.options import AsJson, ReviewThreshold
from mtbsync_core.cli.report import Report
from mtbsync_core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mtbsync_core.alignment.pairs import TimePairs
    from mtbsync_core.alignment.result import SavedWarp
    from mtbsync_core.markers import MovedMarker


def viewer(
    ctx: typer.Context,
    timewarp_json: Annotated[Path, typer.Option("--timewarp-json", help="The timewarp.json of mtbsync sync.")],
    out_png: Annotated[Path, typer.Option("--out-png", help="The picture to write.")] = Path("overlay.png"),
    headless: Annotated[bool, typer.Option("--headless", help="Write the picture and open no window.")] = False,
    ref_markers: Annotated[
        Path | None, typer.Option("--ref-markers", help="Reference markers, carried over for the picture.")
    ] = None,
    new_markers: Annotated[
        Path | None, typer.Option("--new-markers", help="Transferred markers, instead of --ref-markers.")
    ] = None,
    pairs: Annotated[
        Path | None, typer.Option("--pairs", help="The time pairs; without it, pairs.csv beside the warp.")
    ] = None,
    review_threshold: ReviewThreshold = 0.6,
    as_json: AsJson = False,
) -> None:
    """Draw how the two runs fit: the map, time lost and gained with its 90 % band, the residuals, the markers.

    Example: mtbsync viewer --headless --timewarp-json result/timewarp.json --ref-markers markers.csv --out-png fit.png
    """
    report: Report = ctx.obj
    if not headless:
        raise UsageError("the window comes with the web app, which is not there yet", "Use --headless with --out-png.")
    if out_png.suffix.lower() != ".png":
        raise UsageError(f"{out_png.name} is not called .png", "Name the picture NAME.png with --out-png.")
    from mtbsync_core.alignment.pairs import read_pairs
    from mtbsync_core.alignment.result import load_warp
    from mtbsync_core.overlay import draw_overlay

    saved = load_warp(timewarp_json)
    shown = read_pairs(pairs) if pairs is not None else pairs_beside(timewarp_json)
    moved = _markers(report, saved, ref_markers, new_markers, review_threshold)
    draw_overlay(out_png, saved, pairs=shown, moved=moved)
    report.data.update(verdict=saved.verdict, markers=len(moved))
    report.wrote({"overlay": out_png})
    report.say(f"wrote {out_png}")


def pairs_beside(warp: Path) -> TimePairs | None:
    """The pairs that sync wrote beside a warp, where there are any."""
    from mtbsync_core.alignment.pairs import read_pairs

    path = warp.parent / "pairs.csv"
    return read_pairs(path) if path.is_file() else None


def _markers(
    report: Report,
    saved: SavedWarp,
    ref_markers: Path | None,
    new_markers: Path | None,
    review_threshold: float,
) -> Sequence[MovedMarker]:
    from mtbsync_core.cli.ref_markers import read_ref_markers
    from mtbsync_core.cli.transfer import say_problems
    from mtbsync_core.markers import transfer
    from mtbsync_core.moved_csv import read_moved

    if new_markers is not None:
        return read_moved(new_markers)
    if ref_markers is None:
        return []
    table = read_ref_markers(ref_markers, saved.media_ref)
    say_problems(report, ref_markers, table)
    if saved.warp is None or saved.verdict == "refused":
        report.note("the alignment was refused, so no marker is carried over")
        return []
    return transfer(table.markers, saved.warp, review_threshold=review_threshold)
