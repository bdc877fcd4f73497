"""The clips of an FCPXML: files as assets, pieces as clips of the main storyline or connected to it, gaps between.

A retimed clip has a `timeMap` from its own clock to that of its file. Final Cut Pro maps the whole file, not only what
is shown, and both clocks begin with the start timecode. Such a clip may start between two frames, and so may one whose
file has another rate than the sequence. Everything else is on the frame grid of the sequence.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import PurePath
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement

from mtbsync_core.timecode import Rate
from otio_adapters.content import Media, Piece
from otio_adapters.file_urls import path_of, target_url
from otio_adapters.ramp import Ramp
from otio_adapters.safe_text import one_line
from otio_adapters.safe_xml import text_of
from otio_adapters.writing import Grid

_RATES = ("23.98", "24", "25", "29.97", "30", "47.95", "48", "50", "59.94", "60")
CONFORM_RATES = {Rate.of(text).fps: text for text in _RATES}
"""The rates that FCPXML 1.10 has a name for; projects have no others."""


@dataclass(slots=True, eq=False)
class Host:
    """A clip or gap that markers and connected clips hang on: `length` frames from frame `at` of the sequence."""

    element: Element
    at: int
    length: int
    start: Fraction
    """What its own clock shows at its first frame, in seconds."""
    rate: Rate
    earliest: Fraction = Fraction(0)
    """The first second that its clock can show."""
    latest: Fraction | None = None
    """The end of its file on its clock."""
    connected: list[tuple[int, Element]] = field(default_factory=list)
    marks: list[tuple[Fraction, Element]] = field(default_factory=list)

    def local_at(self, frame: int) -> Fraction:
        """What its clock shows, or would show, at a frame of the sequence."""
        return self.start + self.rate.to_seconds(frame - self.at)

    def close(self) -> None:
        """Put in what hangs on it, in the order of the DTD: connected clips, then markers."""
        self.element.extend(element for _, element in sorted(self.connected, key=lambda item: item[0]))
        self.element.extend(element for _, element in sorted(self.marks, key=lambda item: item[0]))


class Story:
    """The main storyline and the clips connected to it, with the resources that they need."""

    def __init__(self, grid: Grid, size: tuple[int, int], resources: Element, counts: Counter[str]) -> None:
        self.rate = grid.rate
        self.length = 0
        """Frames of the sequence."""
        self.clips: list[Host | None] = []
        """The pieces in their order, as far as they became clips."""
        self._grain = Fraction(1, grid.rate.num * max(1, 2**31 // grid.rate.num))
        self._start = grid.rate.to_seconds(grid.start)
        self._size = size
        self._resources = resources
        self._counts = counts
        self._formats: dict[tuple[Fraction, tuple[int, int]], str] = {}
        self._assets: dict[Media, str] = {}
        self._main: list[Host] = []
        self._firsts: list[int] = []
        self.format = self._format(grid.rate, size)

    def tell(self, pieces: Sequence[Piece], length: int) -> Element:
        """The spine with the pieces in it and gaps where there are none, at least `length` frames long."""
        spine = Element("spine")
        self.clips = [self._clip(piece) for piece in pieces]
        connected = []
        for piece, host in zip(pieces, self.clips, strict=True):
            if host is None:
                continue
            if piece.track:
                connected.append(host)
                continue
            self._gap(spine, host.at)
            host.element.set("offset", seconds_text(self._start + self.rate.to_seconds(host.at)))
            self._append(spine, host)
        self._gap(spine, max([length, *(host.at + host.length for host in connected)]))
        for host in connected:
            below = self.host_at(host.at)
            host.element.set("offset", seconds_text(below.local_at(host.at)))
            below.connected.append((host.at, host.element))
        return spine

    def hosts(self) -> Iterator[Host]:
        """All that can have markers."""
        yield from self._main
        yield from (host for host in self.clips if host is not None and "lane" in host.element.attrib)

    def host_at(self, frame: int) -> Host:
        """What lies in the main storyline at a frame of the sequence."""
        return self._main[bisect_right(self._firsts, frame) - 1]

    def _append(self, spine: Element, host: Host) -> None:
        spine.append(host.element)
        self._main.append(host)
        self._firsts.append(host.at)
        self.length = host.at + host.length

    def _gap(self, spine: Element, until: int) -> None:
        if until > self.length:
            self._append(spine, self._empty("Gap", self.length, until - self.length, None))

    def _empty(self, name: str, at: int, length: int, start: Fraction | None) -> Host:
        """A gap; unless told otherwise its clock is that of the sequence."""
        offset = self._start + self.rate.to_seconds(at)
        shown = offset if start is None else start
        element = Element("gap", name=name, offset=seconds_text(offset), start=seconds_text(shown))
        element.set("duration", seconds_text(self.rate.to_seconds(length)))
        return Host(element, at, length, shown, self.rate)

    def _clip(self, piece: Piece) -> Host | None:
        """The piece as a clip; None where it is too short, or a gap that could only be connected."""
        at = self.rate.to_frames(piece.at_s)
        length = self.rate.to_frames(piece.at_s + piece.length_s) - at
        if length < 1:
            self._counts["too_short"] += 1
            return None
        media = piece.media
        first_s = media.rate.to_seconds(media.start)
        name = text_of(one_line(piece.name)) or "Clip"
        if not media.url or not piece.speed:
            self._counts["no_media"] += 1
            if piece.track:
                return None
            start = self.rate.to_seconds(max(0, self.rate.to_frames(first_s + piece.media_in_s)))
            return self._empty(name, at, length, start)
        frame = self.rate.to_seconds(1)
        ref = self._asset(media)
        file_s = media.rate.to_seconds(media.rate.to_frames(media.length_s))
        points: list[tuple[Fraction, Fraction]] = []
        if piece.ramp is not None and piece.ramp.steady and not piece.ramp.unknown:
            points = _whole_map(piece.ramp, piece.length_s, file_s)
            start, grain = self._tick(first_s + points[0][0]), self._grain
            points = [(self._tick(first_s + own), self._tick(first_s + media_s)) for own, media_s in points[1:]]
            latest = points[-1][0]
        elif piece.speed == 1:
            latest, grain = first_s + file_s, media.rate.to_seconds(1)
            start = media.rate.to_seconds(media.start + media.rate.to_frames(piece.media_in_s))
        else:
            latest = self._tick(first_s + file_s / abs(piece.speed))
            into = piece.media_in_s if piece.speed > 0 else piece.media_in_s - file_s
            start, grain = self._tick(first_s + into / piece.speed), self._grain
        # Rounding may put the end of a clip a part of a frame behind the end of its file.
        over = start + self.rate.to_seconds(length) - latest
        if 0 < over < frame:
            start -= -(-over // grain) * grain
        start = max(start, first_s)
        fits = max(1, int((latest - start) // frame))
        self._counts["clip_shortened"] += fits < length - 1
        length = min(length, fits)
        element = Element("asset-clip", ref=ref, offset="", name=name, start=seconds_text(start))
        if piece.track:
            element.set("lane", str(piece.track))
        element.set("duration", seconds_text(self.rate.to_seconds(length)))
        if media.rate.fps != self.rate.fps:
            element.set("format", self._format(media.rate, media.size or self._size))
        element.set("tcFormat", "DF" if media.rate.drop else "NDF")
        if media.sound is None or media.channels:
            element.set("audioRole", "dialogue")
        if media.rate.fps != self.rate.fps:
            conform = SubElement(element, "conform-rate", scaleEnabled="0")
            if media.rate.fps in CONFORM_RATES:
                conform.set("srcFrameRate", CONFORM_RATES[media.rate.fps])
        if piece.speed != 1:
            ends = (first_s, first_s + file_s)[:: 1 if piece.speed > 0 else -1]
            points = list(zip((first_s, latest), ends, strict=True))
        if points:
            time_map = SubElement(element, "timeMap", preservesPitch="1")
            for time, value in points:
                SubElement(time_map, "timept", time=seconds_text(time), value=seconds_text(value), interp="linear")
        return Host(element, at, length, start, self.rate, first_s, latest)

    def _tick(self, seconds: Fraction) -> Fraction:
        """The nearest time that FCPXML can say together with any frame: denominators have 32 bits."""
        return round(seconds / self._grain) * self._grain

    def _format(self, rate: Rate, size: tuple[int, int]) -> str:
        key = (rate.fps, size)
        if key not in self._formats:
            self._formats[key] = self._new_id()
            element = SubElement(self._resources, "format", id=self._formats[key])
            element.attrib.update(frameDuration=f"{rate.den}/{rate.num}s", width=str(size[0]), height=str(size[1]))
        return self._formats[key]

    def _asset(self, media: Media) -> str:
        if media not in self._assets:
            format = self._format(media.rate, media.size or self._size)
            self._assets[media] = self._new_id()
            asset = SubElement(self._resources, "asset", id=self._assets[media], name=text_of(one_line(media.name)))
            asset.set("start", seconds_text(media.rate.to_seconds(media.start)))
            asset.set("duration", seconds_text(media.rate.to_seconds(media.rate.to_frames(media.length_s))))
            channels, sample_rate = media.sound or (2, 0)  # where nobody says, what cameras have
            sound = {"hasAudio": "1", "videoSources": "1", "audioSources": "1", "audioChannels": str(channels)}
            asset.attrib.update(hasVideo="1", format=format, **(sound if channels else {"videoSources": "1"}))
            if channels and sample_rate:
                asset.set("audioRate", str(sample_rate))
            SubElement(asset, "media-rep", kind="original-media", src=source_url(media.url))
        return self._assets[media]

    def _new_id(self) -> str:
        return f"r{len(self._resources) + 1}"


def _whole_map(ramp: Ramp, length_s: Fraction, file_s: Fraction) -> list[tuple[Fraction, Fraction]]:
    """Of a clip that runs forward with changing speed: when it begins on a clock that maps all of its file (with any
    second value), and then the points of that map, from the file's first second to its last.
    """
    parts = list(ramp.parts(Fraction(0), length_s))
    since, _, media_s, speed = parts[0]
    lead_s = max(Fraction(0), media_s) / speed
    points = [(lead_s + own, media) for own, _, media, _ in parts]
    since, to, media_s, speed = parts[-1]
    end_s = media_s + (to - since) * speed
    points.append((lead_s + to, end_s))
    inside = [point for point in points if 0 < point[1] < file_s]
    before, after = (Fraction(0), Fraction(0)), (lead_s + to + (file_s - end_s) / speed, file_s)
    return [(lead_s, Fraction(0)), before, *inside, after]


def seconds_text(seconds: Fraction) -> str:
    """A time as FCPXML has it.

    >>> seconds_text(Fraction(1001, 30000)), seconds_text(Fraction(3600))
    ('1001/30000s', '3600s')
    """
    return f"{seconds}s"


def source_url(url: str) -> str:
    """Where a file is, as a URL: plain paths become one, relative paths stay relative.

    >>> source_url("D:\\\\my rides\\\\a.mp4"), source_url("a b.mp4")
    ('file:///D:/my%20rides/a.mp4', 'a%20b.mp4')
    """
    if re.match(r"(?!file:)[A-Za-z][A-Za-z0-9+.-]+://", url, re.IGNORECASE):
        return text_of(url)
    path: PurePath = path_of(url)
    return target_url(path) if path.is_absolute() else quote(path.as_posix())
