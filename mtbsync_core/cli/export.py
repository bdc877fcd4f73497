"""`mtbsync export-markers`: transferred markers as a file that an editor reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mtbsync_core.cli.options import AsJson, same_file
from mtbsync_core.cli.report import Report
from mtbsync_core.errors import EngineMissingError, UsageError

if TYPE_CHECKING:
    from mtbsync_core.markers import Marker, MovedMarker
    from mtbsync_core.mediainfo import MediaInfo
    from otio_adapters.report import ExportReport


def export_markers(
    ctx: typer.Context,
    markers: Annotated[Path, typer.Argument(metavar="NEW_MARKERS.csv", help="The file of transfer-markers or align.")],
    preset: Annotated[
        Literal["resolve-edl"],
        typer.Option("--preset", help="resolve-edl: timeline markers for DaVinci Resolve."),
    ] = "resolve-edl",
    out: Annotated[
        Path | None,
        typer.Option("--out", help="The file to write; without it, the marker file's name with .edl."),
    ] = None,
    video: Annotated[
        Path | None, typer.Option("--video", help="The new recording, for its frame rate and start timecode.")
    ] = None,
    timewarp_json: Annotated[
        Path | None,
        typer.Option("--timewarp-json", help="The warp of these markers, which names the new recording."),
    ] = None,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Fail (exit 8) and write nothing when something would be lost or assumed."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write transferred markers as a file for your editor.

    Frame rate, start timecode and drop frame are those of the new recording. They come from the .json beside the
    marker file, or from --video, or from --timewarp-json; they are never guessed.

    Example: mtbsync export-markers result/new_markers.csv --preset resolve-edl --out result/new.edl
    """
    report: Report = ctx.obj
    from mtbsync_core.moved_csv import read_moved

    target = out or markers.with_suffix(".edl")
    moved = read_moved(markers)
    media = _recording(report, markers, video, timewarp_json)
    for source in (markers, video, timewarp_json, *(file.path for file in media.files)):
        if source is not None and same_file(target, source):
            raise UsageError(f"{target} is one of the files to read", "Choose another name with --out.")
    done = write_edl(media, moved, target, strict=strict)
    report.data["export"] = done.as_dict()
    report.wrote({"edl" if n == 0 else f"edl_{n + 1}": path for n, path in enumerate(done.files)})
    say_export(report, done, moved)
    for path in done.files:
        report.say(f"wrote {path}")
    report.say(done.recipe)


def write_edl(media: MediaInfo, moved: Sequence[MovedMarker], target: Path, *, strict: bool = False) -> ExportReport:
    """Write the markers that have a place in the new run as Resolve's timeline-marker EDL.

    Raises:
        LossError: with `strict`, when anything would be lost or assumed; then nothing is written.
        EngineMissingError: OpenTimelineIO is not installed.
    """
    try:
        from otio_adapters.build import build_timeline
        from otio_adapters.formats import FORMATS, write_files
    except ImportError as error:
        raise EngineMissingError(
            f"the export needs OpenTimelineIO: {error}",
            "pip install opentimelineio; Intel Macs have it for Python 3.11 and 3.12 only.",
        ) from error
    timeline = build_timeline(media, [_for_editor(m) for m in moved if m.t_new is not None])
    return write_files(FORMATS["resolve-edl"], timeline, target, strict=strict)


def say_export(report: Report, done: ExportReport, moved: Sequence[MovedMarker]) -> None:
    """What the file does not carry."""
    without = sum(m.t_new is None for m in moved)
    if without:
        report.note(f"{without} of {len(moved)} markers have no place in the new run and are not in the export")
    for issue in done.issues:
        report.note(str(issue))


def _for_editor(moved: MovedMarker) -> Marker:
    """The marker on the new clock; one that needs a look says so in its note, where the editor shows it."""
    marker = moved.on_new()
    if not moved.needs_review:
        return marker
    spread = f" ±{moved.t_hi - moved.t_new:.2f} s" if moved.t_hi is not None and moved.t_new is not None else ""
    return replace(marker, comment=f"REVIEW{spread}{': ' if marker.comment else ''}{marker.comment}")


def _recording(report: Report, markers: Path, video: Path | None, timewarp_json: Path | None) -> MediaInfo:
    """The new recording: from `--video`, else the given warp, else the provenance; never over a refused warp.

    Raises:
        RefusedError: the warp was refused.
        UsageError: nothing says which recording it is.
    """
    from mtbsync_core.alignment.result import load_warp
    from mtbsync_core.moved_csv import read_provenance

    origin = read_provenance(markers)
    source = timewarp_json
    if source is None and origin is not None and origin.timewarp is not None and origin.timewarp.is_file():
        source = origin.timewarp
    saved = load_warp(source) if source is not None else None
    if saved is not None:
        saved.usable_warp()
    if video is not None:
        from mtbsync_core.media.probe import probe

        if origin is not None and video.name not in [file.path.name for file in origin.media.files]:
            report.note(f"the markers are of {origin.media.name}; frame rate and timecode come from {video.name}")
        return probe(video, chapters=origin is None or len(origin.media.files) > 1)
    if timewarp_json is not None and saved is not None and saved.media_new is not None:
        return saved.media_new
    if timewarp_json is None and origin is not None:
        return origin.media
    raise UsageError(
        f"nothing says which recording the markers of {markers} are for, so the frame rate is not known",
        "Give the new recording with --video, or the timewarp.json of mtbsync sync with --timewarp-json.",
    )
