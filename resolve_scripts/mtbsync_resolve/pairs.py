"""Moments of the reference and of a new run that a person says match.

These are markers named `ANCHOR n` on both recordings, and markers of ours that were corrected on the new run.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Callable, NamedTuple

from .errors import ScriptError
from .ours import file_digest, is_of_pair, ours_on
from .owners import TIMELINE
from .placed import Found, anchor_number, placed_on
from .recordings import Part, Recording
from .texts import text
from .timeline_clock import TimelineClock


class Pair(NamedTuple):
    """A moment in a file of the reference and the one in a file of the new run, seconds from their first frames."""

    ref_path: str
    ref_s: Fraction
    new_path: str
    new_s: Fraction


def pairs_between(
    reference: Recording,
    new: Recording,
    found: Found,
    clock: TimelineClock,
    is_elsewhere: Callable[[str], bool],
) -> list[Pair]:
    """All pairs of two recordings, in order of time.

    Args:
        found: all markers of the timeline and of the clips of both.
        is_elsewhere: as in `is_of_pair`.

    Raises:
        ScriptError: a number stands at two moments of one recording.
    """
    sides = [_anchors(one, other, found, clock) for one, other in ((reference, new), (new, reference))]
    pairs = {Pair(*sides[0][number], *sides[1][number]) for number in sides[0].keys() & sides[1].keys()}
    for one in ours_on(new, found, clock):
        part = _part_of(one.stamp.ref_file, reference)
        if not one.is_changed or part is None or not is_of_pair(one.stamp, reference, new, is_elsewhere):
            continue
        # A marker on two pieces of one file lies at one moment; one that is nowhere on the clips says nothing.
        for place in one.places[:1]:
            if place.shown and place.certain:
                pairs.add(Pair(part.path, Fraction(one.stamp.ref_s), place.clip.path, place.t_s))
    return sorted(pairs, key=lambda pair: (pair.ref_path, pair.ref_s, pair.new_s))


def _anchors(one: Recording, other: Recording, found: Found, clock: TimelineClock) -> dict[int, tuple[str, Fraction]]:
    """File and second of each number on one recording, but of timeline markers that lie over both recordings."""
    anchors: dict[int, tuple[str, Fraction]] = {}
    for place in placed_on(one, found, clock):
        number = anchor_number(place.marker)
        at = clock.start + place.marker.frame
        over_both = place.owner == TIMELINE and any(clip.start <= at < clip.end for clip in other.clips)
        if number is None or over_both or not place.shown or not place.certain:
            continue
        before = anchors.setdefault(number, (place.clip.path, place.t_s))
        if before[0] != place.clip.path or abs(before[1] - place.t_s) > place.frame_s:
            raise ScriptError(text("anchor_twice", number=number, name=one.name), text("anchor_twice_hint"))
    return anchors


def _part_of(told: str, recording: Recording) -> Part | None:
    return next((part for part in recording.parts if file_digest(part) == told), None)
