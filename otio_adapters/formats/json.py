"""Markers as data, out and in, for programs.

One object, `{"schema": "mtbsync.timeline-markers", "version": 1, "name", "rate": "30000/1001", "drop",
"start_timecode", "markers": [{"t_s", "frame", "timecode", "frames", "name", "note", "colour"}, ...]}`; markers that
were carried over also have `status`, `needs_review`, `margin_s` and `confidence`. Letters beyond ASCII are JSON
escapes. (`mtbsync.markers` is the description beside a marker file, `mtbsync_core.moved_csv`.)
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from typing import Any

import opentimelineio as otio

from mtbsync_core.errors import FormatError
from mtbsync_core.markers import COLOURS, Marker
from mtbsync_core.timecode import Rate
from otio_adapters.build import marker_at, taken_over, time_range
from otio_adapters.content import Mark, content_of
from otio_adapters.fitting import MARKS, fit_marks, issues_of
from otio_adapters.format import Format
from otio_adapters.formats.csv import recipe
from otio_adapters.reading import PLAIN_READ, ReadOptions, counting, timeline_of
from otio_adapters.writing import PLAIN, Grid, WriteOptions, Written, grid_of

SCHEMA, VERSION = "mtbsync.timeline-markers", 1


def write(timeline: otio.schema.Timeline, how: WriteOptions = PLAIN) -> Written:
    """The markers as data; all texts are kept as they are."""
    grid = grid_of(timeline, how)
    counts: Counter[str] = Counter()
    # Escapes, so that no letter of anybody's can damage the file; `how.ascii` has nothing left to do.
    plain = replace(how, ascii=False)
    marks = fit_marks(content_of(timeline), plain, counts, str, str, grid=grid, word=None, numbered=False)
    data = {
        "schema": SCHEMA,
        "version": VERSION,
        "name": how.label or timeline.name or "",
        "rate": str(grid.rate.fps),
        "drop": grid.rate.drop,
        "start_timecode": grid.label(0),
        "markers": [_entry(mark, grid) for mark in marks],
    }
    return Written((json.dumps(data, indent=1) + "\n",), len(marks), issues_of(counts, MARKS, grid))


def read(text: str, how: ReadOptions = PLAIN_READ) -> otio.schema.Timeline:
    """A timeline with the markers of such a file; it says its rate and start itself."""
    try:
        data = json.loads(text)
        if data["schema"] != SCHEMA or data["version"] != VERSION:
            raise FormatError(
                f"the file is of version {data['version']}; this program reads {VERSION}", "Update mtbsync."
            )
        rate = counting(Rate.of(data["rate"], drop=bool(data["drop"])), how, None)
        markers = [_marker(entry, rate) for entry in data["markers"]]
        return timeline_of(str(data["name"]), rate, how.start_timecode or data["start_timecode"], markers)
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        raise FormatError(f"the file holds no markers of this program: {error}", "Export them again.") from error


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
        **taken_over(mark.own),
    }


def _marker(entry: dict[str, Any], rate: Rate) -> otio.schema.Marker:
    colour = str(entry["colour"]) if entry["colour"] in COLOURS else ""
    marker = Marker(str(entry["name"]), 0, colour=colour, comment=str(entry["note"]), **taken_over(entry))
    return marker_at(time_range(int(entry["frame"]), int(entry["frames"]), rate), marker)


FORMAT = Format(
    name="json",
    title="Data (JSON)",
    suffix=".json",
    adapter="mtbsync_markers_json",
    write=write,
    recipe=recipe,
    read=read,
    signature=re.compile(r'\A\s*\{.*?"mtbsync\.timeline-markers"', re.DOTALL),
    by_suffix=True,
    loses="nothing",
)
