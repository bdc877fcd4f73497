"""Shotcut's projects: the reader. The folder tells of the format.

- Transitions become cuts in their middle.
- A clip whose speed changes (Shotcut's time remap) is one of which nobody knows how it runs.
- What has no file (colours, titles) becomes a clip without one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from xml.etree.ElementTree import Element

import opentimelineio as otio

from mtbsync_core.errors import FormatError
from mtbsync_core.timecode import Rate
from otio_adapters.build import KEY, frame_time, rate_metadata, time_range, timeline_marker
from otio_adapters.colours import nearest_of
from otio_adapters.file_urls import path_of
from otio_adapters.formats.shotcut.clock import frames_of_clock
from otio_adapters.reading import PLAIN_READ, ReadOptions, known_rate
from otio_adapters.safe_text import storable
from otio_adapters.safe_xml import parse

_BACKGROUND = ("background", "black")
_FILES = ("avformat", "avformat-novalidate", "timewarp", "qimage", "pixbuf", "xml", "")


def read(text: str, how: ReadOptions = PLAIN_READ) -> otio.schema.Timeline:
    """The timeline of a project."""
    root = parse(text)
    main = next((one for one in reversed(root.findall("tractor")) if _property(one, "shotcut") == "1"), None)
    if root.tag != "mlt" or main is None:
        raise FormatError("the file is no project of Shotcut with a timeline", "Put clips on it, and save it.")
    try:
        rate = _rate(root) or known_rate(how.rate, "the project")
        profile = root.find("profile")
        width, height = (0 if profile is None else int(profile.get(side, "0")) for side in ("width", "height"))
        about = rate_metadata(rate, (width, height) if width and height else None)
        timeline = otio.schema.Timeline(name=storable(main.get("title") or ""), metadata={KEY: about})
        tracks = _Tracks({one.get("id", ""): one for one in root}, rate)
        for track in main.findall("track"):
            if track.get("producer") not in _BACKGROUND:
                timeline.tracks.append(tracks.track(track.get("producer", "")))
        timeline.tracks.markers.extend(_markers(main, rate))
    except (ValueError, ArithmeticError) as error:
        raise FormatError(f"the project is damaged: {error}", "Save it again in Shotcut.") from error
    return timeline


@dataclass(slots=True)
class _Tracks:
    by_id: dict[str, Element]
    rate: Rate

    def track(self, name: str) -> otio.schema.Track:
        """A playlist as a track."""
        playlist = self.by_id.get(name, Element("playlist"))
        sounds = _property(playlist, "shotcut:audio") == "1"
        kind = otio.schema.TrackKind.Audio if sounds else otio.schema.TrackKind.Video
        track = otio.schema.Track(name=storable(_property(playlist, "shotcut:name")), kind=kind)
        for entry in playlist:
            if entry.tag == "blank":
                length = self._frames(entry.get("length"), 0)
                track.append(otio.schema.Gap(source_range=time_range(0, length, self.rate)))
            elif entry.tag == "entry":
                track.extend(self._items(entry))
        return track

    def _items(self, entry: Element) -> Iterator[otio.core.Item]:
        """A clip, or of a transition the end of the one and the beginning of the other."""
        producer = self.by_id.get(entry.get("producer", ""), Element("producer"))
        first, length = self._span(entry, producer)
        inside = producer.findall("track") if producer.tag == "tractor" else []
        if len(inside) != 2:
            yield self._clip(producer, first, length)
            return
        for part, (since, to) in zip(inside, ((0, length // 2), (length // 2, length)), strict=True):
            shown = self.by_id.get(part.get("producer", ""), Element("producer"))
            if to > since:
                yield self._clip(shown, self._span(part, shown)[0] + since, to - since)

    def _span(self, entry: Element, producer: Element) -> tuple[int, int]:
        """First frame and number of frames; `out` is the last one that is shown."""
        first = self._frames(entry.get("in") or producer.get("in"), 0)
        whole = self._frames(_property(producer, "length"), 1)
        return first, max(0, self._frames(entry.get("out") or producer.get("out"), whole - 1) - first + 1)

    def _clip(self, producer: Element, first: int, length: int) -> otio.schema.Clip:
        """Frames of a producer; those of one at another speed are of the retimed file."""
        resource, speed, service = _property(producer, "resource"), Fraction(1), _property(producer, "mlt_service")
        whole = self._frames(_property(producer, "length"), 0)
        if service == "timewarp":
            speed = Fraction(_property(producer, "warp_speed") or resource.partition(":")[0])
            resource = _property(producer, "warp_resource") or resource.partition(":")[2]
        used = whole * abs(speed)
        begin = first * speed if speed > 0 else used + first * speed
        shown = otio.opentime.TimeRange(frame_time(begin, self.rate), frame_time(length, self.rate))
        clip = otio.schema.Clip(source_range=shown)
        if service in _FILES and resource:
            available = time_range(0, round(used), self.rate) if whole else None
            clip.media_reference = otio.schema.ExternalReference(storable(resource), available)
            clip.name = storable(path_of(resource).name)
        else:
            clip.media_reference = otio.schema.MissingReference()
            clip.name = storable(_property(producer, "shotcut:caption"))
        if any(_property(link, "mlt_service") == "timeremap" for link in producer.findall("link")):
            clip.effects.append(otio.schema.TimeEffect("Time Remap", "TimeRemap"))
        elif speed != 1:
            clip.effects.append(otio.schema.LinearTimeWarp("Speed", float(speed)))
        return clip

    def _frames(self, said: str | None, otherwise: int) -> int:
        return frames_of_clock(said, self.rate) if said else otherwise


def _markers(main: Element, rate: Rate) -> Iterator[otio.schema.Marker]:
    for element in main.iterfind("properties[@name='shotcut:markers']/properties"):
        about = {one.get("name"): one.text or "" for one in element.findall("property")}
        first = frames_of_clock(about.get("start") or "0", rate)
        length = max(0, frames_of_clock(about.get("end") or str(first), rate) - first)
        colour = about.get("color", "")
        named = nearest_of(int(colour[-6:], 16)) if colour.startswith("#") and len(colour) > 6 else ""
        yield timeline_marker(about.get("text", ""), time_range(first, length, rate), named, "", {})


def _rate(root: Element) -> Rate | None:
    profile = root.find("profile")
    if profile is None:
        return None
    return Rate.of(Fraction(int(profile.get("frame_rate_num", "0")), int(profile.get("frame_rate_den", "1"))))


def _property(of: Element, name: str) -> str:
    return next((one.text or "" for one in of.findall("property") if one.get("name") == name), "")
