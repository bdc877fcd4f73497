"""Markers as subtitles, SubRip (`.srt`) and WebVTT (`.vtt`): to see them in any player.

One cue for each marker, as long as the marker or two seconds, never into the next one; markers of the same millisecond
share a cue. A cue ends at a blank line and `-->` starts a new one. WebVTT writes `&`, `<` and `>` as entities (W3C
WebVTT, section 4). SubRip has none, and players take `<b>` and `{\\an8}` for style, so brackets become round ones.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import groupby
from math import floor

import opentimelineio as otio

from otio_adapters.content import Mark, content_of
from otio_adapters.marker_text import texts_of
from otio_adapters.report import Issue
from otio_adapters.safe_text import one_line
from otio_adapters.writing import PLAIN, WriteOptions, Written

SHOWN_MS = 2000
"""How long a marker without length is shown."""

_ROUND = str.maketrans("<{}", "(()")
_ISSUES = {
    "hidden": "marker on a part of a clip that the timeline does not show left out",
    "before_start": "marker before the start of the timeline left out",
    "text_changed": "name or note changed: a subtitle has no blank lines, control characters and brackets of style",
    "ascii": "name or note in plain ASCII letters, as asked",
    "shortened": "marker shortened: only one subtitle is shown at a time",
    "same_time": "marker at the time of another: both are in one subtitle",
    "colour": "colour not written: subtitles have none",
}


def write_srt(timeline: otio.schema.Timeline, how: WriteOptions = PLAIN) -> Written:
    """The markers as SubRip."""
    cues, done = _cues(timeline, how, _without_style)
    texts = [f"{n}\n{_clock(a, ',')} --> {_clock(b, ',')}\n{text}\n\n" for n, (a, b, text) in enumerate(cues, 1)]
    return Written(("".join(texts),), done.markers, done.issues)


def write_vtt(timeline: otio.schema.Timeline, how: WriteOptions = PLAIN) -> Written:
    """The markers as WebVTT."""
    cues, done = _cues(timeline, how, str)
    texts = [f"{_clock(a, '.')} --> {_clock(b, '.')}\n{_entities(text)}\n\n" for a, b, text in cues]
    return Written(("".join(["WEBVTT\n\n", *texts]),), done.markers, done.issues)


def recipe(timeline: otio.schema.Timeline, names: Sequence[str], how: WriteOptions = PLAIN) -> str:
    """How to see them."""
    return (
        f"Lay {names[0]} beside the video under its name, and players such as VLC show the markers as subtitles; "
        "in an editor import it as a subtitle track at the start of the clip. Times count from the video's first frame."
    )


def _cues(
    timeline: otio.schema.Timeline, how: WriteOptions, fit: Callable[[str], str]
) -> tuple[list[tuple[int, int, str]], Written]:
    """First and last millisecond and text of each cue; none overlap. Then how many markers, and what changed."""
    marks, hidden = content_of(timeline).all_marks()
    shown = [mark for mark in marks if mark.start_s >= 0]
    counts = Counter({"hidden": hidden, "before_start": len(marks) - len(shown)})
    counts["colour"] = sum(mark.colour != "Blue" for mark in shown)
    groups = [(at, list(group)) for at, group in groupby(enumerate(shown, 1), key=lambda item: _ms(item[1].start_s))]
    cues = []
    followings = [*(at for at, _ in groups[1:]), None]
    for (at, group), following in zip(groups, followings, strict=False):
        ends = [max(_ms(mark.end_s), at + 1) if mark.end_s > mark.start_s else at + SHOWN_MS for _, mark in group]
        end = max(ends) if following is None else min(max(ends), following)
        counts["shortened"] += sum(_ms(mark.end_s) > end for _, mark in group)
        counts["same_time"] += len(group) - 1
        cues.append((at, end, " / ".join(_text(mark, n, how, counts, fit) for n, mark in group)))
    issues = (Issue(kind, counts[kind], words) for kind, words in _ISSUES.items() if counts[kind])
    return cues, Written((), len(shown), tuple(issues))


def _text(mark: Mark, n: int, how: WriteOptions, counts: Counter[str], fit: Callable[[str], str]) -> str:
    name, note = texts_of(
        mark, how, counts, lambda text: fit(one_line(text)), lambda text: fit(one_line(text, join=" / "))
    )
    return ": ".join(filter(None, (name, note))) or f"Marker {n}"


def _without_style(text: str) -> str:
    """Round brackets for others, and short arrows: `a --> <b>` becomes `a -> (b)`."""
    return re.sub("(?<![-=])>", ")", re.sub("-+>", "->", text)).translate(_ROUND)


def _entities(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _ms(seconds: Fraction) -> int:
    return floor(seconds * 1000 + Fraction(1, 2))


def _clock(ms: int, point: str) -> str:
    return f"{ms // 3600000:02d}:{ms // 60000 % 60:02d}:{ms // 1000 % 60:02d}{point}{ms % 1000:03d}"
