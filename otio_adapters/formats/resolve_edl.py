"""The timeline-marker EDL of DaVinci Resolve, out and in.

It is not a cut list: each marker is an event of one frame, at its place in *timeline* timecode, with one line below it:

    001  001      V     C        01:00:04:49 01:00:04:50 01:00:04:49 01:00:04:50  <- two blanks
    note |C:ResolveColorBlue |M:Marker 1 |D:1

The syntax is that of files exported by Resolve (TheAcharya/MarkersExtractor issue 25, SubtitleEdit pull request 13730).
Resolve takes such a file without complaint and shows nothing when start timecode, rate or drop frame differ from those
of the timeline; so these are always known here and named in the recipe.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import opentimelineio as otio

from mtbsync_core.markers import Marker
from otio_adapters.content import Mark, content_of
from otio_adapters.fitting import AFTER_MIDNIGHT, MARKS, NUDGED, fit_marks, issues_of, one_per_frame
from otio_adapters.format import Format
from otio_adapters.label_lists import Labelled, fcm_in, timeline_of_labels
from otio_adapters.reading import PLAIN_READ, ReadOptions, known_rate
from otio_adapters.safe_text import field
from otio_adapters.writing import PLAIN, Grid, WriteOptions, Written, grid_of

MAX_EVENTS = 999
"""Event numbers have three digits."""

_TC = r"(\d{1,2}[:;]\d{2}[:;]\d{2}[:;.,]\d{2,3})"
# Resolve pads; others do not, and Frame.io swaps the columns of channel and edit type.
_EVENT = re.compile(rf"\s*\d+\s+\S+\s+(?:[VABN]\S*\s+C|C\s+[VABN]\S*)\s+{_TC}\s+{_TC}\s+{_TC}\s+{_TC}\s*")
_DIRECTIVES = re.compile(r"(.*?) ?\|C:(?:ResolveColor)?([^|]*?) ?\|M:(.*?) ?\|D:(\d+)\s*")
_EVENT_LIKE = re.compile(r"\d+\s")


_ISSUES = MARKS | {
    "split": f"EDLs written, since one numbers {MAX_EVENTS} markers at most",
    "nudged": NUDGED,
    "after_midnight": AFTER_MIDNIGHT,
}


def write(timeline: otio.schema.Timeline, how: WriteOptions = PLAIN) -> Written:
    """The timeline's markers, those on its clips among them, as EDLs of at most 999 markers each."""
    grid = grid_of(timeline, how)
    content = content_of(timeline)
    counts: Counter[str] = Counter()
    marks = fit_marks(content, how, counts, field, _note, grid=grid)
    frames = one_per_frame([mark.frames(grid.rate)[0] for mark in marks])
    events = list(zip(frames, marks, strict=True))
    counts["nudged"] = sum(frame != mark.frames(grid.rate)[0] for frame, mark in events)
    events.sort(key=lambda event: event[0])
    title = field(how.label or content.name) or "Timeline"
    texts = edit_lists(f"{title}.markers", grid, [_event(*event, grid) for event in events], counts)
    return Written(texts, len(events), issues_of(counts, _ISSUES, grid))


def edit_lists(title: str, grid: Grid, events: Sequence[str], counts: Counter[str]) -> tuple[str, ...]:
    """Lists of at most 999 events, numbered, and under `split` how many where one is not enough."""
    head = f"TITLE: {title}\nFCM: {'DROP' if grid.rate.drop else 'NON-DROP'} FRAME\n\n"
    parts = [events[i : i + MAX_EVENTS] for i in range(0, len(events), MAX_EVENTS)] or [[]]
    counts["split"] = len(parts) if len(parts) > 1 else 0
    return tuple(head + "".join(f"{n:03d}  {event}\n" for n, event in enumerate(part, 1)) for part in parts)


def recipe(timeline: otio.schema.Timeline, names: Sequence[str], how: WriteOptions = PLAIN) -> str:
    """How to get the markers into Resolve, and what its timeline must be set to."""
    grid = grid_of(timeline, how)
    return (
        f"In DaVinci Resolve: put the new clip at the very start of a timeline with {grid.setting}. "
        "In the Media Pool right-click that timeline, choose Timelines > Import > Timeline Markers from EDL, and "
        f"take {' and then '.join(names)}. (File > Import > Timeline is another importer and shows no markers.) "
        "When nothing appears, one of rate, drop frame and start timecode differs."
    )


def read(text: str, how: ReadOptions = PLAIN_READ) -> otio.schema.Timeline:
    """A timeline with the markers of an EDL, read as tolerantly as the programs that write them differ."""
    rate = known_rate(how.rate, "a marker EDL")
    title, header, found = _parse(re.split(r"\r\n|\r|\n", text))
    return timeline_of_labels(title, rate, how, found, header)


def _note(text: str) -> str:
    """A note on one line. One that begins with a number is taken for an event by some readers."""
    note = field(text, " / ")
    return f"- {note}" if _EVENT_LIKE.match(note) else note


def _event(frame: int, mark: Mark, grid: Grid) -> str:
    at, to, length = grid.label(frame), grid.label(frame + 1), max(1, mark.frames(grid.rate)[1])
    return (
        f"001      V     C        {at} {to} {at} {to}  \n"
        f"{mark.note} |C:ResolveColor{mark.colour} |M:{mark.name} |D:{length}\n"
    )


def _parse(lines: Iterable[str]) -> tuple[str, bool | None, list[Labelled]]:
    """Title, whether its first FCM line says drop frame (None: there is none), and the markers."""
    title, header = "", None
    found: list[Labelled] = []
    at: tuple[int, str] | None = None
    note: list[str] = []

    def close(colour: str = "", name: str = "", length: int = 1) -> None:
        if at is not None:
            marker = Marker(name, 0, colour=colour, comment="\n".join(note).strip())
            found.append(Labelled(*at, max(1, length), marker))

    for number, line in enumerate(lines, 1):
        event = _EVENT.fullmatch(line)
        if event:
            close()  # an event without directives is still a marker
            at, note = (number, event[3]), []
        elif at is not None and (match := _DIRECTIVES.fullmatch(line)):
            # Resolve writes notes of several lines raw; the directives end the last one.
            note.append(match[1])
            close(match[2].strip(), match[3], int(match[4]))
            at, note = None, []
        elif at is not None:
            note.append(line)
        elif header is None and (fcm := fcm_in(line)) is not None:
            header = fcm
        elif line.startswith("TITLE:"):
            title = line.removeprefix("TITLE:").strip().removesuffix(".markers")
    close()
    return title, header, found


FORMAT = Format(
    name="resolve-edl",
    title="DaVinci Resolve: timeline markers (EDL)",
    suffix=".edl",
    adapter="mtbsync_resolve_markers_edl",
    write=write,
    recipe=recipe,
    read=read,
    signature=re.compile(
        r"\A(?!\s*(?:[<{\[;]|WEBVTT|\d+\.\d+[,\t]|(?:\d+\s+)?[\d:.,]+\s*-->))"
        r"[\s\S]*?^(?![ \t]*\*)(?:[^\n|]|\|(?!C:))*\|C:[^|\n]*\|M:.*\|D:\d+\s*$",
        re.MULTILINE,
    ),
    by_timecode=True,
    loses="emoji and line breaks; that a marker needs a look is in its note",
)
