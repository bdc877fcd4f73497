"""Reference markers out of whatever holds them: a table of people, a file of an editor, or the recording's HiLights."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mtbsync_core.errors import FormatError, UsageError
from mtbsync_core.jobs.nle import nle_engine
from mtbsync_core.marker_csv import MarkerTable, read_markers
from mtbsync_core.markers import Marker
from mtbsync_core.media.hilights import read_hilights
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.table import RowProblem
from mtbsync_core.telemetry.track_file import kind_of_file
from mtbsync_core.timecode import Rate, label_of

if TYPE_CHECKING:
    import opentimelineio as otio

_TABLES = (".csv", ".tsv")
"""Never anything else, so that a plain table needs no OpenTimelineIO."""

HILIGHTS = Path("hilights")
"""In place of a marker file: the HiLight tags of the reference recording itself."""

_HALF = (
    "the file does not say its rate and was read at the recording's {:.2f} fps, but no timecode in it uses the upper "
    "half of these frames: if its timeline runs at {:.2f} fps, say so (align: --timeline-fps, import-markers: --fps), "
    "else the markers are misplaced"
)
_KINDS = {"MANL": "by hand", "AIMU": "motion", "AACD": "sound", "FUSE": "motion and sound"}
_ENOUGH = 5
"""Timecodes from which chance is no likely reason."""


def read_ref_markers(
    path: Path,
    media: MediaInfo | None,
    *,
    start: str | None = None,
    rate: Rate | None = None,
    drop: bool | None = None,
    format: str | None = None,
) -> MarkerTable:
    """The markers of a recording, in seconds of its clock.

    Args:
        path: a file, or `HILIGHTS`.
        media: the recording; without it frame timecodes cannot be read, and a timeline must have one file at most.
        start: timecode at which the recording sits on the timeline that the file comes from.
        rate: of that timeline, for files that do not say it; else that at which the recording is cut.
        format: its name, where it is not to be told by its content.

    Raises:
        UsageError: the file is missing, where the recording sits is not known, or the format is none that is read.
        FormatError: the file is damaged, or holds no marker; the recording has no HiLights.
        EngineMissingError: it is a file of an editor, and OpenTimelineIO is not installed.
    """
    if path == HILIGHTS and not path.exists():
        if media is None:
            raise UsageError("hilights are those of a recording, and none is given", "Name the reference recording.")
        return MarkerTable(tuple(hilight_markers(media)), (), ())
    if format is None and path.suffix.casefold() in _TABLES:
        return read_markers(path, media=media)
    track = kind_of_file(path)
    if track in ("GPX", "TCX", "FIT"):
        raise FormatError(f"{path} is a track ({track})", "mtbsync markers-from-track makes markers of its laps.")
    with nle_engine():
        from otio_adapters.formats import FORMATS, format_named, format_of, load
        from otio_adapters.of_video import markers_of_video
        from otio_adapters.reading import ReadOptions
        from otio_adapters.writing import cutting_rate
    text = load(path)
    kind = format_named(format) if format is not None else format_of(text)
    if format is not None and kind is not None and kind.read is None:
        readable = ", ".join(f.name for f in FORMATS.values() if f.read is not None)
        raise UsageError(f"files of the format {format!r} are not read", f"Formats: {readable}.")
    if kind is None or kind.read is None:
        return read_markers(path, media=media)
    own = cutting_rate(media.timecode_rate) if media is not None else None
    timeline = kind.read(text, ReadOptions(rate=rate or own, drop=drop))
    found = markers_of_video(timeline, media, start=start)
    if not found.markers:
        reasons = "; ".join(str(issue) for issue in found.issues) or "there is none in it"
        raise FormatError(f"{path} holds no usable marker: {reasons}", "Export the markers of the reference again.")
    problems = tuple(RowProblem(0, str(issue), kept=True) for issue in found.issues)
    if rate is None and own is not None and kind.by_timecode and _looks_half(timeline):
        problems += (RowProblem(0, _HALF.format(float(own.fps), float(own.fps) / 2), kept=True),)
    return MarkerTable(found.markers, problems, ())


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


def _looks_half(timeline: otio.schema.Timeline) -> bool:
    """Whether the markers of a list of timecodes look like those of half the rate, such as 29.97 for 59.94."""
    from otio_adapters.build import frames_at, rate_of

    rate = rate_of(timeline)[0]
    since = frames_at(timeline.global_start_time, rate) if timeline.global_start_time is not None else 0
    starts = [marker.marked_range.start_time for marker in timeline.tracks.markers]
    frames = [int(label_of(since + frames_at(start, rate), rate)[9:]) for start in starts]
    return rate.nominal >= 48 and len(frames) >= _ENOUGH and max(frames) < rate.nominal / 2
