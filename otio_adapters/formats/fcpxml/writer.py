"""Final Cut Pro's projects: the writer. The folder tells of the format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import chain
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

import opentimelineio as otio

from mtbsync_core.timecode import Rate, cutting_rate
from otio_adapters.build import rate_of
from otio_adapters.content import Content, Mark, Piece, content_of
from otio_adapters.fitting import MARKS, TEXTS, fit, issues_of
from otio_adapters.formats.fcpxml.write_story import CONFORM_RATES, Host, Story, seconds_text
from otio_adapters.safe_text import one_line
from otio_adapters.safe_xml import text_of
from otio_adapters.writing import PLAIN, Grid, Issue, WriteOptions, Written, grid_of

MAX_RATE = 60
"""Final Cut Pro has no projects above 60 fps."""
DEFAULT_SIZE = (1920, 1080)


def write(timeline: otio.schema.Timeline, how: WriteOptions = PLAIN) -> Written:
    """A project with the timeline's clips and all of its markers."""
    grid = _grid(timeline, how)
    content = content_of(timeline)
    counts: Counter[str] = Counter()
    title = one_line(text_of(how.label or content.name)) or "Timeline"
    resources = Element("resources")
    sequence = Element("sequence")
    size = how.size or content.size_of_any
    counts["size_assumed"] = size is None
    story = Story(grid, size or DEFAULT_SIZE, resources, counts)
    marks = _sequence_marks(content, grid.rate, counts)
    spine = story.tell(content.pieces, max([1, *(first + 1 for first, _ in marks)]))
    written = 0
    for host, first, mark in chain(
        _clip_marks(story, content, marks, counts), ((story.host_at(first), first, mark) for first, mark in marks)
    ):
        written += 1
        _hang(host, first, mark, written, grid.rate, how, counts)
    for host in story.hosts():
        host.close()
    sequence.attrib.update(format=story.format, duration=seconds_text(grid.rate.to_seconds(story.length)))
    sequence.set("tcStart", seconds_text(grid.rate.to_seconds(grid.start)))
    sequence.attrib.update(tcFormat="DF" if grid.rate.drop else "NDF", audioLayout="stereo", audioRate="48k")
    sequence.append(spine)
    return Written((_file(title, resources, sequence),), written, issues_of(counts, _ISSUES, grid))


def recipe(timeline: otio.schema.Timeline, names: Sequence[str], how: WriteOptions = PLAIN) -> str:
    """How to get the project into Final Cut Pro, and what becomes of the markers there."""
    return (
        f"In Final Cut Pro: File > Import > XML, and take {' and then '.join(names)}. A new project opens, with "
        f"{_grid(timeline, how).setting}. Lengths of markers are keyword ranges; markers to be checked are to-dos. "
        "Where the recording is somewhere else by now: File > Relink Files."
    )


_ISSUES = TEXTS | {
    "custom_data": MARKS["custom_data"],
    "extra_columns": MARKS["extra_columns"],
    "colour": "colour not written: markers of Final Cut Pro have none",
    "text_changed": "name or note changed: control characters and line breaks in names have no place in it",
    "before_start": "marker before the start of the timeline or of its file left out",
    "hidden": "marker on a part of a clip that the timeline does not show: it stays on the clip, out of sight",
    "length_cut": "marker longer than the rest of its file: its keyword ends with the file",
    "no_media": "clip without a file, or standing still: it is a gap with its markers",
    "too_short": "clip shorter than a frame left out",
    "clip_shortened": "clip that shows more than its file has: it ends with the file",
    "size_assumed": "the timeline does not say its picture size: 1920 x 1080 is taken",
}


def _grid(timeline: otio.schema.Timeline, how: WriteOptions) -> Grid:
    own, known = rate_of(timeline)
    issues = []
    if how.rate is None and own.nominal > MAX_RATE:
        how = replace(how, rate=cutting_rate(own, MAX_RATE))
        issues.append(Issue("rate_halved", 1, "Final Cut Pro has no projects above 60 fps: made at half the rate"))
        issues += _off_grid(timeline, cutting_rate(own, MAX_RATE))
        if how.drop is None and not known:
            issues.append(Issue("drop_assumed", 1, "the timeline does not say drop or non-drop: taken as non-drop"))
    grid = grid_of(timeline, how)
    if grid.rate.fps not in CONFORM_RATES:
        text = f"Final Cut Pro has no projects at {float(grid.rate.fps):.3f} fps and may refuse this one"
        issues.append(Issue("rate_unknown", 1, text))
    return replace(grid, issues=(*grid.issues, *issues))


def _off_grid(timeline: otio.schema.Timeline, rate: Rate) -> list[Issue]:
    """How many markers lie between two frames of that rate, and how far from one at most."""
    starts = [mark.start_s for mark in content_of(timeline).all_marks()[0]]
    off = [abs(rate.to_seconds(rate.to_frames(start_s)) - start_s) for start_s in starts]
    count = sum(error * rate.fps > Fraction(1, 1000) for error in off)
    text = f"marker between two frames of the project: on the nearest, {float(max(off, default=0)) * 1000:.1f} ms off"
    return [Issue("between_frames", count, f"{text} at most" if count > 1 else text)] if count else []


def _sequence_marks(content: Content, rate: Rate, counts: Counter[str]) -> list[tuple[int, Mark]]:
    """The markers that are on no clip, with their frames."""
    found = []
    for mark in sorted([*content.marks, *content.gap_marks], key=lambda mark: mark.start_s):
        first = rate.to_frames(mark.start_s)
        if first < 0:
            counts["before_start"] += 1
        else:
            found.append((first, mark))
    return found


def _clip_marks(
    story: Story, content: Content, known: Iterable[tuple[int, Mark]], counts: Counter[str]
) -> Iterable[tuple[Host, int, Mark]]:
    """Where the markers of the clips go, and on which frame, in sequence seconds.

    A file that is cut to pieces may have its markers on each piece: a piece gets those that it shows, and those that
    no piece shows are on the first, out of sight, where Final Cut Pro also has the markers of parts cut away.
    """
    rate = story.rate
    done = {(first, mark.name, mark.note) for first, mark in known}
    shown = {_key(piece, mark) for piece in content.pieces for mark in piece.marks if piece.shows(mark.start_s)}
    for piece, host in zip(content.pieces, story.clips, strict=True):
        for mark in piece.marks:
            visible = piece.shows(mark.start_s)
            if not visible and _key(piece, mark) in shown:
                continue
            start_s, end_s = piece.on_sequence(mark.start_s), piece.on_sequence(mark.end_s)
            first = rate.to_frames(start_s)
            owner = host or story.host_at(max(0, first))
            if visible:  # what lies in the last half of a frame is still on this clip
                first = min(max(first, owner.at), owner.at + owner.length - 1)
                if (first, mark.name, mark.note) in done:
                    continue
            if owner.local_at(first) < owner.earliest:
                counts["before_start"] += 1
                continue
            if not visible:
                counts["hidden"] += 1
            shown.add(_key(piece, mark))
            yield owner, first, replace(mark, start_s=min(start_s, end_s), end_s=max(start_s, end_s))


def _key(piece: Piece, mark: Mark) -> tuple[object, ...]:
    return piece.media.url or id(piece), mark.start_s, mark.name, mark.note


def _hang(host: Host, first: int, mark: Mark, n: int, rate: Rate, how: WriteOptions, counts: Counter[str]) -> None:
    """Put a marker on its clip, with a keyword beside it where it is longer than a frame."""
    mark = fit(mark, how, counts, lambda name: one_line(text_of(name)), text_of, word="", n=n)
    kind = mark.own.get("fcpx") or how.fcp_markers
    start = host.local_at(first)
    marker = Element("chapter-marker" if kind == "chapter" else "marker")
    marker.attrib.update(start=seconds_text(start), duration=seconds_text(rate.to_seconds(1)), value=mark.name)
    if kind == "done":
        marker.set("completed", "1")
    elif kind == "to-do" or (mark.own.get("needs_review") and kind != "chapter"):
        marker.set("completed", "0")
    if mark.note:
        marker.set("note", mark.note)
    host.marks.append((start, marker))
    length = rate.to_frames(mark.end_s) - rate.to_frames(mark.start_s)
    if length > 1:
        room = None if host.latest is None else (host.latest - start) * rate.fps
        if room is not None and length > room:
            length = int(room)
            counts["length_cut"] += 1
        if length > 1:
            keyword = Element("keyword", start=seconds_text(start), duration=seconds_text(rate.to_seconds(length)))
            keyword.set("value", keyword_of(mark.name))
            host.marks.append((start, keyword))


def keyword_of(name: str) -> str:
    """The keyword of a marker with that name. A comma would make it two."""
    return " ".join(name.replace(",", " ").split()) or "Marker"


def _file(title: str, resources: Element, sequence: Element) -> str:
    root = Element("fcpxml", version="1.10")
    root.append(resources)
    event = SubElement(SubElement(root, "library"), "event", name=title)
    SubElement(event, "project", name=title).append(sequence)
    ElementTree.indent(root, "    ")
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n\n{body}\n'
