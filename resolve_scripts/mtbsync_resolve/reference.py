"""Which of the chosen recordings is the reference, and its markers in seconds of its files.

The reference is the one that has markers, else the one with the flag or clip colour, else the one named in the
settings; never the first or the lowest. Its markers are those of its items, else of its pool clips, else the
timeline's over it. Markers that we wrote are never read. Where that leaves it open, the run stops and says so.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from .clips import Clip
from .markers import ResolveMarker, of_users, read_markers
from .problems import Problem
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


class Reference(NamedTuple):
    """The reference with its markers, where these were found, and how the reference was told apart."""

    recording: Recording
    markers: list[ReferenceMarker]
    source: str
    because: str
    remarks: list[str]


class _Found(NamedTuple):
    source: str
    markers: list[ReferenceMarker]
    remarks: list[str]
    shared: bool
    """Whether a timeline marker among them lies over another of the chosen recordings too."""


def find_reference(recordings: list[Recording], timeline: Any, clock: TimelineClock, settings: Settings) -> Reference:
    """The reference among the recordings that the person chose.

    Raises:
        Problem: it cannot be told which it is, or it has no markers.
    """
    on_timeline = of_users(read_markers(timeline))
    found = {one.key: _markers_of(one, recordings, on_timeline, clock) for one in recordings}
    with_own = [one for one in recordings if found[one.key].markers and found[one.key].source != "timeline"]
    with_any = [one for one in recordings if found[one.key].markers]
    named = [one for one in recordings if _is_named(one, settings.reference)]
    coloured = [one for one in recordings if any(settings.reference_colour in clip.colours for clip in one.clips)]
    chosen, because = _decide(with_own, with_any, coloured, named, found, settings)
    mine = found[chosen.key]
    if not mine.markers:
        raise Problem(
            f"The reference {chosen.name} has no markers: neither its clip, nor its clip in the media pool, nor the"
            " timeline over it.",
            "Markers outside the clip's trim, and those that MTB Sync wrote, do not count.",
        )
    return Reference(chosen, mine.markers, mine.source, because, mine.remarks)


def markers_over(
    recordings: list[Recording], timeline: Any, clock: TimelineClock
) -> list[tuple[list[ReferenceMarker], list[str]]]:
    """The markers of each recording, and remarks on them; those whose owner is open are left out and remarked on.

    Raises:
        Problem: Resolve does not answer.
    """
    on_timeline = of_users(read_markers(timeline))
    told: list[tuple[list[ReferenceMarker], list[str]]] = []
    for one in recordings:
        found = _markers_of(one, recordings, on_timeline, clock)
        if found.shared:
            remark = f"{one.name} lies over another of the clips, so the timeline's markers are not taken as its own."
            told.append(([], [remark]))
        else:
            told.append((found.markers, found.remarks))
    return told


def _decide(
    with_own: list[Recording],
    with_any: list[Recording],
    coloured: list[Recording],
    named: list[Recording],
    found: dict[str, _Found],
    settings: Settings,
) -> tuple[Recording, str]:
    marked = with_own or with_any
    by_colour = f"it has the flag or clip colour {settings.reference_colour}"
    by_name = "the settings name it"
    if len(marked) == 1 and not found[marked[0].key].shared:
        if len(coloured) == 1 and coloured[0] is not marked[0]:
            raise Problem(
                f"{marked[0].name} has markers, but {coloured[0].name} has the flag or clip colour"
                f" {settings.reference_colour}: which is the reference?",
                "Take away the colour or the flag, or the markers of the one that is not.",
            )
        return marked[0], "it is the one with markers"
    for candidates, because in ((coloured, by_colour), (named, by_name)):
        if len(candidates) == 1:
            return candidates[0], because
    how = f"Give the reference the flag {settings.reference_colour}, or name it in the settings as `reference`."
    if not marked:
        raise Problem("None of the chosen clips has a marker, so there is nothing to carry.", how)
    if len(coloured) > 1:
        raise Problem(
            "More than one of the chosen recordings has the flag or clip colour {}: {}.".format(
                settings.reference_colour, ", ".join(one.name for one in coloured)
            ),
            "Leave it on the reference only.",
        )
    if any(found[one.key].shared for one in marked):
        raise Problem(
            "The chosen clips lie over each other, so it is open whose the timeline's markers are: {}?".format(
                " or ".join(one.name for one in with_any)
            ),
            how,
        )
    raise Problem(
        "More than one of the chosen recordings has markers: {}.".format(", ".join(one.name for one in marked)), how
    )


def _is_named(recording: Recording, wanted: str) -> bool:
    if not wanted:
        return False
    names = {clip.name for clip in recording.clips}
    for part in recording.parts:
        names |= {Path(part.path).name, Path(part.path).stem, part.path}
    return wanted.casefold() in {name.casefold() for name in names}


def _markers_of(
    recording: Recording, all_recordings: list[Recording], on_timeline: list[ResolveMarker], clock: TimelineClock
) -> _Found:
    """The markers of one recording, from the nearest place that has any."""
    remarks: list[str] = []
    placed = [(clip, marker) for clip in recording.clips for marker in _of_item(clip, clock, remarks)]
    if placed:
        return _Found("clip", _numbered(placed), remarks, False)
    placed = [(clip, marker) for clip in recording.clips for marker in _of_pool(clip)]
    if placed:
        return _Found("media pool", _numbered(placed), remarks, False)
    placed, shared = [], False
    others = [clip for one in all_recordings if one is not recording for clip in one.clips]
    for clip in recording.clips:
        for marker in on_timeline:
            frame = clock.start + marker.frame
            if clip.start <= frame < clip.end:
                at = clip.from_s + clock.seconds(frame - clip.start)
                placed.append((clip, _moved(marker, at, clock.rate)))
                shared = shared or any(other.start <= frame < other.end for other in others)
    return _Found("timeline", _numbered(placed), remarks, shared)


def _of_item(clip: Clip, clock: TimelineClock, remarks: list[str]) -> list[tuple[Fraction, Fraction, ResolveMarker]]:
    """The visible markers of an item. They are keyed in source frames, of the timeline's rate as far as is known."""
    own = of_users(read_markers(clip.item))
    by_rate = {rate: _in_trim(clip, own, rate) for rate in (clock.rate, clip.media_rate)}
    visible = by_rate[clock.rate]
    if clip.is_mixed and own:
        # Facts 1.5: which rate counts here was never measured; the one under which more are within the trim is taken.
        if len(by_rate[clip.media_rate]) > len(visible):
            visible = by_rate[clip.media_rate]
        remarks.append(
            f"{clip.name}: file and timeline differ in frame rate; Resolve's clip markers are not certain then, so"
            " check the first one (markers of the timeline are certain)."
        )
    if len(visible) < len(own):
        remarks.append(f"{clip.name}: {len(own) - len(visible)} markers outside its trim are left out.")
    return visible


def _of_pool(clip: Clip) -> list[tuple[Fraction, Fraction, ResolveMarker]]:
    return _in_trim(clip, of_users(read_markers(clip.pool)), clip.media_rate)


def _in_trim(
    clip: Clip, markers: list[ResolveMarker], rate: Fraction
) -> list[tuple[Fraction, Fraction, ResolveMarker]]:
    moved = [_moved(marker, Fraction(marker.frame) / rate, rate) for marker in markers]
    # A reading of the trim may be off by less than a frame.
    slack = 1 / (2 * rate)
    return [one for one in moved if clip.from_s - slack <= one[0] < clip.to_s]


def _moved(marker: ResolveMarker, at: Fraction, rate: Fraction) -> tuple[Fraction, Fraction, ResolveMarker]:
    """Place and length in seconds; one frame is how Resolve says `no length`."""
    return at, (Fraction(marker.duration) / rate if marker.duration > 1 else Fraction(0)), marker


def _numbered(placed: list[tuple[Clip, tuple[Fraction, Fraction, ResolveMarker]]]) -> list[ReferenceMarker]:
    """In the order of time; what two pieces of one file both have is there once."""
    seen: dict[tuple[str, Fraction, str], ReferenceMarker] = {}
    for clip, (at, length, marker) in placed:
        seen.setdefault(
            (clip.path, at, marker.name),
            ReferenceMarker("", clip.path, at, length, marker.colour, marker.name, marker.note),
        )
    ordered = sorted(seen.values(), key=lambda one: (one.path, one.t_s, one.name))
    return [one._replace(id=f"m{number}") for number, one in enumerate(ordered, start=1)]
