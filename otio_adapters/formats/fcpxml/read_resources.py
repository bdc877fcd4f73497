"""The resources of an FCPXML, for the reader: files, formats, and what is inside compound clips.

    sequence   --conform-rate-->   a clip's own time   --timeMap-->   time of its contents   -->   time of its file

A compound, synchronised or multicam clip has contents of its own; those of a plain clip are its file. Where the
contents are no single file there is none, and the clip's time is that of the contents. `conform-rate` (25 fps shown
frame by frame at 24) changes how fast the clip's own clock runs in the sequence: its `start`, its markers and the
`offset` of what is connected to it are on that clock, its `duration` is in time of the sequence.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from xml.etree.ElementTree import Element

import opentimelineio as otio

from mtbsync_core.errors import FormatError
from mtbsync_core.timecode import Rate
from otio_adapters.build import KEY, rate_metadata, time_at
from otio_adapters.content import Mark
from otio_adapters.formats.fcpxml.read_clips import (
    PLAIN_CLOCK,
    chosen_of,
    clock_of,
    in_order,
    lane_of,
    marks_of,
    seconds_of,
)
from otio_adapters.ramp import Ramp, even
from otio_adapters.safe_text import storable

_log = logging.getLogger(__name__)

MAX_NESTED = 100_000
"""Clips inside compound clips. A compound may be in another many times, and so on."""
MAX_DEPTH = 50
"""Compound clips inside each other. One may even be in itself."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file; `rate` has the drop flag of the clip that shows it."""

    name: str
    url: str
    start_s: Fraction
    length_s: Fraction | None
    rate: Rate
    size: tuple[int, int] | None
    sound_only: bool

    def reference(self) -> otio.schema.MediaReference:
        """The file as OTIO has it."""
        about = rate_metadata(self.rate, self.size)
        whole = None
        if self.length_s is not None:
            whole = otio.opentime.TimeRange(time_at(self.start_s, self.rate), time_at(self.length_s, self.rate))
        if not self.url:
            return otio.schema.MissingReference(self.name, whole, {KEY: about})
        return otio.schema.ExternalReference(target_url=self.url, available_range=whole, metadata={KEY: about})


@dataclass(frozen=True, slots=True)
class Shown:
    """What a clip shows: from `start` of its clock, for `length` seconds of the sequence."""

    start: Fraction
    length: Fraction
    pace: Fraction
    """Seconds of its own clock for each of the sequence."""
    clock: Ramp
    """Its own time, and that of its contents."""
    file: Ramp
    """Time of its contents, and that of its file; the same where there is none."""
    asset: Asset | None

    @property
    def way(self) -> Ramp:
        """Seconds of the sequence after the clip's first frame, and time of its file."""
        return even(self.start, self.pace).then(self.clock).then(self.file)

    def after(self, own_s: Fraction) -> Fraction:
        """Seconds of the sequence after the clip's first frame at a time of its own."""
        return (own_s - self.start) / self.pace

    def placed(self, mark: Mark, at_s: Fraction) -> Mark:
        """A marker in the clip's own time, in that of the sequence, where the clip lies at `at_s`."""
        return replace(mark, start_s=at_s + self.after(mark.start_s), end_s=at_s + self.after(mark.end_s))


def through(ramp: Ramp, mark: Mark) -> Mark | None:
    """A marker on the clock of a ramp's media; None where the way there is not known."""
    start_s, end_s = ramp.at(mark.start_s), ramp.at(mark.end_s)
    return None if start_s is None else replace(mark, start_s=start_s, end_s=start_s if end_s is None else end_s)


def back(ramp: Ramp, mark: Mark) -> Mark | None:
    """A marker on a ramp's media, where that is first on; None where it never is."""
    start_s = next(ramp.own_times(mark.start_s), None)
    end_s = next(ramp.own_times(mark.end_s), None)
    return None if start_s is None else replace(mark, start_s=start_s, end_s=start_s if end_s is None else end_s)


class Book:
    """The resources of a file, by their names, and what is inside compound clips."""

    def __init__(self, root: Element) -> None:
        self._by_id = {
            element.get("id", ""): element
            for resources in root.iter("resources")
            for element in resources
            if element.tag in {"asset", "format", "media"}
        }
        self._left = MAX_NESTED

    def rate(self, format: str | None) -> Rate | None:
        """The rate of a format, where it says one."""
        element = self._by_id.get(format or "")
        if element is None:
            return None
        frame_s = seconds_of(element, "frameDuration")
        if frame_s and 0.001 <= frame_s <= 1:
            return Rate.of(1 / frame_s)
        named = re.fullmatch(r"FFVideoFormat.*?([pi])(\d{2})(\d{2})?", element.get("name", ""))
        if named is None or not int(named[2]):
            return None
        # Of interlaced pictures the name has the fields a second, two for each frame.
        return Rate.of(Fraction(f"{named[2]}.{named[3] or 0}") / (2 if named[1] == "i" else 1))

    def size(self, format: str | None) -> tuple[int, int] | None:
        """Width and height of a format, where it says them."""
        element = self._by_id.get(format or "")
        said = "" if element is None else f"{element.get('width')}x{element.get('height')}"
        match = re.fullmatch(r"(\d{1,5})x(\d{1,5})", said)
        return (int(match[1]), int(match[2])) if match else None

    def rates_of_files(self) -> Iterator[Rate | None]:
        """The rates of all files."""
        return (self.rate(element.get("format")) for element in self._by_id.values() if element.tag == "asset")

    def shown_by(self, clip: Element, rate: Rate) -> Shown:
        """What a clip shows in a sequence of that rate.

        Raises:
            FormatError: a time is none, or compound clips are nested without end.
        """
        clock, pace = clock_of(clip), _conformed(clip, rate)
        file, asset = self._file(clip, rate)
        length = seconds_of(clip, "duration")
        if length is None:
            length = ((asset.length_s if asset else None) or Fraction(0)) / pace
        return Shown(self.start_of(clip), max(Fraction(0), length), pace, clock, file, asset)

    def start_of(self, clip: Element) -> Fraction:
        """What the clock of a clip shows at its first frame."""
        start = seconds_of(clip, "start")
        if start is None and (clock := clock_of(clip)) is not PLAIN_CLOCK:
            start = clock.points[0][0]
        element = self._by_id.get(clip.get("ref", ""))
        if start is None and element is not None and element.tag == "asset":
            start = seconds_of(element, "start")
        if start is None and element is not None and len(element):
            start = seconds_of(element[0], "tcStart")
        return start or Fraction(0)

    def within(self, clip: Element, rate: Rate, depth: int = 0) -> list[Mark]:
        """All markers inside a compound, synchronised or multicam clip, in the time of its contents."""
        rate = self.rate_inside(clip, rate)
        return [mark for inner, at_s in self._contents(clip) for mark in self._deep(inner, at_s, rate, depth + 1)]

    def _deep(self, clip: Element, at_s: Fraction, rate: Rate, depth: int) -> Iterator[Mark]:
        """All markers of a clip, of what is in it and of what is connected to it, in the time of what it lies in."""
        self.enter(depth)
        clip = chosen_of(clip)
        clock = clock_of(clip)
        shown = Shown(self.start_of(clip), Fraction(0), _conformed(clip, rate), clock, PLAIN_CLOCK, None)
        inside = [back(clock, mark) for mark in self.within(clip, rate, depth)]
        if None in inside:
            _log.warning("%d x marker in a compound clip left out: that clip never shows it", inside.count(None))
        for mark in (*marks_of(clip), *filter(None, inside)):
            yield shown.placed(mark, at_s)
        for child in clip:
            if lane_of(child):
                offset = at_s + shown.after(seconds_of(child, "offset") or Fraction(0))
                for inner, there_s in in_order(child, Fraction(0)) if child.tag == "spine" else [(child, Fraction(0))]:
                    yield from self._deep(inner, there_s + offset, rate, depth + 1)

    def enter(self, depth: int) -> None:
        """Count a clip that lies so deep.

        Raises:
            FormatError: there are too many, or it is too deep.
        """
        self._left -= 1
        if self._left < 0 or depth > MAX_DEPTH:
            raise FormatError("compound clips lie in each other without end", "Export the file again.")

    def rows_in(self, clip: Element) -> list[list[tuple[Element, Fraction]]]:
        """The clips inside a clip, with their places in the time of its contents: what it shows, then other angles."""
        angles = {source.get("angleID") for source in clip.findall("mc-source")}
        media = self._by_id.get(clip.get("ref", ""))
        if clip.tag != "mc-clip" or media is None or not len(media):
            return [self._contents(clip)]
        found = [row.get("angleID") for row in media[0] if row.tag == "mc-angle"]
        shown = self._angle(clip) or next(iter(found), None)
        order = sorted(found, key=lambda angle: (angle != shown, angle not in angles))
        return [self._contents(clip, angle) for angle in order]

    def rate_inside(self, clip: Element, rate: Rate) -> Rate:
        """The rate of the sequence that a compound clip holds."""
        media = self._by_id.get(clip.get("ref", ""))
        own = media[0].get("format") if media is not None and len(media) else clip.get("format")
        return self.rate(own) or rate

    def _contents(self, clip: Element, angle: str | None = None) -> list[tuple[Element, Fraction]]:
        """The clips in a clip, with their places in the time of its contents; of all angles unless one is asked for."""
        if clip.tag in {"clip", "sync-clip"}:
            inside = [child for child in clip if not lane_of(child)]
            found = in_order(inside, Fraction(0))
            for spine in (child for child in inside if child.tag == "spine"):
                found += in_order(spine, seconds_of(spine, "offset") or Fraction(0))
            return found
        media = self._by_id.get(clip.get("ref", ""))
        if clip.tag not in {"ref-clip", "mc-clip"} or media is None or not len(media):
            return []
        start_s = seconds_of(media[0], "tcStart") or Fraction(0)
        rows = [row for row in media[0] if row.tag in {"spine", "mc-angle"}]
        return [
            pair
            for row in rows
            if angle is None or row.get("angleID", angle) == angle
            for pair in in_order(row, start_s)
        ]

    def _angle(self, clip: Element) -> str | None:
        """The angle of a multicam clip whose pictures it shows."""
        sources = (s for s in clip.findall("mc-source") if s.get("srcEnable", "all") in {"all", "video"})
        return next((source.get("angleID") for source in sources), None)

    def _file(self, clip: Element, rate: Rate, depth: int = 8) -> tuple[Ramp, Asset | None]:
        """The one file that a clip shows, and the way from the time of the clip's contents to that of the file."""
        element = self._by_id.get(clip.get("ref", ""))
        if clip.tag in {"asset-clip", "video", "audio"}:
            if element is None or element.tag != "asset":
                return PLAIN_CLOCK, None
            return PLAIN_CLOCK, self._asset(element, clip, rate)
        inside = [(c, at_s) for c, at_s in self._contents(clip, self._angle(clip)) if c.tag not in {"gap", "audio"}]
        if len(inside) != 1 or not depth:
            return PLAIN_CLOCK, None
        inner, at_s = chosen_of(inside[0][0]), inside[0][1]
        rate = self.rate_inside(clip, rate)
        file, asset = self._file(inner, rate, depth - 1)
        if asset is None:
            return PLAIN_CLOCK, None
        pace = _conformed(inner, rate)
        return even(self.start_of(inner) - at_s * pace, pace).then(clock_of(inner)).then(file), asset

    def _asset(self, element: Element, clip: Element, rate: Rate) -> Asset:
        own = self.rate(element.get("format")) or Rate(rate.num, rate.den)
        sources = [rep.get("src", "") for rep in element.findall("media-rep")]
        return Asset(
            storable(element.get("name", "")),
            storable(next(filter(None, sources), element.get("src", ""))),
            seconds_of(element, "start") or Fraction(0),
            seconds_of(element, "duration"),
            own.dropping(clip.get("tcFormat") == "DF"),
            self.size(element.get("format")),
            element.get("hasVideo", "0") != "1" and element.get("hasAudio") == "1",
        )


def _conformed(clip: Element, rate: Rate) -> Fraction:
    conform = clip.find("conform-rate")
    said = "" if conform is None or conform.get("scaleEnabled", "1") == "0" else conform.get("srcFrameRate", "")
    return rate.fps / Rate.of(said).fps if re.fullmatch(r"[1-9]\d{0,3}(\.\d{1,3})?", said) else Fraction(1)
