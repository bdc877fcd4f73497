"""Markers of an editor's timeline as markers of one recording: seconds from its first frame.

Markers on a clip of the recording are its own. Those of the timeline belong to what the recording shows at that
time. A file without clips (a marker EDL) says only where its markers lie on a timeline, so where the recording sits
there has to be known.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

import opentimelineio as otio

from mtbsync_core.errors import FormatError, UsageError
from mtbsync_core.markers import Marker
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.timecode import Rate, frames_of
from otio_adapters.build import KEY, frames_at, rate_of, taken_over
from otio_adapters.by_seconds import COUNTS_FROM
from otio_adapters.content import Content, Mark, Piece, content_of
from otio_adapters.writing import DEFAULT_START, Issue


@dataclass(frozen=True, slots=True)
class Found:
    """Markers in seconds of the recording, in time order, and what had to be assumed or left out."""

    markers: tuple[Marker, ...]
    issues: tuple[Issue, ...]


def markers_of_video(timeline: otio.schema.Timeline, media: MediaInfo | None, *, start: str | None = None) -> Found:
    """The markers that a recording has in a timeline.

    Args:
        media: the recording; without it the timeline must have one file at most.
        start: timecode of the timeline at which the first frame of the recording sits, for files without clips.

    Raises:
        UsageError: the recording is not in the timeline, or its place there cannot be told.
        FormatError: `start` does not exist at the timeline's rate.
    """
    content = content_of(timeline)
    issues: list[Issue] = []
    if content.pieces and start is None:
        pieces, offsets = _pieces_of(content, media, issues)
        marks = _over(content, pieces, offsets, issues)
    else:
        marks = _beside(timeline, content, media, start, issues)
    return Found(tuple(_markers(marks, media, issues)), tuple(issues))


def _pieces_of(
    content: Content, media: MediaInfo | None, issues: list[Issue]
) -> tuple[list[Piece], dict[str, Fraction]]:
    """The clips that show the recording, and where the file of each, by its name, begins on the recording's clock."""
    names = list(dict.fromkeys(piece.media.name for piece in content.pieces))
    files = {file.path.name.casefold(): Fraction(file.start_s) for file in media.files} if media else {}
    if any(name.casefold() in files for name in names):
        own = {name: files[name.casefold()] for name in names if name.casefold() in files}
    elif len(names) == 1:
        own = {names[0]: Fraction(0)}
        if media is not None:
            issues.append(Issue("other_name", 1, f"the timeline shows {names[0]}: taken for {media.path.name}"))
    else:
        raise UsageError(
            f"{media.path.name if media else 'which recording'} is not among the files of the timeline: "
            f"{', '.join(names[:8])}",
            "Give the recording that has the markers with --video.",
        )
    return [piece for piece in content.pieces if piece.media.name in own], own


def _over(content: Content, pieces: list[Piece], offsets: dict[str, Fraction], issues: list[Issue]) -> list[Mark]:
    """Markers of these clips, and of the timeline where it shows them, on the recording's clock."""
    found: dict[tuple[Fraction, str, str], Mark] = {}

    def add(mark: Mark) -> None:
        found.setdefault((mark.start_s, mark.name, mark.note), mark)

    for piece in pieces:
        for mark in piece.marks:
            add(mark.moved(offsets[piece.media.name]))
    missed = 0
    for mark in (*content.marks, *content.gap_marks):
        shown = next((p for p in pieces if p.at_s <= mark.start_s < p.at_s + p.length_s), None)
        if shown is None:
            missed += 1
            continue
        start_s = offsets[shown.media.name] + shown.media_in_s + (mark.start_s - shown.at_s) * shown.speed
        add(replace(mark, start_s=start_s, end_s=start_s + (mark.end_s - mark.start_s) * shown.speed))
    if missed:
        issues.append(Issue("elsewhere", missed, "marker at a place where the timeline does not show the recording"))
    return list(found.values())


def _beside(
    timeline: otio.schema.Timeline, content: Content, media: MediaInfo | None, start: str | None, issues: list[Issue]
) -> list[Mark]:
    """Markers of a timeline that does not say where the recording sits."""
    rate = rate_of(timeline)[0]
    begin = timeline.global_start_time
    # Positions count from the start of the timeline; a file that does not know it counts from midnight.
    since = rate.to_seconds(frames_at(begin, rate)) if begin is not None else Fraction(0)
    marks = [mark.moved(since) for mark in content.all_marks()[0]]
    if start is not None:
        return _since(marks, start, rate)
    if not marks:
        return marks
    counts_from = timeline.metadata.get(KEY, {}).get(COUNTS_FROM)
    if counts_from == "timeline":
        issues.append(Issue("start_assumed", 1, "the recording is taken to begin where the timeline does"))
    if counts_from is not None:
        return marks
    # Half a day at most, so that the way past midnight is the shorter one.
    length_s = Fraction(media.duration_s) if media is not None else Fraction(43200)
    for label, text in _candidates(media, rate):
        there = _since(marks, label, rate)
        if all(0 <= mark.start_s <= length_s for mark in there):
            issues.append(Issue("start_assumed", 1, f"the first frame of the recording is taken to sit at {text}"))
            return there
    raise UsageError(
        "nothing says where the recording sits on the timeline of these markers",
        "Give the timecode of its first frame there with --ref-start, for example --ref-start 01:00:00:00.",
    )


def _since(marks: Iterable[Mark], label: str, rate: Rate) -> list[Mark]:
    """Marks in seconds from a label on; timecodes begin anew at midnight."""
    zero, day_s = frames_of(label, rate), rate.to_seconds(rate.frames_per_day)
    found = []
    for mark in marks:
        after_s = mark.start_s - rate.to_seconds(zero)
        found.append(mark.moved((after_s + day_s / 2) % day_s - day_s / 2 - mark.start_s))
    return found


def _candidates(media: MediaInfo | None, rate: Rate) -> Iterable[tuple[str, str]]:
    own = media.start_timecode if media is not None else None
    if own:
        try:
            frames_of(own, rate)
            yield own, f"{own}, its own start timecode"
        except FormatError:
            pass  # a label that does not exist at the timeline's rate
    yield DEFAULT_START, f"{DEFAULT_START}, where editors start a timeline"
    yield "00:00:00:00", "00:00:00:00"


def _markers(marks: list[Mark], media: MediaInfo | None, issues: list[Issue]) -> Iterable[Marker]:
    end_s = media.duration_s if media is not None else float("inf")
    inside = [mark for mark in marks if 0 <= mark.start_s <= end_s]
    if len(inside) < len(marks):
        issues.append(Issue("outside_video", len(marks) - len(inside), "marker outside the recording left out"))
    for n, mark in enumerate(sorted(inside, key=lambda mark: mark.start_s), 1):
        yield Marker(
            name=mark.name or f"Marker {n}",
            t_s=float(mark.start_s),
            duration_s=float(mark.end_s - mark.start_s),
            colour=mark.colour,
            comment=mark.note,
            marker_id=f"M{n:03d}",
            **taken_over(mark.own),
        )
