"""`mtbsync transfer-markers` and its older name `transfer`: reference markers through a warp."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mtbsync_core.cli.options import AsJson, Label, RefStart, ReviewThreshold, Strict, same_file
from mtbsync_core.cli.report import Report
from mtbsync_core.errors import DoubtfulError, RefusedError, UsageError

if TYPE_CHECKING:
    from mtbsync_core.alignment.result import Alignment, SavedWarp
    from mtbsync_core.marker_csv import MarkerTable
    from mtbsync_core.markers import MovedMarker
    from mtbsync_core.mediainfo import MediaInfo

_MOST_ROWS = 40

TimewarpJson = Annotated[
    Path | None, typer.Option("--timewarp-json", help="The timewarp.json of mtbsync sync (or warp).")
]
WarpNpz = Annotated[Path | None, typer.Option("--warp", help="A warp.npz of mtbsync warp, instead of --timewarp-json.")]
Out = Annotated[Path, typer.Option("--out", help="The marker file to write.")]
VisJson = Annotated[
    bool,
    typer.Option("--vis-json", help="Also put the markers and the straight-line fit into the .json beside it."),
]
PlotOverlay = Annotated[bool, typer.Option("--plot-overlay", help="Also draw the overlay, NAME_overlay.png.")]


def transfer_markers(
    ctx: typer.Context,
    ref_markers: Annotated[
        Path,
        typer.Option(
            "--ref-markers",
            help="Reference markers: a CSV with name and t_ref, a file of your editor, or: hilights.",
        ),
    ],
    timewarp_json: TimewarpJson = None,
    warp: WarpNpz = None,
    ref_start: RefStart = None,
    out: Out = Path("new_markers.csv"),
    review_threshold: ReviewThreshold = 0.6,
    label: Label = None,
    vis_json: VisJson = False,
    plot_overlay: PlotOverlay = False,
    strict: Strict = False,
    as_json: AsJson = False,
) -> None:
    """Carry the markers of the reference over to the new run.

    Every marker comes out, with its new time, the 90 % interval and the confidence. A place that the new run does not
    show has no time and says why (status outside or gap). Times in the file are seconds, MM:SS, HH:MM:SS or timecode.

    Example: mtbsync transfer-markers --ref-markers markers.csv --timewarp-json timewarp.json --out new_markers.csv
    """
    report: Report = ctx.obj
    from mtbsync_core.alignment.result import load_warp
    from mtbsync_core.cli.ref_markers import read_ref_markers
    from mtbsync_core.markers import transfer as carry
    from mtbsync_core.moved_csv import provenance_path

    if (timewarp_json is None) == (warp is None):
        raise UsageError("give one warp", "Either --timewarp-json timewarp.json or --warp warp.npz.")
    source = timewarp_json or warp
    assert source is not None
    sidecar = provenance_path(out)
    if same_file(out, ref_markers):
        raise UsageError(f"{out} holds the reference markers", "Choose another name with --out.")
    saved = load_warp(source)
    try:
        usable = saved.usable_warp()
    except RefusedError:
        from mtbsync_core.cli.job import set_aside
        from mtbsync_core.cli.sync import say_set_aside

        if out.is_file():
            say_set_aside(report, set_aside([out, sidecar, overlay_path(out)]))
        raise
    table = read_ref_markers(ref_markers, saved.media_ref, start=ref_start)
    say_problems(report, ref_markers, table)
    moved = carry(table.markers, usable, review_threshold=review_threshold)
    files = write_markers(
        report, moved, out, saved, source, review_threshold=review_threshold, label=label, vis_json=vis_json
    )
    if plot_overlay:
        from mtbsync_core.cli.viewer import pairs_beside
        from mtbsync_core.overlay import draw_overlay

        files["overlay"] = overlay_path(out)
        draw_overlay(files["overlay"], saved, pairs=pairs_beside(source), moved=moved)
    report.wrote(files)
    say_moved(report, moved, saved.media_new)
    for path in files.values():
        report.say(f"wrote {path}")
    if strict:
        require_sure(saved, moved)


def transfer(
    ctx: typer.Context,
    reference_markers: Annotated[
        Path,
        typer.Option("--reference-markers", help="Reference markers, a CSV with the columns name and t_ref."),
    ],
    warp: WarpNpz = None,
    timewarp_json: TimewarpJson = None,
    ref_start: RefStart = None,
    out: Out = Path("new_markers.csv"),
    review_threshold: ReviewThreshold = 0.6,
    label: Label = None,
    vis_json: VisJson = False,
    plot_overlay: PlotOverlay = False,
    strict: Strict = False,
    as_json: AsJson = False,
) -> None:
    """Carry markers over; the older name of transfer-markers.

    Example: mtbsync transfer --reference-markers markers.csv --warp warp.npz --out new_markers.csv
    """
    transfer_markers(
        ctx,
        ref_markers=reference_markers,
        timewarp_json=timewarp_json,
        warp=warp,
        ref_start=ref_start,
        out=out,
        review_threshold=review_threshold,
        label=label,
        vis_json=vis_json,
        plot_overlay=plot_overlay,
        strict=strict,
        as_json=as_json,
    )


def overlay_path(markers: Path) -> Path:
    """Where the overlay of a marker file goes."""
    return markers.with_name(f"{markers.stem}_overlay.png")


def write_markers(
    report: Report,
    moved: Sequence[MovedMarker],
    out: Path,
    source: SavedWarp | Alignment,
    timewarp: Path,
    *,
    review_threshold: float,
    label: str | None = None,
    vis_json: bool = False,
) -> dict[str, Path]:
    """Write the marker file, and beside it where it comes from, and return both by name."""
    from mtbsync_core.files import write_json
    from mtbsync_core.moved_csv import moved_as_dicts, provenance_path, write_moved, write_provenance

    media = source.media_new
    write_moved(out, moved, label=label, media=media)
    files = {"markers": out}
    rows = moved_as_dicts(moved, media)
    visual = {"params": _straight_line(source), "markers": rows, "label": label} if vis_json else None
    if media is not None:
        files["provenance"] = write_provenance(
            out,
            media=media,
            timewarp=timewarp,
            verdict=source.verdict,
            options={"review_threshold": review_threshold, "label": label},
            visual=visual,
        )
        return files
    report.note("the warp does not say which recording is the new one; export-markers will need --video")
    if visual is not None:
        files["visual"] = provenance_path(out)
        write_json(files["visual"], visual)
    return files


def say_problems(report: Report, path: Path, table: MarkerTable) -> None:
    """The oddities of a marker file, each with its line."""
    report.data["markers_read"] = len(table.markers)
    report.data["lines_skipped"] = table.skipped
    report.data["problems"] = [{"line": p.line, "text": p.text, "kept": p.kept} for p in table.problems]
    for problem in table.problems:
        report.note(f"{path.name}, {problem}{'' if problem.kept else ' (left out)'}")


def say_moved(
    report: Report, moved: Sequence[MovedMarker], media: MediaInfo | None = None, *, table: bool = True
) -> None:
    """The markers as a table (of a long list those that need a look), and their numbers."""
    from mtbsync_core.moved_csv import moved_as_dicts

    counts = {status: sum(m.status == status for m in moved) for status in ("moved", "doubtful", "outside", "gap")}
    review = [m for m in moved if m.needs_review]
    report.data.update(counts=counts, needs_review=len(review), markers=moved_as_dicts(moved, media))
    shown = list(moved) if len(moved) <= _MOST_ROWS else review[:_MOST_ROWS]
    if shown and table:
        columns = ["marker", ">reference", ">new run", ">± 90 %", ">confidence", "status"]
        rows = [marker_row(m) for m in shown]
        if media is not None and len(media.files) > 1:
            columns.append("in file, at")
            rows = [(*row, file_and_clock(media, m)) for row, m in zip(rows, shown, strict=True)]
        report.table("", columns, rows)
    parts = [f"{n} {status}" for status, n in counts.items() if n]
    report.say(f"{len(moved)} markers: {', '.join(parts)}; {len(review)} to look at")


def marker_row(marker: MovedMarker) -> tuple[str, ...]:
    """One line of the table."""
    spread = "" if marker.t_new is None or marker.t_hi is None else f"{marker.t_hi - marker.t_new:.2f}"
    return (
        marker.source.name,
        clock(marker.source.t_s),
        "–" if marker.t_new is None else clock(marker.t_new),
        spread,
        "" if marker.t_new is None else f"{marker.confidence:.0%}",
        marker.status,
    )


def file_and_clock(media: MediaInfo, marker: MovedMarker) -> str:
    """Where a recording of several files shows the marker."""
    if marker.t_new is None:
        return ""
    file, seconds = media.at(marker.t_new)
    return f"{file.path.name} {clock(seconds)}"


def clock(seconds: float) -> str:
    """Minutes and seconds: 83.25 is 1:23.25."""
    hundredths = round(seconds * 100)
    return f"{hundredths // 6000}:{hundredths % 6000 / 100:05.2f}"


def require_sure(source: SavedWarp | Alignment, moved: Sequence[MovedMarker]) -> None:
    """What `--strict` asks for.

    Raises:
        DoubtfulError: the verdict is `check`, or a marker needs a look.
    """
    review = sum(m.needs_review for m in moved)
    doubts = [f"{review} of {len(moved)} markers need a look"] if review else []
    if source.verdict == "check":
        doubts.insert(0, "the alignment needs a look: " + "; ".join(source.reasons))
    if doubts:
        raise DoubtfulError("; ".join(doubts), "The files are written; leave out --strict to accept them.")


def _straight_line(source: SavedWarp | Alignment) -> dict[str, float] | None:
    """The best straight line t_ref = a * t_new + b, as users of the original know it."""
    import numpy as np

    if source.warp is None:
        return None
    a, b = np.polyfit(source.warp.new_s, source.warp.ref_s, 1)
    return {"a": float(a), "b": float(b)}
