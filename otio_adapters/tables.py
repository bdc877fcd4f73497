"""Markers as a table (`.csv`) and as data (`.json`), out and in, for programs and spreadsheets.

CSV: `marker,t_s,timecode,frame,duration_s,colour,comment`; UTF-8, commas. `t_s` counts seconds from the start of the
sequence, so that the file also serves as `--ref-markers`. A text that a spreadsheet would run as a formula has an
apostrophe in front, which reading takes away again (`mtbsync_core.table`).

JSON: one object, `{"schema": "mtbsync.markers", "version": 1, "name", "rate": "30000/1001", "drop", "start_timecode",
"markers": [{"t_s", "frame", "timecode", "frames", "name", "note", "colour"}, ...]}`.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from mtbsync_core.errors import FormatError, UsageError
from mtbsync_core.markers import COLOURS
from mtbsync_core.table import guarded, unguarded
from mtbsync_core.timecode import Rate, frames_of
from otio_adapters.build import KEY, frame_time, rate_metadata, time_range, timeline_marker
from otio_adapters.content import Mark, content_of
from otio_adapters.reading import PLAIN_READ, ReadOptions
from otio_adapters.report import Issue
from otio_adapters.safe_text import ascii_only, one_line
from otio_adapters.writing import PLAIN, Grid, WriteOptions, Written, grid_of

SCHEMA, VERSION = "mtbsync.markers", 1
COLUMNS = ("marker", "t_s", "timecode", "frame", "duration_s", "colour", "comment")


def write_csv(timeline: otio.schema.Timeline, how: WriteOptions = PLAIN) -> Written:
    """The markers as a table.

    Raises:
        FormatError: the start timecode does not exist at the rate, or the timeline has no rate.
    """
    grid = grid_of(timeline, how)
    marks, issues = _marks(timeline, grid)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    changed = 0
    for mark in marks:
        first, length = mark.frames(grid.rate)
        name, note = (_text(t, how) for t in (mark.name, mark.note))
        changed += (name, note) != (mark.name, mark.note)
        seconds = (f"{float(grid.rate.to_seconds(n)):.6f}" for n in (first, length))
        row = (guarded(name), next(seconds), grid.label(first), first, next(seconds), mark.colour, guarded(note))
        writer.writerow(row)
    if changed:
        issues.append(
            Issue("text_changed", changed, "name or note changed: line breaks and control characters are out")
        )
    return Written((out.getvalue(),), len(marks), tuple(issues))


def read_csv(text: str, how: ReadOptions = PLAIN_READ) -> otio.schema.Timeline:
    """A timeline with the markers of a table as `write_csv` makes it.

    Raises:
        UsageError: no rate is given.
        FormatError: it is another table, or a number in it is none.
    """
    if how.rate is None:
        raise UsageError("a table does not say its frame rate", "Give it with --fps, for example --fps 29.97.")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    if not rows or tuple(cell.strip() for cell in rows[0][: len(COLUMNS)]) != COLUMNS:
        raise FormatError("the table is none of this program's", f"Its columns are {', '.join(COLUMNS)}.")
    rate = _rate(how.rate, how)
    found = []
    for row in rows[1:]:
        if row:
            cells = [*row, *[""] * len(COLUMNS)]
            first, length = (rate.to_frames(_seconds(cells[i])) for i in (1, 4))
            found.append((first, length, unguarded(cells[0]), unguarded(cells[6]), cells[5]))
    return _timeline("", found, rate, how.start_timecode)


def write_json(timeline: otio.schema.Timeline, how: WriteOptions = PLAIN) -> Written:
    """The markers as data; all texts are kept as they are.

    Raises:
        FormatError: the start timecode does not exist at the rate, or the timeline has no rate.
    """
    grid = grid_of(timeline, how)
    marks, issues = _marks(timeline, grid)
    data = {
        "schema": SCHEMA,
        "version": VERSION,
        "name": how.label or timeline.name or "",
        "rate": str(grid.rate.fps),
        "drop": grid.rate.drop,
        "start_timecode": grid.label(0),
        "markers": [_entry(mark, grid, how) for mark in marks],
    }
    # Escapes, so that no letter of anybody's can damage the file.
    return Written((json.dumps(data, indent=1) + "\n",), len(marks), tuple(issues))


def read_json(text: str, how: ReadOptions = PLAIN_READ) -> otio.schema.Timeline:
    """A timeline with the markers of such a file; it says its rate and start itself.

    Raises:
        FormatError: it is something else, or damaged.
    """
    try:
        data = json.loads(text)
        if data["schema"] != SCHEMA or data["version"] != VERSION:
            raise FormatError(
                f"the file is of version {data['version']}; this program reads {VERSION}", "Update mtbsync."
            )
        rate = _rate(Rate.of(data["rate"], drop=bool(data["drop"])), how)
        found = [
            (int(m["frame"]), int(m["frames"]), str(m["name"]), str(m["note"]), str(m["colour"]))
            for m in data["markers"]
        ]
        return _timeline(str(data["name"]), found, rate, how.start_timecode or data["start_timecode"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise FormatError(f"the file holds no markers of this program: {error}", "Export them again.") from error


def recipe(timeline: otio.schema.Timeline, names: Sequence[str], how: WriteOptions = PLAIN) -> str:
    """What the file is good for."""
    return (
        f"{names[0]}: times are seconds from the first frame, timecodes those of a timeline with "
        f"{grid_of(timeline, how).setting}. It can be given to --ref-markers."
    )


def _marks(timeline: otio.schema.Timeline, grid: Grid) -> tuple[list[Mark], list[Issue]]:
    marks, hidden = content_of(timeline).all_marks()
    shown = [mark for mark in marks if mark.start_s >= 0]
    issues = list(grid.issues)
    for kind, count, text in (
        ("hidden", hidden, "marker on a part of a clip that the timeline does not show left out"),
        ("before_start", len(marks) - len(shown), "marker before the start of the timeline left out"),
        (
            "colour_changed",
            sum(not m.colour_exact for m in shown),
            "colour that Resolve does not have: the nearest is taken",
        ),
        ("custom_data", sum(m.custom for m in shown), "hidden data of the editor not written"),
        ("extra_columns", sum(m.extra for m in shown), "marker with further columns: they stay in the marker file"),
    ):
        if count:
            issues.append(Issue(kind, count, text))
    return shown, issues


def _entry(mark: Mark, grid: Grid, how: WriteOptions) -> dict[str, Any]:
    first, length = mark.frames(grid.rate)
    name, note = (ascii_only(t) if how.ascii else t for t in (mark.name, mark.note))
    return {
        "t_s": round(float(grid.rate.to_seconds(first)), 6),
        "frame": first,
        "timecode": grid.label(first),
        "frames": length,
        "name": name,
        "note": note,
        "colour": mark.colour,
    }


def _text(text: str, how: WriteOptions) -> str:
    line = one_line(text, join=" / ")
    return ascii_only(line) if how.ascii else line


def _seconds(cell: str) -> Fraction:
    try:
        value = float(cell or 0)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise FormatError(f"{cell!r} is no time in seconds", "Write for example 12.345678.")
    return Fraction(value)


def _rate(rate: Rate, how: ReadOptions) -> Rate:
    return rate if how.drop is None else Rate(rate.num, rate.den, how.drop)


def _timeline(
    title: str, found: Iterable[tuple[int, int, str, str, str]], rate: Rate, start: str | None
) -> otio.schema.Timeline:
    begin = frame_time(frames_of(start, rate) if start else 0, rate)
    timeline = otio.schema.Timeline(name=title, global_start_time=begin, metadata={KEY: rate_metadata(rate)})
    for first, length, name, note, colour in found:
        marked = time_range(first, length, rate)
        known = colour if colour in COLOURS else ""
        timeline.tracks.markers.append(timeline_marker(name, marked, known, note, {}))
    return timeline
