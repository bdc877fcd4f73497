"""Chapters in FFmpeg's metadata files, in (ffmpeg -i VIDEO -f ffmetadata FILE; FFmpeg Formats, "Metadata").

    ;FFMETADATA1
    [CHAPTER]
    TIMEBASE=1/1000
    START=10010
    END=12010
    title=Gate

Without TIMEBASE times are nanoseconds. `=`, `;`, `#`, `\\` and line breaks in a title have a `\\` before them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

import opentimelineio as otio

from mtbsync_core.errors import FormatError
from mtbsync_core.markers import Marker
from otio_adapters.by_seconds import timeline_of_seconds
from otio_adapters.format import Format
from otio_adapters.reading import PLAIN_READ, ReadOptions

_ENTRY = re.compile(r"((?:[^=\\\n]|\\[\s\S])*)=((?:[^\\\n]|\\[\s\S])*)")


def read(text: str, how: ReadOptions = PLAIN_READ) -> otio.schema.Timeline:
    """A timeline with the chapters of a file."""
    try:
        markers = [_marker(chapter) for chapter in _chapters(re.sub(r"\r\n?", "\n", text))]
    except (KeyError, ValueError, ArithmeticError) as error:
        raise FormatError("a chapter of the file has no time, or one that is no number", "Write it anew.") from error
    return timeline_of_seconds(markers, how)


def _chapters(text: str) -> Iterator[dict[str, str]]:
    for part in re.split(r"(?m)^\[(?=[A-Z]+\][ \t]*$)", text)[1:]:
        kind, _, body = part.partition("]")
        if kind == "CHAPTER":
            lines = "\n".join(line for line in body.split("\n") if not line.startswith((";", "#")))
            yield {m[1].strip().casefold(): re.sub(r"\\([\s\S])", r"\1", m[2]) for m in _ENTRY.finditer(lines)}


def _marker(chapter: dict[str, str]) -> Marker:
    base = Fraction(chapter.get("timebase", "1/1000000000").strip())
    start, end = (int(chapter[key]) for key in ("start", "end"))
    name, _, note = chapter.get("title", "").strip().partition("\n")
    return Marker(name, float(start * base), float(max(0, end - start) * base), comment=note)


FORMAT = Format(
    name="ffmetadata",
    suffix=".ffmeta",
    adapter="mtbsync_ffmetadata",
    read=read,
    signature=re.compile(r"\A\s*;FFMETADATA"),
)
