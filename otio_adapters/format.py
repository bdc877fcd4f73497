"""What a format says of itself: its names, what it carries, how it is told, what writes and reads it; and its files."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import opentimelineio as otio

from mtbsync_core.errors import LossError
from mtbsync_core.files import write_text
from mtbsync_core.markers import Marker
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.timecode import cutting_rate
from otio_adapters.build import Owner, build_timeline
from otio_adapters.content import content_of
from otio_adapters.reading import ReadOptions
from otio_adapters.writing import PLAIN, ExportReport, Issue, WriteOptions, Written


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One kind of file. All that the command line, presets and the OpenTimelineIO plug-in know of it is here."""

    name: str
    """That of its module in `otio_adapters.formats`, with hyphens."""
    title: str
    """What people choose it by."""
    suffix: str
    adapter: str
    """Its name among OpenTimelineIO's adapters, which nobody else's may have."""
    write: Callable[[otio.schema.Timeline, WriteOptions], Written]
    """Raises FormatError: the start timecode does not exist at the rate, or the timeline has no rate."""
    recipe: Callable[[otio.schema.Timeline, Sequence[str], WriteOptions], str]
    """How an editor takes it in; gets the names of the files that were written."""
    read: Callable[[str, ReadOptions], otio.schema.Timeline] | None = None
    """None where the format holds too little to be read back. Raises FormatError: it is another file, or damaged;
    UsageError: neither the file nor the options say the rate."""
    signature: re.Pattern[str] | None = None
    """Found near the beginning of its files and of no other's; None where it is not told by content."""
    aliases: tuple[str, ...] = ()
    """Other names that the command line takes."""
    by_suffix: bool = False
    """Whether the name of a file to be written, by its suffix alone, asks for this format."""
    newline: str = "\n"
    has_clips: bool = False
    """Whether it holds the recordings, which then have to be known, or markers only."""
    by_timecode: bool = False
    """Whether markers lie by timecode or frame alone, on a timeline of the editor whose rate the file does not say."""
    says_place: bool = False
    """Whether it carries the place of a picture on the screen, or reports that it does not."""
    key_frames: bool = False
    """Whether the speed of a clip in it can have key frames."""
    sound: bool = False
    """Whether clips in it have the sound of their recordings."""
    chapters: bool = False
    """Whether its markers are chapters to who shows it, or can be."""
    loses: str
    """What of a marker or a timeline does not come through, for docs/editors.md."""


def write_files(
    format: Format,
    timeline: otio.schema.Timeline,
    path: Path,
    how: WriteOptions = PLAIN,
    *,
    strict: bool = False,
    known: Sequence[Issue] = (),
) -> ExportReport:
    """Write a timeline to `path`, and what does not fit into one file to `path` with `_2`, `_3`, ... before the suffix.

    Args:
        known: what was lost or assumed before the timeline was made; it counts and is reported too.

    Raises:
        LossError: with `strict`, when anything would be lost or assumed; then nothing is written.
        UsageError: a file cannot be written.
        FormatError: the start timecode does not exist at the rate, or the timeline has no rate.
    """
    done = format.write(timeline, how)
    issues = (*known, *done.issues, *_past_end(timeline))
    if strict and issues:
        raise LossError(
            "the export would not be exact: " + "; ".join(str(issue) for issue in issues),
            "Nothing was written. Leave out --strict to accept this.",
        )
    files = [path, *(path.with_name(f"{path.stem}_{n}{path.suffix}") for n in range(2, len(done.texts) + 1))]
    for file, text in zip(files, done.texts, strict=True):
        write_text(file, text, newline="\r\n" if how.crlf else format.newline)
    recipe = format.recipe(timeline, [file.name for file in files], how)
    return ExportReport(tuple(files), done.markers, issues, recipe)


def export(
    format: Format,
    media: MediaInfo,
    markers: Sequence[Marker],
    target: Path,
    how: WriteOptions = PLAIN,
    *,
    owner: Owner = "timeline",
    strict: bool = False,
) -> ExportReport:
    """Write markers, seconds of the recording's clock, to `target`.

    Raises:
        LossError: with `strict`, when anything would be lost or assumed; then nothing is written.
        UsageError: a file cannot be written.
        FormatError: a start timecode does not exist at its rate.
    """
    issues = _oddities(media)
    if len(media.files) > 1 and not format.has_clips:
        text = f"the recording has {len(media.files)} files: times count through all, one behind the other"
        issues.append(Issue("chapters", len(media.files), text))
    own = media.timecode_rate
    if how.rate is None and format.by_timecode and cutting_rate(own) != own:
        how = replace(how, rate=cutting_rate(own))
        assert how.rate is not None
        fps = f"{float(own.fps):.3f} fps; the file counts {float(how.rate.fps):.3f}, as its timeline must"
        issues.append(Issue("half_rate", 1, f"the video runs at {fps}"))
    timeline = build_timeline(media, markers, owner=owner, on_frames=False)
    return write_files(format, timeline, target, how, strict=strict, known=issues)


def _oddities(media: MediaInfo) -> list[Issue]:
    issues = []
    if media.variable_rate:
        text = "the video has a variable frame rate: markers lie on the grid of its mean rate"
        issues.append(Issue("variable_rate", 1, text))
    if media.drop and not media.timecode_rate.drop:
        # Apple's camera app marks 30 fps files so.
        text = f"the video says drop frame, which {float(media.rate):.3f} fps does not have: counted as non-drop"
        issues.append(Issue("drop_ignored", 1, text))
    return issues


def _past_end(timeline: otio.schema.Timeline) -> tuple[Issue, ...]:
    """Markers where no clip is any more, or behind the end of the file of theirs."""
    content = content_of(timeline)
    end_s = max((piece.at_s + piece.length_s for piece in content.pieces), default=0)
    if not end_s:
        return ()
    count = sum(mark.start_s >= end_s for mark in (*content.marks, *content.gap_marks))
    count += sum(mark.start_s >= piece.media.length_s for piece in content.pieces for mark in piece.marks)
    text = f"marker past the end ({float(end_s):.3f} s): the editor may not show it"
    return (Issue("past_end", count, text),) if count else ()
