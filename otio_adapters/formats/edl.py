"""CMX3600 edit lists with `* LOC:` lines, out and in: the markers that Avid and list tools know.

    001  001      V     C        10:00:04:12 10:00:04:13 01:00:04:12 01:00:04:13
    * FROM CLIP NAME: GX010001.MP4
    * LOC: 01:00:04:12 RED     name
    * COMMENT: first line of the note
    * COMMENT: second line
    * MTBSYNC LENGTH: 30

An event of one frame for each frame with markers, at its place in *record* timecode, where Avid has the label of a LOC
too (OpenTimelineIO issues 169 and 345); markers on one frame share it, since events must not lie over each other. Its
source is the frame of the recording that is shown there, `BL` (black) where none is. What the format has no place for,
the length, goes into a comment of ours. Reading takes every LOC of a list, wherever its event is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import groupby

import opentimelineio as otio

from mtbsync_core.markers import Marker
from mtbsync_core.timecode import Rate, label_of
from otio_adapters.build import same_second
from otio_adapters.colours import RESOLVE_OF_AVID
from otio_adapters.content import Content, Mark, Piece, content_of
from otio_adapters.fitting import issues_of
from otio_adapters.format import Format
from otio_adapters.formats.avid import ISSUES, avid_marks
from otio_adapters.formats.resolve_edl import MAX_EVENTS, edit_lists
from otio_adapters.label_lists import Labelled, fcm_in, timeline_of_labels
from otio_adapters.reading import PLAIN_READ, ReadOptions, known_rate
from otio_adapters.safe_text import ascii_only, one_line, without_astral
from otio_adapters.writing import PLAIN, Grid, WriteOptions, Written, grid_of

_TIMECODE = r"\d{1,2}[:;]\d{2}[:;]\d{2}[:;.,]\d{2,3}"
# Real lists have `*LOC:`, blanks in front, no zeros or even no hours in front, tabs, and no colour.
_LOC = re.compile(r"\s*\*\s*LOC\s*:\s*((?:\d{1,2}[:;])?\d{1,2}[:;]\d{2}[:;.,]\d{2,3})(\s.*)?")
_COLOUR = re.compile(rf"\s+({'|'.join(RESOLVE_OF_AVID)})(\s.*)?", re.IGNORECASE)
_WIDTH = len("MAGENTA ")
"""Of the column of the colour."""
_LENGTH = re.compile(r"\*\s*MTBSYNC LENGTH:\s*(\d{1,9})")
_COMMENT = re.compile(r"\*\s*COMMENT\s*:(.*)")
_MORE = re.compile(r"\*\s{2,}(?![A-Z_ ]+:)(\S.*)")
"""Avid breaks the text of a long LOC."""


def write(timeline: otio.schema.Timeline, how: WriteOptions = PLAIN) -> Written:
    """The markers as edit lists of at most 999 events each."""
    grid = grid_of(timeline, how)
    content = content_of(timeline)
    counts: Counter[str] = Counter()
    marks = avid_marks(content, grid, how, counts, _name, _note)
    reel = re.sub(r"[^A-Za-z0-9_]", "_", how.reel)[:8] or "001"
    title = _plain(how.label or content.name, how) or "Timeline"
    events = [
        _event(frame, grid, reel, content, how) + "".join(_lines(mark, grid) for mark in there)
        for frame, there in groupby(marks, key=lambda mark: mark.frames(grid.rate)[0])
    ]
    texts = edit_lists(title, grid, events, counts)
    counts["reel_changed"] = int(reel != how.reel)
    counts["length"] = sum(mark.frames(grid.rate)[1] > 1 for mark in marks)
    said = ISSUES | {
        "reel_changed": f"reel name: 8 letters, digits or _ at most: {reel}",
        "length": "length in a comment that only this program reads",
        "split": f"lists written, since one numbers {MAX_EVENTS} events",
    }
    return Written(texts, len(marks), issues_of(counts, said, grid))


def recipe(timeline: otio.schema.Timeline, names: Sequence[str], how: WriteOptions = PLAIN) -> str:
    """Who reads the list, and who does not."""
    return (
        f"{' and then '.join(names)}: for Avid and list tools, on a sequence with {grid_of(timeline, how).setting}. "
        "DaVinci Resolve makes cuts of one frame of it: take --preset resolve-edl there. Adobe Premiere shows no "
        "markers from any EDL: take --preset premiere."
    )


def read(text: str, how: ReadOptions = PLAIN_READ) -> otio.schema.Timeline:
    """A timeline with the LOC markers of an edit list, wherever its events are; cuts are not taken over."""
    rate = known_rate(how.rate, "an EDL")
    title, header, labels, found = _parse(re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff")))
    return timeline_of_labels(title, rate, how, found, header, labels)


def _parse(lines: Iterable[str]) -> tuple[str, bool | None, list[str], list[Labelled]]:
    """Title, whether its first FCM line says drop frame (None: there is none), record labels, and the markers."""
    title, header = "", None
    labels: list[str] = []
    found: list[Labelled] = []
    open_ = in_name = False
    for number, raw in enumerate(lines, 1):
        line = raw.strip()
        was_in_name, in_name = in_name, False
        if match := _LOC.fullmatch(raw):
            label = match[1] if len(re.findall("[:;.,]", match[1])) == 3 else f"00:{match[1]:0>8}"
            colour, name = _coloured(match[2] or "")
            found.append(Labelled(number, label, 1, Marker(name, 0, colour=colour)))
            open_ = in_name = True
        elif line[:1].isdigit():
            open_ = False  # an event: comments from here on are its own
            labels += re.findall(_TIMECODE, line)[2:4]
        elif line.startswith("TITLE:"):
            title = title or line.removeprefix("TITLE:").strip()
        elif header is None and (fcm := fcm_in(line)) is not None:
            header = fcm
        elif open_:
            found[-1], in_name = _with_comment(found[-1], line, was_in_name)
    return title, header, labels, [replace(one, marker=_trimmed(one.marker)) for one in found]


def _coloured(text: str) -> tuple[str, str]:
    """Resolve's colour and the name out of what follows the label of a LOC.

    A word in capitals or small letters is a colour wherever it stands first; `Red flag` is a name, unless the word is
    set in a column of its own, as `Red     flag` is.
    """
    match = _COLOUR.fullmatch(text)
    if match is None:
        return "", text.strip()
    word, rest = match[1], match[2] or ""
    blanks = len(rest) - len(rest.lstrip())
    in_column = rest.startswith("\t") or blanks >= min(2, _WIDTH - len(word))
    if not (word.isupper() or word.islower() or in_column):
        return "", text.strip()
    return RESOLVE_OF_AVID[word.lower()], rest.strip()


def _with_comment(one: Labelled, line: str, in_name: bool) -> tuple[Labelled, bool]:
    """A marker with what a further line says of it, and whether the next line may go on with its name."""
    marker = one.marker
    if match := _LENGTH.fullmatch(line):
        return replace(one, length=max(1, int(match[1]))), False
    if match := _COMMENT.fullmatch(line):
        return replace(one, marker=replace(marker, comment=f"{marker.comment}{match[1].strip()}\n")), False
    if in_name and (match := _MORE.fullmatch(line)):
        return replace(one, marker=replace(marker, name=f"{marker.name} {match[1]}".strip())), True
    return one, False


def _trimmed(marker: Marker) -> Marker:
    return replace(marker, comment=marker.comment.strip("\n"))


def _event(frame: int, grid: Grid, reel: str, content: Content, how: WriteOptions) -> str:
    """The event of a frame of the sequence, without its number, and the name of the file that is shown there."""
    at_s = grid.rate.to_seconds(frame)
    # The clip markers of a clip are on its frames, which need not be those of the sequence.
    half_s = 1 / grid.rate.fps / 2
    shown = [p for p in content.pieces if p.at_s - half_s <= at_s < p.at_s + p.length_s]
    first, name = 0, ""
    if shown:
        piece = max(shown, key=lambda p: p.track)
        first = _source_frame(piece, at_s, grid.rate)
        name = f"* FROM CLIP NAME: {_plain(piece.media.name, how)}\n"
    source = f"{label_of(first, grid.rate)} {label_of(first + 1, grid.rate)}"
    return f"{reel if shown else 'BL':<8} V     C        {source} {grid.label(frame)} {grid.label(frame + 1)}\n{name}"


def _source_frame(piece: Piece, at_s: Fraction, rate: Rate) -> int:
    """Frame of a file since midnight, counted as the sequence counts: an EDL has one rate."""
    media_s = piece.media_in_s + max(Fraction(0), at_s - piece.at_s) * piece.speed
    return same_second(piece.media.start, piece.media.rate, rate) + rate.to_frames(media_s)


def _lines(mark: Mark, grid: Grid) -> str:
    first, length = mark.frames(grid.rate)
    lines = [f"* LOC: {grid.label(first)} {mark.colour.upper():<7} {mark.name}"]
    lines += [f"* COMMENT: {line}" for line in mark.note.split("\n")] if mark.note else []
    lines += [f"* MTBSYNC LENGTH: {length}"] if length > 1 else []
    return "".join(f"{line}\n" for line in lines)


def _name(text: str) -> str:
    return one_line(without_astral(text))


def _note(text: str) -> str:
    """The note with its lines; those without letters at its ends are lost."""
    lines = (one_line(line) for line in re.split(r"\r\n|\r|\n", without_astral(text)))
    return "\n".join(lines).strip("\n")


def _plain(text: str, how: WriteOptions) -> str:
    return one_line(ascii_only(without_astral(text)) if how.ascii else without_astral(text))


FORMAT = Format(
    name="edl",
    title="Edit list with LOC lines (CMX3600 EDL)",
    suffix=".edl",
    adapter="mtbsync_cmx_markers_edl",
    write=write,
    recipe=recipe,
    read=read,
    # Neither XML, JSON nor subtitles, in which notes may hold anything, nor with the directives of Resolve's markers.
    signature=re.compile(
        r"\A(?!\s*(?:[<{\[;]|WEBVTT|(?:\d+\s+)?[\d:.,]+\s*-->))"
        r"(?![\s\S]*^(?![ \t]*\*)(?:[^\n|]|\|(?!M:))*\|M:.*\|D:\d)[\s\S]*?"
        r"^[ \t]*(?:TITLE:|FCM:|\d+[ \t]+\S+[ \t]+(?:\S+[ \t]+){1,4}\d{1,2}[:;]\d\d[:;]\d\d)",
        re.MULTILINE,
    ),
    by_timecode=True,
    loses="8 of 16 colours are the nearest; length is in a comment of ours; that a marker needs a look is in its note",
)
