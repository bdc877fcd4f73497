"""`mtbsync export-timeline`: the new run in step with the reference, as a timeline that an editor opens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer

from mtbsync_core.alignment.result import load_warp
from mtbsync_core.cli.report import Report
from mtbsync_core.cli.summary import say_exported, say_problems
from mtbsync_core.errors import LossError, UsageError
from mtbsync_core.jobs.nle import nle_engine, not_over
from mtbsync_core.jobs.ref_markers import read_ref_markers
from mtbsync_core.markers import Marker
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.timecode import Rate

with nle_engine():
    from otio_adapters.formats import FORMATS, format_named, write_files
    from otio_adapters.report import Issue
    from otio_adapters.retime import retimed_timeline
    from otio_adapters.writing import WriteOptions

_UNPLACED = "the file does not say which picture is left and which right: both fill the screen until moved by hand"


def export_timeline(
    report: Report,
    timewarp_json: Annotated[
        Path, typer.Option("--timewarp-json", help="The warp of mtbsync sync or align; it names both recordings.")
    ],
    style: Annotated[
        Literal["side-by-side", "stacked", "new-only"],
        typer.Option(
            "--style",
            help="side-by-side: left and right in a picture of double width. stacked: the new run above the "
            "reference. new-only: the new run alone.",
        ),
    ] = "stacked",
    format: Annotated[
        str,
        typer.Option(
            "--format",
            help="One that holds recordings, such as resolve-otio (DaVinci Resolve), premiere, premiere-otio, fcpxml, "
            "or otio (other programs that read OpenTimelineIO).",
        ),
    ] = "resolve-otio",
    out: Annotated[
        Path | None, typer.Option("--out", help="The file to write; without it, NEW_in_step beside the warp.")
    ] = None,
    ref_markers: Annotated[
        Path | None, typer.Option("--ref-markers", help="Markers of the reference, to lie on the timeline.")
    ] = None,
    fps: Annotated[
        str | None, typer.Option("--fps", help="Frames per second of the timeline. Default: those of the reference.")
    ] = None,
    start_timecode: Annotated[
        str | None, typer.Option("--start-timecode", help="Of the timeline. Default: that of the reference.")
    ] = None,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Fail (exit 8) and write nothing when something would be lost or assumed."),
    ] = False,
) -> None:
    """Retime the new run so that it plays in step with the reference, as a timeline for your editor.

    The timeline runs on the clock of the reference. The new run is cut into pieces of constant speed that stay within
    half a frame of the warp; where the runs do not correspond there is nothing. The recordings are not touched.

    Example: mtbsync export-timeline --timewarp-json result/timewarp.json --style stacked --out result/both.otio
    """

    saved = load_warp(timewarp_json)
    warp = saved.usable_warp()
    ref, new = saved.media_ref, saved.media_new
    if ref is None or new is None:
        raise UsageError(
            f"{timewarp_json} does not name the two recordings",
            "Give the timewarp.json that mtbsync sync or align wrote.",
        )
    if saved.verdict == "check":
        report.note("the warp needs a look: " + "; ".join(saved.reasons))
    chosen = format_named(format)
    if not chosen.has_clips:
        able = ", ".join(f.name for f in FORMATS.values() if f.has_clips)
        raise UsageError(f"files of the format {format!r} hold no recordings", f"Formats: {able}.")
    target = out or timewarp_json.with_name(f"{new.path.stem}_in_step{chosen.suffix}")
    not_over(target, (timewarp_json, ref_markers, *(file.path for file in (*ref.files, *new.files))))
    markers = _markers(report, ref_markers, ref)
    rate = None if fps is None else Rate.of(fps).dropping(ref.timecode_rate.drop)
    timeline = retimed_timeline(warp, ref, new, style, markers, rate=rate)
    unplaced = style == "side-by-side" and not chosen.says_place
    if unplaced and strict:
        raise LossError(_UNPLACED, "Nothing was written. Leave out --strict, or take --style stacked.")
    done = write_files(chosen, timeline, target, WriteOptions(start_timecode=start_timecode), strict=strict)
    if unplaced:
        done = replace(done, issues=(*done.issues, Issue("place", 1, _UNPLACED)))
    for issue in done.issues:
        report.note(str(issue))
    say_exported(report, "timeline", done)


def _markers(report: Report, path: Path | None, ref: MediaInfo) -> Sequence[Marker]:

    if path is None:
        return ()
    table = read_ref_markers(path, ref)
    say_problems(report, path, table)
    return table.markers
