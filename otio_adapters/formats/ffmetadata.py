"""Chapters in FFmpeg's metadata files, out and in (ffmpeg -i VIDEO -f ffmetadata FILE; FFmpeg Formats, "Metadata").

    ;FFMETADATA1
    [CHAPTER]
    TIMEBASE=1/1000
    START=10010
    END=12010
    title=Gate

Without TIMEBASE times are nanoseconds. `=`, `;`, `#`, `\\` and line breaks in a title have a `\\` before them. Beside
`title` a chapter may have any other key: the note is `comment`. Written are milliseconds, as players count. A marker
without a length is a chapter to the next one, or to the end of the recording, and such a chapter is read as one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction

import opentimelineio as otio

from mtbsync_core.errors import FormatError
from mtbsync_core.markers import Marker, of_chapters
from otio_adapters.by_seconds import milliseconds, timeline_of_seconds
from otio_adapters.content import content_of
from otio_adapters.fitting import TEXTS, fit_lines, issues_of
from otio_adapters.format import Format
from otio_adapters.reading import PLAIN_READ, ReadOptions
from otio_adapters.writing import PLAIN, WriteOptions, Written

_SPECIAL = re.compile(r"[=;#\\\n]")
_ISSUES = TEXTS | {
    "text_changed": "name or note changed: those of a chapter have one line",
    "colour": "colour not written: chapters have none",
}
_ENTRY = re.compile(r"((?:[^=\\\n]|\\[\s\S])*)=((?:[^\\\n]|\\[\s\S])*)")


def write(timeline: otio.schema.Timeline, how: WriteOptions = PLAIN) -> Written:
    """The markers as chapters."""
    content = content_of(timeline)
    counts: Counter[str] = Counter()
    marks = fit_lines(content, how, counts)
    end_s = max((piece.at_s + piece.length_s for piece in content.pieces), default=Fraction(0))
    lines = [";FFMETADATA1"]
    followings = [*(mark.start_s for mark in marks[1:]), end_s]
    for mark, following in zip(marks, followings, strict=False):
        until_s = mark.end_s if mark.end_s > mark.start_s else max(following, mark.start_s)
        lines += ["[CHAPTER]", "TIMEBASE=1/1000", f"START={milliseconds(mark.start_s)}", f"END={milliseconds(until_s)}"]
        lines += [f"{key}={_escaped(said)}" for key, said in (("title", mark.name), ("comment", mark.note)) if said]
    return Written(("\n".join(lines) + "\n",), len(marks), issues_of(counts, _ISSUES))


def recipe(timeline: otio.schema.Timeline, names: Sequence[str], how: WriteOptions = PLAIN) -> str:
    """How FFmpeg puts them into a video."""
    return (
        f"ffmpeg -i VIDEO.mp4 -i {names[0]} -map 0 -map_metadata 0 -map_chapters 1 -c copy COPY.mp4 puts them into a "
        "copy of the video; mtbsync chapters does so without FFmpeg. Times count from the video's first frame."
    )


def read(text: str, how: ReadOptions = PLAIN_READ) -> otio.schema.Timeline:
    """A timeline with the chapters of a file."""
    try:
        chapters = [_marker(chapter) for chapter in _chapters(re.sub(r"\r\n?", "\n", text))]
    except (KeyError, ValueError, ArithmeticError) as error:
        raise FormatError("a chapter of the file has no time, or one that is no number", "Write it anew.") from error
    return timeline_of_seconds(of_chapters(sorted(chapters, key=lambda chapter: chapter.t_s)), how)


def _chapters(text: str) -> Iterator[dict[str, str]]:
    for part in re.split(r"(?m)^\[(?=[A-Z]+\][ \t]*$)", text)[1:]:
        kind, _, body = part.partition("]")
        if kind == "CHAPTER":
            lines = "\n".join(line for line in body.split("\n") if not line.startswith((";", "#")))
            yield {m[1].strip().casefold(): re.sub(r"\\([\s\S])", r"\1", m[2]) for m in _ENTRY.finditer(lines)}


def _marker(chapter: dict[str, str]) -> Marker:
    base = Fraction(chapter.get("timebase", "1/1000000000").strip())
    start, end = (int(chapter[key]) for key in ("start", "end"))
    name, _, more = chapter.get("title", "").strip().partition("\n")
    note = "\n".join(filter(None, (more, chapter.get("comment", ""))))
    return Marker(name, float(start * base), float(max(0, end - start) * base), comment=note)


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda match: "\\" + match[0], text)


FORMAT = Format(
    name="ffmetadata",
    title="Chapters of FFmpeg",
    suffix=".ffmeta",
    adapter="mtbsync_ffmetadata",
    write=write,
    recipe=recipe,
    read=read,
    signature=re.compile(r"\A\s*;FFMETADATA"),
    chapters=True,
    loses="colour; less than a millisecond; a place lasts until the next",
)
