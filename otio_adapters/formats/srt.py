"""Markers as SubRip subtitles, out, to see them in any player, and in.

One cue for each marker, as long as the marker or two seconds, never into the next one; markers of the same millisecond
share a cue. A cue ends at a blank line and `-->` starts a new one. Players take `<b>` and `{\\an8}` for style, and
SubRip has no entities, so brackets become round ones.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby

import opentimelineio as otio

from otio_adapters.by_seconds import milliseconds, timeline_of_seconds
from otio_adapters.content import content_of
from otio_adapters.fitting import TEXTS, fit_marks, in_one_text, issues_of
from otio_adapters.format import Format
from otio_adapters.reading import PLAIN_READ, ReadOptions
from otio_adapters.safe_text import one_line
from otio_adapters.subtitles import TIMES, cues_in
from otio_adapters.writing import PLAIN, WriteOptions, Written

SHOWN_MS = 2000
"""How long a marker without length is shown."""

_ROUND = str.maketrans("<{}", "(()")
_ISSUES = TEXTS | {
    "text_changed": "name or note changed: a subtitle has no blank lines, control characters and brackets of style",
    "shortened": "marker shortened: only one subtitle is shown at a time",
    "same_time": "marker at the time of another: both are in one subtitle",
    "colour": "colour not written: subtitles have none",
}


def write(timeline: otio.schema.Timeline, how: WriteOptions = PLAIN) -> Written:
    """The markers as SubRip."""
    cues, done = cues_of(timeline, how, _without_style)
    texts = [
        f"{n}\n{begin.replace('.', ',')} --> {end.replace('.', ',')}\n{text}\n\n"
        for n, (begin, end, text) in enumerate(cues, 1)
    ]
    return replace(done, texts=("".join(texts),))


def recipe(timeline: otio.schema.Timeline, names: Sequence[str], how: WriteOptions = PLAIN) -> str:
    """How to see them."""
    return (
        f"Lay {names[0]} beside the video under its name, and players such as VLC show the markers as subtitles; "
        "in an editor import it as a subtitle track at the start of the clip. Times count from the video's first frame."
    )


def cues_of(
    timeline: otio.schema.Timeline, how: WriteOptions, fit: Callable[[str], str]
) -> tuple[list[tuple[str, str, str]], Written]:
    """From when, until when and what each cue is; none overlap. Then how many markers, and what changed."""
    counts: Counter[str] = Counter()
    name, note = (lambda text: fit(one_line(text))), (lambda text: fit(one_line(text, join=" / ")))
    marks = fit_marks(content_of(timeline), how, counts, name, note)
    groups = [(at, list(group)) for at, group in groupby(marks, key=lambda mark: milliseconds(mark.start_s))]
    cues = []
    followings = [*(at for at, _ in groups[1:]), None]
    for (at, group), following in zip(groups, followings, strict=False):
        ends = [max(milliseconds(mark.end_s), at + 1) if mark.end_s > mark.start_s else at + SHOWN_MS for mark in group]
        end = max(ends) if following is None else min(max(ends), following)
        counts["shortened"] += sum(milliseconds(mark.end_s) > end for mark in group)
        counts["same_time"] += len(group) - 1
        cues.append((_clock(at), _clock(end), " / ".join(map(in_one_text, group))))
    return cues, Written((), len(marks), issues_of(counts, _ISSUES))


def read(text: str, how: ReadOptions = PLAIN_READ) -> otio.schema.Timeline:
    """A timeline with a marker for each subtitle, as long as it is shown."""
    return timeline_of_seconds(cues_in(text, entities=False), how)


def _without_style(text: str) -> str:
    """Round brackets for others, and short arrows: `a --> <b>` becomes `a -> (b)`."""
    return re.sub("(?<![-=])>", ")", re.sub("-+>", "->", text)).translate(_ROUND)


def _clock(ms: int) -> str:
    return f"{ms // 3600000:02d}:{ms // 60000 % 60:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"


FORMAT = Format(
    name="srt",
    title="Subtitles (SubRip)",
    suffix=".srt",
    adapter="mtbsync_srt",
    write=write,
    recipe=recipe,
    read=read,
    signature=re.compile(rf"\A\s*(?:\d+[ \t]*[\r\n]+)?[ \t]*{TIMES}[ \t]*-->"),
    by_suffix=True,
    loses="colour; name and note are one text",
)
