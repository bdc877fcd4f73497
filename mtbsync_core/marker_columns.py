"""What the columns of other programs' marker tables mean, and tables that have no header at all.

Names are those of Premiere's Markers panel (In, Out), Resolve's edit index (Record In), Frame.io (Timecode In),
MarkersExtractor (Position), Audition (Start), and of people.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mtbsync_core.table import column_key

COLUMNS = {
    "time": (
        *("t_ref", "time", "t", "t_s", "time_s", "seconds", "timecode", "tc", "start", "in", "position"),
        *("timestamp", "time_stamp", "record_in", "record_tc", "record_timecode", "in_point", "point_in", "mark_in"),
        *("timecode_in", "tc_in", "in_tc", "in_timecode", "time_in", "in_time", "marker_in", "start_time"),
        *("start_timecode", "start_tc", "start_s", "begin", "location", "marker_time", "marker_position"),
        *("marker_timecode", "source_in"),
    ),
    "end": (
        *("end", "out", "end_time", "end_s", "record_out", "out_point", "point_out", "mark_out", "timecode_out"),
        *("tc_out", "out_tc", "out_timecode", "time_out", "out_time", "marker_out", "end_timecode", "end_tc"),
    ),
    "name": (
        *("name", "marker_name", "marker", "title", "label", "markername", "chapter", "chapter_name", "text"),
        "chapter_title",
    ),
    "colour": ("colour", "color", "marker_colour", "marker_color"),
    "comment": ("comment", "comments", "note", "notes", "description", "marker_comment", "marker_description"),
    "marker_id": ("marker_id", "id"),
    "duration": ("duration_ref", "duration", "duration_s", "length", "dur", "marker_duration"),
    "custom": ("custom", "customdata", "custom_data"),
}
"""The columns with a meaning, under the names that people and other programs give them, the best first."""

KNOWN = frozenset(key for keys in COLUMNS.values() for key in keys)

_TIME = re.compile(r"[\d:;.,]*\d[\d:;.,]*", re.ASCII)


def bind(columns: Sequence[str]) -> dict[str, int]:
    """Where each meaning's column is; a column serves one meaning only."""
    keys = [column_key(column) for column in columns]
    hits = ((meaning, next((k for k in names if k in keys), None)) for meaning, names in COLUMNS.items())
    return {meaning: keys.index(key) for meaning, key in hits if key is not None}


def names_without_header(cells: Sequence[str]) -> list[str] | None:
    """Names for the columns of a table whose first line is no header; None where it may be one.

    LosslessCut's segments and Audacity's labels are `start, end, name` (either time may be missing), lists of people
    `time, name`.
    """
    times = [bool(_TIME.fullmatch(cell.strip())) for cell in cells[:2]]
    blank = [not cell.strip() for cell in cells[:2]]
    if len(cells) < 2 or not any(times) or not (times[0] or blank[0]):
        return None
    first = ["t_ref", "end", "name", "comment"] if times[1] or blank[1] else ["t_ref", "name", "comment"]
    return [*first, *(f"column {n}" for n in range(len(first) + 1, len(cells) + 1))][: len(cells)]
