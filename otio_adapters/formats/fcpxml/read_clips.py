"""The clips of an FCPXML and their clocks, for the reader: where they lie, what markers they have, how time runs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any
from xml.etree.ElementTree import Element

from mtbsync_core.errors import FormatError
from otio_adapters.content import Mark
from otio_adapters.formats.fcpxml.writer import keyword_of
from otio_adapters.reading import straight

CLIPS = frozenset(
    ["asset-clip", "clip", "video", "audio", "title", "gap", "ref-clip", "sync-clip", "mc-clip", "audition"]
)
MARKERS = frozenset({"marker", "chapter-marker"})
LONGEST_S = 10**9

_TIME = re.compile(r"\s*(-?\d{1,25}(?:\.\d{1,25})?)(?:/(\d{1,25}))?s?\s*")


def seconds_of(element: Element, key: str) -> Fraction | None:
    """A time attribute such as `1001/30000s`; None where there is none.

    Raises:
        FormatError: it is no time.
    """
    text = element.get(key)
    if text is None:
        return None
    match = _TIME.fullmatch(text)
    below = int(match[2] or 1) if match else 0
    seconds = Fraction(match[1]) / below if match and below else None
    if seconds is None or abs(seconds) > LONGEST_S:
        raise FormatError(f'{key}="{text[:40]}" of <{element.tag}> is not a time', "Export the file again.")
    return seconds


@dataclass(frozen=True, slots=True)
class Clock:
    """What a clip's own time means in the time of its contents: straight between points, and on beyond both ends."""

    points: tuple[tuple[Fraction, Fraction], ...]
    """Own time, rising, and time of the contents; two at least."""

    @property
    def steady(self) -> bool:
        """Whether it only runs forwards or only backwards, and never stands still."""
        steps = [after[1] - before[1] for before, after in pairwise(self.points)]
        return all(step > 0 for step in steps) or all(step < 0 for step in steps)

    def inner_of(self, own_s: Fraction) -> Fraction:
        """Time of the contents at a time of its own."""
        return straight(self.points, own_s)

    def own_of(self, inner_s: Fraction) -> Fraction:
        """The time of its own at which a steady clock shows a time of the contents."""
        return straight(sorted((inner, own) for own, inner in self.points), inner_s)

    def own_mark(self, mark: Mark) -> Mark:
        """A marker in the time of the contents, in its own time."""
        return replace(mark, start_s=self.own_of(mark.start_s), end_s=self.own_of(mark.end_s))


PLAIN_CLOCK = Clock(((Fraction(0), Fraction(0)), (Fraction(1), Fraction(1))))
"""Both times are the same."""


def clock_of(clip: Element) -> Clock:
    """The `timeMap` of a clip, or that both times are the same."""
    points: dict[Fraction, Fraction] = {}
    for point in clip.iterfind("timeMap/timept"):
        own, inner = seconds_of(point, "time"), seconds_of(point, "value")
        if own is not None and inner is not None:
            points[own] = inner
    return Clock(tuple(sorted(points.items()))) if len(points) > 1 else PLAIN_CLOCK


def marks_of(clip: Element) -> list[Mark]:
    """The markers of a clip in its own time. A keyword that begins with a marker and has its name is its length."""
    lengths = {
        (seconds_of(child, "start"), child.get("value", "")): seconds_of(child, "duration")
        for child in clip
        if child.tag == "keyword"
    }
    found = []
    for child in clip:
        if child.tag in MARKERS:
            name, start_s = child.get("value", ""), seconds_of(child, "start") or Fraction(0)
            length_s = lengths.get((start_s, keyword_of(name))) or seconds_of(child, "duration")
            end_s = start_s + max(Fraction(0), length_s or Fraction(0))
            found.append(Mark(start_s, end_s, name, child.get("note", ""), "Blue", True, _own(child)))
    return found


def _own(marker: Element) -> dict[str, Any]:
    """What our metadata says of a chapter, a to-do or one that is done."""
    if marker.tag == "chapter-marker":
        return {"fcpx": "chapter"}
    if marker.get("completed") == "0":
        return {"needs_review": True}
    return {"fcpx": "done"} if marker.get("completed") == "1" else {}


def chosen_of(clip: Element) -> Element:
    """Of an audition the clip that is chosen, the first; any other clip itself."""
    chosen = next((child for child in clip if child.tag in CLIPS), None) if clip.tag == "audition" else None
    return clip if chosen is None else chosen


def in_order(clips: Iterable[Element], start_s: Fraction) -> list[tuple[Element, Fraction]]:
    """Clips with their places; one without `offset` begins where the one before it ends."""
    found = []
    for clip in clips:
        if clip.tag in CLIPS:
            offset = seconds_of(clip, "offset")
            at_s = start_s if offset is None else offset
            found.append((clip, at_s))
            start_s = at_s + (seconds_of(chosen_of(clip), "duration") or 0)
    return found


def lane_of(element: Element) -> int:
    """The lane of a connected clip, 0 for all others."""
    lane = element.get("lane", "0").strip()
    return int(lane) if (element.tag in CLIPS or element.tag == "spine") and re.fullmatch(r"-?\d{1,4}", lane) else 0
