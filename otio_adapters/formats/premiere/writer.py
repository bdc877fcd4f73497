"""Premiere's sequences: the writer. The folder tells of the format."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import opentimelineio as otio

from mtbsync_core.timecode import Rate, cutting_rate
from otio_adapters.colours import OTIO_OF
from otio_adapters.content import Mark, Media, Piece, content_of
from otio_adapters.fitting import MARKS, fit, issues_of
from otio_adapters.formats.premiere.write_elements import (
    PALETTE,
    add,
    add_picture,
    add_rate,
    add_speed,
    add_timecode,
    nearest_rate,
    pathurl_of,
)
from otio_adapters.formats.premiere.write_sound import add_sound, add_sound_format
from otio_adapters.ramp import ramp_of, straight
from otio_adapters.safe_xml import text_of
from otio_adapters.whole_frames import speed_on_frames
from otio_adapters.writing import PLAIN, Grid, Issue, WriteOptions, Written, grid_of

_NEAREST = {"PINK": "PURPLE", "MAGENTA": "PURPLE", "BLACK": "ORANGE"}  # black stands for Resolve's brown "Cocoa"
_TWINS = frozenset({"Blue", "Cyan", "Green", "Yellow", "Red", "Purple"})
_ONLY_THERE = frozenset({"Sand", "Cream"})  # what orange and white become on the way through Resolve's colours
_DEFAULT_SIZE = (1920, 1080)
# Letters that XML has but that programs, or XML itself, take for the end of a line or drop.
_SHY = re.compile("[\r\x7f-\x9f\u2028\u2029]")


def write(timeline: otio.schema.Timeline, how: WriteOptions = PLAIN) -> Written:
    """The timeline as one sequence, markers of clips on their clips."""
    grid = _grid_of(timeline, how)
    content = content_of(timeline)
    counts = Counter({"hidden": content.unshown, "gap_markers": len(content.gap_marks)})
    _count_what_has_no_place(timeline, counts)
    size = how.size or content.size_of_any
    counts["size_assumed"] = size is None
    marks = (*content.marks, *content.gap_marks)
    ends_s = [*(piece.at_s + piece.length_s for piece in content.pieces), *(mark.end_s for mark in marks)]

    root = Element("xmeml", version="5")
    sequence = SubElement(root, "sequence", id="sequence-1")
    name, length = _label(how.label or content.name or "Timeline", counts), max(ends_s, default=Fraction(0))
    add(sequence, {"name": name, "duration": grid.rate.to_frames(length)})
    add_rate(sequence, grid.rate)
    counts["start_rounded"] += not add_timecode(sequence, grid.start, grid.rate)
    media = SubElement(sequence, "media")
    video = SubElement(media, "video")
    add_picture(SubElement(video, "format"), grid.rate, size or _DEFAULT_SIZE)
    files: dict[Media, str] = {}
    shown: list[list[tuple[Piece, Element]]] = []
    for number, name in enumerate(content.tracks):
        track = SubElement(video, "track")
        if name:
            track.set("MZ.TrackName", text_of(name))
        own = [piece for piece in content.pieces if piece.track == number]
        clips = [(piece, _add_clip(track, piece, grid.rate, files, how, counts)) for piece in own]
        shown.append([(piece, clip) for piece, clip in clips if clip is not None])
        add(track, {"enabled": True, "locked": False})
    if content.sounds:
        counts["pitch"] += add_sound(media, shown)
    _add_markers(sequence, marks, grid.rate, how, counts)

    indent(root, "\t")
    body = _SHY.sub(lambda match: f"&#{ord(match[0])};", tostring(root, encoding="unicode"))
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n{body}\n'
    return Written((text,), counts["written"], issues_of(counts, _ISSUES, grid))


def recipe(timeline: otio.schema.Timeline, names: Sequence[str], how: WriteOptions = PLAIN) -> str:
    """How to get the markers into Premiere, and what comes of the file there."""
    content = content_of(timeline)
    name = how.label or content.name or "Timeline"
    size = how.size or content.size_of_any or _DEFAULT_SIZE
    heard = "Their sound is linked with them."
    if not content.sounds:
        heard = "The sequence shows the pictures; the sound is in the imported clips."
    return (
        f"In Premiere Pro: choose File > Import and take {' and then '.join(names)}. It makes a new sequence "
        f'"{name}" of {size[0]}x{size[1]} with {_grid_of(timeline, how).setting}, with the clips and all markers '
        f"(Window > Markers lists them). {heard} Premiere "
        "takes markers from no other kind of file: not from an EDL, and not from a list."
    )


_ISSUES = MARKS | {
    "size_assumed": "picture size not known: 1920x1080 is taken",
    "start_rounded": "start timecode told to the nearest frame that the file has a label for",
    "text_changed": "name or note changed: XML has no place for control characters",
    "colour_changed": "colour that Premiere does not have: the nearest of its eight is taken",
    "before_start": "marker before the first frame of its sequence or file left out",
    "gap_markers": "marker of a track, gap or compound clip written as a marker of the sequence",
    "compound": "compound clip left out: its place in the sequence is empty",
    "too_short": "clip shorter than half a frame left out",
    "lost_with_clip": "marker on a clip that is too short to be written left out",
    "no_media": "clip without a file: Premiere will ask for it",
    "before_media": "clip that begins before its file does: begins with its first frame",
    "not_forward": "frozen or reversed clip written at normal speed",
    "effects": "clip with effects or changing speed written without them",
    "transitions": "transition left out",
    "other_tracks": "track that is not of pictures left out",
    "pitch": "retimed clip: that its sound keeps its pitch, the file cannot say (Speed/Duration: Maintain Audio Pitch)",
}


def _grid_of(timeline: otio.schema.Timeline, how: WriteOptions) -> Grid:
    """The grid at a rate that xmeml can say and, where the user asks for none, that Premiere can cut at."""
    grid = grid_of(timeline, how)
    rate = cutting_rate(grid.rate) if how.rate is None else grid.rate
    rate = nearest_rate(rate)
    if rate == grid.rate:
        return grid
    there = grid_of(timeline, replace(how, rate=rate))
    text = (
        f"sequence at {float(rate.fps):.6g} in place of {float(grid.rate.fps):.6g} fps: markers on its nearest frames"
    )
    return replace(there, issues=(*grid.issues, Issue("rate_changed", 1, text)))


def _count_what_has_no_place(timeline: otio.schema.Timeline, counts: Counter[str]) -> None:
    for track in timeline.tracks:
        if getattr(track, "kind", "") != otio.schema.TrackKind.Video:
            counts["other_tracks"] += 1
            continue
        for item in track:
            counts["transitions"] += isinstance(item, otio.schema.Transition)
            counts["compound"] += isinstance(item, otio.schema.Stack)
            if isinstance(item, otio.schema.Clip):
                ramp = ramp_of(item)
                followed = ramp is not None and ramp.steady and not ramp.unknown
                kinds = otio.schema.TimeEffect if followed else otio.schema.LinearTimeWarp
                counts["effects"] += any(not isinstance(e, kinds) for e in item.effects)


def _label(text: str, counts: Counter[str]) -> str:
    safe = text_of(text)
    counts["text_changed"] += safe != text
    return safe


def _add_clip(
    track: Element, piece: Piece, rate: Rate, files: dict[Media, str], how: WriteOptions, counts: Counter[str]
) -> Element | None:
    """Put a clip on a track; None where it is too short."""
    start, end = rate.to_frames(piece.at_s), rate.to_frames(piece.at_s + piece.length_s)
    if end <= start:
        counts["too_short"] += 1
        counts["lost_with_clip"] += len(piece.marks)
        return None
    counts["not_forward"] += piece.speed <= 0
    speed = speed_on_frames(piece, end - start, rate)
    keys = _key_frames(piece, end - start, rate)
    first = keys[0][0] if keys else rate.to_frames(piece.media_in_s / speed)
    counts["before_media"] += first < 0
    first = max(0, first)
    counts["clips"] += 1
    known = piece.media in files
    file_id = files.setdefault(piece.media, f"file-{len(files) + 1}")
    clip = SubElement(track, "clipitem", id=f"clipitem-{counts['clips']}")
    add(clip, {"masterclipid": file_id.replace("file", "masterclip"), "name": _label(piece.name, counts)})
    out = first + end - start
    whole = keys[-1][0] if keys else rate.to_frames(piece.media.length_s / speed)
    add(clip, {"enabled": True, "duration": max(whole, out)})
    add_rate(clip, rate)
    add(clip, {"start": start, "end": end, "in": first, "out": out})
    file = SubElement(clip, "file", id=file_id)
    if not known:
        _fill_file(file, piece.media, counts)
    if keys:
        ahead = straight(piece.way.points, piece.length_s) - straight(piece.way.points, Fraction(0))
        add_speed(clip, ahead / piece.length_s, keys[1:])
    elif speed != 1:
        add_speed(clip, speed)
    _add_markers(clip, piece.marks, rate, how, counts)
    return clip


def _fill_file(file: Element, media: Media, counts: Counter[str]) -> None:
    rate = nearest_rate(media.rate)
    add(file, {"name": _label(media.name, counts)})
    if media.url:
        add(file, {"pathurl": _label(pathurl_of(media.url), counts)})
    counts["no_media"] += not media.url
    add_rate(file, rate)
    add(file, {"duration": rate.to_frames(media.length_s)})
    counts["start_rounded"] += not add_timecode(file, media.start, media.rate)
    inside = SubElement(file, "media")
    add_picture(SubElement(inside, "video"), rate, media.size)
    if media.sound is not None and media.channels:
        add_sound_format(SubElement(inside, "audio"), *media.sound)


def _key_frames(piece: Piece, frames: int, rate: Rate) -> list[tuple[int, int]]:
    """Of a clip that runs forward with changing speed: its `in` (with any second value), then the key frames, each a
    frame of the clip and one of the file at the rate of the sequence, from the file's first to its last; else nothing.
    """
    ramp = piece.ramp
    if ramp is None or not ramp.steady or ramp.unknown:
        return []
    parts = list(ramp.parts(Fraction(0), rate.to_seconds(frames)))
    _, _, media_s, speed = parts[0]
    first = rate.to_frames(max(Fraction(0), media_s) / speed)
    keys = {0: 0} | {first + rate.to_frames(own): rate.to_frames(media) for own, _, media, _ in parts}
    since, to, media_s, speed = parts[-1]
    end_s = media_s + (to - since) * speed
    keys[first + frames] = rate.to_frames(end_s)
    rest = rate.to_frames((piece.media.length_s - end_s) / speed)
    if rest > 0:
        keys[first + frames + rest] = rate.to_frames(piece.media.length_s)
    return [(first, 0), *sorted(keys.items())]


def _add_markers(parent: Element, marks: Iterable[Mark], rate: Rate, how: WriteOptions, counts: Counter[str]) -> None:
    for mark in sorted(marks, key=lambda mark: mark.start_s):
        first, length = mark.frames(rate)
        if first < 0:
            counts["before_start"] += 1
            continue
        counts["written"] += 1
        mark = fit(replace(mark, colour_exact=_is_premieres(mark)), how, counts, text_of, text_of)
        marker = SubElement(parent, "marker")
        out = first + length if length > 0 else -1
        add(marker, {"comment": mark.note, "name": mark.name, "in": first, "out": out})
        _add_colour(marker, mark.colour)


def _is_premieres(mark: Mark) -> bool:
    """Whether the colour that was meant is one of Premiere's eight."""
    return mark.colour_exact if mark.colour in _TWINS else mark.colour in _ONLY_THERE and not mark.colour_exact


def _add_colour(marker: Element, resolve_name: str) -> None:
    otio_name = OTIO_OF[resolve_name]
    packed = PALETTE[_NEAREST.get(otio_name, otio_name)]
    add(marker, {"pproColor": packed})
    parts = {name: packed >> shift & 255 for name, shift in (("red", 0), ("green", 8), ("blue", 16))}
    add(SubElement(marker, "color"), {"alpha": 255, **parts})
