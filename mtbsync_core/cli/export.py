"""`mtbsync export-markers`, and `export` as the original has it: markers as a file that an editor reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mtbsync_core.cli.report import Report
from mtbsync_core.cli.summary import say_exported
from mtbsync_core.errors import UsageError
from mtbsync_core.jobs.nle import DEFAULT, for_editor, nle_engine, not_over, read_any, recording_of, say_export
from mtbsync_core.options import option
from mtbsync_core.review.export import noted_in_file
from mtbsync_core.timecode import Rate
from otio_adapters import format_names

if TYPE_CHECKING:
    from mtbsync_core.mediainfo import MediaInfo
    from otio_adapters.presets import Preset

FORMAT_NAMES = ", ".join(format_names())


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceOptions:
    """What both verbs ask of the editor's timeline."""

    video: Path | None = option(None, "--video", "The recording of the markers: its frame rate and start timecode.")
    fps: str | None = option(
        None, "--fps", "Frame rate of the editor's timeline, such as 29.97 or 25, if not the video's."
    )
    reel: str | None = option(None, "--reel", "Reel name in a CMX3600 EDL (001).")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """Markers, the file to make of them, and what is known of the editor's timeline."""

    markers: Path = option(argument="NEW_MARKERS.csv", help="The file of transfer-markers or align.")
    preset: str | None = option(
        None, "--preset", "resolve-edl (the default), another format, or one of your own from ~/.mtbsync/config.toml."
    )
    format: str | None = option(None, "--format", f"A format by name: {FORMAT_NAMES}.")
    out: Path | None = option(
        None, "--out", "The file to write; without it, the marker file's name with the format's suffix."
    )
    timewarp_json: Path | None = option(
        None, "--timewarp-json", "The warp of these markers, which names the new recording."
    )
    sequence: SequenceOptions = field(default_factory=SequenceOptions)
    drop: bool | None = option(None, "--drop/--non-drop", "Drop-frame timecode or not, if not as in the video.")
    start_timecode: str | None = option(
        None,
        "--start-timecode",
        "Where the editor's timeline starts, if not at the video's timecode, as shown there: ; is drop frame.",
    )
    size: str | None = option(None, "--size", "Picture size of the timeline, such as 1920x1080.")
    label: str | None = option(None, "--label", "Name of the sequence in the file, if not that of the video.")
    on: Literal["timeline", "clip", "both"] | None = option(
        None, "--on", "Whose the markers are, where it matters; without it the timeline's."
    )
    fcp_markers: Literal["marker", "chapter", "to-do"] | None = option(
        None, "--fcp-markers", "What Final Cut Pro is to have: markers, chapter markers or to-dos."
    )
    ascii: bool = option(False, "--ascii", "Plain ASCII letters only, for editors that lose accents.")
    strict: bool = option(False, "--strict", "Fail (exit 8) and write nothing when something would be lost or assumed.")


def export_markers(report: Report, o: ExportOptions) -> None:
    """Write markers as a file for your editor.

    Frame rate, start timecode, drop frame and size are those of the recording. They come from the .json beside the
    marker file, or from --video, or from --timewarp-json; an option overrides them; what is assumed is said. What the
    file cannot carry is listed, and how your editor takes it in.

    Example: mtbsync export-markers result/new_markers.csv --preset premiere --out result/new.xml
    """
    with nle_engine():
        from otio_adapters.formats import FORMATS, export
        from otio_adapters.presets import size_of
        from otio_adapters.writing import WriteOptions
    if o.preset is not None and o.format is not None:
        raise UsageError("--preset and --format both name a format", "Leave one of them out.")
    chosen = _chosen(o)
    kind = FORMATS[chosen.format]
    if o.fcp_markers is not None and kind.name != "fcpxml":
        raise UsageError(f"--fcp-markers is for Final Cut Pro, not for {kind.name!r}", "Take --format fcpxml.")
    target = o.out or _beside(o.markers, kind.suffix)
    video, fps = o.sequence.video, o.sequence.fps
    media, known = recording_of(report, o.markers, video, o.timewarp_json, fps, kind)
    moved = noted_in_file(o.markers, read_any(o.markers, media))
    not_over(target, (o.markers, video, o.timewarp_json, *(file.path for file in media.files if known)))
    given = {
        "rate": None if fps is None else _rate(Rate.of(fps), o.drop, media),
        "drop": o.drop,
        "start_timecode": o.start_timecode,
        "size": None if o.size is None else size_of(o.size),
        "reel": o.sequence.reel,
        "label": o.label,
        "ascii": o.ascii or None,
        "fcp_markers": o.fcp_markers,
    }
    how = WriteOptions(**{**chosen.options, **{key: value for key, value in given.items() if value is not None}})
    owner = o.on or chosen.on or "timeline"
    done = export(kind, media, for_editor(moved), target, how, owner=owner, strict=o.strict)
    say_export(report, done, moved)
    say_exported(report, kind.suffix.removeprefix("."), done)


def export(
    report: Report,
    format: Annotated[str, typer.Argument(metavar="FORMAT", help=f"A format by name: {FORMAT_NAMES}.")],
    markers: Annotated[Path, typer.Option("--markers", help="The file of transfer-markers or align.")],
    out: Annotated[Path, typer.Option("--out", help="The file to write.")],
    sequence: SequenceOptions,
) -> None:
    """Write markers as a file for your editor; the older form of export-markers --format.

    Example: mtbsync export edl --markers new_markers.csv --out new.edl --reel 001
    """
    export_markers(report, ExportOptions(markers=markers, format=format, out=out, sequence=sequence))


def _chosen(o: ExportOptions) -> Preset:
    """The preset or format that was named, else the one that the file's suffix stands for, else the EDL of Resolve."""
    from otio_adapters.formats import FORMATS, format_named
    from otio_adapters.presets import Preset, preset_named

    if o.preset is not None:
        return preset_named(o.preset)
    if o.format is not None:
        return Preset(format_named(o.format).name)
    suffix = o.out.suffix.casefold() if o.out is not None else None
    return Preset(next((f.name for f in FORMATS.values() if f.by_suffix and f.suffix == suffix), DEFAULT))


def _beside(markers: Path, suffix: str) -> Path:
    """The marker file's name with another suffix; never that of the description beside it, nor its own."""
    if suffix.casefold() in (".json", markers.suffix.casefold()):
        return markers.with_name(f"{markers.stem}_export{suffix}")
    return markers.with_suffix(suffix)


def _rate(rate: Rate, drop: bool | None, media: MediaInfo) -> Rate:
    return rate.dropping(media.drop) if drop is None else Rate(rate.num, rate.den, drop)
