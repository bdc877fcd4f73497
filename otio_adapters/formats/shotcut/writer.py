"""Shotcut's projects: the writer. The folder tells of the format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import opentimelineio as otio

from mtbsync_core.timecode import Rate
from otio_adapters.colours import RGB_OF
from otio_adapters.content import Mark, Media, Piece, content_of
from otio_adapters.file_urls import path_of
from otio_adapters.fitting import MARKS, fit_marks, in_one_text, issues_of
from otio_adapters.formats.shotcut.clock import clock_of
from otio_adapters.safe_text import one_line
from otio_adapters.safe_xml import text_of
from otio_adapters.whole_frames import speed_on_frames
from otio_adapters.writing import PLAIN, WriteOptions, Written, grid_of

_DEFAULT_SIZE = (1920, 1080)
_ISSUES = MARKS | {
    "text_changed": "name or note changed: the text of a marker has one line",
    "notes": "name and note are one text: that of the marker",
    "size_assumed": "picture size not known: 1920x1080 is taken",
    "no_media": "clip without a file: its place is empty",
    "not_forward": "frozen or reversed clip written at normal speed",
    "changing_speed": "clip of changing speed written at normal speed",
    "too_short": "clip shorter than half a frame left out",
    "clip_shortened": "clip that shows more than its file has: it ends with the file",
}


def write(timeline: otio.schema.Timeline, how: WriteOptions = PLAIN) -> Written:
    """The timeline as a project, with all markers on its timeline."""
    grid = grid_of(timeline, how)
    rate = grid.rate
    content = content_of(timeline)
    counts: Counter[str] = Counter()
    marks = fit_marks(content, how, counts, _line, lambda note: text_of(one_line(note, join=" / ")), grid=grid)
    counts["notes"] = sum(bool(mark.note) for mark in marks)
    size = how.size or content.size_of_any
    counts["size_assumed"] = size is None
    ends = [rate.to_frames(piece.at_s + piece.length_s) for piece in content.pieces]
    ends += [mark.frames(rate)[0] + 1 for mark in marks]
    last = max([1, *ends]) - 1

    title = _line(how.label or content.name or "Timeline")
    root = Element("mlt", LC_NUMERIC="C", version="7.0.0", title="Shotcut version 24.01.31", producer="main_bin")
    _add_profile(root, rate, size or _DEFAULT_SIZE)
    _properties(SubElement(root, "playlist", id="main_bin"), {"xml_retain": 1})
    black = SubElement(root, "producer", id="black", attrib={"in": "0", "out": str(last)})
    _properties(black, {"length": last + 1, "eof": "pause", "resource": 0, "mlt_service": "color", "set.test_audio": 0})
    background = SubElement(root, "playlist", id="background")
    SubElement(background, "entry", producer="black", attrib={"in": "0", "out": str(last)})
    playlists = [_Playlist(rate, counts) for _ in content.tracks]
    producers: dict[tuple[Media, Fraction], Element] = {}
    for piece in content.pieces:
        playlists[piece.track].add(piece, producers)
    root.extend(producers.values())
    for n, (name, playlist) in enumerate(zip(content.tracks, playlists, strict=True)):
        element = SubElement(root, "playlist", id=f"playlist{n}")
        _properties(element, {"shotcut:video": 1, "shotcut:name": _line(name) or f"V{n + 1}"})
        element.extend(playlist.entries)
    tractor = SubElement(root, "tractor", id="tractor0", title=title, attrib={"in": "0", "out": str(last)})
    _properties(tractor, {"shotcut": 1, "shotcut:projectAudioChannels": 2, "shotcut:projectFolder": 0})
    _add_markers(tractor, marks, rate)
    for name in ("background", *(f"playlist{n}" for n in range(len(playlists)))):
        SubElement(tractor, "track", producer=name)
    for n in range(1, len(playlists) + 1):
        _add_transitions(tractor, n)
    indent(root)
    text = f'<?xml version="1.0" standalone="no"?>\n{tostring(root, encoding="unicode")}\n'
    return Written((text,), len(marks), issues_of(counts, _ISSUES))


def recipe(timeline: otio.schema.Timeline, names: Sequence[str], how: WriteOptions = PLAIN) -> str:
    """How to open the project."""
    fps = f"{float(grid_of(timeline, how).rate.fps):.3f}".rstrip("0").rstrip(".")
    return (
        f"In Shotcut: File > Open File, and take {names[0]}. It is a project of {fps} fps with the recording on its "
        "timeline, picture and sound, and the markers above it (View > Markers lists them)."
    )


class _Playlist:
    """The clips of a track, with the blanks between them."""

    def __init__(self, rate: Rate, counts: Counter[str]) -> None:
        self.entries: list[Element] = []
        self._rate, self._counts, self._at = rate, counts, 0

    def add(self, piece: Piece, producers: dict[tuple[Media, Fraction], Element]) -> None:
        """Put a piece at its place."""
        rate, counts = self._rate, self._counts
        start, end = rate.to_frames(piece.at_s), rate.to_frames(piece.at_s + piece.length_s)
        counts["too_short"] += end <= start
        counts["no_media"] += not piece.media.url
        if end <= start or not piece.media.url:
            return
        counts["changing_speed"] += piece.ramp is not None
        counts["not_forward"] += piece.speed <= 0
        speed = speed_on_frames(piece, end - start, rate)
        first = max(0, rate.to_frames(piece.media_in_s / speed))
        there = max(1, rate.to_frames(piece.media.length_s / speed))
        # The last frame of a file may be shown a part of a frame longer.
        first = min(first, there - 1)
        counts["clip_shortened"] += first + end - start > there + 1
        last = min(first + end - start, there) - 1
        key = piece.media, speed
        if key not in producers:
            producers[key] = _producer(piece, speed, there, len(producers))
        if start > self._at:
            self.entries.append(Element("blank", length=str(start - self._at)))
        place = {"in": str(first), "out": str(last)}
        self.entries.append(Element("entry", producer=producers[key].get("id", ""), attrib=place))
        self._at = start + last - first + 1


def _producer(piece: Piece, speed: Fraction, frames: int, n: int) -> Element:
    """A file, or a file at another speed."""
    path, name = text_of(str(path_of(piece.media.url))), text_of(one_line(piece.media.name))
    span = {"in": "0", "out": str(frames - 1)}
    if speed == 1:
        element = Element("chain", id=f"chain{n}", attrib={"out": span["out"]})
        about = {"resource": path, "mlt_service": "avformat-novalidate", "shotcut:caption": name}
        _properties(element, {"length": frames, "eof": "pause", **about})
        return element
    factor = f"{float(speed):.10f}".rstrip("0").rstrip(".")
    element = Element("producer", id=f"producer{n}", attrib=span)
    warp = {"warp_speed": factor, "warp_resource": path, "warp_pitch": 1, "shotcut:caption": f"{name} ({factor}x)"}
    about = {"resource": f"{factor}:{path}", "mlt_service": "timewarp"}
    _properties(element, {"length": frames, "eof": "pause", **about, **warp})
    return element


def _add_profile(root: Element, rate: Rate, size: tuple[int, int]) -> None:
    across, up = Fraction(*size).as_integer_ratio()
    attributes = {"description": "automatic", "width": size[0], "height": size[1], "progressive": 1}
    attributes |= {"sample_aspect_num": 1, "sample_aspect_den": 1, "display_aspect_num": across}
    attributes |= {"display_aspect_den": up, "frame_rate_num": rate.num, "frame_rate_den": rate.den, "colorspace": 709}
    SubElement(root, "profile", {name: str(value) for name, value in attributes.items()})


def _add_markers(tractor: Element, marks: Sequence[Mark], rate: Rate) -> None:
    markers = SubElement(tractor, "properties", name="shotcut:markers")
    for n, mark in enumerate(marks):
        first, length = mark.frames(rate)
        about = {"text": in_one_text(mark), "start": clock_of(first, rate), "end": clock_of(first + length, rate)}
        colour = {"color": f"#{RGB_OF[mark.colour]:06X}"}
        _properties(SubElement(markers, "properties", name=str(n)), {**about, **colour})


def _add_transitions(tractor: Element, track: int) -> None:
    """What mixes the sound of a track with those below, and puts its picture over theirs."""
    mix = {"a_track": 0, "b_track": track, "mlt_service": "mix", "always_active": 1, "sum": 1}
    over = {"a_track": min(1, track - 1), "b_track": track, "mlt_service": "frei0r.cairoblend"}
    for n, about in enumerate((mix, {**over, "always_active": 1, "disable": int(track == 1)})):
        _properties(SubElement(tractor, "transition", id=f"transition{2 * track - 2 + n}"), about)


def _properties(parent: Element, values: Mapping[str, object]) -> None:
    for name, value in values.items():
        SubElement(parent, "property", name=name).text = str(value)


def _line(text: str) -> str:
    return text_of(one_line(text))
