"""Where the items of an xmeml track lie, and how they run through their media. For the reader."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from xml.etree.ElementTree import Element

from mtbsync_core.timecode import Rate
from otio_adapters.formats.premiere.write_elements import rate_of_timebase
from otio_adapters.ramp import Points, Ramp, even, straight

_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,12})?")
_ITEMS = frozenset({"clipitem", "generatoritem", "clip"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item lies in its sequence, in frames of that, and how it runs through its media."""

    start: int
    end: int
    first: Fraction
    """Frame of the retimed clip that is shown first."""
    whole: int
    """Frames of the whole retimed clip."""
    rate: Rate
    """On which `first` and the markers of the clip count."""
    speed: Fraction
    graph: Ramp | None
    """Changing speed: frame of the clip, frame of the media."""

    def cut_to(self, start: int, end: int, rate: Rate) -> Place:
        """The part from `start` to `end`; `rate` is that of the sequence."""
        first = self.first + (start - self.start) * self.rate.fps / rate.fps
        return replace(self, start=start, end=max(start, end), first=first)

    @property
    def media_in_s(self) -> Fraction:
        """Second of the media that is shown first."""
        if self.graph:
            return straight(self.graph.points, self.first) / self.rate.fps
        shown = self.whole - self.first if self.speed < 0 else self.first
        return shown * (abs(self.speed) or 1) / self.rate.fps

    @property
    def way(self) -> Ramp:
        """Seconds after its first frame, and seconds of its media."""
        if self.graph is None:
            return even(self.media_in_s, self.speed)
        count = self.rate.fps
        points = tuple(((when - self.first) / count, value / count) for when, value in self.graph.points)
        return Ramp(points, tuple(((a - self.first) / count, (b - self.first) / count) for a, b in self.graph.unknown))


def places_of(elements: list[Element], rate: Rate) -> list[tuple[Element, Place]]:
    """The items of a track in time order, each with its place."""
    kept = [element for element in elements if element.tag in _ITEMS or element.tag == "transitionitem"]
    found = [
        (item, _place(item, before, after, rate))
        for before, item, after in zip([None, *kept], kept, [*kept[1:], None], strict=False)
        if item.tag in _ITEMS
    ]
    return sorted(found, key=lambda pair: (pair[1].start, pair[1].end))


def _place(element: Element, before: Element | None, after: Element | None, rate: Rate) -> Place:
    """Where an item lies. Its start or end is -1 in a transition, through which both clips of it run."""
    fading_in = before if before is not None and before.tag == "transitionitem" else None
    fading_out = after if after is not None and after.tag == "transitionitem" else None
    own = rate_of_element(element) or rate
    whole = int_in(element, "duration") or 0
    first = max(0, int_in(element, "in") or 0)
    out = int_in(element, "out")
    last = max(first, whole if out is None or out < 0 else out)
    length = rate.to_frames(own.to_seconds(last)) - rate.to_frames(own.to_seconds(first))
    start = 0 if element.tag == "clip" else int_in(element, "start")
    end = None if element.tag == "clip" else int_in(element, "end")
    if start is None or start < 0:
        start = None if fading_in is None else int_in(fading_in, "start")
    if end is None or end < 0:
        end = None if fading_out is None else int_in(fading_out, "end")
    if start is None:
        start = 0 if end is None else max(0, end - length)
    if end is None:
        end = start + length
    speed, graph = _speed_of(element)
    place = Place(start, max(start, end), Fraction(first), max(whole, last), own, speed, graph)
    return place.cut_to(max(start, _cut(fading_in, start)), min(place.end, _cut(fading_out, place.end)), rate)


def _cut(transition: Element | None, edge: int) -> int:
    """Where a clip is cut at a transition; it keeps its edge where it fades from or to black."""
    if transition is None:
        return edge
    start, end = int_in(transition, "start"), int_in(transition, "end")
    alignment = (transition.findtext("alignment") or "center").strip().lower()
    if start is None or end is None or alignment.endswith("black"):
        return edge
    return {"start": start, "end": end}.get(alignment, (start + end) // 2)


def _speed_of(element: Element) -> tuple[Fraction, Ramp | None]:
    """Media frames per frame of an item; where that changes, 1 and the key frames of the change."""
    for effect in element.findall("filter/effect"):
        if (effect.findtext("effectid") or "").strip().lower() != "timeremap":
            continue
        found = {(e.findtext("parameterid") or "").strip().lower(): e for e in effect.findall("parameter")}
        values = {name: (parameter.findtext("value") or "").strip() for name, parameter in found.items()}
        if "graphdict" in found and is_true(values.get("variablespeed", "")):
            graph = _graph_of(found["graphdict"])
            if graph is not None:
                return Fraction(1), graph
        percent = Fraction(values["speed"]) if _NUMBER.fullmatch(values.get("speed", "")) else Fraction(100)
        return percent * (-1 if is_true(values.get("reverse", "")) else 1) / 100, None
    return Fraction(1), None


def _graph_of(element: Element) -> Ramp | None:
    """The key frames of a speed that changes: straight between them, but not known beside one that has a handle."""
    keys: dict[Fraction, tuple[Fraction, bool]] = {}
    for key in element.findall("keyframe"):
        when, value = number_in(key, "when"), number_in(key, "value")
        if when is not None and value is not None:
            handles = [
                number_in(key, f"{handle}/{side}") for handle in ("inbez", "outbez") for side in ("horiz", "vert")
            ]
            keys[when] = value, any(handles)
    points = [(when, *keys[when]) for when in sorted(keys)]
    curved: Points = tuple((a, b) for (a, _, before), (b, _, after) in pairwise(points) if before or after)
    return Ramp(tuple((when, value) for when, value, _ in points), curved) if len(points) > 1 else None


def rate_of_element(element: Element) -> Rate | None:
    """The rate that an element says, without drop frame; some programs write a timebase of 29.97."""
    timebase = number_in(element, "rate/timebase")
    if timebase is None or timebase <= 0:
        return None
    if timebase.denominator != 1:
        return Rate.of(timebase)
    return rate_of_timebase(int(timebase), is_true(element.findtext("rate/ntsc") or ""))


def is_true(text: str) -> bool:
    """Whether a text says yes, in the ways that programs write it."""
    return text.strip().lower() in ("true", "1", "yes")


def int_in(element: Element, path: str) -> int | None:
    """The whole number in a descendant, None where there is none; fractions are rounded."""
    number = number_in(element, path)
    return None if number is None else round(number)


def number_in(element: Element, path: str) -> Fraction | None:
    """The number in a descendant, None where there is none."""
    text = (element.findtext(path) or "").strip()
    return Fraction(text) if _NUMBER.fullmatch(text) else None
