"""Marker files of riders: a reference CSV in, `Marker`s and every oddity with its line number out.

Times are seconds, `MM:SS(.mmm)`, `HH:MM:SS(.mmm)` or frame timecode `HH:MM:SS:FF` / `HH:MM:SS;FF`
(`marker_times`). The forms without frames are time since the first frame.

What comes out of a transfer is in `moved_csv`.
"""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mtbsync_core.errors import FormatError
from mtbsync_core.files import replacing
from mtbsync_core.marker_columns import KNOWN, bind, names_without_header
from mtbsync_core.marker_times import UNKNOWN_CLOCK, Timecodes, TimelineClock, elapsed_s, is_timecode
from mtbsync_core.markers import COLOURS, Marker
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.table import (
    Row,
    RowProblem,
    Table,
    cell,
    has_decimal_commas,
    read_table,
    unguarded,
)

_ALIASES = {
    "orange": "Sand",
    "gold": "Yellow",
    "magenta": "Fuchsia",
    "violet": "Purple",
    "white": "Cream",
    "black": "Cocoa",
    "brown": "Cocoa",
    "turquoise": "Cyan",
    "teal": "Cyan",
}
_BY_KEY = {colour.casefold(): colour for colour in COLOURS}


class NoTimeColumnError(FormatError):
    """A table without a column of times, or no table at all."""


@dataclass(frozen=True, slots=True)
class MarkerTable:
    """What a reference file holds: its usable markers in file order, and every oddity with its line."""

    markers: tuple[Marker, ...]
    problems: tuple[RowProblem, ...]
    columns: tuple[str, ...]

    @property
    def skipped(self) -> int:
        """Lines that gave no marker."""
        return sum(not problem.kept for problem in self.problems)


def read_markers(path: Path, *, media: MediaInfo | None = None, clock: TimelineClock = UNKNOWN_CLOCK) -> MarkerTable:
    """Read reference markers; times come out in seconds of the reference clock.

    Args:
        media: the reference recording, needed for frame timecodes (rate, start timecode) and to notice times
            after its end.
        clock: what is known of the timeline that timecodes come from.

    Raises:
        UsageError: the file is missing or locked.
        NoTimeColumnError: it has no time column.
        FormatError: it has no line with a usable time, or `clock.start` does not exist at the rate.
    """
    table = read_table(path, KNOWN, without_header=names_without_header)
    at = bind(table.columns)
    found = ", ".join(table.columns)
    if "time" not in at:
        raise NoTimeColumnError(
            f"{path} has no time column; its columns are: {found}", "Name the column with the times t_ref."
        )
    reader = _Reference(table, at, media, clock)
    # Audacity tells of the frequencies of a label on a line of its own, behind a backslash.
    rows = [row for row in table.rows if row.cells[at["time"]] != "\\"]
    markers = [marker for row in rows if (marker := reader.marker(row)) is not None]
    problems = [*table.problems, *reader.problems, *_doubles(markers, reader.lines)]
    problems += [RowProblem(0, note, kept=True) for note in reader.timecodes.notes]
    problems.sort(key=lambda problem: problem.line)
    if not markers:
        reasons = "; ".join(str(problem) for problem in problems[:3]) or "there is no line below the header"
        raise FormatError(f"{path} holds no usable marker: {reasons}", f"Columns found: {found}.")
    return MarkerTable(tuple(markers), tuple(problems), table.columns)


def write_markers(path: Path, markers: Sequence[Marker]) -> None:
    """Write reference markers so that `read_markers` gives them back, to the microsecond.

    Where a file of an editor said how they had been carried over, that follows in further columns.

    Raises:
        UsageError: the file cannot be written.
    """
    columns = ["marker_id", "name", "t_ref", "duration", "colour", "comment", "custom"]
    if any(m.status for m in markers):
        columns += ["status", "needs_review", "margin_s", "confidence"]
    with replacing(path) as scratch, scratch.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for m in markers:
            own = (m.marker_id, m.name, m.t_s, m.duration_s or None, m.colour, m.comment, m.custom)
            review = (m.status, m.needs_review, m.margin_s, m.confidence)
            writer.writerow(map(cell, (*own, *review)[: len(columns)]))


class _Reference:
    """Rows of one reference file to markers, gathering problems on the way."""

    def __init__(self, table: Table, at: dict[str, int], media: MediaInfo | None, clock: TimelineClock) -> None:
        self.table, self.at, self.media = table, at, media
        said = [row.cells[at["time"]] for row in table.rows]
        labels = list(filter(is_timecode, said))
        self.timecodes = Timecodes(labels, media, clock)
        if clock.start is not None and not labels:
            self.timecodes.notes.append("its times are no timecodes: they count from the first frame of the recording")
        self.problems: list[RowProblem] = []
        self.lines: list[int] = []
        self.decimal_comma = has_decimal_commas(table, [at[k] for k in ("time", "end", "duration") if k in at])
        self.ids = {row.cells[at["marker_id"]] for row in table.rows} if "marker_id" in at else set()
        self.origin: str | None = None

    def marker(self, row: Row) -> Marker | None:
        try:
            t_s = self.seconds(row)
        except FormatError as error:
            self.problems.append(RowProblem(row.line, f"{error.message}. {error.hint}".rstrip(". ")))
            return None
        self.lines.append(row.line)
        n = len(self.lines)
        marker_id = self.text(row, "marker_id")
        name = self.text(row, "name") or marker_id
        if not name:
            name = f"Marker {n}"
            if "name" in self.at:
                self.note(row, f"has no name and is called {name!r}")
        # The end stays a column of its own, too: here it is but the length.
        used = {i for meaning, i in self.at.items() if meaning != "end"}
        extra = {c: unguarded(row.cells[i]) for i, c in enumerate(self.table.columns) if i not in used}
        colour = self.colour(row, extra)
        return Marker(
            name=name,
            t_s=t_s,
            duration_s=self.duration(row, t_s),
            colour=colour,
            comment=self.text(row, "comment"),
            marker_id=marker_id or self.fresh_id(n),
            custom=self.text(row, "custom"),
            extra=extra,
        )

    def note(self, row: Row, text: str) -> None:
        self.problems.append(RowProblem(row.line, text, kept=True))

    def text(self, row: Row, meaning: str) -> str:
        return unguarded(row.cells[self.at[meaning]]) if meaning in self.at else ""

    def fresh_id(self, n: int) -> str:
        """Editors and later runs match markers by id, so each gets one."""
        marker_id = f"M{n:03d}"
        while marker_id in self.ids:
            marker_id += "_"
        self.ids.add(marker_id)
        return marker_id

    def seconds(self, row: Row) -> float:
        said = row.cells[self.at["time"]]
        if not said and not self.cell(row, "end"):
            raise FormatError("has no time")
        t_s = self.place(row, said) if said else 0.0
        if not (math.isfinite(t_s) and t_s >= 0):
            raise FormatError(f"the time {said} is not a place in a recording", "Times start at 0.")
        if self.media is not None and self.media.duration_s and t_s > self.media.duration_s:
            end = f"{self.media.duration_s:.3f} s"
            self.note(row, f"the time {said} lies after the end of the recording ({end})")
        return t_s

    def place(self, row: Row, said: str) -> float:
        """Seconds of the recording at a time."""
        if not is_timecode(said):
            return elapsed_s(said, decimal_comma=self.decimal_comma)
        t_s, origin = self.timecodes.seconds(said)
        if self.origin not in (None, origin):
            self.note(row, f"the timecode {said} is counted from {origin}, others from {self.origin}")
        self.origin = origin
        return t_s

    def duration(self, row: Row, t_s: float) -> float:
        """The length of a marker, or the way to its end where only that is told."""
        said, end = self.cell(row, "duration"), self.cell(row, "end")
        if not said and (not end or "duration" in self.at):
            return 0.0
        try:
            if not said:
                length = self.place(row, end) - t_s
            elif is_timecode(said) and self.timecodes.rate is not None:
                length = self.timecodes.length_s(said)
            else:
                length = elapsed_s(said, decimal_comma=self.decimal_comma)
            if math.isfinite(length) and length >= 0:
                return length
        except FormatError:
            pass
        self.note(row, f"the {'duration' if said else 'end'} {said or end!r} cannot be used; the marker is a point")
        return 0.0

    def cell(self, row: Row, meaning: str) -> str:
        return row.cells[self.at[meaning]] if meaning in self.at else ""

    def colour(self, row: Row, extra: dict[str, str]) -> str:
        said = self.text(row, "colour")
        key = said.casefold().removeprefix("resolvecolor")
        if key in _ALIASES:
            self.note(row, f"the colour {said} is taken as {_ALIASES[key]}, the nearest that Resolve has")
            return _ALIASES[key]
        if said and key not in _BY_KEY:
            extra[self.table.columns[self.at["colour"]]] = said
            self.note(row, f"the colour {said!r} is not one of Resolve's: {', '.join(COLOURS)}")
        return _BY_KEY.get(key, "")


def _doubles(markers: Sequence[Marker], lines: Sequence[int]) -> Iterable[RowProblem]:
    for what, values in (("marker_id", [m.marker_id for m in markers]), ("name", [m.name for m in markers])):
        counts = Counter(values)
        for value, line in zip(values, lines, strict=True):
            if counts[value] > 1:
                yield RowProblem(line, f"the {what} {value!r} occurs {counts[value]} times", kept=True)
