"""Which markers of the reference are carried: by their colour, and by where they lie on the timeline."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from .calls import call, has_method
from .errors import ScriptError
from .recordings import Recording
from .reference import ReferenceMarker
from .snapshot import Snapshot
from .texts import text
from .timeline_clock import TimelineClock, frame_of


class Choice(NamedTuple):
    """Markers between two absolute frames of the timeline, both of them included, but for some colours."""

    without: frozenset[str]
    first: int | None = None
    """None: no limit; likewise `last`."""
    last: int | None = None


def colours_of(snapshot: Snapshot) -> Counter[str]:
    """How many markers of each colour the reference has."""
    return Counter(marker.colour for marker in snapshot.reference.markers)


def in_and_out(timeline: Any, clock: TimelineClock) -> tuple[str, str]:
    """Timecodes of the timeline's In and Out, '' where one is not set, in the Media Pool, and before 19.1.

    Resolve's manual has them count from the timeline's start, while some scripts take them as absolute; a number that
    only fits the second is taken so.
    """
    if timeline is None:
        return "", ""
    marks = call(timeline, "GetMarkInOut") if has_method(timeline, "GetMarkInOut") else None
    video = marks.get("video") if isinstance(marks, dict) else None
    found = [video.get(name) if isinstance(video, dict) else None for name in ("in", "out")]
    frames = [round(one) if isinstance(one, (int, float)) and one >= 0 else None for one in found]
    length = round(call(timeline, "GetEndFrame")) - clock.start
    shift = 0 if any(one is not None and one >= max(length, 1) for one in frames) else clock.start
    first, last = ("" if one is None else clock.label(one + shift) for one in frames)
    return first, last


def read_range(first: str, last: str, clock: TimelineClock) -> tuple[int | None, int | None]:
    """Absolute frames of two timecodes that a person typed; raises ScriptError for what is none, or no range."""
    low, high = (frame_of(one, clock.rate, drop=clock.drop) if one.strip() else None for one in (first, last))
    if low is not None and high is not None and high < low:
        raise ScriptError(text("range_backwards", first=first.strip(), to=last.strip()))
    return low, high


def chosen(snapshot: Snapshot, choice: Choice) -> Snapshot:
    """The snapshot with the chosen markers alone; raises ScriptError where there is none."""
    reference = snapshot.reference
    kept = [one for one in reference.markers if _is_chosen(one, reference.recording, choice)]
    if not kept:
        raise ScriptError(text("none_chosen"), text("none_chosen_hint"))
    left_out = tuple(one for one in reference.markers if one not in kept)
    return snapshot._replace(reference=reference._replace(markers=kept), left_out=left_out)


def _is_chosen(marker: ReferenceMarker, recording: Recording, choice: Choice) -> bool:
    if marker.colour in choice.without:
        return False
    clips = [clip for clip in recording.clips if clip.item is not None]
    if not clips or (choice.first is None and choice.last is None):
        return True  # a trail pack, or a clip of the Media Pool, lies on no timeline: no range leaves its markers out
    frames = [clip.frame_at(marker.t_s) for clip in clips if clip.path == marker.path and clip.shows(marker.t_s)]
    return any(
        (choice.first is None or choice.first <= frame) and (choice.last is None or frame <= choice.last)
        for frame in frames
    )
