"""Reference markers out of whatever holds them: a table of people, a file of an editor, a trail pack, chapters or
HiLights of a recording.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mtbsync_core.errors import FormatError, MediaError, UsageError
from mtbsync_core.jobs.foreign_files import is_recording, refuse_foreign
from mtbsync_core.jobs.nle import nle_engine
from mtbsync_core.marker_csv import MarkerTable, NoTimeColumnError, read_markers
from mtbsync_core.marker_times import TimelineClock, half_rate_notes
from mtbsync_core.markers import Marker
from mtbsync_core.media.hilights import read_hilights
from mtbsync_core.media.titled_chapters import read_chapters
from mtbsync_core.media.trail_file import is_trail
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.table import RowProblem
from mtbsync_core.timecode import Rate, cutting_rate, is_drop_label, label_of
from mtbsync_core.trail_pack.contents import trail_markers

if TYPE_CHECKING:
    import opentimelineio as otio

_TABLES = (".csv", ".tsv")
"""Never anything else, so that a plain table needs no OpenTimelineIO."""

HILIGHTS = Path("hilights")
"""In place of a marker file: the HiLight tags of the reference recording itself."""

_KINDS = {"MANL": "by hand", "AIMU": "motion", "AACD": "sound", "FUSE": "motion and sound"}


def read_ref_markers(
    path: Path,
    media: MediaInfo | None,
    *,
    start: str | None = None,
    rate: Rate | None = None,
    drop: bool | None = None,
    format: str | None = None,
    sequence: str | None = None,
) -> MarkerTable:
    """The markers of a recording, in seconds of its clock.

    Args:
        path: a file, or `HILIGHTS`.
        media: the recording; without it frame timecodes cannot be read, and a timeline must have one file at most.
        start: timecode at which the recording sits on the timeline that the file comes from.
        rate: of that timeline, for files that do not say it; else that at which the recording is cut.
        format: its name, where it is not to be told by its content.
        sequence: the name of the timeline, of a file that holds several.

    Raises:
        UsageError: the file is missing, where the recording sits is not known, or the format is none that is read.
        FormatError: the file is damaged, or holds no marker; the recording has no HiLights.
        MediaError: it is a damaged trail pack.
        EngineMissingError: it is a file of an editor, and OpenTimelineIO is not installed.
    """
    if path == HILIGHTS and not path.exists():
        if media is None:
            raise UsageError("hilights are those of a recording, and none is given", "Name the reference recording.")
        return MarkerTable(tuple(hilight_markers(media)), (), ())
    if is_trail(path):
        return MarkerTable(tuple(trail_markers(path)), (), ())
    clock = TimelineClock(start=start, rate=rate, drop=drop)
    if format is None and path.suffix.casefold() in _TABLES:
        return read_markers(path, media=media, clock=clock)
    if format is None and is_recording(path) and (chapters := _chapters(path, media)):
        said = f"{path.name} is a recording: its {len(chapters)} chapters are taken as markers"
        return MarkerTable(tuple(chapters), (RowProblem(0, said, kept=True),), ())
    refuse_foreign(path)
    with nle_engine():
        from otio_adapters.build import KEY
        from otio_adapters.formats import FORMATS, format_named, format_of, load
        from otio_adapters.label_lists import PROBLEMS
        from otio_adapters.of_video import markers_of_video
        from otio_adapters.reading import ReadOptions
    text = load(path)
    kind = format_named(format) if format is not None else format_of(text)
    readable = ", ".join(f.name for f in FORMATS.values() if f.read is not None)
    if kind is not None and kind.read is None:
        raise UsageError(f"files of the format {kind.name!r} are not read", f"Formats: {readable}.")
    if kind is None or kind.read is None:
        return _table(path, text, media, clock, readable)
    if sequence is not None and not kind.has_clips:
        raise UsageError(f"{path} holds one list of markers, and no sequences", "Leave out --sequence.")
    own = cutting_rate(media.timecode_rate) if media is not None else None
    # The sign of the start tells how a timeline counts that does not say it itself.
    base = rate or own
    told = base if base is None or start is None else base.dropping(is_drop_label(start))
    timeline = kind.read(text, ReadOptions(rate=told, drop=drop, sequence=sequence))
    if start is not None and kind.by_timecode:
        _check_start(start, timeline, path)
    found = markers_of_video(timeline, media, start=start)
    if not found.markers:
        reasons = "; ".join(str(issue) for issue in found.issues) or "there is none in it"
        raise FormatError(f"{path} holds no usable marker: {reasons}", "Export the markers of the reference again.")
    problems = tuple(RowProblem(0, str(issue), kept=True) for issue in found.issues)
    problems += tuple(RowProblem(*one) for one in timeline.metadata.get(KEY, {}).get(PROBLEMS, ()))
    if rate is None and own is not None and kind.by_timecode:
        problems += tuple(RowProblem(0, note, kept=True) for note in _half_rate(timeline))
    return MarkerTable(found.markers, problems, ())


def _chapters(path: Path, media: MediaInfo | None) -> list[Marker]:
    """The chapters of a recording: those of a file of the reference on its clock, of another from its beginning."""
    own = next((file for file in media.files if file.path.name == path.name), None) if media is not None else None
    since_s = own.start_s if own is not None else 0.0
    try:
        found = read_chapters(path)
    except MediaError:
        return []
    return [
        replace(chapter, name=chapter.name or f"Chapter {n}", t_s=chapter.t_s + since_s, marker_id=f"C{n:03d}")
        for n, chapter in enumerate(found, 1)
    ]


def _table(path: Path, text: str, media: MediaInfo | None, clock: TimelineClock, readable: str) -> MarkerTable:
    """The markers of a file that is none of an editor: a table, or something else, which is not called one."""
    try:
        return read_markers(path, media=media, clock=clock)
    except NoTimeColumnError as error:
        first = next((line for line in text.splitlines() if line.strip()), "")
        if re.match(r"\s*[{\[<;#]", first) or not re.search(r"[,;\t|]", first):
            raise FormatError(
                f"{path} is neither a table of markers nor a file of an editor that is read here",
                f"A table has a header with name and t_ref. Formats: {readable}.",
            ) from error
        raise


def _check_start(start: str, timeline: otio.schema.Timeline, path: Path) -> None:
    """Where the recording sits is told as the timeline counts.

    Raises:
        FormatError: it is written as drop frame, and the timecodes of the file are not.
    """
    from otio_adapters.build import rate_of

    rate = rate_of(timeline)[0]
    if is_drop_label(start) and not rate.drop:
        raise FormatError(
            f"--ref-start {start} is written as drop frame, and the timecodes of {path.name} count non-drop",
            "Write it as the editor shows it. Where the file is wrong: mtbsync import-markers has --drop.",
        )


def hilight_markers(media: MediaInfo, *, automatic: bool = False) -> list[Marker]:
    """The HiLight tags of a recording as markers.

    Args:
        automatic: also those that the camera set by itself.

    Raises:
        MediaError: a file cannot be read.
        FormatError: there are none.
    """
    tags = read_hilights(media)
    chosen = [tag for tag in tags if tag.manual or automatic]
    if not chosen:
        more = f" that was set by hand ({len(tags)} by the camera itself)" if tags else ""
        hint = 'Tap the shutter button or say "GoPro HiLight" at each place while recording.'
        if tags:
            hint = "mtbsync markers-from-hilights FILE --automatic takes those, too."
        raise FormatError(f"{media.name} holds no HiLight tag{more}", hint)
    markers = []
    for n, tag in enumerate(chosen, start=1):
        kind = _KINDS.get(tag.kind, tag.kind)
        name = f"HiLight {n}" if tag.manual else f"HiLight {n} ({kind})"
        markers.append(Marker(name, tag.t_s, marker_id=f"H{n:03d}", comment=f"GoPro HiLight, {kind}"))
    return markers


def _half_rate(timeline: otio.schema.Timeline) -> list[str]:
    """A note where the markers of a list of timecodes look like those of half the rate."""
    from otio_adapters.build import frames_at, rate_of

    rate = rate_of(timeline)[0]
    since = frames_at(timeline.global_start_time, rate) if timeline.global_start_time is not None else 0
    starts = [marker.marked_range.start_time for marker in timeline.tracks.markers]
    return half_rate_notes([int(label_of(since + frames_at(start, rate), rate)[9:]) for start in starts], rate)
