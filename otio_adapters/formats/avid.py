"""The marker list of Avid Media Composer, out and in: one marker to a line, tabs between the fields.

    User⇥01:00:04:12⇥V1⇥red⇥name | note⇥1

User, record timecode, track, colour, comment, length in frames (real exports; interchange facts, section 2.6). A marker
has one text there: ours is the name, and with a note ` | ` and the note, which reading takes apart again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

import opentimelineio as otio

from mtbsync_core.errors import FormatError
from mtbsync_core.markers import Marker
from otio_adapters.colours import AVID_OF, RESOLVE_OF_AVID
from otio_adapters.content import Content, Mark, content_of
from otio_adapters.fitting import AFTER_MIDNIGHT, MARKS, fit_marks, issues_of
from otio_adapters.format import Format
from otio_adapters.label_lists import Labelled, timeline_of_labels
from otio_adapters.reading import PLAIN_READ, ReadOptions, known_rate
from otio_adapters.safe_text import field
from otio_adapters.writing import PLAIN, Grid, WriteOptions, Written, grid_of

USER, TRACK = "mtbsync", "V1"
ISSUES = MARKS | {
    "colour_changed": "colour that Avid does not have: the nearest of its eight is taken",
    "frame_digits": "timecodes have three digits of frames, which few editors take: half the rate has two",
    "after_midnight": AFTER_MIDNIGHT,
}
_TC = re.compile(r"\d{1,2}[:;]\d{2}[:;]\d{2}[:;.,]\d{2,3}")


def write(timeline: otio.schema.Timeline, how: WriteOptions = PLAIN) -> Written:
    """The markers as a list for Media Composer."""
    grid = grid_of(timeline, how)
    counts: Counter[str] = Counter()
    marks = avid_marks(content_of(timeline), grid, how, counts, field, lambda note: field(note, " / "))
    lines = []
    for mark in marks:
        first, length = mark.frames(grid.rate)
        comment = " | ".join(filter(None, (mark.name, mark.note)))
        lines.append("\t".join((USER, grid.label(first), TRACK, mark.colour, comment, str(max(1, length)))))
    return Written(("".join(f"{line}\n" for line in lines),), len(marks), issues_of(counts, ISSUES, grid))


def avid_marks(
    content: Content,
    grid: Grid,
    how: WriteOptions,
    counts: Counter[str],
    name: Callable[[str], str],
    note: Callable[[str], str],
) -> list[Mark]:
    """Markers made fit for a file of Avid's: `colour` is the nearest of its eight."""
    marks = fit_marks(content, how, counts, name, note, grid=grid)
    nearest = [AVID_OF.get(mark.colour, "blue") for mark in marks]
    # OpenTimelineIO's black and white have no twin in Resolve; here they have.
    exact = [
        (mark.colour_exact or colour in ("black", "white")) and RESOLVE_OF_AVID[colour] == mark.colour
        for mark, colour in zip(marks, nearest, strict=True)
    ]
    counts["colour_changed"] = exact.count(False)
    return [replace(mark, colour=colour) for mark, colour in zip(marks, nearest, strict=True)]


def recipe(timeline: otio.schema.Timeline, names: Sequence[str], how: WriteOptions = PLAIN) -> str:
    """How to get the markers into Media Composer."""
    return (
        "In Avid Media Composer: load a sequence with the new clip at its very start, "
        f"{grid_of(timeline, how).setting}; open Tools > Markers, and in the menu of that window choose Import "
        f"Markers, and take {names[0]}."
    )


def read(text: str, how: ReadOptions = PLAIN_READ) -> otio.schema.Timeline:
    """A timeline with the markers of a list."""
    rate = known_rate(how.rate, "a marker list")
    found = []
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) < 4 or not _TC.fullmatch(cells[1]):
            continue
        comment, length = cells[4] if len(cells) > 4 else "", cells[5] if len(cells) > 5 else ""
        name, _, note = comment.partition(" | ")
        frames = int(length) if length.isascii() and length.isdigit() else 1
        colour = RESOLVE_OF_AVID.get(cells[3].lower(), "")
        found.append(Labelled(number, cells[1], max(1, frames), Marker(name, 0, colour=colour, comment=note)))
    if not found and text.strip():
        raise FormatError(
            "no line of the file is a marker of Avid", "A line is: user, timecode, track, colour, comment."
        )
    return timeline_of_labels("", rate, how, found)


FORMAT = Format(
    name="avid",
    title="Avid Media Composer: marker list",
    suffix=".txt",
    adapter="mtbsync_avid_markers",
    write=write,
    recipe=recipe,
    read=read,
    signature=re.compile(r"\A[^\t\n]*\t\d{1,2}[:;]\d\d[:;]\d\d[:;.,]\d\d+\t[^\t\n]+\t[A-Za-z]+\t"),
    newline="\r\n",
    by_timecode=True,
    loses="8 of 16 colours are the nearest; that a marker needs a look is in its note",
)
