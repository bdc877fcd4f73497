"""Label tracks of Audacity, out and in: a line `start, tab, end, tab, text` for each label, in seconds.

    10.010000	12.010000	Gate
    60.060000	60.060000	Berm

Read in audacity/audacity, `LabelStruct::Export` and `Import` of `libraries/lib-label-track/LabelTrack.cpp`: six digits
behind the point, a text of one line; a line that begins with a backslash goes on with the frequencies of the label
above, and is passed over. A label that ends where it begins is a point.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import opentimelineio as otio

from otio_adapters.by_seconds import rows_of_seconds, timeline_of_seconds
from otio_adapters.content import content_of
from otio_adapters.fitting import TEXTS, fit_lines, in_one_text, issues_of
from otio_adapters.format import Format
from otio_adapters.reading import PLAIN_READ, ReadOptions
from otio_adapters.writing import PLAIN, WriteOptions, Written

_ISSUES = TEXTS | {
    "text_changed": "name or note changed: the text of a label has one line",
    "notes": "name and note are one text: that of the label",
    "colour": "colour not written: labels have none",
}


def write(timeline: otio.schema.Timeline, how: WriteOptions = PLAIN) -> Written:
    """The markers as labels."""
    counts: Counter[str] = Counter()
    marks = fit_lines(content_of(timeline), how, counts)
    lines = [f"{float(m.start_s):.6f}\t{float(max(m.start_s, m.end_s)):.6f}\t{in_one_text(m)}\n" for m in marks]
    return Written(("".join(lines),), len(marks), issues_of(counts, _ISSUES))


def recipe(timeline: otio.schema.Timeline, names: Sequence[str], how: WriteOptions = PLAIN) -> str:
    """How Audacity takes them in."""
    return (
        f"In Audacity, with the sound of the video at its very start: File > Import > Labels, and take {names[0]}. "
        "Times count from the video's first frame."
    )


def read(text: str, how: ReadOptions = PLAIN_READ) -> otio.schema.Timeline:
    """A timeline with the labels of a track; with other signs between the cells it is read as any table of markers."""
    return timeline_of_seconds(rows_of_seconds(text, "\t"), how)


FORMAT = Format(
    name="audacity",
    title="Audacity: labels",
    suffix=".txt",
    adapter="mtbsync_audacity_labels",
    write=write,
    recipe=recipe,
    read=read,
    loses="colour; name and note are one text",
)
