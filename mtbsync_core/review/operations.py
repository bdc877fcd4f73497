"""What a person can do in a review: each operation by its name, from a JSON object to a `Step` of the history."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from mtbsync_core.errors import UsageError
from mtbsync_core.jobs.edits import Added, Edits, Flag, NotedPair, next_id
from mtbsync_core.markers import COLOURS
from mtbsync_core.review.history import NoteChange, Step
from mtbsync_core.review.notes import Note
from mtbsync_core.timecode import minutes_seconds

ANSWERS_S = 0.5
"""A pair this near to a flag, in seconds of the reference, is the answer to it."""
_TEXT = 10_000
_PATHS = 2_000
_LONGEST_S = 7 * 86400.0


@dataclass(frozen=True, slots=True)
class Now:
    """What an operation is done on: the edits, the ids and times of the markers by now, the notes, and the run."""

    edits: Edits
    markers: Mapping[str, float]
    notes: Mapping[str, Note]
    run: str
    taken: frozenset[str] = frozenset()
    """Ids of all markers, deleted ones too."""


def step(body: Any, now: Now) -> Step:
    """The step that a request asks for.

    Raises:
        UsageError: there is no such operation, or a value of it cannot be.
    """
    if not isinstance(body, Mapping):
        raise UsageError("an edit is a JSON object with `op`")
    operation = _OPERATIONS.get(str(body.get("op")))
    if operation is None:
        raise UsageError(f"there is no edit {body.get('op')!r}", f"Known are {', '.join(_OPERATIONS)}.")
    return operation(body, now)


def _pair(body: Mapping[str, Any], now: Now) -> Step:
    one = NotedPair(
        next_id("P", [p.id for p in now.edits.pairs]), _time(body, "ref_s"), _time(body, "new_s"), _text(body, "note")
    )
    flags = tuple(flag for flag in now.edits.flags if abs(flag.t_ref - one.ref_s) > ANSWERS_S)
    after = replace(now.edits, pairs=(*now.edits.pairs, one), flags=flags)
    return Step(f"pair {_at(one.ref_s)} = {_at(one.new_s)}", now.edits, after)


def _unpair(body: Mapping[str, Any], now: Now) -> Step:
    one = _known(body, {pair.id: pair for pair in now.edits.pairs}, "pair")
    after = replace(now.edits, pairs=tuple(pair for pair in now.edits.pairs if pair is not one))
    return Step(f"take away pair {_at(one.ref_s)} = {_at(one.new_s)}", now.edits, after)


def _marker(body: Mapping[str, Any], now: Now) -> Step:
    id = _marker_id(body, now)
    changes: dict[str, Any] = {name: _text(body, name) for name in ("name", "comment", "note") if name in body}
    if "colour" in body:
        changes["colour"] = _colour(body)
    for name in ("t_new", "t_ref"):
        if name in body:  # null: as the map says, or as the marker's file does
            changes[name] = None if body[name] is None else _time(body, name)
    if not changes:
        raise UsageError(f"nothing is changed on marker {id}", "Give name, colour, comment, note, t_new or t_ref.")
    return Step(f"{' and '.join(_SAID[c] for c in changes)} of {id}", now.edits, now.edits.with_marker(id, **changes))


def _add_marker(body: Mapping[str, Any], now: Now) -> Step:
    taken = [*now.taken, *(one.id for one in now.edits.added)]
    one = Added(next_id("U", taken), _time(body, "t_ref"), _text(body, "name") or "Marker", _colour(body))
    return Step(f"add {one.name} at {_at(one.t_ref)}", now.edits, replace(now.edits, added=(*now.edits.added, one)))


def _delete_marker(body: Mapping[str, Any], now: Now) -> Step:
    id = _marker_id(body, now)
    flags = tuple(flag for flag in now.edits.flags if flag.marker != id)
    after = replace(now.edits, flags=flags)
    if any(one.id == id for one in now.edits.added):
        others = {name: edit for name, edit in now.edits.markers.items() if name != id}
        after = replace(after, added=tuple(one for one in now.edits.added if one.id != id), markers=others)
    else:
        after = after.with_marker(id, deleted=True)
    return Step(f"delete {id}", now.edits, after)


def _accept(body: Mapping[str, Any], now: Now) -> Step:
    id = _marker_id(body, now)
    accepted = body.get("accepted", True)
    if not isinstance(accepted, bool):
        raise UsageError(f"accepted is {accepted!r}, not true or false")
    flags = tuple(flag for flag in now.edits.flags if flag.marker != id or not accepted)
    after = replace(now.edits.with_marker(id, accepted=accepted), flags=flags)
    return Step(f"{'accept' if accepted else 'doubt'} {id}", now.edits, after)


def _flag(body: Mapping[str, Any], now: Now) -> Step:
    id = None if body.get("id") is None else _marker_id(body, now)
    t_ref = now.markers[id] if id is not None else _time(body, "t_ref")
    one = Flag(next_id("F", [flag.id for flag in now.edits.flags]), t_ref, id, _text(body, "text"))
    others = tuple(flag for flag in now.edits.flags if id is None or flag.marker != id)
    return Step(f"flag {id or _at(t_ref)}", now.edits, replace(now.edits, flags=(*others, one)))


def _unflag(body: Mapping[str, Any], now: Now) -> Step:
    id = body.get("id")
    flags = tuple(flag for flag in now.edits.flags if id not in (flag.id, flag.marker) or id is None)
    if len(flags) == len(now.edits.flags):
        raise UsageError(f"{id!r} is not flagged")
    return Step(f"take away the flag of {id}", now.edits, replace(now.edits, flags=flags))


def _add_note(body: Mapping[str, Any], now: Now) -> Step:
    created = datetime.now(UTC)
    note = Note(
        id=next_id(f"N{created:%Y%m%d%H%M%S%f}-", now.notes),  # two programs may write to one file
        t_ref=_time(body, "t_ref"),
        text=_text(body, "text"),
        drawing=_drawing(body),
        author=_text(body, "author"),
        created=created.isoformat(timespec="seconds"),
        run=now.run,
    )
    _something(note)
    return Step(f"note at {_at(note.t_ref)}", now.edits, now.edits, NoteChange(note.id, None, note))


def _edit_note(body: Mapping[str, Any], now: Now) -> Step:
    before = _known(body, now.notes, "note")
    changes: dict[str, Any] = {name: _text(body, name) for name in ("text", "author") if name in body}
    if "t_ref" in body:
        changes["t_ref"] = _time(body, "t_ref")
    if "drawing" in body:
        changes["drawing"] = _drawing(body)
    after = replace(before, **changes)
    _something(after)
    return Step(
        f"change of the note at {_at(before.t_ref)}", now.edits, now.edits, NoteChange(before.id, before, after)
    )


def _delete_note(body: Mapping[str, Any], now: Now) -> Step:
    note = _known(body, now.notes, "note")
    return Step(f"delete the note at {_at(note.t_ref)}", now.edits, now.edits, NoteChange(note.id, note, None))


_OPERATIONS: dict[str, Callable[[Mapping[str, Any], Now], Step]] = {
    "pair": _pair,
    "unpair": _unpair,
    "marker": _marker,
    "add_marker": _add_marker,
    "delete_marker": _delete_marker,
    "accept": _accept,
    "flag": _flag,
    "unflag": _unflag,
    "add_note": _add_note,
    "edit_note": _edit_note,
    "delete_note": _delete_note,
}
_SAID = {
    "name": "name",
    "comment": "comment",
    "note": "note",
    "colour": "colour",
    "t_new": "place",
    "t_ref": "reference time",
}


def _at(t_s: float) -> str:
    return minutes_seconds(t_s, 1)


def _time(body: Mapping[str, Any], name: str) -> float:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise UsageError(f"{name} is {value!r}, not a number of seconds")
    if not 0 <= value <= _LONGEST_S:
        raise UsageError(f"{name} is {value}, outside the recording")
    return round(float(value), 6)


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name, "")
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > _TEXT:
        raise UsageError(f"{name} is not a text of at most {_TEXT} characters")
    return value


def _colour(body: Mapping[str, Any]) -> str:
    value = _text(body, "colour")
    if value and value not in COLOURS:
        raise UsageError(f"there is no marker colour {value!r}", f"Choose one of {', '.join(COLOURS)}.")
    return value


def _drawing(body: Mapping[str, Any]) -> tuple[str, ...] | None:
    value = body.get("drawing")
    if value is None:
        return None
    if not isinstance(value, list) or len(value) > _PATHS or not all(isinstance(path, str) for path in value):
        raise UsageError("drawing is not a list of SVG paths")
    allowed = set("MmLlQqCcSsTtAaHhVvZz0123456789eE.,- \n")
    if any(set(path) - allowed for path in value):
        raise UsageError("drawing holds something that is no SVG path")
    return tuple(value) or None


def _something(note: Note) -> None:
    if not note.text.strip() and note.drawing is None:
        raise UsageError("a note needs a text or a drawing")


def _marker_id(body: Mapping[str, Any], now: Now) -> str:
    id = body.get("id")
    if not isinstance(id, str) or id not in now.markers:
        raise UsageError(f"there is no marker {id!r}")
    return id


def _known(body: Mapping[str, Any], known: Mapping[str, Any], what: str) -> Any:
    found = known.get(str(body.get("id")))
    if found is None:
        raise UsageError(f"there is no {what} {body.get('id')!r}", "Somebody else may have deleted it; load again.")
    return found
