"""Which clips of the timeline the person means.

Resolve lists the selection from 21.0.4 on; before, a clip colour stands for it, else whatever lies under the playhead
(facts 1.3). The order in which Resolve lists a selection means nothing and is never used.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from .calls import call_int, call_list, call_object, call_text, has_method, unique_id
from .clips import Clip, UnusableError, read_clip
from .errors import ScriptError
from .session import Session, TrackItem, video_items
from .settings import Settings
from .timeline_clock import TimelineClock, frame_of, read_clock


class Selection(NamedTuple):
    """What the person chose on a timeline."""

    clock: TimelineClock
    clips: list[Clip]
    """Those of the chosen items that can be used."""
    others: list[TrackItem]
    """The items of the video tracks that were not chosen."""
    skipped: list[str]
    """Why a chosen item cannot be used, in sentences."""
    how: str
    """How the choice was made, to follow on "the clips"."""


def read_selection(session: Session, settings: Settings) -> Selection:
    """The chosen clips of the current timeline; raises ScriptError where nothing is chosen in any of the ways."""
    clock = read_clock(session.project, session.timeline)
    items = video_items(session.timeline)
    chosen, how, audio = _choose(session.timeline, clock, settings, items)
    clips, skipped = [], []
    for one in chosen:
        try:
            clips.append(read_clip(one, clock))
        except UnusableError as why:
            skipped.append(f"{call_text(one.item, 'GetName') or 'An item'} (V{one.track}) is skipped: {why}.")
    if audio and not chosen:
        skipped.append("Only audio is selected; the pictures are compared, so select the video clips.")
    ids = {one.id for one in chosen}
    return Selection(clock, clips, [one for one in items if one.id not in ids], skipped, how)


def _choose(
    timeline: Any, clock: TimelineClock, settings: Settings, items: list[TrackItem]
) -> tuple[list[TrackItem], str, int]:
    """The chosen items of video tracks, how they were chosen, and how many selected audio items were left out."""
    if has_method(timeline, "GetSelectedClips"):
        ids = {unique_id(item) for item in call_list(timeline, "GetSelectedClips")}
        if ids:
            chosen = [one for one in items if one.id in ids]
            return chosen, "selected on the timeline", len(ids) - len(chosen)
    wanted = (settings.select_colour, settings.reference_colour)
    colours = {one.id: call_text(one.item, "GetClipColor") for one in items}
    if settings.select_colour in colours.values():
        chosen = [one for one in items if colours[one.id] in wanted]
        return chosen, "with the clip colour {} or {}".format(*wanted), 0
    under = _under_playhead(timeline, clock, items)
    if len(under) > 1:
        return under, "under the playhead", 0
    hint = "Select the reference clip and the new clip on the Edit page."
    if not has_method(timeline, "GetSelectedClips"):
        hint = (
            "This DaVinci Resolve does not tell scripts what is selected (21.0.4 and newer do). Give both clips the"
            f" clip colour {settings.select_colour}, or stack them and put the playhead over both."
        )
    raise ScriptError("Nothing is selected.", hint)


def _under_playhead(timeline: Any, clock: TimelineClock, items: list[TrackItem]) -> list[TrackItem]:
    label = call_text(timeline, "GetCurrentTimecode")
    if not label:  # on pages without a playhead
        return []
    frame = frame_of(label, clock.rate, drop=";" in label)
    return [
        one
        for one in items
        if call_int(one.item, "GetStart") <= frame < call_int(one.item, "GetEnd")
        and call_object(one.item, "GetMediaPoolItem") is not None
    ]
