"""Markers as a table (`.csv`) and as data (`.json`), out and in, for programs and spreadsheets.

CSV: `marker,t_s,timecode,frame,duration_s,colour,comment`; UTF-8, commas. `t_s` counts seconds from the start of the
sequence, so that the file also serves as `--ref-markers`. A text that a spreadsheet would run as a formula has an
apostrophe in front, which reading takes away again (`mtbsync_core.table`). What a spreadsheet of any country saves of
such a table is read too: other order, semicolons or tabs, decimal commas.

JSON: one object, `{"schema": "mtbsync.timeline-markers", "version": 1, "name", "rate": "30000/1001", "drop",
"start_timecode", "markers": [{"t_s", "frame", "timecode", "frames", "name", "note", "colour"}, ...]}`. Letters beyond
ASCII are JSON escapes. (`mtbsync.markers` is the description beside a marker file, `mtbsync_core.moved_csv`.)
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from mtbsync_core.errors import FormatError, UsageError
from mtbsync_core.markers import COLOURS
from mtbsync_core.table import column_key, guarded, parse_number, unguarded
from mtbsync_core.timecode import Rate, frames_of, is_drop_label, label_of
from otio_adapters.build import KEY, frame_time, rate_metadata, time_range, timeline_marker
from otio_adapters.content import Mark, content_of
from otio_adapters.marker_text import texts_of
from otio_adapters.reading import PLAIN_READ, ReadOptions, counting
from otio_adapters.report import Issue
from otio_adapters.safe_text import one_line
from otio_adapters.writing import PLAIN, Grid, WriteOptions, Written, grid_of

SCHEMA, VERSION = "mtbsync.timeline-markers", 1
COLUMNS = ("marker", "t_s", "timecode", "frame", "duration_s", "colour", "comment")


_TEXT_ISSUES = {
    "text_changed": "name or note changed: line breaks and control characters are out",
    "ascii": "name or note in plain ASCII letters, as asked",
}


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
    counts: Counter[str] = Counter()
    for mark in marks:
        first, length = mark.frames(grid.rate)
        name, note = texts_of(mark, how, counts, one_line, lambda text: one_line(text, join=" / "))
        seconds = (f"{float(grid.rate.to_seconds(n)):.6f}" for n in (first, length))
        row = (guarded(name), next(seconds), grid.label(first), first, next(seconds), mark.colour, guarded(note))
        writer.writerow(row)
    issues += [Issue(kind, counts[kind], text) for kind, text in _TEXT_ISSUES.items() if counts[kind]]
    return Written((out.getvalue(),), len(marks), tuple(issues))


def read_csv(text: str, how: ReadOptions = PLAIN_READ) -> otio.schema.Timeline:
    """A timeline with the markers of a table as `write_csv` makes it, also after a spreadsheet has saved it.

    Where nobody says the start timecode, time and timecode of the first row do.

    Raises:
        UsageError: no rate is given.
        FormatError: it is another table, or a number in it is none.
    """
    if how.rate is None:
        raise UsageError("a table does not say its frame rate", "Give it with --fps, for example --fps 29.97.")
    rows, decimal_comma = _rows(text.removeprefix("\ufeff"))
    rate = counting(how.rate, how, any(is_drop_label(row["timecode"]) for row in rows) or None)
    found = []
    for row in rows:
        first, length = (rate.to_frames(_seconds(row[key], decimal_comma)) for key in ("t_s", "duration_s"))
        found.append((first, length, unguarded(row["marker"]), unguarded(row["comment"]), row["colour"].strip()))
    start = how.start_timecode
    if start is None and rows and rows[0]["timecode"].strip():
        start = label_of(frames_of(rows[0]["timecode"], rate) - found[0][0], rate)
    return _timeline("", found, rate, start)


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
        "markers": [_entry(mark, grid) for mark in marks],
    }
    # Escapes, so that no letter of anybody's can damage the file; `how.ascii` has nothing left to do.
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


def _entry(mark: Mark, grid: Grid) -> dict[str, Any]:
    first, length = mark.frames(grid.rate)
    return {
        "t_s": round(float(grid.rate.to_seconds(first)), 6),
        "frame": first,
        "timecode": grid.label(first),
        "frames": length,
        "name": mark.name,
        "note": mark.note,
        "colour": mark.colour,
    }


def _rows(text: str) -> tuple[list[dict[str, str]], bool]:
    """The rows by column, and whether numbers have decimal commas.

    Raises:
        FormatError: it is another table.
    """
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    try:
        cells = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(row)]
    except csv.Error as error:
        raise FormatError(f"the table is damaged: {error}") from error
    keys = [column_key(cell) for cell in cells[0]] if cells else []
    if not set(COLUMNS) <= set(keys):
        raise FormatError("the table is none of this program's", f"Its columns are {', '.join(COLUMNS)}.")
    rows = [dict.fromkeys(COLUMNS, "") | dict(zip(keys, row, strict=False)) for row in cells[1:]]
    return rows, delimiter != "," and any("," in row["t_s"] for row in rows)


def _seconds(cell: str, decimal_comma: bool) -> Fraction:
    try:
        value = parse_number(cell, decimal_comma=decimal_comma) if cell.strip() else 0.0
    except FormatError:
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
