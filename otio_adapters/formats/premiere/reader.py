"""Premiere's sequences, and others in the XML of Final Cut Pro 7: the reader. The folder tells of the format.

What a file may hold and we read in our own way:

- Several sequences: the one asked for is taken, else the first that is not part of another, and
  `metadata["mtbsync"]["other_sequences"]` names the rest.
- A sequence within a sequence becomes a stack with its own tracks and markers, one that holds itself an empty one.
- A marker of a sound clip goes to the sequence, at the place where it sounds, unless a picture clip of the same file
  has it too. The sound of a recording has the recording's markers: it becomes a track of sound, for these alone.
- Transitions become cuts, where the editor would cut.
- Changing speed ("variable") becomes a bare `TimeEffect` with the key frames in its metadata (`ramp`).
- What has no file but a source of its own (a title, a matte) becomes a clip without a file.
- Markers of a master clip go to the clips made of it.
- A marker without a colour is green, as Premiere shows it; other colours are the nearest of Premiere's eight.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any
from xml.etree.ElementTree import Element

import opentimelineio as otio

from mtbsync_core.errors import FormatError
from mtbsync_core.timecode import Rate, frames_of, is_drop_label
from otio_adapters.build import KEY, frame_time, rate_metadata, time_at, time_range, timeline_marker
from otio_adapters.colours import RESOLVE_OF, WITHOUT_TWIN
from otio_adapters.file_urls import path_of, target_url
from otio_adapters.formats.premiere.read_document import Document
from otio_adapters.formats.premiere.read_items import Place, int_in, is_true, places_of, rate_of_element
from otio_adapters.formats.premiere.write_elements import PALETTE
from otio_adapters.reading import PLAIN_READ, ReadOptions, known_rate, named
from otio_adapters.safe_text import storable
from otio_adapters.safe_xml import parse

_MAX_DEPTH = 50
_MAX_ITEMS = 200_000


def read(text: str, how: ReadOptions = PLAIN_READ) -> otio.schema.Timeline:
    """The first sequence of a file, or its first clip where it has no sequence."""
    document = Document(parse(text))
    whole = document.sequences()
    top = [element for element in document.top_level("sequence") if element.find("media") is not None]
    nested = document.nested()
    found = [element for element in top if element not in nested] or top
    asked = named(((_name_of(element), element) for element in whole), how)
    first = next(iter([*([] if asked is None else [asked]), *found, *document.top_level("clip")]), None)
    if first is None:
        raise FormatError("the file holds neither a sequence nor a clip", "Export the sequence as Final Cut Pro XML.")
    # Frames count at the rate that the file says; what the caller knows is that of the recording, maybe another.
    rate = known_rate(rate_of_element(first) or how.rate, "the sequence")
    start, drop = _timecode_of(first, rate)
    if start is None:
        drop = how.rate is not None and how.rate.drop and how.rate.fps == rate.fps
    rate = Rate(rate.num, rate.den, drop if how.drop is None else how.drop)
    if how.start_timecode is not None:
        start = frames_of(how.start_timecode, rate)
    about = rate_metadata(rate, _size_of(first.find("media/video/format/samplecharacteristics")))
    if asked is None and len(found) > 1:
        about["other_sequences"] = [_name_of(element) for element in found[1:]]
    timeline = otio.schema.Timeline(
        name=_name_of(first),
        global_start_time=None if start is None else frame_time(start, rate),
        metadata={KEY: about},
    )
    reader = _Reader(document)
    if first.tag == "clip":
        reader.add_track(timeline.tracks, "V1", [first], rate)
    else:
        reader.fill(timeline.tracks, first, rate)
    return timeline


@dataclass(slots=True)
class _Reader:
    document: Document
    _within: list[Element] = field(default_factory=list)
    """The sequences that are being read, from outside to inside: none may hold itself."""
    _items: int = 0

    def fill(self, stack: otio.schema.Stack, sequence: Element, rate: Rate) -> None:
        """Give a stack the tracks and markers of a sequence."""
        self._within.append(sequence)
        stack.markers.extend(_marker(element, rate) for element in sequence.findall("marker"))
        seen = set()
        for number, track in enumerate(sequence.findall("media/video/track"), 1):
            self.add_track(stack, track.get("MZ.TrackName") or f"V{number}", list(track), rate)
            seen |= {_identity(item, marker) for item in track for marker in self._markers_of(item)}
        for number, track in enumerate(sequence.findall("media/audio/track"), 1):
            of_recordings = []
            for item, place in places_of(list(track), rate):
                fresh = [marker for marker in self._markers_of(item) if _identity(item, marker) not in seen]
                seen |= {_identity(item, marker) for marker in fresh}
                if fresh and self._has_pictures(item):
                    of_recordings.append(item)
                else:
                    stack.markers.extend(_sounding(marker, place, rate) for marker in fresh)
            if of_recordings:
                self.add_track(stack, f"A{number}", of_recordings, rate, otio.schema.TrackKind.Audio)
        self._within.pop()

    def _has_pictures(self, item: Element) -> bool:
        """Whether the file of a sound clip is that of a recording."""
        file = self.document.whole(item.find("file"))
        return file is not None and file.find("media/video") is not None

    def add_track(
        self, stack: otio.schema.Stack, name: str, elements: list[Element], rate: Rate, kind: str = "Video"
    ) -> None:
        """Give a stack a track with these items, and gaps between them."""
        track = otio.schema.Track(name=storable(name), kind=kind)
        stack.append(track)
        cursor = 0
        for element, place in places_of(elements, rate):
            self._items += 1
            if self._items > _MAX_ITEMS:
                raise FormatError(f"the file holds more than {_MAX_ITEMS} clips", "Is it the right file?")
            place = place.cut_to(max(cursor, place.start), place.end, rate)
            if place.start > cursor:
                track.append(otio.schema.Gap(source_range=time_range(0, place.start - cursor, rate)))
            track.append(self._item(element, place, rate))
            cursor = place.end

    def _item(self, element: Element, place: Place, rate: Rate) -> otio.core.Item:
        nested = self.document.whole(element.find("sequence"))
        start_s = Fraction(0)
        if nested is not None:
            item: otio.core.Item = otio.schema.Stack(name=_name_of(element))
            if nested not in self._within and len(self._within) < _MAX_DEPTH:
                self.fill(item, nested, rate_of_element(nested) or place.rate)
        else:
            item = otio.schema.Clip(name=_name_of(element))
            item.media_reference, start_s = self._media(element, place)
        item.enabled = is_true(element.findtext("enabled") or "TRUE")
        length = frame_time(place.end - place.start, rate)
        item.source_range = otio.opentime.TimeRange(time_at(start_s + place.media_in_s, place.rate), length)
        if place.graph:
            item.effects.append(place.way.moved(start_s).effect())
        elif place.speed != 1:
            item.effects.append(otio.schema.LinearTimeWarp("Time Remap", float(place.speed)))
        item.markers.extend(_marker(marker, place.rate, start_s) for marker in self._markers_of(element))
        return item

    def _media(self, element: Element, place: Place) -> tuple[otio.core.MediaReference, Fraction]:
        """The file of a clip, and the second of the day at which it starts."""
        file = self.document.whole(next(element.iter("file"), None))
        if file is None:
            return otio.schema.MissingReference(), Fraction(0)
        rate = rate_of_element(file) or place.rate
        start, drop = _timecode_of(file, rate)
        rate = Rate(rate.num, rate.den, drop)
        length = int_in(file, "duration")
        if length is None:
            length = rate.to_frames(place.rate.to_seconds(place.whole) * (abs(place.speed) or 1))
        about = rate_metadata(rate, _size_of(file.find("media/video/samplecharacteristics")))
        details: dict[str, Any] = {"available_range": time_range(start or 0, length, rate), "metadata": {KEY: about}}
        url = (file.findtext("pathurl") or "").strip()
        since_s = rate.to_seconds(start or 0)
        if not url and file.find("mediaSource") is not None:
            return otio.schema.MissingReference(_name_of(file), None, {KEY: about}), since_s
        if not url:
            return otio.schema.MissingReference(_name_of(file), **details), since_s
        return otio.schema.ExternalReference(_url_of(url), **details), since_s

    def _markers_of(self, item: Element) -> list[Element]:
        """Markers of an item, and those of its master clip that it has not itself."""
        own = item.findall("marker")
        known = {_identity(item, marker) for marker in own}
        master = self.document.master_of(item)
        inherited = [] if master is None else master.findall("marker")
        return [*own, *(marker for marker in inherited if _identity(item, marker) not in known)]


def _marker(element: Element, rate: Rate, start_s: Fraction = Fraction(0)) -> otio.schema.Marker:
    """A marker of a sequence, or of a clip whose media starts at that second of the day."""
    first, length = _marked(element)
    start = time_at(start_s + rate.to_seconds(first), rate)
    return _coloured(element, otio.opentime.TimeRange(start, frame_time(length, rate)))


def _sounding(element: Element, place: Place, rate: Rate) -> otio.schema.Marker:
    """A marker of a sound clip as one of its sequence, which has `rate`."""
    first, length = _marked(element)
    at, to = (next(place.way.own_times(place.rate.to_seconds(n)), Fraction(0)) for n in (first, first + length))
    start = rate.to_frames(rate.to_seconds(place.start) + min(at, to))
    end = start + rate.to_frames(abs(to - at))
    return _coloured(element, time_range(start, end - start, rate))


def _marked(element: Element) -> tuple[int, int]:
    """First frame and number of frames; an `out` of -1 makes a point."""
    first = int_in(element, "in") or 0
    return first, max(0, (int_in(element, "out") or 0) - first)


def _coloured(element: Element, marked: otio.opentime.TimeRange) -> otio.schema.Marker:
    name = _colour_of(element)
    twin = "" if name in WITHOUT_TWIN else RESOLVE_OF[name]
    marker = timeline_marker(element.findtext("name") or "", marked, twin, element.findtext("comment") or "", {})
    marker.color = name
    return marker


def _colour_of(element: Element) -> str:
    """OpenTimelineIO's name of the nearest colour that Premiere has."""
    packed = int_in(element, "pproColor")
    if packed is not None:
        seen = [packed >> shift & 255 for shift in (0, 8, 16)]
    else:
        parts = [int_in(element, f"color/{part}") for part in ("red", "green", "blue")]
        seen = [part for part in parts if part is not None]
        if len(seen) < 3:
            return "GREEN"
        if max(seen) > 255:
            seen = [part // 257 for part in seen]  # 16 bits
    return min(
        PALETTE, key=lambda name: sum((part - (PALETTE[name] >> 8 * n & 255)) ** 2 for n, part in enumerate(seen))
    )


def _identity(item: Element, marker: Element) -> tuple[str, ...]:
    """What is the same for a marker on the picture and the sound of one clip."""
    file = item.find("file")
    media = item.findtext("masterclipid") or (file.get("id") if file is not None else None) or ""
    return (media, *((marker.findtext(tag) or "").strip() for tag in ("in", "name", "comment")))


def _timecode_of(element: Element, rate: Rate) -> tuple[int | None, bool]:
    """First frame of a sequence or file since midnight, on the grid of `rate`, and whether its labels drop frames."""
    timecode = element.find("timecode")
    if timecode is None:
        return None, False
    label = (timecode.findtext("string") or "").strip()
    shown = (timecode.findtext("displayformat") or "").strip().upper()
    says_drop = shown == "DF" or (not shown and is_drop_label(label))
    counting = (rate_of_element(timecode) or rate).dropping(says_drop)
    frame = int_in(timecode, "frame")
    if frame is None and label:
        frame = frames_of(label, counting)
    start = None if frame is None else rate.to_frames(counting.to_seconds(frame))
    return start, rate.dropping(says_drop).drop


def _size_of(picture: Element | None) -> tuple[int, int] | None:
    width, height = (None if picture is None else int_in(picture, tag) for tag in ("width", "height"))
    return (width, height) if width and height else None


def _url_of(url: str) -> str:
    path = path_of(url)
    is_file = url.lower().startswith("file:") or "://" not in url
    return storable(target_url(path) if is_file and path.is_absolute() else url)


def _name_of(element: Element) -> str:
    return storable(element.findtext("name") or "")
