"""`mtbsync export-markers`, and `export` as the original has it: markers as a file that an editor reads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from mtbsync_core.cli.report import Report
from mtbsync_core.cli.summary import say_exported
from mtbsync_core.errors import UsageError
from mtbsync_core.jobs.nle import DEFAULT, for_editor, nle_engine, not_over, read_any, recording_of, say_export
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.timecode import Rate
from otio_adapters import format_names

with nle_engine():
    from otio_adapters.export import export as write_export
    from otio_adapters.formats import FORMATS, format_named
    from otio_adapters.presets import Preset, preset_named, size_of
    from otio_adapters.writing import WriteOptions

FORMAT_NAMES = ", ".join(format_names())

Video = Annotated[
    Path | None, typer.Option("--video", help="The recording of the markers: its frame rate and start timecode.")
]
TimewarpJson = Annotated[
    Path | None,
    typer.Option("--timewarp-json", help="The warp of these markers, which names the new recording."),
]
ExportFps = Annotated[
    str | None,
    typer.Option("--fps", help="Frame rate of the editor's timeline, such as 29.97 or 25, if not the video's."),
]
Drop = Annotated[
    bool | None, typer.Option("--drop/--non-drop", help="Drop-frame timecode or not, if not as in the video.")
]
StartTimecode = Annotated[
    str | None,
    typer.Option("--start-timecode", help="Where the editor's timeline starts, if not at the video's timecode."),
]
Size = Annotated[str | None, typer.Option("--size", help="Picture size of the timeline, such as 1920x1080.")]
Reel = Annotated[str | None, typer.Option("--reel", help="Reel name in a CMX3600 EDL (001).")]
SequenceLabel = Annotated[
    str | None, typer.Option("--label", help="Name of the sequence in the file, if not that of the video.")
]
On = Annotated[
    Literal["timeline", "clip", "both"] | None,
    typer.Option("--on", help="Whose the markers are, where it matters; without it the timeline's."),
]
Ascii = Annotated[bool, typer.Option("--ascii", help="Plain ASCII letters only, for editors that lose accents.")]
StrictLoss = Annotated[
    bool,
    typer.Option("--strict", help="Fail (exit 8) and write nothing when something would be lost or assumed."),
]


def export_markers(
    report: Report,
    markers: Annotated[Path, typer.Argument(metavar="NEW_MARKERS.csv", help="The file of transfer-markers or align.")],
    preset: Annotated[
        str | None,
        typer.Option(
            "--preset",
            help="resolve-edl (the default), another format, or one of your own from ~/.mtbsync/config.toml.",
        ),
    ] = None,
    format: Annotated[str | None, typer.Option("--format", help=f"A format by name: {FORMAT_NAMES}.")] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="The file to write; without it, the marker file's name with the format's suffix."),
    ] = None,
    video: Video = None,
    timewarp_json: TimewarpJson = None,
    fps: ExportFps = None,
    drop: Drop = None,
    start_timecode: StartTimecode = None,
    size: Size = None,
    reel: Reel = None,
    label: SequenceLabel = None,
    on: On = None,
    ascii: Ascii = False,
    strict: StrictLoss = False,
) -> None:
    """Write markers as a file for your editor.

    Frame rate, start timecode, drop frame and size are those of the recording. They come from the .json beside the
    marker file, or from --video, or from --timewarp-json; an option overrides them; what is assumed is said. What the
    file cannot carry is listed, and how your editor takes it in.

    Example: mtbsync export-markers result/new_markers.csv --preset premiere --out result/new.xml
    """
    if preset is not None and format is not None:
        raise UsageError("--preset and --format both name a format", "Leave one of them out.")
    chosen = _chosen(preset, format, out)
    kind = FORMATS[chosen.format]
    target = out or _beside(markers, kind.suffix)
    media, known = recording_of(report, markers, video, timewarp_json, fps, kind)
    moved = read_any(markers, media)
    not_over(target, (markers, video, timewarp_json, *(file.path for file in media.files if known)))
    given = {
        "rate": _rate(fps, drop, media),
        "drop": drop,
        "start_timecode": start_timecode,
        "size": None if size is None else size_of(size),
        "reel": reel,
        "label": label,
        "ascii": ascii or None,
    }
    how = WriteOptions(**{**chosen.options, **{key: value for key, value in given.items() if value is not None}})
    done = write_export(kind, media, for_editor(moved), target, how, owner=on or chosen.on or "timeline", strict=strict)
    say_export(report, done, moved)
    say_exported(report, kind.suffix.removeprefix("."), done)


def export(
    report: Report,
    format: Annotated[str, typer.Argument(metavar="FORMAT", help=f"A format by name: {FORMAT_NAMES}.")],
    markers: Annotated[Path, typer.Option("--markers", help="The file of transfer-markers or align.")],
    out: Annotated[Path, typer.Option("--out", help="The file to write.")],
    reel: Reel = None,
    fps: ExportFps = None,
    video: Video = None,
) -> None:
    """Write markers as a file for your editor; the older form of export-markers --format.

    Example: mtbsync export edl --markers new_markers.csv --out new.edl --reel 001
    """
    export_markers(report, markers, format=format, out=out, reel=reel, fps=fps, video=video)


def _chosen(preset: str | None, format: str | None, out: Path | None) -> Preset:
    """The preset or format that was named, else the one that the file's suffix stands for, else the EDL of Resolve."""

    if preset is not None:
        return preset_named(preset)
    if format is not None:
        return Preset(format_named(format).name)
    suffix = out.suffix.casefold() if out is not None else None
    return Preset(next((f.name for f in FORMATS.values() if f.by_suffix and f.suffix == suffix), DEFAULT))


def _beside(markers: Path, suffix: str) -> Path:
    """The marker file's name with another suffix; never that of the description beside it, nor its own."""
    target = markers.with_suffix(suffix)
    if suffix.casefold() in (".json", markers.suffix.casefold()):
        return markers.with_name(f"{markers.stem}_export{suffix}")
    return target


def _rate(fps: str | None, drop: bool | None, media: MediaInfo) -> Rate | None:

    if fps is None:
        return None
    rate = Rate.of(fps)
    return rate.dropping(bool(media.drop)) if drop is None else Rate(rate.num, rate.den, drop)
