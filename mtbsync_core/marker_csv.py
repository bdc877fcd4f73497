"""Marker files of riders: a reference CSV in, `Marker`s and every oddity with its line number out.

Times are seconds, `MM:SS(.mmm)`, `HH:MM:SS(.mmm)` or frame timecode `HH:MM:SS:FF` / `HH:MM:SS;FF`. The forms
without frames are time since the first frame. A frame timecode is counted from the recording's start timecode
where it is not before it, else from zero; a recording that runs past midnight counts on.

What comes out of a transfer is in `moved_csv`.
"""

from __future__ import annotations

import csv
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mtbsync_core.errors import FormatError
from mtbsync_core.files import replacing
from mtbsync_core.markers import COLOURS, Marker
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.table import (
    Row,
    RowProblem,
    Table,
    cell,
    column_key,
    has_decimal_commas,
    parse_number,
    read_table,
    unguarded,
)
from mtbsync_core.timecode import frames_of, is_drop_label

_REFERENCE = {
    "time": ("t_ref", "time", "t", "t_s", "time_s", "seconds", "timecode", "tc", "start", "in", "position"),
    "name": ("name", "marker_name", "marker", "title", "label"),
    "colour": ("colour", "color", "marker_colour", "marker_color"),
    "comment": ("comment", "comments", "note", "notes", "description"),
    "marker_id": ("marker_id", "id"),
    "duration": ("duration_ref", "duration", "duration_s", "length"),
    "custom": ("custom", "customdata", "custom_data"),
}
"""The columns with a meaning, under the names that people and other programs give them, the best first."""

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
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{1,2}(?:[.,]\d*)?)", re.ASCII)
_FRAME_LABEL = re.compile(r"\d{1,2}[:;]\d{1,2}[:;]\d{1,2}[:;]\d{1,3}", re.ASCII)
_UNIT = re.compile(r"(?<=\d)\s*s(ec)?\.?$", re.IGNORECASE | re.ASCII)


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


def read_markers(path: Path, *, media: MediaInfo | None = None) -> MarkerTable:
    """Read reference markers; times come out in seconds of the reference clock.

    Args:
        media: the reference recording, needed for frame timecodes (rate, start timecode) and to notice times
            after its end.

    Raises:
        UsageError: the file is missing or locked.
        FormatError: it has no time column, or no line with a usable time.
    """
    table = read_table(path, {key for keys in _REFERENCE.values() for key in keys})
    at = _bind(table.columns)
    found = ", ".join(table.columns)
    if "time" not in at:
        raise FormatError(
            f"{path} has no time column; its columns are: {found}", "Name the column with the times t_ref."
        )
    reader = _Reference(table, at, media)
    markers = [marker for row in table.rows if (marker := reader.marker(row)) is not None]
    problems = [*table.problems, *reader.problems, *_doubles(markers, reader.lines)]
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


def _bind(columns: Sequence[str]) -> dict[str, int]:
    """Where each meaning's column is; a column serves one meaning only."""
    keys = [column_key(column) for column in columns]
    hits = ((meaning, next((k for k in names if k in keys), None)) for meaning, names in _REFERENCE.items())
    return {meaning: keys.index(key) for meaning, key in hits if key is not None}


class _Reference:
    """Rows of one reference file to markers, gathering problems on the way."""

    def __init__(self, table: Table, at: dict[str, int], media: MediaInfo | None) -> None:
        self.table, self.at, self.media = table, at, media
        self.problems: list[RowProblem] = []
        self.lines: list[int] = []
        self.decimal_comma = has_decimal_commas(table, [at[k] for k in ("time", "duration") if k in at])
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
        used = set(self.at.values())
        extra = {c: unguarded(row.cells[i]) for i, c in enumerate(self.table.columns) if i not in used}
        colour = self.colour(row, extra)
        return Marker(
            name=name,
            t_s=t_s,
            duration_s=self.duration(row),
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
        if not said:
            raise FormatError("has no time")
        t_s = self.timecode(row, said) if _FRAME_LABEL.fullmatch(said) else self.elapsed(said)
        if not (math.isfinite(t_s) and t_s >= 0):
            raise FormatError(f"the time {said} is not a place in a recording", "Times start at 0.")
        if self.media is not None and self.media.duration_s and t_s > self.media.duration_s:
            end = f"{self.media.duration_s:.3f} s"
            self.note(row, f"the time {said} lies after the end of the recording ({end})")
        return t_s

    def elapsed(self, said: str) -> float:
        """Seconds of a number or of clock time without frames, since the first frame."""
        clock = _CLOCK.fullmatch(said)
        if clock is None:
            return parse_number(_UNIT.sub("", said), decimal_comma=self.decimal_comma)
        hh, mm, ss = int(clock[1] or 0), int(clock[2]), float(clock[3].replace(",", "."))
        if ss >= 60 or (clock[1] is not None and mm >= 60):
            raise FormatError(f"the time {said} does not exist", "Minutes and seconds go up to 59.")
        return hh * 3600 + mm * 60 + ss

    def timecode(self, row: Row, said: str) -> float:
        media = self.media
        if media is None:
            raise FormatError(
                f"the timecode {said} counts frames, and the frame rate is not known",
                "Give the reference video too, or write times in seconds.",
            )
        rate = media.timecode_rate
        frames = frames_of(said, rate)
        if is_drop_label(said) and not rate.drop:
            self.note(row, f"the timecode {said} is written as drop frame; the video counts non-drop, as was read")
        start = frames_of(media.start_timecode, rate) if media.start_timecode else 0
        after_midnight = start + rate.to_frames(media.duration_s) - rate.frames_per_day
        origin = "the start timecode"
        if frames >= start:
            frames -= start
        elif frames < after_midnight:
            frames += rate.frames_per_day - start
        else:
            origin = "zero"
        if start and self.origin not in (None, origin):
            self.note(row, f"the timecode {said} is counted from {origin}, others from {self.origin}")
        self.origin = origin
        return float(rate.to_seconds(frames))

    def duration(self, row: Row) -> float:
        said = row.cells[self.at["duration"]] if "duration" in self.at else ""
        if not said:
            return 0.0
        try:
            if self.media is not None and _FRAME_LABEL.fullmatch(said):
                rate = self.media.timecode_rate
                duration = float(rate.to_seconds(frames_of(said, rate)))
            else:
                duration = self.elapsed(said)
            if math.isfinite(duration) and duration >= 0:
                return duration
        except FormatError:
            pass
        self.note(row, f"the duration {said!r} cannot be used; the marker is taken as a point")
        return 0.0

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
