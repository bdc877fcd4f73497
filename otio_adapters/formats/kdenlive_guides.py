"""Guides and markers of Kdenlive as in its panels, out and in: a list of `{"comment", "pos", "type", "duration"}`.

`pos` and `duration` are frames of the project, from the start of its timeline (of a clip's markers: of its file). Read
in KDE/kdenlive, `importFromJson` of `src/bin/model/markerlistmodel.cpp`: the file is an array, an entry without `pos`
is passed over, `type` is a category, of which the first is taken where there is no such one, and two entries of one
frame that differ can make it refuse all. A comment is one line (`src/ui/markerdialog_ui.ui`). The
`duration` is passed over by the versions that were read.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import opentimelineio as otio

from mtbsync_core.errors import FormatError
from mtbsync_core.markers import Marker
from mtbsync_core.timecode import Rate
from otio_adapters.by_seconds import timeline_of_seconds
from otio_adapters.colours import KDENLIVE_OF, RESOLVE_OF_KDENLIVE
from otio_adapters.content import content_of
from otio_adapters.fitting import TEXTS, fit_lines, in_one_text, issues_of, one_per_frame
from otio_adapters.format import Format
from otio_adapters.reading import PLAIN_READ, ReadOptions, known_rate
from otio_adapters.writing import PLAIN, WriteOptions, Written, grid_of

_ISSUES = TEXTS | {
    "text_changed": "name or note changed: the comment of a guide has one line",
    "nudged": "marker moved to the next free frame: Kdenlive keeps one guide per frame",
    "notes": "name and note are one text: the comment of the guide",
}


def write(timeline: otio.schema.Timeline, how: WriteOptions = PLAIN) -> Written:
    """The markers as guides, in frames from the start of the project."""
    grid = grid_of(timeline, how)
    counts: Counter[str] = Counter()
    marks = fit_lines(content_of(timeline), how, counts, grid=grid)
    frames = [mark.frames(grid.rate) for mark in marks]
    places = one_per_frame([first for first, _ in frames])
    entries = []
    for mark, (first, length), place in zip(marks, frames, places, strict=True):
        counts["nudged"] += place != first
        duration = {"duration": length} if length else {}
        entries.append({"comment": in_one_text(mark), "pos": place, "type": KDENLIVE_OF[mark.colour], **duration})
    return Written((json.dumps(entries, indent=4) + "\n",), len(marks), issues_of(counts, _ISSUES))


def recipe(timeline: otio.schema.Timeline, names: Sequence[str], how: WriteOptions = PLAIN) -> str:
    """How Kdenlive takes them in."""
    fps = f"{float(grid_of(timeline, how).rate.fps):.3f}".rstrip("0").rstrip(".")
    return (
        f"In Kdenlive, in a project of {fps} fps with the video at its very start: View > Guides, and in the menu of "
        f"that panel Import guides, take {names[0]}. Guides count frames from the start of the timeline."
    )


def read(text: str, how: ReadOptions = PLAIN_READ) -> otio.schema.Timeline:
    """A timeline with the guides of a list."""
    rate = known_rate(how.rate, "a list of guides")
    try:
        markers = [_marker(entry, rate) for entry in json.loads(text)]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise FormatError("the file is no list of guides, or damaged", "Export the guides again.") from error
    return timeline_of_seconds(markers, how, counts_from="timeline")


def _marker(entry: dict[str, Any], rate: Rate) -> Marker:
    name, _, note = str(entry.get("comment") or "").partition("\n")
    length_s = rate.to_seconds(int(entry.get("duration") or 0))
    colour = RESOLVE_OF_KDENLIVE.get(int(entry.get("type") or 0), "")
    return Marker(name, float(rate.to_seconds(int(entry["pos"]))), float(length_s), colour, note)


FORMAT = Format(
    name="kdenlive-guides",
    title="Kdenlive: guides (JSON)",
    suffix=".json",
    adapter="mtbsync_kdenlive_guides",
    write=write,
    recipe=recipe,
    read=read,
    signature=re.compile(r'\A\s*\[\s*\{[^{}\[\]]*"pos"\s*:\s*\d'),
    by_timecode=True,
    loses="versions that were read pass over the length; name and note are one text; colours, but for 9 categories",
)
