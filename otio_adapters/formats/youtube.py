"""Chapters for the description of a video on YouTube, out and in: one `0:00 Title` to a line.

YouTube shows chapters only where the first is at 0:00, at least three ascend, and each lasts ten seconds or
more (YouTube Help, "Video chapters"). Markers that come too soon go into the title of the chapter before, and so do
those just before the end. A description has 5000 bytes at most and no `<` and `>` (YouTube Data API, `videos`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import floor

import opentimelineio as otio

from mtbsync_core.errors import FormatError
from mtbsync_core.markers import Marker
from mtbsync_core.timecode import minutes_seconds
from otio_adapters.by_seconds import timeline_of_seconds
from otio_adapters.content import content_of
from otio_adapters.fitting import TEXTS, fit_marks, issues_of
from otio_adapters.format import Format
from otio_adapters.reading import PLAIN_READ, ReadOptions
from otio_adapters.safe_text import one_line
from otio_adapters.writing import PLAIN, WriteOptions, Written

SHORTEST_S = 10
FEWEST = 3
MAX_BYTES = 5000
FIRST = "Start"
"""Title of the chapter before the first marker."""

_TIME = r"[(\[]?(?:(\d{1,2}):)?(\d{1,3}):([0-5]\d(?:\.\d+)?)"
# No tab: that parts the columns of a table.
_TITLE = r"[)\]]?(?: +[-\u2013\u2014:|] +| +|[-\u2013\u2014] *)(?! *[,;|\t]|-->)(\S.*)"
_LINE = re.compile(rf"\s*{_TIME}{_TITLE}")
_ANGLES = str.maketrans("<>", "()")
_ISSUES = TEXTS | {
    "merged": f"marker joined with the chapter before, less than {SHORTEST_S} s from it or from the end",
    "added": "chapter at 0:00 made, since YouTube wants one",
    "text_changed": "title changed: it has one line, without < and >",
    "ascii": "title in plain ASCII letters, as asked",
    "notes": "note not written: chapters have a title only",
    "length": "length not written: chapters have a beginning only",
    "colour": "colour not written: chapters have none",
    "whole_seconds": "marker in whole seconds, as YouTube counts",
    "no_chapters": f"YouTube shows chapters from {FEWEST} on, each of {SHORTEST_S} s: not these",
    "too_long": f"more than the {MAX_BYTES} bytes that a description may have",
}


def write(timeline: otio.schema.Timeline, how: WriteOptions = PLAIN) -> Written:
    """The markers as chapters."""
    content = content_of(timeline)
    counts: Counter[str] = Counter()
    marks = fit_marks(content, how, counts, lambda text: one_line(text.translate(_ANGLES)), str)
    places = []
    for mark in marks:
        second = floor(mark.start_s + Fraction(1, 2))
        places.append((second, mark.name))
        counts["notes"] += bool(mark.note)
        counts["length"] += mark.end_s > mark.start_s
        counts["whole_seconds"] += second != mark.start_s
    end_s = max((piece.at_s + piece.length_s for piece in content.pieces), default=None)
    chapters = _chapters(places, end_s, counts)
    text = "".join(f"{minutes_seconds(second, hours=True)} {' / '.join(titles)}\n" for second, titles in chapters)
    counts["no_chapters"] = len(chapters) < FEWEST or (end_s is not None and end_s < chapters[-1][0] + SHORTEST_S)
    counts["too_long"] = len(text.encode()) > MAX_BYTES
    return Written((text,), len(marks), issues_of(counts, _ISSUES))


def recipe(timeline: otio.schema.Timeline, names: Sequence[str], how: WriteOptions = PLAIN) -> str:
    """Where the lines go."""
    return (
        f"Copy the lines of {names[0]} into the description of the video on YouTube; they count from its first frame."
    )


def read(text: str, how: ReadOptions = PLAIN_READ) -> otio.schema.Timeline:
    """A timeline with the chapters of a description; its other lines are passed over."""
    found = []
    for line in text.splitlines():
        if match := _LINE.fullmatch(line):
            seconds = int(match[1] or 0) * 3600 + int(match[2]) * 60 + float(match[3])
            found.append(Marker(match[4].strip(), seconds))
    if not found:
        raise FormatError("no line of the file is a chapter", "A chapter is a line such as 1:23 Title.")
    return timeline_of_seconds(found, how)


def _chapters(
    places: Iterable[tuple[int, str]], end_s: Fraction | None, counts: Counter[str]
) -> list[tuple[int, list[str]]]:
    """Second and titles of each chapter: one from 0:00 on, and one from each marker with room before and after it."""
    chapters: list[tuple[int, list[str]]] = []
    for second, title in places:
        if not chapters:
            chapters.append((0, []))  # a marker within ten seconds opens the video
            counts["added"] = int(second > 0)
        since = second - chapters[-1][0]
        if since >= SHORTEST_S and (end_s is None or second + SHORTEST_S <= end_s):
            chapters.append((second, []))
        elif chapters[-1][1]:
            counts["merged"] += 1
        chapters[-1][1].append(title)
    if chapters and not chapters[0][1]:
        chapters[0][1].append(FIRST)
    return chapters


FORMAT = Format(
    name="youtube",
    title="YouTube: chapters",
    suffix=".txt",
    adapter="mtbsync_youtube_chapters",
    write=write,
    recipe=recipe,
    read=read,
    # The first line, or the chapter at 0:00 that YouTube wants, below other lines of a description.
    signature=re.compile(
        rf"\A\s*{_TIME}{_TITLE}|"
        rf"\A(?!\s*(?:[<{{\[;]|WEBVTT|TITLE:|FCM:|\d+\s))[\s\S]*?^[ \t]*[(\[]?0?0:00(?::00)?{_TITLE}",
        re.MULTILINE,
    ),
    chapters=True,
    loses="note, length, colour, parts of a second",
)
