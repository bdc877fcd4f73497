"""What all writers share: how the user wants a file, the grid of frames and labels, what came of it and was lost."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import opentimelineio as otio

from mtbsync_core.errors import FormatError
from mtbsync_core.marker_times import EDITORS_START
from mtbsync_core.timecode import Rate, frames_of, is_drop_label, label_of
from otio_adapters.build import frames_at, rate_of, same_second

"""Where editors start a timeline unless told otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOptions:
    """How to write; None stands for what the timeline says."""

    rate: Rate | None = None
    """Of the sequence to be written, with its drop flag."""
    drop: bool | None = None
    """Drop frame or not, whatever the rate says."""
    start_timecode: str | None = None
    """Of the sequence to be written."""
    size: tuple[int, int] | None = None
    """Width and height of its pictures."""
    ascii: bool = False
    """Plain ASCII letters only, in names and notes."""
    crlf: bool = False
    """Lines end as on Windows."""
    reel: str = "001"
    """Name of the tape, for formats that have tapes."""
    label: str | None = None
    """Name of the sequence, in place of the timeline's."""
    fcp_markers: Literal["marker", "chapter", "to-do"] = "marker"
    """What Final Cut Pro is to have for a marker that does not say itself that it is a chapter, or done."""


PLAIN = WriteOptions()
"""Everything as the timeline says it."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One kind of loss or change: how many markers it touches, and in words what was done instead."""

    kind: str
    count: int
    text: str

    def __str__(self) -> str:
        return f"{self.count} x {self.text}" if self.count > 1 else self.text


@dataclass(frozen=True, slots=True)
class Written:
    """The text of a file, or of several where one cannot hold all; the markers in them; what could not be carried.

    Line ends are `\\n`; whoever writes the file turns them into those asked for.
    """

    texts: tuple[str, ...]
    markers: int
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True)
class ExportReport:
    """The files written (none when there was nothing to write) and the number of markers in them."""

    files: tuple[Path, ...]
    written: int
    issues: tuple[Issue, ...] = ()
    recipe: str = ""
    """For people: which menu, and what the editor's timeline must be set to."""

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON-ready data."""
        return {**asdict(self), "files": [str(file) for file in self.files], "issues": [asdict(i) for i in self.issues]}


@dataclass(frozen=True, slots=True)
class Grid:
    """Rate, first frame since midnight and drop flag of the sequence to be written, and what had to be assumed."""

    rate: Rate
    start: int
    issues: tuple[Issue, ...] = ()

    def label(self, frame: int) -> str:
        """SMPTE label of a frame that counts from the start of the sequence."""
        return label_of(self.start + frame, self.rate)

    @property
    def setting(self) -> str:
        """What the editor's timeline must be set to, in words for the recipe."""
        fps = f"{float(self.rate.fps):.3f}".rstrip("0").rstrip(".")
        dropping = "drop frame" if self.rate.drop else "non-drop frame"
        return f"{fps} fps, {dropping} timecode and start timecode {self.label(0)}"


def grid_of(timeline: otio.schema.Timeline, how: WriteOptions) -> Grid:
    """The grid that the user asks for, else that of the timeline; what is neither is assumed and said.

    A start timecode says by its sign before the frames how the sequence counts: `;` is drop frame (SMPTE ST 12-1).

    Raises:
        FormatError: the start timecode does not exist at the rate or contradicts `how.drop`, or nothing says the rate.
    """
    issues: tuple[Issue, ...] = ()
    own, known = rate_of(timeline)
    rate = own if how.rate is None else how.rate
    if how.drop is not None:
        rate = Rate(rate.num, rate.den, how.drop)
    if how.start_timecode is not None:
        rate, issues = _by_label(how.start_timecode, rate, how.drop)
        return Grid(rate, frames_of(how.start_timecode, rate), issues)
    if how.drop is None and how.rate is None and not known:
        issues = (Issue("drop_assumed", 1, "the timeline does not say drop or non-drop: taken as non-drop"),)
    if timeline.global_start_time is not None:
        start = same_second(frames_at(timeline.global_start_time, own), own, rate)
        return Grid(rate, start, issues)
    text = f"no start timecode is known: {EDITORS_START}, the editors' own, is taken"
    return Grid(rate, frames_of(EDITORS_START, rate), (*issues, Issue("start_assumed", 1, text)))


def _by_label(start: str, rate: Rate, asked: bool | None) -> tuple[Rate, tuple[Issue, ...]]:
    """The rate counting as a start timecode is written, and what the recording says against it.

    `:` under drop frame is how several programs write it, so it stands where drop frame was asked for.
    """
    drop = is_drop_label(start)
    if drop and asked is False:
        raise FormatError(
            f"the start timecode {start} is written as drop frame, and non-drop is asked for",
            f"Leave out --non-drop, or write {start.replace(';', ':')} where the timeline counts non-drop.",
        )
    if drop and not rate.has_drop_frame:
        raise FormatError(
            f"the start timecode {start} is written as drop frame, which {float(rate.fps):.3f} fps does not have",
            "Drop frame is for 29.97, 59.94 and 119.88 fps only: check the rate, or write : in place of ;.",
        )
    if asked is not None or drop or not rate.drop:
        return (rate.dropping(True) if drop else rate), ()
    text = (
        f"the start timecode {start} is written as non-drop and counted so, while the recording counts drop frame: "
        f"write ; before the frames where the editor's timeline shows it"
    )
    return rate.dropping(False), (Issue("non_drop", 1, text),)
