"""The clips of an FCPXML and their clocks, for the reader: where they lie, what markers they have, how time runs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise
from typing import Any
from xml.etree.ElementTree import Element

from mtbsync_core.errors import FormatError
from otio_adapters.content import Mark
from otio_adapters.formats.fcpxml.writer import keyword_of
from otio_adapters.ramp import SAME, Ramp

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


PLAIN_CLOCK = Ramp(SAME)
"""Both times are the same."""


def clock_of(clip: Element) -> Ramp:
    """The `timeMap` of a clip, or that both times are the same.

    It goes straight from point to point. About a point with `inTime` or `outTime` it eases from one speed to the other,
    as it does up to and from one that is `smooth`, and how, only Final Cut Pro knows.
    """
    points: dict[Fraction, Fraction] = {}
    eased: list[tuple[Fraction, Fraction]] = []
    smooth: set[Fraction] = set()
    for point in clip.iterfind("timeMap/timept"):
        own, inner = seconds_of(point, "time"), seconds_of(point, "value")
        if own is not None and inner is not None:
            points[own] = inner
            before, after = seconds_of(point, "inTime"), seconds_of(point, "outTime")
            if before or after:
                eased.append((own - abs(before or Fraction(0)), own + abs(after or Fraction(0))))
            if point.get("interp") == "smooth":
                smooth.add(own)
    if len(points) < 2:
        return PLAIN_CLOCK
    inside = sorted(points)[1:-1]
    eased = [part for part in eased if any(part[0] <= own <= part[1] for own in inside)]
    pairs = list(pairwise(sorted(points))) if inside else []
    return Ramp(tuple(sorted(points.items())), (*eased, *(pair for pair in pairs if smooth & set(pair))))


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
