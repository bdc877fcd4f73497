"""FCPXML 1.10 of Final Cut Pro, out. (Resolve 18.6 reads no later version than 1.11, which is the same for us.)

There are no markers on a sequence in it, so that each hangs on what is shown at its time: the clip of the main
storyline, or a gap. Times are exact multiples of the frame. A clip's own clock (`start`, and its markers) is its file's
timecode; in a clip with a `timeMap` it is that of the retimed file. The map covers the whole file, as Final Cut's own
does, anchored at the start timecode (interchange facts, sections 2.4 and 2.5; the anchor is not yet seen in Final Cut).

A marker has no length and no colour there: a length becomes a keyword range of the same name, colours are lost. Markers
that need a look (their note begins with `REVIEW`) become to-dos.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import opentimelineio as otio

from mtbsync_core.timecode import Rate
from otio_adapters.build import path_of, target_url
from otio_adapters.content import Content, Mark, Media, Piece, content_of
from otio_adapters.report import Issue
from otio_adapters.safe_text import ascii_only, many_lines, one_line
from otio_adapters.safe_xml import text_of
from otio_adapters.writing import PLAIN, Grid, WriteOptions, Written, grid_of, halved

FASTEST = 60
"""Frames a second of a project, at most."""
SIZE = 1920, 1080
_CONFORM = {
    Fraction(24000, 1001): "23.98",
    Fraction(30000, 1001): "29.97",
    Fraction(60000, 1001): "59.94",
    Fraction(120000, 1001): "119.88",
    **{Fraction(n): str(n) for n in (24, 25, 30, 48, 50, 60, 90, 100, 120)},
}
"""Rates of files that a clip can be told to have in a project of another rate."""

_ISSUES = {
    "text_changed": "name or note changed: line breaks in names and control characters have no place in the file",
    "ascii": "name or note in plain ASCII letters, as asked",
    "colour": "colour not written: Final Cut's markers have none",
    "keyword": "length written as a keyword range: Final Cut's markers have none",
    "cut": "length cut off where the clip ends",
    "custom_data": "hidden data of the editor not written: the file has no place for it",
    "extra_columns": "marker with further columns, which the file has no place for: they stay in the marker file",
    "before_start": "marker before the start of the timeline left out",
    "hidden": "marker on a part of a clip that the timeline does not show left out",
    "freeze": "still frame not written as one: it plays on",
}


@dataclass
class _Host:
    """An element that can carry markers: its place and length on the sequence in frames, and its own clock."""

    element: Element
    at: int
    length: int
    start_s: Fraction
    marks: list[tuple[int, int, Mark]] = field(default_factory=list)
    """First frame on the sequence, length in frames, marker."""


def write(timeline: otio.schema.Timeline, how: WriteOptions = PLAIN) -> Written:
    """The timeline as a project in an event.

    Raises:
        FormatError: the start timecode does not exist at the rate, or the timeline has no rate.
    """
    grid = _grid(timeline, how)
    content = content_of(timeline)
    counts: Counter[str] = Counter()
    root = Element("fcpxml", version="1.10")
    resources = _Resources(SubElement(root, "resources"), grid.rate, how.size or content.size)
    title = _line(how.label or content.name, how) or "Timeline"
    event = SubElement(SubElement(root, "library"), "event", name="mtbsync")
    project = SubElement(event, "project", name=title)
    sequence = SubElement(project, "sequence", format=resources.sequence)
    spine = SubElement(sequence, "spine")
    marks, counts["hidden"] = content.all_marks()
    hosts, end = _spine(spine, content, marks, grid, resources, counts)
    shown = 0
    for mark in marks:
        first, length = mark.frames(grid.rate)
        host = next((h for h in hosts if h.at <= first < h.at + h.length), None)
        if host is None:
            counts["before_start"] += 1
            continue
        host.marks.append((first, length, mark))
        shown += 1
    number = 0
    for host in hosts:
        number = _hang(host, number, grid, how, counts)
    sequence.set("duration", _time(end, grid.rate))
    sequence.set("tcStart", _time(grid.start, grid.rate))
    sequence.set("tcFormat", "DF" if grid.rate.drop else "NDF")
    indent(root, "    ")
    text = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n' + tostring(root, encoding="unicode") + "\n"
    issues = [Issue(kind, counts[kind], words) for kind, words in _ISSUES.items() if counts[kind]]
    return Written((text,), shown, (*grid.issues, *resources.issues, *issues))


def recipe(timeline: otio.schema.Timeline, names: Sequence[str], how: WriteOptions = PLAIN) -> str:
    """How to get it into Final Cut Pro."""
    return (
        f"In Final Cut Pro: File > Import > XML, take {names[0]}; it makes an event with a project of "
        f"{_grid(timeline, how).setting}. The markers are on its clip; the Timeline Index lists them under Tags. "
        "(For DaVinci Resolve take --preset resolve-edl or resolve-otio: it may drop markers of an FCPXML.)"
    )


def _grid(timeline: otio.schema.Timeline, how: WriteOptions) -> Grid:
    grid = grid_of(timeline, how)
    return grid if how.rate is not None else halved(grid, FASTEST, "a project of Final Cut")


class _Resources:
    """Formats and assets, each once."""

    def __init__(self, element: Element, rate: Rate, size: tuple[int, int] | None) -> None:
        self.element = element
        self.issues: list[Issue] = []
        if size is None:
            self.issues.append(Issue("size_assumed", 1, "the picture size is not known: 1920x1080 is taken"))
        self._formats: dict[tuple[Rate, tuple[int, int]], str] = {}
        self._assets: dict[tuple[str, str, int], str] = {}
        self._count = 0
        self.sequence = self.format(rate, size or SIZE)
        self._size = size or SIZE

    def format(self, rate: Rate, size: tuple[int, int]) -> str:
        key = (Rate(rate.num, rate.den), size)
        if key not in self._formats:
            self._formats[key] = self._id()
            frame = f"{rate.den}/{rate.num}s"
            width, height = map(str, size)
            SubElement(
                self.element, "format", id=self._formats[key], frameDuration=frame, width=width, height=height
            )  # fmt: skip
        return self._formats[key]

    def asset(self, media: Media) -> str:
        key = (media.name, media.url, media.start)
        if key not in self._assets:
            form = self.format(media.rate, media.size or self._size)
            self._assets[key] = self._id()
            length = max(1, media.rate.to_frames(media.length_s))
            asset = SubElement(
                self.element,
                "asset",
                id=self._assets[key],
                name=text_of(media.name),
                start=_time(media.start, media.rate),
                duration=_time(length, media.rate),
                hasVideo="1",
                format=form,
            )
            url = media.url if media.url.lower().startswith("file:") else target_url(path_of(media.url or media.name))
            SubElement(asset, "media-rep", kind="original-media", src=text_of(url))
        return self._assets[key]

    def _id(self) -> str:
        self._count += 1
        return f"r{self._count}"


def _spine(
    spine: Element, content: Content, marks: Iterable[Mark], grid: Grid, resources: _Resources, counts: Counter[str]
) -> tuple[list[_Host], int]:
    """The main storyline, gaps where it shows nothing and to the last marker, and connected clips of the tracks above;
    all that can carry markers, the main storyline first, and the frame at which it ends.
    """
    hosts: list[_Host] = []
    end = 0

    def gap(until: int) -> None:
        nonlocal end
        if until > end:
            begin = _time(grid.start + end, grid.rate)
            element = SubElement(
                spine, "gap", name="Gap", offset=begin, start=begin, duration=_time(until - end, grid.rate)
            )  # fmt: skip
            hosts.append(_Host(element, end, until - end, grid.rate.to_seconds(grid.start + end)))
            end = until

    def clip(parent: Element, piece: Piece, offset_s: Fraction, at: int, until: int) -> _Host:
        return _clip(parent, piece, offset_s, at, until, grid, resources, counts)

    upper = [piece for piece in content.pieces if piece.track > 0]
    for piece in (piece for piece in content.pieces if piece.track == 0):
        at, until = (grid.rate.to_frames(t) for t in (piece.at_s, piece.at_s + piece.length_s))
        gap(at)
        if until > end:
            hosts.append(clip(spine, piece, grid.rate.to_seconds(grid.start + end), end, until))
            end = until
    needed = [grid.rate.to_frames(piece.at_s) + 1 for piece in upper] + [
        mark.frames(grid.rate)[0] + 1 for mark in marks
    ]
    gap(max(needed, default=0))
    for piece in upper:
        at, until = (grid.rate.to_frames(t) for t in (piece.at_s, piece.at_s + piece.length_s))
        below = next(host for host in hosts if host.at <= at < host.at + host.length)
        connected = clip(below.element, piece, below.start_s + grid.rate.to_seconds(at - below.at), at, until)
        connected.element.set("lane", str(piece.track))
    return hosts, end


def _clip(
    parent: Element,
    piece: Piece,
    offset_s: Fraction,
    at: int,
    until: int,
    grid: Grid,
    resources: _Resources,
    counts: Counter[str],
) -> _Host:
    """A clip at an offset of its parent's clock, shown from frame `at` of the sequence to `until`."""
    media = piece.media
    base_s = media.rate.to_seconds(media.start)
    speed = piece.speed
    if speed <= 0:
        counts["freeze"] += 1
        speed = Fraction(1)
    # The part that rounding of the clip's place has moved goes into its file too.
    into_s = piece.media_in_s + (grid.rate.to_seconds(at) - piece.at_s) * speed
    on_grid_s = media.rate.to_seconds(media.rate.to_frames(into_s))
    start_s = base_s + (on_grid_s if speed == 1 else into_s / speed)
    element = SubElement(
        parent,
        "asset-clip",
        ref=resources.asset(media),
        offset=_exact(offset_s),
        name=text_of(piece.name),
        start=_exact(start_s),
        duration=_time(until - at, grid.rate),
        tcFormat="DF" if media.rate.drop else "NDF",
    )
    if media.rate.fps != grid.rate.fps and media.rate.fps in _CONFORM:
        SubElement(element, "conform-rate", scaleEnabled="0", srcFrameRate=_CONFORM[media.rate.fps])
    if speed != 1:
        points = SubElement(element, "timeMap")
        for into in (Fraction(0), media.length_s):
            SubElement(
                points, "timept", time=_exact(base_s + into / speed), value=_exact(base_s + into), interp="linear"
            )  # fmt: skip
    return _Host(element, at, until - at, start_s)


def _hang(host: _Host, number: int, grid: Grid, how: WriteOptions, counts: Counter[str]) -> int:
    """Add the markers of a host behind all that must come before them; the number of markers so far."""
    frame = _time(1, grid.rate)
    for first, length, mark in sorted(host.marks, key=lambda entry: entry[0]):
        number += 1
        name, note = _line(mark.name, how) or f"Marker {number}", many_lines(mark.note)
        counts["text_changed"] += (one_line(mark.name), note) != (mark.name, mark.note)
        if how.ascii:
            counts["ascii"] += ascii_only(note) != note or ascii_only(mark.name) != mark.name
            note = ascii_only(note)
        counts["colour"] += mark.colour != "Blue"
        counts["custom_data"] += mark.custom
        counts["extra_columns"] += mark.extra
        start = _exact(host.start_s + grid.rate.to_seconds(first - host.at))
        if mark.kind == "chapter":
            element = SubElement(host.element, "chapter-marker", start=start, duration=frame, value=name)
            element.set("posterOffset", "0s")
        else:
            element = SubElement(host.element, "marker", start=start, duration=frame, value=name)
            if mark.kind in ("to-do", "done") or note.startswith("REVIEW"):
                element.set("completed", "1" if mark.kind == "done" else "0")
        if note:
            element.set("note", note)
        if length > 0:
            counts["keyword"] += 1
            room = min(length, host.at + host.length - first)
            counts["cut"] += room < length
            SubElement(host.element, "keyword", start=start, duration=_time(room, grid.rate), value=name)
    return number


def _line(text: str, how: WriteOptions) -> str:
    line = text_of(one_line(text))
    return ascii_only(line) if how.ascii else line


def _time(frames: int, rate: Rate) -> str:
    """A number of frames as FCPXML has it: `1001/30000s`."""
    return f"{frames * rate.den}/{rate.num}s" if frames else "0s"


def _exact(seconds: Fraction) -> str:
    return f"{seconds.numerator}/{seconds.denominator}s" if seconds.denominator > 1 else f"{seconds.numerator}s"
