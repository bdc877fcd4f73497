"""What Avid's two files of markers ("locators") share: eight colours, text on one line, record timecode."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import opentimelineio as otio

from mtbsync_core.timecode import Rate, frames_of
from otio_adapters import colours
from otio_adapters.build import KEY, frame_time, rate_metadata, time_range, timeline_marker
from otio_adapters.content import Mark, content_of
from otio_adapters.reading import ReadOptions
from otio_adapters.report import Issue
from otio_adapters.safe_text import ascii_only, one_line, without_astral
from otio_adapters.writing import Grid, WriteOptions

_ISSUES = {
    "text_changed": "name or note changed: line breaks, |, tabs, emoji or control characters have no place in the file",
    "ascii": "name or note in plain ASCII letters, as asked",
    "colour_changed": "colour that Avid does not have: the nearest of its eight is taken",
    "custom_data": "hidden data of the editor not written: the file has no place for it",
    "extra_columns": "marker with further columns, which the file has no place for: they stay in the marker file",
    "before_start": "marker before the start of the timeline left out",
    "after_midnight": "marker past midnight: its timecode starts again at 00:00:00",
    "hidden": "marker on a part of a clip that the timeline does not show left out",
}


@dataclass(frozen=True, slots=True)
class Locator:
    """A marker as these files have it: frames from the start of the sequence, Avid's colour, texts on one line."""

    frame: int
    length: int
    colour: str
    name: str
    note: str


def locators_of(timeline: otio.schema.Timeline, grid: Grid, how: WriteOptions) -> tuple[list[Locator], list[Issue]]:
    """The markers of a timeline, in time order, and what changed."""
    marks, hidden = content_of(timeline).all_marks()
    counts = Counter({"hidden": hidden})
    found = []
    for n, mark in enumerate(marks, 1):
        locator = _locator(mark, n, grid.rate, how, counts)
        if locator.frame < 0:
            counts["before_start"] += 1
            continue
        counts["after_midnight"] += grid.start + locator.frame >= grid.rate.frames_per_day
        found.append(locator)
    issues = [Issue(kind, counts[kind], text) for kind, text in _ISSUES.items() if counts[kind]]
    return found, [*grid.issues, *issues]


def timeline_of(title: str, found: Iterable[tuple[str, Locator]], rate: Rate, how: ReadOptions) -> otio.schema.Timeline:
    """A timeline with these markers, each with the label of its first frame; `frame` of the locators is not looked at.

    Raises:
        FormatError: a label does not exist at the rate.
    """
    start = frames_of(how.start_timecode, rate) if how.start_timecode else 0
    timeline = otio.schema.Timeline(
        name=title, global_start_time=frame_time(start, rate), metadata={KEY: rate_metadata(rate)}
    )
    for label, locator in found:
        at = frames_of(label, rate) - start
        if at < -rate.frames_per_day // 2:
            at += rate.frames_per_day  # after midnight
        colour = colours.RESOLVE_OF_AVID.get(locator.colour.lower(), "")
        marked = time_range(at, locator.length, rate)
        timeline.tracks.markers.append(timeline_marker(locator.name, marked, colour, locator.note, {}))
    return timeline


def _locator(mark: Mark, n: int, rate: Rate, how: WriteOptions, counts: Counter[str]) -> Locator:
    first, length = mark.frames(rate)
    name = mark.name or f"Marker {n}"
    safe_name, safe_note = _field(name, " ") or f"Marker {n}", _field(mark.note, " / ")
    counts["text_changed"] += (safe_name, safe_note) != (name, mark.note)
    if how.ascii:
        plain = ascii_only(safe_name), ascii_only(safe_note)
        counts["ascii"] += plain != (safe_name, safe_note)
        safe_name, safe_note = plain
    colour = colours.AVID_OF.get(mark.colour, "blue")
    counts["colour_changed"] += not mark.colour_exact or colours.RESOLVE_OF_AVID[colour] != mark.colour
    counts["custom_data"] += mark.custom
    counts["extra_columns"] += mark.extra
    return Locator(first, max(1, length), colour, safe_name, safe_note)


def _field(text: str, join: str) -> str:
    return one_line(without_astral(text), join=join).replace("|", "/")
