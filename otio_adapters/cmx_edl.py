"""CMX3600 edit lists with `* LOC:` lines, out and in: the markers that Avid and list tools know.

    001  001      V     C        01:00:04:12 01:00:04:13 01:00:04:12 01:00:04:13
    * FROM CLIP NAME: GX010001.MP4
    * LOC: 01:00:04:12 RED     name
    * COMMENT: note
    * MTBSYNC LENGTH: 30

One event of one frame for each marker, at its place in *record* timecode, where Avid has the label of a LOC too
(OpenTimelineIO issues 169 and 345). What the format has no place for, the length, goes into a comment of ours. Reading
takes every LOC of a list, wherever its event is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import opentimelineio as otio

from mtbsync_core.errors import UsageError
from mtbsync_core.timecode import is_drop_label
from otio_adapters.content import content_of
from otio_adapters.locators import Locator, locators_of, timeline_of
from otio_adapters.reading import PLAIN_READ, ReadOptions, counting
from otio_adapters.report import Issue
from otio_adapters.safe_text import one_line, without_astral
from otio_adapters.writing import PLAIN, Grid, WriteOptions, Written, grid_of

MAX_EVENTS = 999
"""Event numbers have three digits."""

_LOC = re.compile(r"\*\s*LOC:\s*(\d{1,2}[:;]\d{2}[:;]\d{2}[:;.,]\d{2,3})\s*([A-Za-z]*)(?: +(.*))?")
_LENGTH = re.compile(r"\*\s*MTBSYNC LENGTH:\s*(\d{1,9})\s*")
_COMMENT = re.compile(r"\*\s*COMMENT:\s?(.*)")
_EVENT = re.compile(r"\s*\d+\s+\S+\s+\S+\s+\S+.*?(\d{1,2}[:;]\d{2}[:;]\d{2}[:;.,]\d{2,3})\s*$")


def write(timeline: otio.schema.Timeline, how: WriteOptions = PLAIN) -> Written:
    """The markers as edit lists of at most 999 events each.

    Raises:
        FormatError: the start timecode does not exist at the rate, or the timeline has no rate.
    """
    grid = grid_of(timeline, how)
    found, issues = locators_of(timeline, grid, how)
    content = content_of(timeline)
    reel = re.sub(r"[^A-Za-z0-9_]", "_", how.reel)[:8] or "001"
    clip = one_line(without_astral(content.pieces[0].media.name)) if content.pieces else ""
    title = one_line(without_astral(how.label or content.name)) or "Timeline"
    head = f"TITLE: {title}\nFCM: {'DROP' if grid.rate.drop else 'NON-DROP'} FRAME\n\n"
    parts = [found[i : i + MAX_EVENTS] for i in range(0, len(found), MAX_EVENTS)] or [[]]
    more = (
        Issue("reel_changed", int(reel != how.reel), f"reel name: 8 letters, digits or _ at most: {reel}"),
        Issue("length", sum(m.length > 1 for m in found), "length in a comment that only this program reads"),
        Issue("split", len(parts) if len(parts) > 1 else 0, f"lists written, since one numbers {MAX_EVENTS} events"),
    )
    texts = (head + "".join(_event(n, m, grid, reel, clip) for n, m in enumerate(part, 1)) for part in parts)
    return Written(tuple(texts), len(found), (*issues, *(issue for issue in more if issue.count)))


def recipe(timeline: otio.schema.Timeline, names: Sequence[str], how: WriteOptions = PLAIN) -> str:
    """Who reads the list, and who does not."""
    return (
        f"{' and then '.join(names)}: for Avid and list tools, on a sequence with {grid_of(timeline, how).setting}. "
        "DaVinci Resolve makes cuts of one frame of it: take --preset resolve-edl there. Adobe Premiere shows no "
        "markers from any EDL: take --preset premiere."
    )


def read(text: str, how: ReadOptions = PLAIN_READ) -> otio.schema.Timeline:
    """A timeline with the LOC markers of an edit list, wherever its events are; cuts are not taken over.

    Raises:
        UsageError: no rate is given; the file does not say it.
        FormatError: a timecode does not exist at the rate.
    """
    if how.rate is None:
        raise UsageError("an EDL does not say its frame rate", "Give it with --fps, for example --fps 29.97.")
    title, says = "", None
    found: list[tuple[str, Locator]] = []
    open_ = False
    for line in re.split(r"\r\n|\r|\n", text):
        if line.startswith("TITLE:"):
            title = line.removeprefix("TITLE:").strip()
        elif line.startswith("FCM:"):
            says = "NON" not in line.upper() if says is None else says
        elif match := _LOC.fullmatch(line.strip()):
            # Avid writes ":" under DROP FRAME; others leave FCM out and write ";".
            says = True if says is None and is_drop_label(match[1]) else says
            found.append((match[1], Locator(0, 1, match[2], (match[3] or "").strip(), "")))
            open_ = True
        elif open_ and (match := _LENGTH.fullmatch(line)):
            found[-1] = found[-1][0], replace(found[-1][1], length=max(1, int(match[1])))
        elif open_ and (match := _COMMENT.fullmatch(line)):
            note = "\n".join(filter(None, (found[-1][1].note, match[1].strip())))
            found[-1] = found[-1][0], replace(found[-1][1], note=note)
        elif _EVENT.fullmatch(line):
            open_ = False
    return timeline_of(title, found, counting(how.rate, how, says), how)


def _event(n: int, marker: Locator, grid: Grid, reel: str, clip: str) -> str:
    at, to = grid.label(marker.frame), grid.label(marker.frame + 1)
    lines = [f"{n:03d}  {reel:<8} V     C        {at} {to} {at} {to}"]
    lines += [f"* FROM CLIP NAME: {clip}"] if clip else []
    lines += [f"* LOC: {at} {marker.colour.upper():<7} {marker.name}"]
    lines += [f"* COMMENT: {marker.note}"] if marker.note else []
    lines += [f"* MTBSYNC LENGTH: {marker.length}"] if marker.length > 1 else []
    return "\n".join(lines) + "\n\n"
