"""Final Cut Pro's projects: the reader.

The main storyline is a track, connected clips are those above and below it. Each clip has its file, or none (titles,
generators), and its markers. A compound, synchronised or multicam clip that shows a single file is a clip of that,
with the markers inside; another is a stack. Markers on connected sound and on transitions have no clip here; they are
markers of the timeline. The folder tells how clocks are nested in this format.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from xml.etree.ElementTree import Element

import opentimelineio as otio

from mtbsync_core.errors import FormatError
from mtbsync_core.timecode import Rate, frames_of
from otio_adapters.build import KEY, frame_time, rate_metadata, seconds_at, time_at, time_range, timeline_marker
from otio_adapters.content import Mark
from otio_adapters.formats.fcpxml.read_clips import CLIPS, chosen_of, in_order, lane_of, marks_of, seconds_of
from otio_adapters.formats.fcpxml.read_resources import Book, Shown, back, through
from otio_adapters.ramp import straight
from otio_adapters.reading import PLAIN_READ, ReadOptions, counting, known_rate, named
from otio_adapters.safe_text import storable
from otio_adapters.safe_xml import parse


def read(text: str, how: ReadOptions = PLAIN_READ) -> otio.schema.Timeline:
    """The project of a file (of several, the one asked for), or else the clips of its events one after the other."""
    root = parse(text)
    if root.tag != "fcpxml":
        raise FormatError(f"this is no FCPXML, it begins with <{root.tag}>", "In Final Cut Pro: File > Export XML.")
    book = Book(root)
    name, sequence = _project(root, how)
    rate, start_s = _rate(book, sequence, how), seconds_of(sequence, "tcStart") or Fraction(0)
    first = frames_of(how.start_timecode, rate) if how.start_timecode else rate.to_frames(start_s)
    about = rate_metadata(rate, book.size(sequence.get("format")))
    timeline = otio.schema.Timeline(name, global_start_time=frame_time(first, rate), metadata={KEY: about})
    spine = sequence.find("spine")
    tracks = _Tracks(book, rate)
    tracks.tell([] if spine is None else spine, start_s)
    tracks.put(timeline.tracks)
    return timeline


class _Tracks:
    """The tracks of a sequence or compound clip; times are in seconds from its start."""

    def __init__(self, book: Book, rate: Rate, depth: int = 0) -> None:
        self.book = book
        self.rate = rate
        self.depth = depth
        self.markers: list[otio.schema.Marker] = []
        self.lanes: dict[int, list[_Row]] = {}
        self.sounds: list[_Row] = []

    def tell(self, spine: Iterable[Element], start_s: Fraction) -> None:
        """Take a storyline whose first clip lies at the start of the sequence."""
        self._spine(spine, start_s, -start_s, 0)

    def put(self, stack: otio.schema.Stack) -> None:
        """Give a stack all that was found."""
        for row in (row for lane in sorted(self.lanes) for row in self.lanes[lane]):
            row.track.name = f"V{len(stack) + 1}"
            stack.append(row.track)
        for number, row in enumerate(self.sounds, 1):
            row.track.name, row.track.kind = f"A{number}", otio.schema.TrackKind.Audio
            stack.append(row.track)
        stack.markers.extend(self.markers)

    def _spine(self, spine: Iterable[Element], start_s: Fraction, shift: Fraction, lane: int) -> None:
        for element in spine:
            if element.tag == "transition":
                # Its clock, like that of a gap, begins at one hour.
                begin_s = (seconds_of(element, "offset") or start_s) + shift
                hour_s = self.rate.to_seconds(self.rate.to_frames(3600))
                self._loose(mark.moved(begin_s - hour_s) for mark in marks_of(element))
        for clip, at_s in in_order(spine, start_s):
            self.clip(chosen_of(clip), at_s + shift, lane)

    def clip(self, clip: Element, at_s: Fraction, lane: int) -> None:
        """Put a clip and all that is connected to it in place."""
        shown = self.book.shown_by(clip, self.rate)
        rows = self.book.rows_in(clip) if shown.asset is None else []
        compound = any(inner.tag not in {"gap", "audio"} for inner, _ in chain(*rows))
        sound = clip.tag == "audio" or clip.get("srcEnable") == "audio" or (shown.asset and shown.asset.sound_only)
        if lane and not compound and (any(rows) or sound) and (shown.asset is None or shown.asset.sound_only):
            inside = self.book.within(clip, self.rate)
            self._loose(shown.placed(mark, at_s) for mark in marks_of(clip))
            self._loose(shown.placed(mark, at_s) for mark in filter(None, (back(shown.clock, m) for m in inside)))
        else:
            # The sound of a recording has the recording's markers.
            tracks = self.sounds if sound else self.lanes.setdefault(lane, [])
            self._place(tracks, at_s, self._item(clip, shown, rows if compound else [], at_s))
        for child in clip:
            if number := lane_of(child):
                there = at_s + shown.after(seconds_of(child, "offset") or Fraction(0))
                if child.tag == "spine":
                    self._spine(child, Fraction(0), there, number)
                else:
                    self.clip(chosen_of(child), there, number)

    def _item(
        self, clip: Element, shown: Shown, rows: list[list[tuple[Element, Fraction]]], at_s: Fraction
    ) -> otio.core.Item:
        """A clip, which is a stack where it is a compound clip of several files."""
        rate, since_s = (shown.asset.rate if shown.asset else self.rate), Fraction(0)
        name = storable(clip.get("name", ""))
        if clip.tag == "gap":
            item: otio.core.Item = otio.schema.Gap(name=name)
        elif rows:
            since_s = min(there_s for row in rows for _, there_s in row)
            item = self._compound(clip, rows, since_s)
        else:
            item = otio.schema.Clip(name=name, media_reference=shown.asset.reference() if shown.asset else None)
        item.name, item.enabled = name, clip.get("enabled") != "0"
        way = shown.way.moved(-since_s)
        first_s = straight(way.points, Fraction(0))
        item.source_range = otio.opentime.TimeRange(time_at(first_s, rate), time_at(shown.length, self.rate))
        if way.speed is None:
            item.effects.append(way.effect())
        elif way.speed != 1:
            item.effects.append(otio.schema.LinearTimeWarp(time_scalar=float(way.speed)))
        inside = self.book.within(clip, self.rate) if shown.asset else ()
        marks = [through(shown.file, mark) for mark in inside]
        for mark in marks_of(clip):
            there = shown.placed(mark, at_s)
            media_mark = through(shown.clock.then(shown.file).moved(-since_s), mark)
            if media_mark is None or (not way.steady and at_s <= there.start_s < at_s + shown.length):
                # What it shows may be on at several times, or not be known: only the sequence says where this is.
                self._loose([there])
            else:
                marks.append(media_mark)
        item.markers.extend(_marker(mark, rate) for mark in marks if mark is not None)
        return item

    def _compound(
        self, clip: Element, rows: list[list[tuple[Element, Fraction]]], since_s: Fraction
    ) -> otio.schema.Stack:
        """What is inside a clip, from that second of its contents on; other angles are switched off."""
        stack = otio.schema.Stack()
        rate = self.book.rate_inside(clip, self.rate)
        for number, row in reversed(list(enumerate(rows))):
            inner = _Tracks(self.book, rate, self.depth + 1)
            for child, there_s in row:
                self.book.enter(self.depth + 1)
                inner.clip(chosen_of(child), there_s - since_s, 0)
            before = len(stack)
            inner.put(stack)
            for track in stack[before:]:
                track.enabled = not number
        return stack

    def _loose(self, marks: Iterable[Mark]) -> None:
        self.markers.extend(_marker(mark, self.rate) for mark in marks)

    def _place(self, rows: list[_Row], at_s: Fraction, item: otio.core.Item) -> None:
        """Put an item on the first of these tracks that is free from there on."""
        at = self.rate.to_frames(at_s)
        length = self.rate.to_frames(at_s + seconds_at(item.source_range.duration)) - at
        row = next((row for row in rows if row.end <= at), None)
        if row is None:
            row = _Row(otio.schema.Track(kind=otio.schema.TrackKind.Video))
            rows.append(row)
        if at > row.end:
            row.track.append(otio.schema.Gap(source_range=time_range(0, at - row.end, self.rate)))
        item.source_range = otio.opentime.TimeRange(item.source_range.start_time, frame_time(length, self.rate))
        row.track.append(item)
        row.end = at + length


@dataclass(slots=True)
class _Row:
    """A track, and the frame up to which it is full."""

    track: otio.schema.Track
    end: int = 0


def _project(root: Element, how: ReadOptions) -> tuple[str, Element]:
    found = [
        (project.get("name", ""), sequence)
        for project in root.iter("project")
        for sequence in project.findall("sequence")
    ]
    asked = named(((name, (name, sequence)) for name, sequence in found), how)
    if asked is None and len(found) > 1:
        names = ", ".join(name for name, _ in found)
        raise FormatError(f"the file holds {len(found)} projects: {names}", "Say which with --sequence NAME.")
    if found:
        return asked or found[0]
    sequence = Element("sequence")
    spine = Element("spine")
    for parent in (root, *root.iter("event")):
        spine.extend(child for child in parent if child.tag in CLIPS)
    if not len(spine):
        raise FormatError("there is no project and no clip in the file", "In Final Cut Pro, choose a project first.")
    for clip in spine:
        clip.attrib.pop("offset", None)
    sequence.append(spine)
    return spine[0].get("name", ""), sequence


def _rate(book: Book, sequence: Element, how: ReadOptions) -> Rate:
    """The rate that the file says of the sequence; else the user's, else that of what is in it."""
    said = (clip.get("format") for clip in sequence.iter() if clip.tag in CLIPS)
    rates = chain([book.rate(sequence.get("format")), how.rate], map(book.rate, said), book.rates_of_files())
    rate = known_rate(next(filter(None, rates), None), "the project")
    says = sequence.get("tcFormat")
    if says is None and how.rate is not None and how.rate.fps == rate.fps:
        rate = how.rate
    return counting(rate, how, says == "DF" if says else None)


def _marker(mark: Mark, rate: Rate) -> otio.schema.Marker:
    length_s = abs(mark.end_s - mark.start_s)  # the clock of a reversed clip runs backwards
    marked = otio.opentime.TimeRange(time_at(mark.start_s, rate), time_at(length_s, rate))
    return timeline_marker(mark.name, marked, "", mark.note, mark.own)
