"""What Avid's two files of markers ("locators") share: eight colours, texts made fit, record timecode."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import opentimelineio as otio

from mtbsync_core.timecode import Rate, frames_of
from otio_adapters import colours
from otio_adapters.build import KEY, frame_time, rate_metadata, time_range, timeline_marker
from otio_adapters.content import Mark, content_of
from otio_adapters.marker_text import texts_of
from otio_adapters.reading import ReadOptions
from otio_adapters.report import Issue
from otio_adapters.writing import Grid, WriteOptions

_ISSUES = {
    "text_changed": "name or note changed: the file has no place for some of its line breaks, signs or emoji",
    "ascii": "name or note in plain ASCII letters, as asked",
    "colour_changed": "colour that Avid does not have: the nearest of its eight is taken",
    "custom_data": "hidden data of the editor not written: the file has no place for it",
    "extra_columns": "marker with further columns, which the file has no place for: they stay in the marker file",
    "before_start": "marker before the start of the timeline left out",
    "after_midnight": "marker past midnight: its timecode starts again at 00:00:00",
    "hidden": "marker on a part of a clip that the timeline does not show left out",
    "frame_digits": "timecodes have three digits of frames, which few editors take: half the rate has two",
}


@dataclass(frozen=True, slots=True)
class Locator:
    """A marker as these files have it: frames from the start of the sequence, Avid's colour, texts made fit."""

    frame: int
    length: int
    colour: str
    name: str
    note: str


def locators_of(
    timeline: otio.schema.Timeline,
    grid: Grid,
    how: WriteOptions,
    *,
    name: Callable[[str], str],
    note: Callable[[str], str],
) -> tuple[list[Locator], list[Issue]]:
    """The markers of a timeline, in time order, with texts that `name` and `note` make fit, and what changed."""
    marks, hidden = content_of(timeline).all_marks()
    counts = Counter({"hidden": hidden, "frame_digits": int(grid.rate.nominal > 100)})
    found = []
    for n, mark in enumerate(marks, 1):
        first, length = mark.frames(grid.rate)
        if first < 0:
            counts["before_start"] += 1
            continue
        colour, exact = _nearest(mark)
        counts["colour_changed"] += not exact
        counts["custom_data"] += mark.custom
        counts["extra_columns"] += mark.extra
        counts["after_midnight"] += grid.start + first >= grid.rate.frames_per_day
        fit_name, fit_note = texts_of(mark, how, counts, name, note)
        found.append(Locator(first, max(1, length), colour, fit_name or f"Marker {n}", fit_note))
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


def _nearest(mark: Mark) -> tuple[str, bool]:
    """Avid's colour for a marker, and whether it is the one meant."""
    colour = colours.AVID_OF.get(mark.colour, "blue")
    # OpenTimelineIO's black and white have no twin in Resolve; here they have.
    meant = mark.colour_exact or colour in ("black", "white")
    return colour, meant and colours.RESOLVE_OF_AVID[colour] == mark.colour
