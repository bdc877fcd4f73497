"""Which clips of the timeline, or of the Media Pool, the person means.

Resolve lists the selection from 21.0.4 on; before, a clip colour stands for it. Where nothing is selected, whatever is
shown under the playhead counts (facts 1.3). The order in which Resolve lists a selection means nothing and is not used.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

from .calls import call, call_list, call_object, call_text, has_method
from .clips import Clip, read_clip, read_pool_clip
from .errors import NoAnswerError, ScriptError
from .media_files import UnusableError
from .session import Session, TrackItem, video_items
from .settings import Settings
from .texts import text
from .timeline_clock import TimelineClock, frame_of, read_clock

NO_TIMELINE = TimelineClock(Fraction(1), drop=False, start=0)
"""In the Media Pool nothing is counted in frames of a timeline."""


class Selection(NamedTuple):
    """What the person chose."""

    clock: TimelineClock
    """`NO_TIMELINE` of clips of the Media Pool."""
    clips: list[Clip]
    """Those of the chosen items that can be used."""
    others: list[TrackItem]
    """The items of the video tracks that were not chosen."""
    skipped: list[str]
    """Why a chosen item cannot be used, in sentences."""
    how: str
    """How the choice was made, to follow on "the clips"."""


def read_selection(session: Session, settings: Settings) -> Selection:
    """The chosen clips; raises ScriptError where nothing is chosen in any of the ways."""
    if session.timeline is None:
        return _read_pool(session.project)
    clock = read_clock(session.project, session.timeline)
    items = video_items(session.timeline)
    chosen, how, skipped = _choose(session.timeline, clock, settings, items)
    clips = []
    for one in chosen:
        try:
            clips.append(read_clip(one, clock))
        except UnusableError as why:
            skipped.append(text("item_skipped", name=_name_of(one), track=one.track, why=why))
    others = [one for one in items if one not in chosen]
    return Selection(clock, clips, others, skipped, how)


def selected_in_pool(project: Any) -> list[Any]:
    """The clips that are selected in the Media Pool; raises ScriptError where none is, or Resolve does not tell."""
    pool = call_object(project, "GetMediaPool")
    if pool is None:
        raise NoAnswerError("GetMediaPool")
    if not has_method(pool, "GetSelectedClips"):
        raise ScriptError(text("not_told_in_pool"), text("for_timelines"))
    selected = call_list(pool, "GetSelectedClips")
    if not selected:
        is_open = call_object(project, "GetCurrentTimeline") is not None
        message = text("nothing_in_pool" if is_open else "nothing_open")
        raise ScriptError(message, " ".join([text("nothing_in_pool_hint"), text("for_timelines")]))
    return selected


def _read_pool(project: Any) -> Selection:
    clips, skipped = [], []
    for pool in selected_in_pool(project):
        try:
            clips.append(read_pool_clip(pool))
        except UnusableError as why:
            skipped.append(text("clip_skipped", name=call_text(pool, "GetName") or text("a_clip"), why=why))
    return Selection(NO_TIMELINE, clips, [], skipped, text("how_pool"))


def _choose(
    timeline: Any, clock: TimelineClock, settings: Settings, items: list[TrackItem]
) -> tuple[list[TrackItem], str, list[str]]:
    """The chosen items of video tracks, how they were chosen, and what was left out and why."""
    tells = has_method(timeline, "GetSelectedClips")
    selected = call_list(timeline, "GetSelectedClips") if tells else []
    if selected:
        ids = {call_text(item, "GetUniqueId") for item in selected} - {""}
        if not ids:
            raise NoAnswerError("GetUniqueId")
        chosen = [one for one in items if one.id in ids]
        skipped = []
        if len(ids) < len(selected):
            skipped.append(text("without_id"))
        if not chosen:
            skipped.append(text("only_audio"))
        return chosen, text("how_timeline"), skipped
    if not tells:
        wanted = (settings.select_colour, settings.reference_colour)
        colours = [(one, call_text(one.item, "GetClipColor")) for one in items]
        if any(colour == settings.select_colour for _, colour in colours):
            chosen = [one for one, colour in colours if colour in wanted]
            return chosen, text("how_colour", colour=wanted[0], reference=wanted[1]), []
    under, hidden = _under_playhead(timeline, clock, items)
    if len(under) > 1:
        return under, text("how_playhead"), hidden
    hint = text("nothing_selected_hint") if tells else text("not_told_hint", colour=settings.select_colour)
    raise ScriptError(text("nothing_selected"), " ".join([*hidden, hint]))


def _playhead(timeline: Any, clock: TimelineClock) -> int | None:
    """The frame under the playhead; None on pages without one."""
    label = call_text(timeline, "GetCurrentTimecode")
    return frame_of(label, clock.rate, drop=";" in label) if label else None


def _under_playhead(timeline: Any, clock: TimelineClock, items: list[TrackItem]) -> tuple[list[TrackItem], list[str]]:
    """The recordings that are shown under the playhead, and in sentences those that are disabled."""
    frame = _playhead(timeline, clock)
    if frame is None:
        return [], []
    shown, hidden = [], []
    for one in items:
        if not one.covers(frame) or not one.media_id:
            continue
        if call(timeline, "GetIsTrackEnabled", "video", one.track) is False:
            hidden.append(text("track_disabled", name=_name_of(one), track=one.track))
        elif has_method(one.item, "GetClipEnabled") and call(one.item, "GetClipEnabled") is False:
            hidden.append(text("item_disabled", name=_name_of(one), track=one.track))
        else:
            shown.append(one)
    return shown, hidden


def _name_of(item: TrackItem) -> str:
    return call_text(item.item, "GetName") or text("an_item")
