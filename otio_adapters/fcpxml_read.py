"""FCPXML in: the first project of a file, its clips at their places and every marker with its clip.

Offsets are on the clock of what an item sits in: of the sequence, from its `tcStart` on, or of the clip that it is
connected to, from that clip's `start` on. A clip's markers are on the clip's own clock, which a `timeMap` stretches.
Gaps, titles and generators become gaps, which keep their markers; a compound clip becomes a stack with what is in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any
from xml.etree.ElementTree import Element

import opentimelineio as otio

from mtbsync_core.errors import FormatError
from mtbsync_core.timecode import Rate
from otio_adapters.build import KEY, frame_time, rate_metadata, timeline_marker
from otio_adapters.reading import PLAIN_READ, ReadOptions
from otio_adapters.safe_xml import parse

_ITEMS = (
    "asset-clip",
    "clip",
    "video",
    "audio",
    "title",
    "gap",
    "ref-clip",
    "sync-clip",
    "mc-clip",
    "audition",
    "spine",
)
_DEEPEST = 8
"""Compound clips in compound clips; a file that has one in itself would go on for ever."""


@dataclass(frozen=True)
class _Placed:
    """An item on the sequence: where, for how long, in which lane (seconds of the sequence)."""

    at_s: Fraction
    length_s: Fraction
    lane: int
    item: otio.core.Item


@dataclass(frozen=True)
class _Clock:
    """A clip's own clock against its file: linear between the points (clock second, media second)."""

    points: tuple[tuple[Fraction, Fraction], ...]

    def media_s(self, clock_s: Fraction) -> Fraction:
        """The second of the file, its timecode included."""
        if len(self.points) < 2:
            return clock_s
        pairs = list(pairwise(self.points))
        (t0, v0), (t1, v1) = next((pair for pair in pairs if clock_s <= pair[1][0]), pairs[-1])
        return v0 + (clock_s - t0) * (v1 - v0) / (t1 - t0)


def read(text: str, how: ReadOptions = PLAIN_READ) -> otio.schema.Timeline:
    """A timeline with the clips and markers of the first project.

    Raises:
        FormatError: the file is damaged, or has no project.
    """
    root = parse(text)
    sequence = root.find(".//project/sequence")
    project = root.find(".//project")
    if root.tag != "fcpxml" or sequence is None or project is None:
        raise FormatError(
            "the file is no FCPXML with a project", "In Final Cut Pro choose the project, then Export XML."
        )
    return _Reader(root, how).timeline(sequence, project.get("name", ""))


class _Reader:
    def __init__(self, root: Element, how: ReadOptions) -> None:
        self.how = how
        self.resources = {e.get("id", ""): e for e in root.iterfind("./resources/*")}

    def timeline(self, sequence: Element, name: str) -> otio.schema.Timeline:
        rate = self.rate_of(sequence.get("format"))
        possible = rate.den == 1001 and rate.nominal % 30 == 0
        drop = sequence.get("tcFormat") == "DF" if self.how.drop is None else self.how.drop
        rate = Rate(rate.num, rate.den, drop and possible)
        start_s = _seconds(sequence, "tcStart")
        about: dict[str, Any] = rate_metadata(rate)
        form = self.resources.get(sequence.get("format", ""))
        if form is not None:
            about.update(_size(form))
        timeline = otio.schema.Timeline(
            name=name, global_start_time=frame_time(rate.to_frames(start_s), rate), metadata={KEY: about}
        )
        placed = list(self.placed(sequence, rate, 0))
        for track in _tracks(placed, rate):
            timeline.tracks.append(track)
        return timeline

    def rate_of(self, form: str | None) -> Rate:
        """The rate of a format; that of the user where the file does not say."""
        element = self.resources.get(form or "")
        frame_s = _seconds(element, "frameDuration") if element is not None else Fraction(0)
        if frame_s > 0:
            return Rate.of(1 / frame_s)
        if self.how.rate is not None:
            return self.how.rate
        raise FormatError("the file does not say its frame rate", "Give it with --fps, for example --fps 29.97.")

    def placed(self, sequence: Element, rate: Rate, depth: int) -> Iterator[_Placed]:
        """What a sequence shows, on its own clock from its first frame."""
        if depth > _DEEPEST:
            raise FormatError(
                "compound clips are nested too deeply", "Break the compound clips apart in Final Cut Pro."
            )
        for spine in sequence.iterfind("./spine"):
            yield from self.storyline(spine, _seconds(sequence, "tcStart"), Fraction(0), 0, rate, depth)

    def storyline(
        self, spine: Element, clock_s: Fraction, at_s: Fraction, lane: int, rate: Rate, depth: int
    ) -> Iterator[_Placed]:
        """The items of a storyline whose clock shows `clock_s` at second `at_s` of the sequence."""
        end_s = clock_s
        for element in spine:
            if element.tag in _ITEMS:
                offset_s = _seconds(element, "offset", end_s)
                end_s = offset_s + _seconds(element, "duration")
                yield from self.item(element, at_s + offset_s - clock_s, lane, rate, depth)

    def item(self, element: Element, at_s: Fraction, lane: int, rate: Rate, depth: int) -> Iterator[_Placed]:
        """An item at a second of the sequence, and what is connected to it."""
        if element.tag == "audition":
            chosen = next((child for child in element if child.tag in _ITEMS), None)
            if chosen is not None:
                yield from self.item(chosen, at_s, lane, rate, depth)
            return
        asset = self.asset_of(element)
        default_s = _seconds(asset, "start") if asset is not None else Fraction(0)
        start_s, length_s = _seconds(element, "start", default_s), _seconds(element, "duration")
        if asset is not None and element.get("duration") is None:
            length_s = _seconds(asset, "duration")
        yield _Placed(at_s, length_s, lane, self.made(element, asset, start_s, length_s, rate, depth))
        for child in element:
            if child.tag not in _ITEMS or child.get("lane") is None:
                continue
            above = lane + _lane(child)
            begin_s = at_s + _seconds(child, "offset", start_s) - start_s
            if child.tag == "spine":
                yield from self.storyline(child, Fraction(0), begin_s, above, rate, depth)
            else:
                yield from self.item(child, begin_s, above, rate, depth)

    def asset_of(self, element: Element) -> Element | None:
        """The file behind an item, if it shows one."""
        inner = next((e for e in element if e.tag in ("video", "asset-clip") and e.get("lane") is None), None)
        for ref in (element.get("ref"), inner.get("ref") if inner is not None else None):
            found = self.resources.get(ref or "")
            if found is not None and found.tag == "asset":
                return found
        return None

    def made(
        self, element: Element, asset: Element | None, start_s: Fraction, length_s: Fraction, rate: Rate, depth: int
    ) -> otio.core.Item:
        """The item itself, with its markers."""
        name = element.get("name", "")
        visible = frame_time(rate.to_frames(length_s), rate)
        if asset is not None:
            return self.clip(element, asset, name, start_s, length_s, visible)
        media = self.resources.get(element.get("ref", ""))
        inner = media.find("./sequence") if media is not None and media.tag == "media" else None
        shown = otio.opentime.TimeRange(_time(start_s, rate), visible)
        if inner is None:
            gap = otio.schema.Gap(name=name, source_range=shown)
            gap.markers.extend(_markers(element, _Clock(()), rate))
            return gap
        origin_s = _seconds(inner, "tcStart")
        start_s = _seconds(element, "start", origin_s) - origin_s
        stack = otio.schema.Stack(name=name, source_range=otio.opentime.TimeRange(_time(start_s, rate), visible))
        stack.extend(_tracks(list(self.placed(inner, self.rate_of(inner.get("format")), depth + 1)), rate))
        clock = _Clock(((origin_s, Fraction(0)), (origin_s + 1, Fraction(1))))
        stack.markers.extend(_markers(element, clock, rate))
        return stack

    def clip(
        self,
        element: Element,
        asset: Element,
        name: str,
        start_s: Fraction,
        length_s: Fraction,
        visible: otio.opentime.RationalTime,
    ) -> otio.schema.Clip:
        own = self.rate_of(asset.get("format")) if asset.get("format") in self.resources else self.rate_of_how(visible)
        drop = element.get("tcFormat") == "DF" and own.den == 1001 and own.nominal % 30 == 0
        own = Rate(own.num, own.den, drop)
        points = [(_seconds(p, "time"), _seconds(p, "value")) for p in element.iterfind("./timeMap/timept")]
        points = [p for n, p in enumerate(points) if n == 0 or p[0] > points[n - 1][0]]
        clock = _Clock(tuple(points))
        first_s, last_s = clock.media_s(start_s), clock.media_s(start_s + length_s)
        rep = asset.find("./media-rep")
        url = (rep.get("src") if rep is not None else None) or asset.get("src") or ""
        about: dict[str, Any] = rate_metadata(own)
        form = self.resources.get(asset.get("format", ""))
        if form is not None:
            about.update(_size(form))
        whole = otio.opentime.TimeRange(_time(_seconds(asset, "start"), own), _time(_seconds(asset, "duration"), own))
        clip = otio.schema.Clip(
            name=name,
            media_reference=otio.schema.ExternalReference(target_url=url, available_range=whole, metadata={KEY: about}),
            source_range=otio.opentime.TimeRange(_time(first_s, own), visible),
        )
        if length_s and last_s != first_s + length_s:
            clip.effects.append(otio.schema.LinearTimeWarp(time_scalar=float((last_s - first_s) / length_s)))
        clip.markers.extend(_markers(element, clock, own))
        return clip

    def rate_of_how(self, visible: otio.opentime.RationalTime) -> Rate:
        return self.how.rate or Rate.of(visible.rate)


def _markers(element: Element, clock: _Clock, rate: Rate) -> Iterable[otio.schema.Marker]:
    """The markers of an item in the time of its file; a keyword of the same place and name is a marker's length."""
    ranges = {
        (_seconds(k, "start"), k.get("value", "")): _seconds(k, "duration") for k in element.iterfind("./keyword")
    }
    for marker in element:
        if marker.tag not in ("marker", "chapter-marker"):
            continue
        start_s, name = _seconds(marker, "start"), marker.get("value", "")
        end_s = start_s + ranges.get((start_s, name), Fraction(0))
        kind = {"0": "to-do", "1": "done"}.get(marker.get("completed", ""), "")
        own = {"kind": "chapter" if marker.tag == "chapter-marker" else kind}
        begin_s = clock.media_s(start_s)
        marked = otio.opentime.TimeRange(_time(begin_s, rate), _time(clock.media_s(end_s) - begin_s, rate))
        yield timeline_marker(name, marked, "", marker.get("note", ""), own)


def _tracks(placed: list[_Placed], rate: Rate) -> list[otio.schema.Track]:
    """A track for each lane, from below to above; what overlaps in a lane goes onto one more."""
    lanes: dict[tuple[int, int], list[_Placed]] = defaultdict(list)
    for item in sorted(placed, key=lambda p: (p.lane, p.at_s)):
        level = 0
        while (row := lanes[item.lane, level]) and item.at_s < row[-1].at_s + row[-1].length_s:
            level += 1
        row.append(item)
    tracks = []
    for number, key in enumerate(sorted(lanes), 1):
        track = otio.schema.Track(name=f"V{number}", kind=otio.schema.TrackKind.Video)
        end = 0
        for item in lanes[key]:
            at = rate.to_frames(item.at_s)
            if at > end:
                space = otio.opentime.TimeRange(frame_time(0, rate), frame_time(at - end, rate))
                track.append(otio.schema.Gap(source_range=space))
            track.append(item.item)
            end = max(at, end) + rate.to_frames(item.length_s)
        tracks.append(track)
    return tracks


def _lane(element: Element) -> int:
    try:
        return int(element.get("lane", "0"))
    except ValueError as error:
        raise FormatError(f"lane {element.get('lane')!r} is no number") from error


def _size(form: Element) -> dict[str, int]:
    found = {side: form.get(side, "") for side in ("width", "height")}
    return {side: int(text) for side, text in found.items()} if all(t.isdigit() for t in found.values()) else {}


def _seconds(element: Element, name: str, default: Fraction = Fraction(0)) -> Fraction:
    """A time such as `1001/30000s`, exact.

    Raises:
        FormatError: it is none.
    """
    text = element.get(name)
    if text is None:
        return default
    try:
        return Fraction(text.strip().removesuffix("s"))
    except (ValueError, ZeroDivisionError) as error:
        raise FormatError(f"{text!r} is no time of FCPXML", "Times are like 1001/30000s.") from error


def _time(seconds: Fraction, rate: Rate) -> otio.opentime.RationalTime:
    """Seconds as OTIO time at a rate; between two frames where they lie there."""
    return otio.opentime.RationalTime(float(seconds * rate.fps), float(rate.fps))
