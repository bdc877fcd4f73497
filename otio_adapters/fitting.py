"""The one pass that all writers of markers share: texts made fit for a file, and all that this changes counted.

A timeline keeps as data that a marker needs a look (`needs_review` and `margin_s` among our metadata); a file that has
nothing better for it gets words before the note: `REVIEW ±0.21 s: the note`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

from otio_adapters.content import Content, Mark
from otio_adapters.safe_text import ascii_only, one_line, without_astral
from otio_adapters.writing import Grid, Issue, WriteOptions

TEXTS = {
    "text_changed": "name or note changed: the file has no place for some of its line breaks, signs or emoji",
    "ascii": "name or note in plain ASCII letters, as asked",
    "before_start": "marker before the start of the timeline left out",
    "hidden": "marker on a part of a clip that the timeline does not show left out",
}
"""What is said of each kind that every writer counts."""
MARKS = TEXTS | {
    "colour_changed": "colour that Resolve does not have: the nearest is taken",
    "custom_data": "hidden data of the editor not written: the file has no place for it",
    "extra_columns": "marker with further columns, which the file has no place for: they stay in the marker file",
}
"""The same with what else a marker has, for formats that could be expected to carry it."""
NUDGED = "marker moved to the next free frame: Resolve keeps one marker per frame"
WORD = "REVIEW"
AFTER_MIDNIGHT = "marker past midnight: its timecode starts again at 00:00:00"


def issues_of(counts: Mapping[str, int], said: Mapping[str, str], grid: Grid | None = None) -> tuple[Issue, ...]:
    """What was assumed about the grid, and each kind of `said` that was counted."""
    assumed = () if grid is None else grid.issues
    return (*assumed, *(Issue(kind, int(counts[kind]), text) for kind, text in said.items() if counts[kind]))


def fit_marks(
    content: Content,
    how: WriteOptions,
    counts: Counter[str],
    name: Callable[[str], str],
    note: Callable[[str], str],
    *,
    grid: Grid | None = None,
    word: str | None = WORD,
    numbered: bool = True,
) -> list[Mark]:
    """All markers that a timeline shows from its start on, in time order, each as `fit` makes it.

    Args:
        grid: the frames on which they are written; without it they are written in exact time.
        numbered: a marker without a name is called by its number.
    """
    marks, hidden = content.all_marks()
    starts = [mark.start_s if grid is None else grid.rate.to_frames(mark.start_s) for mark in marks]
    shown = [mark for mark, start in zip(marks, starts, strict=True) if start >= 0]
    counts.update(hidden=hidden, before_start=len(marks) - len(shown))
    if grid is not None:
        past = (grid.start + start >= grid.rate.frames_per_day for start in starts)
        counts.update(after_midnight=sum(past), frame_digits=int(grid.rate.nominal > 100))
    return [fit(mark, how, counts, name, note, word=word, n=n * numbered) for n, mark in enumerate(shown, 1)]


def fit_lines(content: Content, how: WriteOptions, counts: Counter[str], *, grid: Grid | None = None) -> list[Mark]:
    """As `fit_marks`, for files in which a name and a note have one line each; those with a note count as `notes`."""
    marks = fit_marks(content, how, counts, one_line, lambda note: one_line(note, join=" / "), grid=grid)
    counts["notes"] = sum(bool(mark.note) for mark in marks)
    return marks


def fit(
    mark: Mark,
    how: WriteOptions,
    counts: Counter[str],
    name: Callable[[str], str],
    note: Callable[[str], str],
    *,
    word: str | None = WORD,
    n: int = 0,
) -> Mark:
    """A marker with name and note as the two functions make them fit, in ASCII where asked.

    Args:
        counts: counts what changes, and what of the marker not every file can carry.
        word: as of `review_note`; None where the file carries the fields of a review.
        n: its number, with which it is called where it has no name; 0 leaves it nameless.
    """
    asked = mark.name, mark.note if word is None else review_note(mark.note, mark.own, word)
    if how.ascii:
        # Before it is made fit, since wide bars, dashes and brackets become plain ones here.
        plain = ascii_only(without_astral(asked[0])), ascii_only(without_astral(asked[1]))
        counts["ascii"] += plain != asked
        asked = plain
    fitting = name(asked[0]), note(asked[1])
    counts["text_changed"] += fitting != asked
    counts["colour_changed"] += not mark.colour_exact
    counts["colour"] += mark.colour != "Blue"
    counts["custom_data"] += bool(mark.own.get("custom"))
    counts["extra_columns"] += any(mark.own.get("extra", {}).values())
    called = fitting[0] or (f"Marker {n}" if n else "")
    return mark if (called, fitting[1]) == (mark.name, mark.note) else replace(mark, name=called, note=fitting[1])


def in_one_text(mark: Mark) -> str:
    """Name and note of a marker, for formats with one text for both.

    >>> in_one_text(Mark(Fraction(1), Fraction(1), "Gate", "go left", "Blue", True))
    'Gate: go left'
    """
    return ": ".join(filter(None, (mark.name, mark.note)))


def one_per_frame(frames: Sequence[int]) -> list[int]:
    """Rising frames, of which the first of several equal ones stays and the others move on to the next that is free."""
    first, free = set(frames), min(frames, default=0)
    taken: dict[int, None] = {}
    for frame in frames:
        place = frame
        if frame in taken:
            place = free = next(n for n in count(max(free, frame + 1)) if n not in taken and n not in first)
        taken[place] = None
    return list(taken)


def review_note(note: str, own: Mapping[str, Any], word: str = WORD) -> str:
    """The note with what is to be said before it; a file that marks such markers itself leaves out the word.

    >>> review_note("go left", {"needs_review": True, "margin_s": 0.21})
    'REVIEW ±0.21 s: go left'
    """
    return ": ".join(filter(None, (_said(own, word), note)))


def without_review(note: str, own: Mapping[str, Any]) -> str:
    """Inverse of `review_note`: no rider's own words are taken for ours, since our metadata says what was written."""
    said = _said(own, WORD)
    for before in filter(None, (said, ascii_only(said))):
        if note == before or note.startswith(f"{before}: "):
            return note[len(before) + 2 :]
    return note


def _said(own: Mapping[str, Any], word: str) -> str:
    if own.get("needs_review") is not True:
        return ""
    margin_s = own.get("margin_s")
    return " ".join(filter(None, (word, f"±{margin_s:.2f} s" if isinstance(margin_s, float) and margin_s else "")))
