"""`Edits`: all that a person changed in a review. A value; each change gives a new one, and undo takes the one before.

Times are seconds of the clock that the name says. Markers are known by their ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, TypeVar

from mtbsync_core.errors import FormatError
from mtbsync_core.markers import Marker, MovedMarker, transfer
from mtbsync_core.warp import TimeWarp

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class NotedPair:
    """Two moments that match, as a person sees them."""

    id: str
    ref_s: float
    new_s: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class MarkerEdit:
    """What is other than in the marker's file; None is as it was. With `t_new` the marker is placed by hand."""

    name: str | None = None
    colour: str | None = None
    comment: str | None = None
    note: str | None = None
    t_ref: float | None = None
    t_new: float | None = None
    accepted: bool = False
    deleted: bool = False

    def on(self, source: Marker) -> Marker:
        """The marker of the reference with its changes."""
        given = {name: getattr(self, name) for name in ("name", "colour", "comment") if getattr(self, name) is not None}
        if self.t_ref is not None:
            given["t_s"] = self.t_ref
        if self.note is not None:
            given["extra"] = {**source.extra, NOTE: self.note}
        return replace(source, **given)


NOTE = "review_note"
"""The column of a marker file with the note on a marker."""


@dataclass(frozen=True, slots=True)
class Added:
    """A marker that a person set."""

    id: str
    t_ref: float
    name: str
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Flag:
    """ "This is wrong": a marker, or a moment of the reference, that waits for the frame that matches."""

    id: str
    t_ref: float
    marker: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Edits:
    """Pairs, changes of markers by id, markers set, and flags."""

    pairs: tuple[NotedPair, ...] = ()
    markers: Mapping[str, MarkerEdit] = field(default_factory=dict)
    added: tuple[Added, ...] = ()
    flags: tuple[Flag, ...] = ()

    def marker(self, id: str) -> MarkerEdit:
        """What was changed on a marker."""
        return self.markers.get(id, MarkerEdit())

    def with_marker(self, id: str, **changes: Any) -> Edits:
        """With these changes on a marker."""
        return replace(self, markers={**self.markers, id: replace(self.marker(id), **changes)})

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready: what differs from the default only, for markers."""
        plain = asdict(self)
        default = asdict(MarkerEdit())
        plain["markers"] = {
            id: {name: value for name, value in edit.items() if value != default[name]}
            for id, edit in plain["markers"].items()
        }
        return {name: list(value) if isinstance(value, tuple) else value for name, value in plain.items()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Edits:
        """Inverse of `as_dict`; unknown fields are ignored.

        Raises:
            FormatError: a field is missing or of the wrong kind.
        """
        try:
            return cls(
                pairs=tuple(_made(NotedPair, one) for one in data["pairs"]),
                markers={str(id): _made(MarkerEdit, one) for id, one in data["markers"].items()},
                added=tuple(_made(Added, one) for one in data["added"]),
                flags=tuple(_made(Flag, one) for one in data["flags"]),
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise FormatError(
                f"the review is damaged: {error!r}", "Rename review.json: it then begins anew."
            ) from error


HAND_S = 0.02
"""Half the 90 % interval of a place that a person chose, seconds: as far as they are trusted in pairs, 0.01 s of
standard deviation."""


def numbered(moved: Iterable[MovedMarker]) -> tuple[MovedMarker, ...]:
    """Each with an id of its own, since edits are kept by it."""
    seen: set[str] = set()
    found = []
    for n, m in enumerate(moved, 1):
        name = m.source.marker_id or f"M{n:03d}"
        while name in seen:
            name += "'"
        seen.add(name)
        found.append(replace(m, source=replace(m.source, marker_id=name)))
    return tuple(found)


def edited(
    moved: Iterable[MovedMarker], edits: Edits, warp: TimeWarp | None, *, refitted: bool, review_threshold: float
) -> list[MovedMarker]:
    """The markers with all that was changed on them, in their order, and those that a person set.

    Args:
        moved: as the alignment carried them over.
        warp: the map by now; None where there is none.
        refitted: whether it is another than `moved` went by.
    """
    flagged = {flag.marker for flag in edits.flags}
    found = []
    for m in moved:
        edit = edits.marker(m.source.marker_id)
        if not edit.deleted:
            anew = refitted or edit.t_ref is not None
            found.append(_placed(_carried(edit.on(m.source), warp, review_threshold) if anew else m, edit))
    for one in edits.added:
        edit = edits.marker(one.id)
        source = edit.on(Marker(one.name, one.t_ref, colour=one.colour, marker_id=one.id))
        found.append(_placed(_carried(source, warp, review_threshold), edit))
    return [replace(m, needs_review=m.needs_review or m.source.marker_id in flagged) for m in found]


def _carried(source: Marker, warp: TimeWarp | None, review_threshold: float) -> MovedMarker:
    if warp is None:
        return MovedMarker(source, "outside", None, None, None, source.duration_s, 0.0, True)
    return transfer([source], warp, review_threshold=review_threshold)[0]


def _placed(moved: MovedMarker, edit: MarkerEdit) -> MovedMarker:
    moved = replace(moved, source=edit.on(moved.source))
    if edit.t_new is not None:
        moved = replace(
            moved,
            status="moved",
            t_new=edit.t_new,
            t_lo=edit.t_new - HAND_S,
            t_hi=edit.t_new + HAND_S,
            confidence=1.0,
            needs_review=False,
        )
    return replace(moved, needs_review=False) if edit.accepted else moved


def next_id(prefix: str, taken: Mapping[str, Any] | list[str]) -> str:
    """An id with this prefix that is not taken."""
    n = 1
    while f"{prefix}{n}" in taken:
        n += 1
    return f"{prefix}{n}"


def _made(kind: type[Item], data: Mapping[str, Any]) -> Item:
    known = {f.name: f.type for f in fields(kind)}  # type: ignore[arg-type]
    given = {name: value for name, value in data.items() if name in known}
    for name, value in given.items():
        if name in ("ref_s", "new_s", "t_ref", "t_new") and value is not None:
            given[name] = float(value)
    return kind(**given)
