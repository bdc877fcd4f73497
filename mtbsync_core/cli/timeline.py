"""`mtbsync export-timeline`: the new run in step with the reference, as a timeline that an editor opens."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from mtbsync_core.alignment.result import load_warp
from mtbsync_core.cli.report import Report
from mtbsync_core.cli.summary import say_exported, say_problems
from mtbsync_core.errors import LossError, UsageError
from mtbsync_core.jobs.nle import nle_engine, not_over
from mtbsync_core.jobs.ref_markers import read_ref_markers
from mtbsync_core.markers import Marker
from mtbsync_core.media.trail_file import is_trail
from mtbsync_core.options import option
from mtbsync_core.timecode import Rate

_UNPLACED = "the file does not say which picture is left and which right: both fill the screen until moved by hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineExport:
    """A warp, and the timeline to make of it."""

    timewarp_json: Path = option(
        flag="--timewarp-json", help="The warp of mtbsync sync or align; it names both recordings."
    )
    style: Literal["side-by-side", "stacked", "new-only"] = option(
        "stacked",
        "--style",
        "side-by-side: left and right in a picture of double width. stacked: the new run above the reference. "
        "new-only: the new run alone.",
    )
    format: str = option(
        "resolve-otio",
        "--format",
        "One that holds recordings, such as resolve-otio (DaVinci Resolve), premiere, premiere-otio, fcpxml, or otio "
        "(other programs that read OpenTimelineIO).",
    )
    retime: Literal["pieces", "key-frames"] = option(
        "pieces",
        "--retime",
        "pieces: clips of constant speed, which every format carries. key-frames: one clip whose speed has key frames, "
        "for premiere, fcpxml and resolve-otio.",
    )
    out: Path | None = option(None, "--out", "The file to write; without it, NEW_in_step beside the warp.")
    ref_markers: Path | None = option(None, "--ref-markers", "Markers of the reference, to lie on the timeline.")
    fps: str | None = option(None, "--fps", "Frames per second of the timeline. Default: those of the reference.")
    start_timecode: str | None = option(
        None, "--start-timecode", "Of the timeline (; is drop frame). Default: that of the reference."
    )
    strict: bool = option(False, "--strict", "Fail (exit 8) and write nothing when something would be lost or assumed.")


def export_timeline(report: Report, o: TimelineExport) -> None:
    """Retime the new run so that it plays in step with the reference, as a timeline for your editor.

    The timeline runs on the clock of the reference. The new run is cut into pieces of constant speed that stay within
    half a frame of the warp; where the runs do not correspond there is nothing. The recordings are not touched.

    Example: mtbsync export-timeline --timewarp-json result/timewarp.json --style stacked --out result/both.otio
    """
    saved = load_warp(o.timewarp_json)
    warp = saved.usable_warp()
    ref, new = saved.media_ref, saved.media_new
    if ref is None or new is None:
        raise UsageError(
            f"{o.timewarp_json} does not name the two recordings",
            "Give the timewarp.json that mtbsync sync or align wrote.",
        )
    if o.style != "new-only" and is_trail(ref.path):
        raise UsageError(
            f"the reference is the trail pack {ref.name}, which has no pictures for a timeline",
            "Take --style new-only.",
        )
    if saved.verdict == "check":
        report.note("the warp needs a look: " + "; ".join(saved.reasons))
    with nle_engine():
        from otio_adapters.formats import FORMATS, format_named, write_files
        from otio_adapters.retime import retimed_timeline
        from otio_adapters.writing import Issue, WriteOptions
    chosen = format_named(o.format)
    if not chosen.has_clips:
        able = ", ".join(f.name for f in FORMATS.values() if f.has_clips)
        raise UsageError(f"files of the format {o.format!r} hold no recordings", f"Formats: {able}.")
    target = o.out or o.timewarp_json.with_name(f"{new.path.stem}_in_step{chosen.suffix}")
    not_over(target, (o.timewarp_json, o.ref_markers, *(file.path for file in (*ref.files, *new.files))))
    markers: tuple[Marker, ...] = ()
    if o.ref_markers is not None:
        table = read_ref_markers(o.ref_markers, ref)
        say_problems(report, o.ref_markers, table)
        markers = table.markers
    rate = None if o.fps is None else Rate.of(o.fps).dropping(ref.timecode_rate.drop)
    if o.retime == "key-frames" and not chosen.key_frames:
        able = ", ".join(f.name for f in FORMATS.values() if f.key_frames)
        raise UsageError(f"the format {chosen.name!r} has no key frames of speed here", f"Formats: {able}.")
    timeline = retimed_timeline(warp, ref, new, o.style, markers, rate=rate, key_frames=o.retime == "key-frames")
    unplaced = o.style == "side-by-side" and not chosen.says_place
    if unplaced and o.strict:
        raise LossError(_UNPLACED, "Nothing was written. Leave out --strict, or take --style stacked.")
    done = write_files(chosen, timeline, target, WriteOptions(start_timecode=o.start_timecode), strict=o.strict)
    if unplaced:
        done = replace(done, issues=(*done.issues, Issue("place", 1, _UNPLACED)))
    for issue in done.issues:
        report.note(str(issue))
    say_exported(report, "timeline", done)
