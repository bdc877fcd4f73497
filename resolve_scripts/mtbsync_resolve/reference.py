"""Which of the chosen recordings is the reference, and the markers of recordings in seconds of their files.

The reference is the one that has markers, else the one with the flag or clip colour, else the one named in the
settings; never the first or the lowest. Its markers are those of its items, else of its pool clips, else the
timeline's over it; what is left out is said. Markers that we wrote are read only where an editor changed them since,
and never make a recording the reference while another has markers of its own. Where that leaves it open, the run stops
and says so.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from .errors import ScriptError
from .markers import stamp_of
from .ours import file_digest, ours_on
from .owners import TIMELINE
from .placed import Found, Placed, anchor_number, placed_on
from .recordings import Recording
from .settings import Settings
from .texts import text
from .timeline_clock import TimelineClock


class ReferenceMarker(NamedTuple):
    """A marker of the reference: seconds of the file at `path`, from its first frame."""

    id: str
    path: str
    t_s: Fraction
    duration_s: Fraction
    colour: str
    name: str
    note: str


class MarkedRecording(NamedTuple):
    """A recording with its markers in the order of time."""

    recording: Recording
    source: str
    """Where they were found: `clip`, `media pool` or `timeline`."""
    markers: list[ReferenceMarker]
    """Those of people, of the nearest place that has any."""
    checked: list[ReferenceMarker]
    """Those that we once carried onto it and an editor changed since."""
    remarks: list[str]
    shared: bool
    """Whether a timeline marker among them lies over another of the chosen recordings too."""
    over: int
    """How many markers of the timeline lie over it and over no other."""
    besides: list[str]
    """Other markers on it, which are not among these, in words."""
    uncertain: str
    """Why the times of its markers cannot be known; '' where they can."""


def marked_recordings(recordings: list[Recording], found: Found, clock: TimelineClock) -> list[MarkedRecording]:
    """Each recording with its markers."""
    return [_marked(one, recordings, found, clock) for one in recordings]


def find_reference(
    recordings: list[Recording], found: Found, clock: TimelineClock, settings: Settings
) -> tuple[MarkedRecording, str]:
    """The reference with all markers to carry, and how it was told apart.

    Raises ScriptError where it cannot be told, has no markers, or their times cannot be known.
    """
    marked = marked_recordings(recordings, found, clock)
    reference, because = _decide(marked, settings)
    if reference.uncertain:
        raise ScriptError(reference.uncertain, text("uncertain_hint"))
    if not reference.markers and not reference.checked:
        raise ScriptError(text("no_markers", name=reference.recording.name), text("no_markers_hint"))
    besides = list(reference.besides)
    besides += [
        text("besides_other", n=one.over, name=one.recording.name)
        for one in marked
        if one is not reference and one.over and reference.source != "timeline"
    ]
    markers = _numbered(reference.markers + reference.checked)
    return reference._replace(markers=markers, besides=besides), because


def _decide(found: list[MarkedRecording], settings: Settings) -> tuple[MarkedRecording, str]:
    with_any = [one for one in found if one.markers] or [one for one in found if one.checked]
    marked = [one for one in with_any if one.source != "timeline"] or with_any
    named = [one for one in found if _is_named(one.recording, settings.reference)]
    coloured = [one for one in found if any(settings.reference_colour in c.colours for c in one.recording.clips)]
    colour = text("reference_colour", colour=settings.reference_colour)
    how = text("name_reference", colour=settings.reference_colour)
    # A stray marker on a clip must not turn the direction around.
    more = [one for one in found if len(marked) == 1 and one is not marked[0] and one.over > 2 * len(marked[0].markers)]
    if len(marked) == 1 and not marked[0].shared and (not more or marked[0].source == "timeline"):
        if len(coloured) == 1 and coloured[0] is not marked[0]:
            message = text("colour_elsewhere", marked=_names(marked), coloured=_names(coloured), colour=colour)
            raise ScriptError(message, text("colour_elsewhere_hint"))
        return marked[0], text("because_markers")
    for candidates, because in ((coloured, text("because_colour", colour=colour)), (named, text("because_named"))):
        if len(candidates) == 1:
            return candidates[0], because
    if not marked:
        raise ScriptError(text("none_marked"), how)
    if len(coloured) > 1:
        raise ScriptError(text("many_coloured", colour=colour, names=_names(coloured)), text("many_coloured_hint"))
    if more and not marked[0].shared:
        name, other = _names(marked), _names(more[:1])
        n, over = len(marked[0].markers), more[0].over
        raise ScriptError(text("more_over_other", name=name, n=n, other=other, over=over), how)
    if any(one.shared for one in marked):
        raise ScriptError(text("over_each_other", names=_names(with_any, text("or"))), how)
    raise ScriptError(text("many_marked", names=_names(marked)), how)


def _names(found: list[MarkedRecording], between: str = ", ") -> str:
    return between.join(one.recording.name for one in found)


def _is_named(recording: Recording, wanted: str) -> bool:
    names = {clip.name for clip in recording.clips}
    for part in recording.parts:
        names |= {Path(part.path).name, Path(part.path).stem, part.path}
    return bool(wanted) and wanted.casefold() in {name.casefold() for name in names}


def _marked(recording: Recording, chosen: list[Recording], found: Found, clock: TimelineClock) -> MarkedRecording:
    others = [clip for one in chosen if one is not recording for clip in one.clips]

    def is_shared(one: Placed) -> bool:
        frame = clock.start + one.marker.frame
        return one.owner == TIMELINE and any(other.start <= frame < other.end for other in others)

    on_it = placed_on(recording, found, clock)
    users = [one for one in on_it if stamp_of(one.marker) is None and anchor_number(one.marker) is None]
    shown: dict[str, list[Placed]] = {"clip": [], "media_pool": [], "timeline": []}
    for one in users:
        if one.shown:
            shown[one.owner.kind].append(one)
    in_pool = {one.marker[1:4] for one in users if one.owner.kind == "media_pool"}
    if all(not one.certain and one.marker[1:4] in in_pool for one in shown["clip"]):
        # Resolve copies the pool's markers onto an item as it is placed.
        shown["clip"] = []
    kind = next((kind for kind, ones in shown.items() if ones), "timeline")
    taken = {(one.clip.path, one.t_s, one.marker.name) for one in shown[kind]}
    besides = []
    for other, ones in shown.items():
        rest = {one.marker for one in ones if (one.clip.path, one.t_s, one.marker.name) not in taken}
        if other != kind and rest:
            besides.append(text("besides_timeline" if other == "timeline" else "besides_pool", n=len(rest)))
    hidden = {one.marker for one in users if one.owner.kind == "clip" and not one.shown}
    checked = [
        place
        for one in ours_on(recording, found, clock)
        if one.is_changed and one.stamp.new_file in {file_digest(part) for part in recording.parts}
        for place in one.places
        if place.shown and place.certain
    ]
    doubted = sorted({one.clip.name for one in shown[kind] if not one.certain})
    return MarkedRecording(
        recording,
        {"media_pool": "media pool"}.get(kind, kind),
        _numbered([_reference_marker(one) for one in shown[kind]]),
        _numbered([_reference_marker(one) for one in checked]),
        [text("outside_trim", name=recording.name, n=len(hidden))] if hidden else [],
        any(is_shared(one) for one in shown[kind]),
        len({one.marker for one in shown["timeline"] if not is_shared(one)}),
        besides,
        text("uncertain", names=", ".join(doubted)) if doubted else "",
    )


def _reference_marker(one: Placed) -> ReferenceMarker:
    """Resolve gives a marker of no length the length of a frame."""
    marker = one.marker
    duration_s = marker.duration * one.frame_s if marker.duration > 1 else Fraction(0)
    return ReferenceMarker("", one.clip.path, one.t_s, duration_s, marker.colour, marker.name, marker.note)


def _numbered(markers: list[ReferenceMarker]) -> list[ReferenceMarker]:
    """In the order of time, with ids; what two pieces of one file both have is there once."""
    seen: dict[tuple[str, Fraction, str], ReferenceMarker] = {}
    for one in markers:
        seen.setdefault((one.path, one.t_s, one.name), one)
    return [seen[key]._replace(id=f"m{number}") for number, key in enumerate(sorted(seen), start=1)]
