"""The marker list of Avid Media Composer, out and in: one marker to a line, tabs between the fields.

    User⇥01:00:04:12⇥V1⇥red⇥name | note⇥1

User, record timecode, track, colour, comment, length in frames (real exports; interchange facts, section 2.6). A marker
has one text there: ours is the name, and with a note ` | ` and the note, which reading takes apart again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import opentimelineio as otio

from mtbsync_core.errors import FormatError, UsageError
from mtbsync_core.timecode import is_drop_label
from otio_adapters.locators import Locator, locators_of, timeline_of
from otio_adapters.reading import PLAIN_READ, ReadOptions, counting
from otio_adapters.safe_text import one_line, without_astral
from otio_adapters.writing import PLAIN, WriteOptions, Written, grid_of

USER, TRACK = "mtbsync", "V1"
_TC = re.compile(r"\d{1,2}[:;]\d{2}[:;]\d{2}[:;.,]\d{2,3}")


def write(timeline: otio.schema.Timeline, how: WriteOptions = PLAIN) -> Written:
    """The markers as a list for Media Composer.

    Raises:
        FormatError: the start timecode does not exist at the rate, or the timeline has no rate.
    """
    grid = grid_of(timeline, how)
    found, issues = locators_of(timeline, grid, how, name=_field, note=lambda note: _field(note, " / "))
    lines = [
        "\t".join(
            (USER, grid.label(m.frame), TRACK, m.colour, " | ".join(filter(None, (m.name, m.note))), str(m.length))
        )
        for m in found
    ]
    return Written(("".join(f"{line}\n" for line in lines),), len(found), tuple(issues))


def recipe(timeline: otio.schema.Timeline, names: Sequence[str], how: WriteOptions = PLAIN) -> str:
    """How to get the markers into Media Composer."""
    return (
        "In Avid Media Composer: load a sequence with the new clip at its very start, "
        f"{grid_of(timeline, how).setting}; open Tools > Markers, and in the menu of that window choose Import "
        f"Markers, and take {names[0]}."
    )


def read(text: str, how: ReadOptions = PLAIN_READ) -> otio.schema.Timeline:
    """A timeline with the markers of a list.

    Raises:
        UsageError: no rate is given; the file does not say it.
        FormatError: no line is a marker, or a timecode does not exist at the rate.
    """
    if how.rate is None:
        raise UsageError("a marker list does not say its frame rate", "Give it with --fps, for example --fps 29.97.")
    found: list[tuple[str, Locator]] = []
    for line in re.split(r"\r\n|\r|\n", text):
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) < 4 or not _TC.fullmatch(cells[1]):
            continue
        comment, length = cells[4] if len(cells) > 4 else "", cells[5] if len(cells) > 5 else ""
        name, _, note = comment.partition(" | ")
        frames = int(length) if length.isascii() and length.isdigit() else 1
        found.append((cells[1], Locator(0, max(1, frames), cells[3], name, note)))
    if not found and text.strip():
        raise FormatError(
            "no line of the file is a marker of Avid", "A line is: user, timecode, track, colour, comment."
        )
    says = any(is_drop_label(label) for label, _ in found) or None
    return timeline_of("", found, counting(how.rate, how, says), how)


def _field(text: str, join: str = " ") -> str:
    return one_line(without_astral(text), join=join).replace("|", "/")
