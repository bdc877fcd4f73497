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
from pathlib import Path

import opentimelineio as otio

from mtbsync_core.errors import UsageError
from mtbsync_core.files import write_text as write_file
from mtbsync_core.markers import COLOURS
from mtbsync_core.timecode import Rate, frames_of, is_drop_label, label_of
from otio_adapters.build import (
    KEY,
    colour_of,
    comment_of,
    frame_time,
    frames_at,
    rate_metadata,
    rate_of,
    same_second,
    time_range,
    timeline_marker,
)
from otio_adapters.report import ExportReport, Issue
from otio_adapters.safe_text import ascii_only, one_line, without_astral

MAX_EVENTS = 999
"""Event numbers have three digits."""

DEFAULT_START = "01:00:00:00"
"""Where Resolve starts a timeline unless told otherwise."""

_TC = r"(\d{1,2}[:;]\d{2}[:;]\d{2}[:;.,]\d{2,3})"
# Resolve pads; others do not, and Frame.io swaps the columns of channel and edit type.
_EVENT = re.compile(rf"\s*\d+\s+\S+\s+(?:[VABN]\S*\s+C|C\s+[VABN]\S*)\s+{_TC}\s+{_TC}\s+{_TC}\s+{_TC}\s*")
_DIRECTIVES = re.compile(r"(.*?) ?\|C:(?:ResolveColor)?([^|]*?) ?\|M:(.*?) ?\|D:(\d+)\s*")
_EVENT_LIKE = re.compile(r"\d+\s")


@dataclass(frozen=True, slots=True, kw_only=True)
class EdlOptions:
    """How to write: rate, drop frame and start timecode (those of the timeline when None), letters and line ends."""

    rate: Rate | None = None
    drop: bool | None = None
    start_timecode: str | None = None
    ascii: bool = False
    crlf: bool = False


@dataclass(frozen=True, slots=True)
class _Event:
    frame: int
    length: int
    colour: str
    name: str
    note: str


def options(
    *,
    rate: float | str | None = None,
    drop: bool | None = None,
    start_timecode: str | None = None,
    ascii: bool = False,
    crlf: bool = False,
) -> EdlOptions:
    """`EdlOptions` from plain values, as they come through OpenTimelineIO's adapter interface."""
    exact = None if rate is None else Rate.of(rate, drop=bool(drop))
    return EdlOptions(rate=exact, drop=drop, start_timecode=start_timecode, ascii=ascii, crlf=crlf)


def write_files(timeline: otio.schema.Timeline, path: Path, how: EdlOptions = EdlOptions()) -> ExportReport:
    """Write the timeline's markers to `path`, and past 999 to `path` with `_2`, `_3`, ... before the suffix.

    Raises:
        UsageError: a file cannot be written.
        FormatError: the start timecode does not exist at the rate, or the timeline has no rate.
    """
    texts, written, issues = _texts(timeline, how)
    files = [path, *(path.with_name(f"{path.stem}_{n}{path.suffix}") for n in range(2, len(texts) + 1))]
    for file, text in zip(files, texts, strict=True):
        write_file(file, text, newline="\r\n" if how.crlf else "\n")
    return ExportReport(tuple(files), written, tuple(issues), recipe(timeline, files, how))


def write_text(timeline: otio.schema.Timeline, how: EdlOptions = EdlOptions()) -> str:
    """The timeline's markers as the text of one EDL.

    Raises:
        UsageError: there are more markers than one EDL can number.
        FormatError: as `write_files`.
    """
    texts, written, _ = _texts(timeline, how)
    if len(texts) > 1:
        raise UsageError(f"{written} markers do not fit into one EDL of {MAX_EVENTS}", "Write to files instead.")
    return texts[0].replace("\n", "\r\n") if how.crlf else texts[0]


def recipe(timeline: otio.schema.Timeline, files: Sequence[Path], how: EdlOptions) -> str:
    """How to get the markers into Resolve, and what its timeline must be set to."""
    rate, start, _ = _grid(timeline, how)
    names = " and then ".join(file.name for file in files)
    fps = f"{float(rate.fps):.3f}".rstrip("0").rstrip(".")
    return (
        f"In DaVinci Resolve: put the new clip at the very start of a timeline with {fps} fps, "
        f"{'drop frame' if rate.drop else 'non-drop frame'} timecode and start timecode {label_of(start, rate)}. "
        "In the Media Pool right-click that timeline, choose Timelines > Import > Timeline Markers from EDL, and "
        f"take {names}. (File > Import > Timeline is another importer and shows no markers.) "
        "When nothing appears, one of rate, drop frame and start timecode differs."
    )


def read_text(
    text: str,
    *,
    rate: float | str | Rate | None = None,
    drop: bool | None = None,
    start_timecode: str | None = None,
) -> otio.schema.Timeline:
    """A timeline with the markers of an EDL, read as tolerantly as the programs that write them differ.

    Args:
        rate: frames per second of the timeline that the markers come from; the file does not say it.
        drop: overrides the FCM line, and the separators where there is no such line.
        start_timecode: where that timeline starts; without it marker times count from 00:00:00:00.

    Raises:
        UsageError: no rate is given.
        FormatError: a timecode does not exist at the rate.
    """
    if rate is None:
        raise UsageError("a marker EDL does not say its frame rate", "Give rate, for example 29.97.")
    title, says_drop, found = _parse(re.split(r"\r\n|\r|\n", text))
    counting = _counting(rate, drop, says_drop)
    start = frames_of(start_timecode, counting) if start_timecode else 0
    timeline = otio.schema.Timeline(
        name=title, global_start_time=frame_time(start, counting), metadata={KEY: rate_metadata(counting)}
    )
    for label, name, note, colour, length in found:
        at = frames_of(label, counting) - start
        if at < -counting.frames_per_day // 2:
            at += counting.frames_per_day  # after midnight
        own = {"colour": colour} if colour not in COLOURS else {}
        marked = time_range(at, length, counting)
        timeline.tracks.markers.append(timeline_marker(name, marked, colour, note, own))
    return timeline


def _grid(timeline: otio.schema.Timeline, how: EdlOptions) -> tuple[Rate, int, list[Issue]]:
    """The rate and first frame of the labels, and what had to be assumed about them."""
    issues = []
    own, known = rate_of(timeline)
    rate = own if how.rate is None else how.rate
    if how.drop is not None:
        rate = Rate(rate.num, rate.den, how.drop)
    elif how.rate is None and not known:
        issues.append(Issue("drop_assumed", 1, "the timeline does not say drop or non-drop: taken as non-drop"))
    if how.start_timecode is not None:
        return rate, frames_of(how.start_timecode, rate), issues
    if timeline.global_start_time is not None:
        return rate, same_second(frames_at(timeline.global_start_time, own), own, rate), issues
    issues.append(Issue("start_assumed", 1, f"no start timecode is known: {DEFAULT_START}, Resolve's own, is taken"))
    return rate, frames_of(DEFAULT_START, rate), issues


def _texts(timeline: otio.schema.Timeline, how: EdlOptions) -> tuple[list[str], int, list[Issue]]:
    rate, start, issues = _grid(timeline, how)
    counts: Counter[str] = Counter()
    events = []
    for n, marker in enumerate(timeline.tracks.markers, 1):
        event = _event(marker, n, rate, how, counts)
        if event.frame < 0:
            counts["before_start"] += 1
        else:
            events.append(event)
    events = _apart(sorted(events, key=lambda event: event.frame), counts)
    counts["after_midnight"] = sum(start + event.frame >= rate.frames_per_day for event in events)
    others = [item for track in timeline.tracks for item in (track, *track)]
    counts["clip_markers"] = sum(len(item.markers) for item in others if hasattr(item, "markers"))
    issues += [Issue(kind, counts[kind], text) for kind, text in _ISSUES.items() if counts[kind]]
    title = _field(timeline.name, " ") or "Timeline"
    head = f"TITLE: {title}.markers\nFCM: {'DROP' if rate.drop else 'NON-DROP'} FRAME\n\n"
    parts = [events[i : i + MAX_EVENTS] for i in range(0, len(events), MAX_EVENTS)] or [[]]
    if len(parts) > 1:
        issues.append(Issue("split", len(parts), f"EDLs written, since one numbers {MAX_EVENTS} markers at most"))
    texts = [head + "".join(_lines(n, event, start, rate) for n, event in enumerate(part, 1)) for part in parts]
    return texts, len(events), issues


_ISSUES = {
    "text_changed": "name or note changed: line breaks, |, emoji or control characters have no place in an EDL",
    "ascii": "name or note in plain ASCII letters, as asked",
    "colour_changed": "colour that Resolve does not have: the nearest is taken",
    "custom_data": "hidden data of the editor not written: an EDL has no place for it",
    "extra_columns": "marker with further columns, which an EDL has no place for: they stay in the marker file",
    "nudged": "marker moved to the next free frame: Resolve keeps one marker per frame",
    "before_start": "marker before the start of the timeline left out",
    "after_midnight": "marker past midnight: its timecode starts again at 00:00:00",
    "clip_markers": "marker on a clip or track left out: this EDL carries those of the timeline only",
}


def _event(marker: otio.schema.Marker, n: int, rate: Rate, how: EdlOptions, counts: Counter[str]) -> _Event:
    marked = marker.marked_range
    first, end = frames_at(marked.start_time, rate), frames_at(marked.end_time_exclusive(), rate)
    note, name = comment_of(marker), marker.name or f"Marker {n}"  # Resolve refuses a marker without name
    safe_note, safe_name = _field(note, " / "), _field(name, " ") or f"Marker {n}"
    if _EVENT_LIKE.match(safe_note):
        safe_note = f"- {safe_note}"  # a line that begins with a number is taken for an event by some readers
    counts["text_changed"] += (safe_note, safe_name) != (note, name)
    if how.ascii:
        plain_note, plain_name = ascii_only(safe_note), ascii_only(safe_name)
        counts["ascii"] += (plain_note, plain_name) != (safe_note, safe_name)
        safe_note, safe_name = plain_note, plain_name
    own = marker.metadata.get(KEY, {})
    colour, exact = colour_of(marker)
    counts["colour_changed"] += not exact
    counts["custom_data"] += bool(own.get("custom"))
    counts["extra_columns"] += any(own.get("extra", {}).values())
    return _Event(first, max(1, end - first), colour, safe_name, safe_note)


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


def _lines(n: int, event: _Event, start: int, rate: Rate) -> str:
    at, to = label_of(start + event.frame, rate), label_of(start + event.frame + 1, rate)
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


def _counting(rate: float | str | Rate, drop: bool | None, says_drop: bool | None) -> Rate:
    """The rate with the drop flag that counts. Some programs write DROP FRAME at 23.976, where there is none."""
    exact = rate if isinstance(rate, Rate) else Rate.of(rate)
    possible = exact.den == 1001 and exact.nominal % 30 == 0
    dropping = exact.drop or bool(says_drop and possible) if drop is None else drop
    return Rate(exact.num, exact.den, dropping)
