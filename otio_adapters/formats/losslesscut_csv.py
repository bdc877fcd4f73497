"""Segments of LosslessCut as CSV, out and in: a line `start,end,name` for each, in seconds, without a header.

    10.010,12.010,Gate
    60.060,,Berm

Read in mifi/lossless-cut, `parseCsv` and `parseTime` of `src/renderer/src/edlFormats.ts`: each line has three cells, no
more than three digits behind the point are looked at, and an empty end is none. Written are milliseconds.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

import opentimelineio as otio

from otio_adapters.by_seconds import milliseconds, rows_of_seconds, timeline_of_seconds
from otio_adapters.content import content_of
from otio_adapters.fitting import TEXTS, fit_lines, in_one_text, issues_of
from otio_adapters.format import Format
from otio_adapters.reading import PLAIN_READ, ReadOptions
from otio_adapters.writing import PLAIN, WriteOptions, Written

_ISSUES = TEXTS | {
    "text_changed": "name or note changed: the name of a segment has one line",
    "notes": "name and note are one text: the name of the segment",
    "colour": "colour not written: segments have none",
}


def write(timeline: otio.schema.Timeline, how: WriteOptions = PLAIN) -> Written:
    """The markers as segments."""
    counts: Counter[str] = Counter()
    marks = fit_lines(content_of(timeline), how, counts)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for mark in marks:
        end = _seconds(mark.end_s) if mark.end_s > mark.start_s else ""
        writer.writerow((_seconds(mark.start_s), end, in_one_text(mark)))
    return Written((out.getvalue(),), len(marks), issues_of(counts, _ISSUES))


def recipe(timeline: otio.schema.Timeline, names: Sequence[str], how: WriteOptions = PLAIN) -> str:
    """How LosslessCut takes them in."""
    return (
        f"In LosslessCut, with the video open: File > Import project > Times in seconds (CSV), and take {names[0]}. "
        "Times count from the video's first frame."
    )


def read(text: str, how: ReadOptions = PLAIN_READ) -> otio.schema.Timeline:
    """A timeline with the segments of a table; what spreadsheets make of one is read as any table of markers."""
    return timeline_of_seconds(rows_of_seconds(text, ","), how)


def _seconds(seconds: Fraction) -> str:
    return f"{milliseconds(seconds) / 1000:.3f}"


FORMAT = Format(
    name="losslesscut-csv",
    title="LosslessCut: segments (CSV)",
    suffix=".csv",
    adapter="mtbsync_losslesscut_csv",
    write=write,
    recipe=recipe,
    read=read,
    loses="colour; name and note are one text; less than a millisecond",
)
