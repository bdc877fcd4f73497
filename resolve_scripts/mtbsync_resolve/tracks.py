"""What lies on the tracks of a timeline, and which of it the person means.

Resolve tells the selection from 21.0.4 on; before, a clip colour stands for it, else what lies under the playhead
(facts 1.3). The order in which Resolve lists a selection means nothing, so it is never used.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from .calls import has, identity, listed, text, thing_from, whole
from .problems import Problem
from .settings import Settings
from .timeline_clock import TimelineClock, playhead


class Placed(NamedTuple):
    """An item on a video track; tracks count from 1."""

    item: Any
    id: str
    track: int


class Selection(NamedTuple):
    """What the person means: items of video tracks, how that was found out, and how many audio items were left out."""

    items: list[Placed]
    how: str
    audio: int


def video_items(timeline: Any) -> list[Placed]:
    """Everything on the video tracks, transitions and titles too.

    Raises:
        Problem: Resolve does not answer.
    """
    return [
        Placed(item, identity(item), track)
        for track in range(1, whole(timeline, "GetTrackCount", "video") + 1)
        for item in listed(timeline, "GetItemListInTrack", "video", track)
    ]


def select(timeline: Any, clock: TimelineClock, settings: Settings, items: list[Placed]) -> Selection:
    """The items that the person means.

    Raises:
        Problem: nothing is selected in any of the ways; the message says how to.
    """
    if has(timeline, "GetSelectedClips"):
        ids = {identity(item) for item in listed(timeline, "GetSelectedClips")}
        if ids:
            chosen = [placed for placed in items if placed.id in ids]
            return Selection(chosen, "selected on the timeline", len(ids) - len(chosen))
    wanted = (settings.select_colour, settings.reference_colour)
    coloured = [placed for placed in items if text(placed.item, "GetClipColor") in wanted]
    if any(text(placed.item, "GetClipColor") == settings.select_colour for placed in coloured):
        return Selection(coloured, "with the clip colour {} or {}".format(*wanted), 0)
    under = _under_playhead(timeline, clock, items)
    if len(under) > 1:
        return Selection(under, "under the playhead", 0)
    raise Problem(
        "Nothing is selected.",
        (
            "Select the reference clip and the new clip on the Edit page."
            if has(timeline, "GetSelectedClips")
            else "This DaVinci Resolve does not tell scripts what is selected (21.0.4 and newer do). Give both clips"
            f" the clip colour {settings.select_colour}, or stack them and put the playhead over both."
        ),
    )


def _under_playhead(timeline: Any, clock: TimelineClock, items: list[Placed]) -> list[Placed]:
    head = playhead(timeline, clock)
    if head is None:
        return []
    return [
        placed
        for placed in items
        if whole(placed.item, "GetStart") <= head < whole(placed.item, "GetEnd")
        and thing_from(placed.item, "GetMediaPoolItem") is not None
    ]
