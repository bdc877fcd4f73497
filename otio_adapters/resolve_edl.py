"""The timeline-marker EDL of DaVinci Resolve, out and in.

It is not a cut list: each marker is an event of one frame, at its place in *timeline* timecode, with one line below it:

    001  001      V     C        01:00:04:49 01:00:04:50 01:00:04:49 01:00:04:50  <- two blanks
    note |C:ResolveColorBlue |M:Marker 1 |D:1

The syntax is that of files exported by Resolve (TheAcharya/MarkersExtractor issue 25, SubtitleEdit pull request 13730).
Resolve takes such a file without complaint and shows nothing when start timecode, rate or drop frame differ from those
of the timeline; so these are always known here and named in the recipe.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import opentimelineio as otio

from mtbsync_core.errors import UsageError
from mtbsync_core.markers import COLOURS
from mtbsync_core.timecode import Rate, frames_of, is_drop_label
from otio_adapters.build import KEY, frame_time, rate_metadata, time_range, timeline_marker
from otio_adapters.content import Mark, content_of
from otio_adapters.reading import PLAIN_READ, ReadOptions, counting
from otio_adapters.report import Issue
from otio_adapters.safe_text import ascii_only, one_line, without_astral
from otio_adapters.writing import PLAIN, Grid, WriteOptions, Written, grid_of

MAX_EVENTS = 999
"""Event numbers have three digits."""

_TC = r"(\d{1,2}[:;]\d{2}[:;]\d{2}[:;.,]\d{2,3})"
# Resolve pads; others do not, and Frame.io swaps the columns of channel and edit type.
_EVENT = re.compile(rf"\s*\d+\s+\S+\s+(?:[VABN]\S*\s+C|C\s+[VABN]\S*)\s+{_TC}\s+{_TC}\s+{_TC}\s+{_TC}\s*")
_DIRECTIVES = re.compile(r"(.*?) ?\|C:(?:ResolveColor)?([^|]*?) ?\|M:(.*?) ?\|D:(\d+)\s*")
_EVENT_LIKE = re.compile(r"\d+\s")


@dataclass(frozen=True, slots=True)
class _Event:
    frame: int
    length: int
    colour: str
    name: str
    note: str


def write(timeline: otio.schema.Timeline, how: WriteOptions = PLAIN) -> Written:
    """The timeline's markers, those on its clips among them, as EDLs of at most 999 markers each.

    Raises:
        FormatError: the start timecode does not exist at the rate, or the timeline has no rate.
    """
    grid = grid_of(timeline, how)
    content = content_of(timeline)
    marks, hidden = content.all_marks()
    counts = Counter({"hidden": hidden})
    events = []
    for n, mark in enumerate(marks, 1):
        event = _event(mark, n, grid.rate, how, counts)
        if event.frame < 0:
            counts["before_start"] += 1
        else:
            events.append(event)
    events = _apart(sorted(events, key=lambda event: event.frame), counts)
    counts["after_midnight"] = sum(grid.start + event.frame >= grid.rate.frames_per_day for event in events)
    issues = [*grid.issues, *(Issue(kind, counts[kind], text) for kind, text in _ISSUES.items() if counts[kind])]
    title = _field(how.label or content.name, " ") or "Timeline"
    head = f"TITLE: {title}.markers\nFCM: {'DROP' if grid.rate.drop else 'NON-DROP'} FRAME\n\n"
    parts = [events[i : i + MAX_EVENTS] for i in range(0, len(events), MAX_EVENTS)] or [[]]
    if len(parts) > 1:
        issues.append(Issue("split", len(parts), f"EDLs written, since one numbers {MAX_EVENTS} markers at most"))
    texts = (head + "".join(_lines(n, event, grid) for n, event in enumerate(part, 1)) for part in parts)
    return Written(tuple(texts), len(events), tuple(issues))


def recipe(timeline: otio.schema.Timeline, names: Sequence[str], how: WriteOptions = PLAIN) -> str:
    """How to get the markers into Resolve, and what its timeline must be set to."""
    grid = grid_of(timeline, how)
    return (
        f"In DaVinci Resolve: put the new clip at the very start of a timeline with {grid.setting}. "
        "In the Media Pool right-click that timeline, choose Timelines > Import > Timeline Markers from EDL, and "
        f"take {' and then '.join(names)}. (File > Import > Timeline is another importer and shows no markers.) "
        "When nothing appears, one of rate, drop frame and start timecode differs."
    )


def read(text: str, how: ReadOptions = PLAIN_READ) -> otio.schema.Timeline:
    """A timeline with the markers of an EDL, read as tolerantly as the programs that write them differ.

    Raises:
        UsageError: no rate is given; the file does not say it.
        FormatError: a timecode does not exist at the rate.
    """
    if how.rate is None:
        raise UsageError("a marker EDL does not say its frame rate", "Give it with --fps, for example --fps 29.97.")
    title, says_drop, found = _parse(re.split(r"\r\n|\r|\n", text))
    rate = counting(how.rate, how, says_drop)
    start = frames_of(how.start_timecode, rate) if how.start_timecode else 0
    timeline = otio.schema.Timeline(
        name=title, global_start_time=frame_time(start, rate), metadata={KEY: rate_metadata(rate)}
    )
    for label, name, note, colour, length in found:
        at = frames_of(label, rate) - start
        if at < -rate.frames_per_day // 2:
            at += rate.frames_per_day  # after midnight
        own = {"colour": colour} if colour not in COLOURS else {}
        marked = time_range(at, length, rate)
        timeline.tracks.markers.append(timeline_marker(name, marked, colour, note, own))
    return timeline


_ISSUES = {
    "text_changed": "name or note changed: line breaks, |, emoji or control characters have no place in an EDL",
    "ascii": "name or note in plain ASCII letters, as asked",
    "colour_changed": "colour that Resolve does not have: the nearest is taken",
    "custom_data": "hidden data of the editor not written: an EDL has no place for it",
    "extra_columns": "marker with further columns, which an EDL has no place for: they stay in the marker file",
    "nudged": "marker moved to the next free frame: Resolve keeps one marker per frame",
    "before_start": "marker before the start of the timeline left out",
    "after_midnight": "marker past midnight: its timecode starts again at 00:00:00",
    "hidden": "marker on a part of a clip that the timeline does not show left out",
}


def _event(mark: Mark, n: int, rate: Rate, how: WriteOptions, counts: Counter[str]) -> _Event:
    first, length = mark.frames(rate)
    name = mark.name or f"Marker {n}"  # Resolve refuses a marker without name
    safe_note, safe_name = _field(mark.note, " / "), _field(name, " ") or f"Marker {n}"
    if _EVENT_LIKE.match(safe_note):
        safe_note = f"- {safe_note}"  # a line that begins with a number is taken for an event by some readers
    counts["text_changed"] += (safe_note, safe_name) != (mark.note, name)
    if how.ascii:
        # Letters that fold into a bar would start a directive after all.
        plain_note, plain_name = (ascii_only(text).replace("|", "/") for text in (safe_note, safe_name))
        counts["ascii"] += (plain_note, plain_name) != (safe_note, safe_name)
        safe_note, safe_name = plain_note, plain_name
    counts["colour_changed"] += not mark.colour_exact
    counts["custom_data"] += mark.custom
    counts["extra_columns"] += mark.extra
    return _Event(first, max(1, length), mark.colour, safe_name, safe_note)


def _field(text: str, join: str) -> str:
    """Text that can start no directive and no new line. Resolve 20.3 garbles emoji (seen by OpenFrame)."""
    return one_line(without_astral(text), join=join).replace("|", "/")


def _apart(events: list[_Event], counts: Counter[str]) -> list[_Event]:
    """One event per frame. The first of several stays, and so does every one that has its frame to itself."""
    after = {event.frame: event.frame + 1 for event in events}

    def next_free(frame: int) -> int:
        passed = []
        while frame in after:
            passed.append(frame)
            frame = after[frame]
        after.update(dict.fromkeys(passed, frame))
        return frame

    placed: dict[int, _Event] = {}
    for event in events:
        frame = event.frame
        if frame in placed:
            frame = next_free(frame)
            after[frame] = frame + 1
            counts["nudged"] += 1
        placed[frame] = replace(event, frame=frame)
    return [placed[frame] for frame in sorted(placed)]


def _lines(n: int, event: _Event, grid: Grid) -> str:
    at, to = grid.label(event.frame), grid.label(event.frame + 1)
    return (
        f"{n:03d}  001      V     C        {at} {to} {at} {to}  \n"
        f"{event.note} |C:ResolveColor{event.colour} |M:{event.name} |D:{event.length}\n\n"
    )


def _parse(lines: Iterable[str]) -> tuple[str, bool | None, list[tuple[str, str, str, str, int]]]:
    """Title, whether it is drop frame (None: not said), and label, name, note, colour and length of each marker."""
    title, says_drop = "", None
    found: list[tuple[str, str, str, str, int]] = []
    label: str | None = None
    note: list[str] = []

    def close(colour: str = "", name: str = "", length: int = 1) -> None:
        if label is not None:
            found.append((label, name, "\n".join(note).strip(), colour, max(1, length)))

    for line in lines:
        event = _EVENT.fullmatch(line)
        if event:
            close()  # an event without directives is still a marker
            label, note = event[3], []
            if says_drop is None and is_drop_label(label):
                says_drop = True
        elif label is not None and (match := _DIRECTIVES.fullmatch(line)):
            # Resolve writes notes of several lines raw; the directives end the last one.
            note.append(match[1])
            close(match[2].strip(), match[3], int(match[4]))
            label, note = None, []
        elif label is not None:
            note.append(line)
        elif line.startswith("TITLE:"):
            title = line.removeprefix("TITLE:").strip().removesuffix(".markers")
        elif line.startswith("FCM:"):
            says_drop = "NON" not in line.upper()
    close()
    return title, says_drop, found
