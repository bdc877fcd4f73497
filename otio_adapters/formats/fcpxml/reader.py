"""Final Cut Pro's projects: the reader.

The main storyline is the first track, connected clips are those above it. Each clip has its file, or none (titles,
generators, compound clips of several files, freezes), and its markers; markers inside compound, synchronised and
multicam clips come out on the clip that shows them. Markers on sound and on transitions have no clip here; they are
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
from otio_adapters.formats.fcpxml.read_resources import Book, Shown
from otio_adapters.reading import PLAIN_READ, ReadOptions, counting, known_rate
from otio_adapters.safe_text import storable
from otio_adapters.safe_xml import parse


def read(text: str, how: ReadOptions = PLAIN_READ) -> otio.schema.Timeline:
    """The one project of a file (several are refused), or else the clips of its events one after the other."""
    root = parse(text)
    if root.tag != "fcpxml":
        raise FormatError(f"this is no FCPXML, it begins with <{root.tag}>", "In Final Cut Pro: File > Export XML.")
    book = Book(root)
    name, sequence = _project(root)
    rate, start_s = _rate(book, sequence, how), seconds_of(sequence, "tcStart") or Fraction(0)
    first = frames_of(how.start_timecode, rate) if how.start_timecode else rate.to_frames(start_s)
    about = rate_metadata(rate, book.size(sequence.get("format")))
    timeline = otio.schema.Timeline(name, global_start_time=frame_time(first, rate), metadata={KEY: about})
    spine = sequence.find("spine")
    _Tracks(book, rate, timeline).tell([] if spine is None else spine, start_s)
    return timeline


class _Tracks:
    """Fills a timeline; times are in seconds from the start of the sequence."""

    def __init__(self, book: Book, rate: Rate, timeline: otio.schema.Timeline) -> None:
        self.book = book
        self.rate = rate
        self.timeline = timeline
        self.lanes: dict[int, list[_Row]] = {}

    def tell(self, spine: Iterable[Element], start_s: Fraction) -> None:
        self._spine(spine, start_s, -start_s, 0)
        for lane in sorted(self.lanes):
            for row in self.lanes[lane]:
                row.track.name = f"V{len(self.timeline.tracks) + 1}"
                self.timeline.tracks.append(row.track)

    def _spine(self, spine: Iterable[Element], start_s: Fraction, shift: Fraction, lane: int) -> None:
        for element in spine:
            if element.tag == "transition":
                # Its clock, like that of a gap, begins at one hour.
                begin_s = (seconds_of(element, "offset") or start_s) + shift
                self._loose(marks_of(element), begin_s - self.rate.to_seconds(self.rate.to_frames(3600)))
        for clip, at_s in in_order(spine, start_s):
            self._clip(chosen_of(clip), at_s + shift, lane)

    def _clip(self, clip: Element, at_s: Fraction, lane: int) -> None:
        """Put a clip and all that is connected to it in place."""
        shown = self.book.shown_by(clip, self.rate)
        shift = at_s - shown.start
        inside = self.book.within(clip)
        if lane < 0 or (lane and (clip.tag == "audio" or (shown.asset and shown.asset.sound_only))):
            self._loose(marks_of(clip), shift)
            self._loose(map(shown.clock.own_mark, inside), shift)
        else:
            self._place(lane, at_s, self._item(clip, shown, inside))
        for child in clip:
            if number := lane_of(child):
                there = shift + (seconds_of(child, "offset") or 0)
                if child.tag == "spine":
                    self._spine(child, Fraction(0), there, number)
                else:
                    self._clip(chosen_of(child), there, number)

    def _item(self, clip: Element, shown: Shown, inside: Iterable[Mark]) -> otio.core.Item:
        rate = shown.asset.rate if shown.asset else self.rate
        first_s = shown.clock.inner_of(shown.start) + shown.shift
        part = otio.opentime.TimeRange(time_at(first_s, rate), time_at(shown.length, self.rate))
        name = storable(clip.get("name", ""))
        if clip.tag == "gap":
            item = otio.schema.Gap(name=name, source_range=part)
        else:
            media = shown.asset.reference() if shown.asset else None
            item = otio.schema.Clip(name=name, media_reference=media, source_range=part)
        if shown.speed != 1:
            item.effects.append(otio.schema.LinearTimeWarp(time_scalar=float(shown.speed)))
        marks = [*map(shown.file_mark, marks_of(clip)), *(mark.moved(shown.shift) for mark in inside)]
        item.markers.extend(_marker(mark, rate) for mark in marks)
        return item

    def _loose(self, marks: Iterable[Mark], shift: Fraction) -> None:
        self.timeline.tracks.markers.extend(_marker(mark.moved(shift), self.rate) for mark in marks)

    def _place(self, lane: int, at_s: Fraction, item: otio.core.Item) -> None:
        """Put an item on the first track of its lane that is free from there on."""
        at = self.rate.to_frames(at_s)
        length = self.rate.to_frames(at_s + seconds_at(item.source_range.duration)) - at
        rows = self.lanes.setdefault(lane, [])
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


def _project(root: Element) -> tuple[str, Element]:
    found = [(project, sequence) for project in root.iter("project") for sequence in project.findall("sequence")]
    if len(found) > 1:
        names = ", ".join(project.get("name", "") for project, _ in found)
        raise FormatError(f"the file holds {len(found)} projects: {names}", "Export only the one that has the markers.")
    if found:
        return found[0][0].get("name", ""), found[0][1]
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
    said = [sequence.get("format"), *(clip.get("format") for clip in sequence.iter() if clip.tag in CLIPS)]
    rates = chain([how.rate], map(book.rate, said), book.rates_of_files())
    rate = known_rate(next(filter(None, rates), None), "the project")
    says = sequence.get("tcFormat")
    return counting(rate, how, says == "DF" if says else None)


def _marker(mark: Mark, rate: Rate) -> otio.schema.Marker:
    length_s = abs(mark.end_s - mark.start_s)  # the clock of a reversed clip runs backwards
    marked = otio.opentime.TimeRange(time_at(mark.start_s, rate), time_at(length_s, rate))
    return timeline_marker(mark.name, marked, "", mark.note, mark.own)
