"""Which of the chosen recordings is the reference, and the markers of recordings in seconds of their files.

The reference is the one that has markers, else the one with the flag or clip colour, else the one named in the
settings; never the first or the lowest. Its markers are those of its items, else of its pool clips, else the
timeline's over it. Markers that we wrote are never read. Where that leaves it open, the run stops and says so.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from .clips import Clip
from .errors import ScriptError
from .markers import ResolveMarker, read_users_markers
from .recordings import Recording
from .settings import Settings
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
    remarks: list[str]
    shared: bool
    """Whether a timeline marker among them lies over another of the chosen recordings too."""


def marked_recordings(recordings: list[Recording], timeline: Any, clock: TimelineClock) -> list[MarkedRecording]:
    """Each recording with the markers of the nearest place that has any."""
    on_timeline = read_users_markers(timeline)
    return [_marked(one, recordings, on_timeline, clock) for one in recordings]


def find_reference(
    recordings: list[Recording], timeline: Any, clock: TimelineClock, settings: Settings
) -> tuple[MarkedRecording, str]:
    """The reference and how it was told apart; raises ScriptError where it cannot be, or has no markers."""
    reference, because = _decide(marked_recordings(recordings, timeline, clock), settings)
    if not reference.markers:
        where = "neither its clip, nor its clip in the media pool, nor the timeline over it."
        hint = "Markers outside the clip's trim, and those that MTB Sync wrote, do not count."
        raise ScriptError(f"The reference {reference.recording.name} has no markers: {where}", hint)
    return reference, because


def _decide(found: list[MarkedRecording], settings: Settings) -> tuple[MarkedRecording, str]:
    with_any = [one for one in found if one.markers]
    marked = [one for one in with_any if one.source != "timeline"] or with_any
    named = [one for one in found if _is_named(one.recording, settings.reference)]
    coloured = [one for one in found if any(settings.reference_colour in c.colours for c in one.recording.clips)]
    colour = f"the flag or clip colour {settings.reference_colour}"
    if len(marked) == 1 and not marked[0].shared:
        if len(coloured) == 1 and coloured[0] is not marked[0]:
            raise ScriptError(
                f"{_names(marked)} has markers, but {_names(coloured)} has {colour}: which is the reference?",
                "Take away the colour or the flag, or the markers of the one that is not.",
            )
        return marked[0], "it is the one with markers"
    for candidates, because in ((coloured, f"it has {colour}"), (named, "the settings name it")):
        if len(candidates) == 1:
            return candidates[0], because
    how = f"Give the reference the flag {settings.reference_colour}, or name it in the settings as `reference`."
    if not marked:
        raise ScriptError("None of the chosen clips has a marker, so there is nothing to carry.", how)
    if len(coloured) > 1:
        message = f"More than one of the chosen recordings has {colour}: {_names(coloured)}."
        raise ScriptError(message, "Leave it on the reference only.")
    if any(one.shared for one in marked):
        whose = _names(with_any, " or ")
        message = f"The chosen clips lie over each other, so it is open whose the timeline's markers are: {whose}?"
        raise ScriptError(message, how)
    raise ScriptError(f"More than one of the chosen recordings has markers: {_names(marked)}.", how)


def _names(found: list[MarkedRecording], between: str = ", ") -> str:
    return between.join(one.recording.name for one in found)


def _is_named(recording: Recording, wanted: str) -> bool:
    names = {clip.name for clip in recording.clips}
    for part in recording.parts:
        names |= {Path(part.path).name, Path(part.path).stem, part.path}
    return bool(wanted) and wanted.casefold() in {name.casefold() for name in names}


def _marked(
    recording: Recording, chosen: list[Recording], on_timeline: list[ResolveMarker], clock: TimelineClock
) -> MarkedRecording:
    remarks: list[str] = []
    markers = [marker for clip in recording.clips for marker in _of_item(clip, clock, remarks)]
    if markers:
        return MarkedRecording(recording, "clip", _numbered(markers), remarks, False)
    for clip in recording.clips:
        markers += _of_source(clip, read_users_markers(clip.pool), clip.media_rate)
    if markers:
        return MarkedRecording(recording, "media pool", _numbered(markers), remarks, False)
    others = [clip for one in chosen if one is not recording for clip in one.clips]
    shared = False
    for clip in recording.clips:
        for marker in on_timeline:
            frame = clock.start + marker.frame
            if clip.start <= frame < clip.end:
                t_s = clip.from_s + clock.seconds(frame - clip.start)
                markers.append(_in_seconds(clip, marker, t_s, clock.rate))
                shared = shared or any(other.start <= frame < other.end for other in others)
    return MarkedRecording(recording, "timeline", _numbered(markers), remarks, shared)


def _of_item(clip: Clip, clock: TimelineClock, remarks: list[str]) -> list[ReferenceMarker]:
    """The visible markers of an item. They are keyed in source frames, of the timeline's rate as far as is known."""
    own = read_users_markers(clip.item)
    visible = _of_source(clip, own, clock.rate)
    if clip.is_mixed and own:
        # Facts 1.5: which rate counts here was never measured; the one under which more are within the trim is taken.
        at_media_rate = _of_source(clip, own, clip.media_rate)
        if len(at_media_rate) > len(visible):
            visible = at_media_rate
        remarks.append(
            f"{clip.name}: file and timeline differ in frame rate; Resolve's clip markers are not certain then, so"
            " check the first one (markers of the timeline are certain)."
        )
    if len(visible) < len(own):
        remarks.append(f"{clip.name}: {len(own) - len(visible)} markers outside its trim are left out.")
    return visible


def _of_source(clip: Clip, markers: list[ResolveMarker], rate: Fraction) -> list[ReferenceMarker]:
    """Markers keyed in frames of `rate` from the first of the pool's clip; those outside the trim are left out."""
    found = [_in_seconds(clip, marker, clip.media_first_s + Fraction(marker.frame) / rate, rate) for marker in markers]
    # A reading of the trim may be off by less than a frame.
    slack = 1 / (2 * rate)
    return [one for one in found if clip.from_s - slack <= one.t_s < clip.to_s]


def _in_seconds(clip: Clip, marker: ResolveMarker, t_s: Fraction, rate: Fraction) -> ReferenceMarker:
    """A marker at `t_s` of the clip's file; Resolve gives one of no length the length of a frame."""
    duration_s = Fraction(marker.duration) / rate if marker.duration > 1 else Fraction(0)
    return ReferenceMarker("", clip.path, t_s, duration_s, marker.colour, marker.name, marker.note)


def _numbered(markers: list[ReferenceMarker]) -> list[ReferenceMarker]:
    """In the order of time, with ids; what two pieces of one file both have is there once."""
    seen: dict[tuple[str, Fraction, str], ReferenceMarker] = {}
    for one in markers:
        seen.setdefault((one.path, one.t_s, one.name), one)
    return [seen[key]._replace(id=f"m{number}") for number, key in enumerate(sorted(seen), start=1)]
