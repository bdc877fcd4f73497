"""Where in its file a marker lies: markers of the timeline, of its items and of pool clips, each counting otherwise.

Timeline markers count from the timeline's start. Item markers are keyed in source frames (facts 1.4): of a clip whose
rate is the timeline's, in the frames of either; which count where the rates differ or the clip is retimed was never
measured, so such a place is not certain. Pool markers count frames of the pool's clip.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any, Dict, Iterable, List, Mapping, NamedTuple

from .clips import Clip
from .markers import ResolveMarker, read_markers, stamp_of
from .owners import TIMELINE, Owner
from .recordings import Recording
from .timeline_clock import TimelineClock

Found = Dict[Owner, List[ResolveMarker]]
"""All markers of some owners."""


class Placed(NamedTuple):
    """A marker on a clip, at `t_s` of the clip's file."""

    owner: Owner
    marker: ResolveMarker
    clip: Clip
    t_s: Fraction
    frame_s: Fraction
    """The duration of a frame of its owner."""
    shown: bool
    """Whether that lies within the clip's trim."""
    certain: bool


class OnTimeline(NamedTuple):
    """A marker of an owner, and the absolute frame of the timeline at which it is shown; None in the Media Pool."""

    owner: Owner
    marker: ResolveMarker
    at: int | None


def anchor_number(marker: ResolveMarker) -> int | None:
    """The number in the name of a marker such as `ANCHOR 1`, which says what matches; None for others."""
    match = re.fullmatch(r"\s*anchor\s*#?(\d+)\s*", marker.name, re.IGNORECASE)
    return int(match.group(1)) if match and stamp_of(marker) is None else None


def owners_of(clips: Iterable[Clip]) -> list[Owner]:
    """All owners that a marker on clips may have, each once: the timeline, the items, and their clips in the pool."""
    owners = dict.fromkeys(owner for clip in clips for owner in _things_of(clip))
    return [TIMELINE, *owners] if any(owner.kind == "clip" for owner in owners) else list(owners)


def things_on(timeline: Any, clips: Iterable[Clip]) -> dict[Owner, Any]:
    """Resolve's objects for the timeline, where there is one, and for the clips and their clips in the pool."""
    things = {} if timeline is None else {TIMELINE: timeline}
    for clip in clips:
        things.update(_things_of(clip))
    return things


def _things_of(clip: Clip) -> dict[Owner, Any]:
    pool = {Owner("media_pool", clip.media_id): clip.pool}
    return pool if clip.item is None else {Owner("clip", clip.id): clip.item, **pool}


def read_all(timeline: Any, clips: Iterable[Clip]) -> Found:
    """The markers of the timeline and of the clips; each is asked once."""
    return {owner: read_markers(thing) for owner, thing in things_on(timeline, clips).items()}


def time_at(clip: Clip, kind: str, frame: int, clock: TimelineClock) -> Fraction:
    """Seconds of the clip's file at a frame of an owner of that kind."""
    if kind == TIMELINE.kind:
        return clip.from_s + (clock.start + frame - clip.start) * clip.frame_s
    return clip.media_first_s + Fraction(frame) / (clock.rate if kind == "clip" else clip.media_rate)


def frame_on_timeline(clip: Clip, kind: str, frame: int, clock: TimelineClock) -> int | None:
    """The absolute frame of the timeline for a frame of an owner of that kind, on a clip; undoes `time_at`.

    None where the clip is one of the Media Pool.
    """
    if clip.item is None:
        return None
    if kind == TIMELINE.kind:
        return clock.start + frame
    if kind == "clip":
        return clip.start + frame - clip.left_offset
    return clip.frame_at(time_at(clip, kind, frame, clock))


def on_timeline(clip: Clip, owner: Owner, marker: ResolveMarker, clock: TimelineClock) -> OnTimeline:
    """A marker of an owner with the frame at which the clip shows it."""
    return OnTimeline(owner, marker, frame_on_timeline(clip, owner.kind, marker.frame, clock))


def placed_on(recording: Recording, found: Mapping[Owner, list[ResolveMarker]], clock: TimelineClock) -> list[Placed]:
    """Markers on the clips of a recording: first those of its items, then of its pool clips, then of the timeline."""
    on: dict[str, list[Placed]] = {"clip": [], "media_pool": [], "timeline": []}
    for clip in recording.clips:
        for owner in owners_of([clip]):
            certain = owner.kind != "clip" or clip.counts_alike
            frame_s = 1 / clip.media_rate if owner.kind == "media_pool" else clip.frame_s
            for marker in found.get(owner, []):
                t_s = time_at(clip, owner.kind, marker.frame, clock)
                if owner != TIMELINE:
                    # Where it is not certain which frames count, a marker is shown if either count says so.
                    readings = [t_s] if certain else [t_s, time_at(clip, "media_pool", marker.frame, clock)]
                    # A reading of the trim may be off by less than a frame.
                    shown = any(clip.from_s - frame_s / 2 <= t < clip.to_s for t in readings)
                elif clip.start <= clock.start + marker.frame < clip.end:
                    shown = True
                else:
                    continue
                on[owner.kind].append(Placed(owner, marker, clip, t_s, frame_s, shown, certain))
    return [one for placed in on.values() for one in placed]
