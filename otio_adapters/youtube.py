"""Chapters for the description of a video on YouTube: one `0:00 Title` to a line.

YouTube shows chapters only where the first is at 0:00, at least three ascend, and each lasts ten seconds or
more (YouTube Help, "Video chapters"). Markers that come too soon go into the title of the chapter before.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import floor

import opentimelineio as otio

from otio_adapters.content import content_of
from otio_adapters.report import Issue
from otio_adapters.safe_text import ascii_only, one_line
from otio_adapters.writing import PLAIN, WriteOptions, Written

SHORTEST_S = 10
FEWEST = 3
FIRST = "Start"
"""Title of the chapter before the first marker."""


def write(timeline: otio.schema.Timeline, how: WriteOptions = PLAIN) -> Written:
    """The markers as chapters."""
    content = content_of(timeline)
    marks, hidden = content.all_marks()
    shown = [mark for mark in marks if mark.start_s >= 0]
    chapters: list[tuple[int, list[str]]] = []
    merged = added = 0
    for n, mark in enumerate(shown, 1):
        title = one_line(mark.name, join=" ") or f"Marker {n}"
        second = floor(mark.start_s + Fraction(1, 2))
        if not chapters and second > 0:
            chapters.append((0, [FIRST]))
            added = 1
        if not chapters or second - chapters[-1][0] >= SHORTEST_S:
            chapters.append((second, [title]))
        elif added and len(chapters) == 1 and chapters[0][1] == [FIRST]:
            chapters[0] = 0, [title]  # the first marker comes within ten seconds: it opens the video
        else:
            chapters[-1][1].append(title)
            merged += 1
    end_s = content.pieces[-1].at_s + content.pieces[-1].length_s if content.pieces else Fraction(0)
    short = bool(chapters) and content.pieces and end_s - chapters[-1][0] < SHORTEST_S
    titles = (f"{_clock(second)} {' / '.join(names)}" for second, names in chapters)
    lines = [ascii_only(line) if how.ascii else line for line in titles]
    few = len(chapters) < FEWEST or bool(short)
    found = (
        Issue("hidden", hidden, "marker on a part of a clip that the timeline does not show left out"),
        Issue("before_start", len(marks) - len(shown), "marker before the start of the timeline left out"),
        Issue("merged", merged, f"marker joined with the chapter before, less than {SHORTEST_S} s earlier"),
        Issue("added", added, "chapter at 0:00 made, since YouTube wants one"),
        Issue("notes", sum(bool(mark.note) for mark in shown), "note not written: chapters have a title only"),
        Issue("whole_seconds", len(shown), "marker in whole seconds, as YouTube counts"),
        Issue("no_chapters", int(few), f"YouTube shows chapters from {FEWEST} on, each of {SHORTEST_S} s: not these"),
    )
    return Written(("".join(f"{line}\n" for line in lines),), len(shown), tuple(i for i in found if i.count))


def recipe(timeline: otio.schema.Timeline, names: Sequence[str], how: WriteOptions = PLAIN) -> str:
    """Where the lines go."""
    return (
        f"Copy the lines of {names[0]} into the description of the video on YouTube; they count from its first frame."
    )


def _clock(second: int) -> str:
    hours, minutes, seconds = second // 3600, second // 60 % 60, second % 60
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
