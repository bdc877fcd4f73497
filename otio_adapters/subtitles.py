"""Markers as subtitles, SubRip (`.srt`) and WebVTT (`.vtt`): to see them in any player.

One cue for each marker, as long as the marker or two seconds, never into the next one. A cue ends at a blank line and
`-->` starts a new one, so texts lose both; in WebVTT `&`, `<` and `>` are written as entities (W3C WebVTT, section 4).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from math import floor

import opentimelineio as otio

from otio_adapters.content import Mark, content_of
from otio_adapters.report import Issue
from otio_adapters.safe_text import ascii_only, one_line
from otio_adapters.writing import PLAIN, WriteOptions, Written

SHOWN_S = Fraction(2)
"""How long a marker without length is shown."""
_LEAST_S = Fraction(1, 1000)


def write_srt(timeline: otio.schema.Timeline, how: WriteOptions = PLAIN) -> Written:
    """The markers as SubRip."""
    cues, issues = _cues(timeline, how, lambda text: text)
    texts = [f"{n}\n{_clock(m.start_s, ',')} --> {_clock(m.end_s, ',')}\n{m.name}\n\n" for n, m in enumerate(cues, 1)]
    return Written(("".join(texts),), len(cues), issues)


def write_vtt(timeline: otio.schema.Timeline, how: WriteOptions = PLAIN) -> Written:
    """The markers as WebVTT."""
    cues, issues = _cues(timeline, how, _entities)
    texts = [f"{_clock(m.start_s, '.')} --> {_clock(m.end_s, '.')}\n{m.name}\n\n" for m in cues]
    return Written(("".join(["WEBVTT\n\n", *texts]),), len(cues), issues)


def recipe(timeline: otio.schema.Timeline, names: Sequence[str], how: WriteOptions = PLAIN) -> str:
    """How to see them."""
    return (
        f"Lay {names[0]} beside the video under its name, and players such as VLC show the markers as subtitles; "
        "in an editor import it as a subtitle track at the start of the clip. Times count from the video's first frame."
    )


def _cues(
    timeline: otio.schema.Timeline, how: WriteOptions, escape: Callable[[str], str]
) -> tuple[list[Mark], tuple[Issue, ...]]:
    """Marks whose name is all that is shown, whose times are whole milliseconds, and none of which overlap."""
    marks, hidden = content_of(timeline).all_marks()
    shown = [mark for mark in marks if mark.start_s >= 0]
    cues: list[Mark] = []
    changed = cut = 0
    for n, mark in enumerate(shown):
        raw = mark.name + (f"\n{mark.note}" if mark.note else "")
        text = one_line(mark.name, join=" ")
        note = one_line(mark.note, join=" / ")
        text = f"{text}: {note}" if text and note else text or note or f"Marker {n + 1}"
        text = text.replace("-->", "->")
        changed += any(c in raw.replace("\n", "", 1) for c in "\n\r") or "-->" in raw
        end_s = mark.end_s if mark.end_s > mark.start_s else mark.start_s + SHOWN_S
        if n + 1 < len(shown) and end_s > shown[n + 1].start_s:
            cut += mark.end_s > shown[n + 1].start_s
            end_s = shown[n + 1].start_s
        end_s = max(end_s, mark.start_s + _LEAST_S)
        cues.append(replace(mark, end_s=end_s, name=escape(ascii_only(text) if how.ascii else text)))
    found = (
        Issue("hidden", hidden, "marker on a part of a clip that the timeline does not show left out"),
        Issue("before_start", len(marks) - len(shown), "marker before the start of the timeline left out"),
        Issue("text_changed", changed, "name or note changed: a subtitle has no blank lines and no -->"),
        Issue("shortened", cut, "marker shortened: only one subtitle is shown at a time"),
        Issue("colour", sum(mark.colour != "Blue" for mark in shown), "colour not written: subtitles have none"),
    )
    return cues, tuple(issue for issue in found if issue.count)


def _entities(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _clock(seconds: Fraction, point: str) -> str:
    whole = floor(seconds * 1000 + Fraction(1, 2))
    return f"{whole // 3600000:02d}:{whole // 60000 % 60:02d}:{whole // 1000 % 60:02d}{point}{whole % 1000:03d}"
