"""Markers as a table, out and in, for programs and spreadsheets.

`marker,t_s,timecode,frame,duration_s,colour,comment`; UTF-8, commas. `t_s` counts seconds from the start of the
sequence, so that the file also serves as `--ref-markers`. Where markers were carried over, `status`, `needs_review`,
`margin_s` and `confidence` follow. A text that a spreadsheet would run as a formula has an apostrophe in front, which
reading takes away again (`mtbsync_core.table`). What a spreadsheet of any country saves of such a table is read too:
other order, semicolons or tabs, decimal commas.
"""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import opentimelineio as otio

from mtbsync_core.errors import FormatError
from mtbsync_core.markers import COLOURS, Marker
from mtbsync_core.table import cell, column_key, parse_number, unguarded
from mtbsync_core.timecode import frames_of, is_drop_label, label_of
from otio_adapters.build import LASTING, marker_on, taken_over
from otio_adapters.content import content_of
from otio_adapters.fitting import MARKS, fit_marks, issues_of
from otio_adapters.format import Format
from otio_adapters.reading import PLAIN_READ, ReadOptions, counting, known_rate, timeline_of
from otio_adapters.safe_text import one_line
from otio_adapters.writing import PLAIN, WriteOptions, Written, grid_of

COLUMNS = ("marker", "t_s", "timecode", "frame", "duration_s", "colour", "comment")


def write(timeline: otio.schema.Timeline, how: WriteOptions = PLAIN) -> Written:
    """The markers as a table."""
    grid = grid_of(timeline, how)
    counts: Counter[str] = Counter()
    marks = fit_marks(
        content_of(timeline),
        how,
        counts,
        one_line,
        lambda text: one_line(text, join=" / "),
        grid=grid,
        word=None,
        numbered=False,
    )
    lasting = [taken_over(mark.own) for mark in marks]
    further = tuple(key for key in LASTING if any(key in fields for fields in lasting))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS + further)
    for mark, fields in zip(marks, lasting, strict=True):
        first, length = mark.frames(grid.rate)
        t_s, duration_s = (cell(float(grid.rate.to_seconds(n))) for n in (first, length))
        row = cell(mark.name), t_s, grid.label(first), first, duration_s, mark.colour, cell(mark.note)
        writer.writerow((*row, *(cell(fields.get(key)) for key in further)))
    return Written((out.getvalue(),), len(marks), issues_of(counts, MARKS, grid))


def recipe(timeline: otio.schema.Timeline, names: Sequence[str], how: WriteOptions = PLAIN) -> str:
    """What the file is good for."""
    return (
        f"{names[0]}: times are seconds from the first frame, timecodes those of a timeline with "
        f"{grid_of(timeline, how).setting}. It can be given to --ref-markers."
    )


def read(text: str, how: ReadOptions = PLAIN_READ) -> otio.schema.Timeline:
    """A timeline with the markers of a table as `write` makes it, also after a spreadsheet has saved it.

    Where nobody says the start timecode, time and timecode of the first row do.
    """
    rate = known_rate(how.rate, "a table")
    rows, decimal_comma = _rows(text.removeprefix("\ufeff"))
    rate = counting(rate, how, any(is_drop_label(row["timecode"]) for row in rows) or None)
    markers = [
        Marker(
            unguarded(row["marker"]),
            _number(row["t_s"], decimal_comma),
            _number(row["duration_s"], decimal_comma),
            colour if (colour := row["colour"].strip()) in COLOURS else "",
            unguarded(row["comment"]),
            **_lasting(row, decimal_comma),
        )
        for row in rows
    ]
    start = how.start_timecode
    if start is None and rows and rows[0]["timecode"].strip():
        start = label_of(frames_of(rows[0]["timecode"], rate) - rate.to_frames(markers[0].t_s), rate)
    return timeline_of("", rate, start, (marker_on(rate, marker) for marker in markers))


def _rows(text: str) -> tuple[list[dict[str, str]], bool]:
    """The rows by column, and whether numbers have decimal commas."""
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    try:
        cells = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(row)]
    except csv.Error as error:
        raise FormatError(f"the table is damaged: {error}") from error
    keys = list(map(column_key, cells[0])) if cells else []
    if not set(COLUMNS) <= set(keys):
        raise FormatError("the table is none of this program's", f"Its columns are {', '.join(COLUMNS)}.")
    rows = [dict.fromkeys(COLUMNS, "") | dict(zip(keys, row, strict=False)) for row in cells[1:]]
    return rows, delimiter != "," and any("," in row["t_s"] for row in rows)


def _lasting(row: Mapping[str, str], decimal_comma: bool) -> dict[str, Any]:
    """The fields of a marker that not every table has."""
    read: dict[type, Callable[[str], Any]] = {
        bool: lambda said: said.casefold() == "true",
        float: lambda said: _number(said, decimal_comma),
        str: str,
    }
    cells = {key: said for key in LASTING if (said := unguarded(row.get(key, "").strip()))}
    return {key: read[LASTING[key]](said) for key, said in cells.items()}


def _number(said: str, decimal_comma: bool) -> float:
    try:
        value = parse_number(said, decimal_comma=decimal_comma) if said.strip() else 0.0
    except FormatError:
        value = math.nan
    if not math.isfinite(value):
        raise FormatError(f"{said!r} is no number", "Write for example 12.345678.")
    return value


FORMAT = Format(
    name="csv",
    title="Table (CSV)",
    suffix=".csv",
    adapter="mtbsync_markers_csv",
    write=write,
    recipe=recipe,
    read=read,
    by_suffix=True,
    loses="hidden data of an editor, columns that mean nothing here",
)
