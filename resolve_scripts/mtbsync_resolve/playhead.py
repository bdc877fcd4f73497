"""The playhead among the markers that we wrote: on to the next doubtful one, and the one under it accepted.

Without a window these two are what its list does. No page opens for them; a notification says what they did.
"""

from __future__ import annotations

from typing import Any, Iterator, Mapping, NamedTuple

from .calls import call, call_object, call_text
from .clips import read_clip
from .context import Context
from .errors import ScriptError
from .markers import ResolveMarker, read_markers, stamp_of
from .media_files import UnusableError
from .owners import TIMELINE, Owner
from .placed import frame_on_timeline
from .plan import DOUBTFUL
from .session import Session, TrackItem, open_session, video_items
from .stamped import adopt
from .texts import text
from .timeline_clock import TimelineClock, frame_of, read_clock


class Shown(NamedTuple):
    """A marker of ours at an absolute frame of the timeline."""

    at: int
    owner: Owner
    marker: ResolveMarker


def next_doubtful(script_globals: Mapping[str, Any], context: Context) -> None:
    """Moves the playhead to the next doubtful marker of the open timeline, after the last one to the first."""
    session = open_session(script_globals)
    clock = read_clock(session.project, session.timeline)
    here = _playhead(session.timeline, clock)
    doubtful = [one for one in _ours_shown(session, clock) if one.marker.name.startswith(DOUBTFUL)]
    if not doubtful:
        context.log.say(text("no_doubtful_here"))
        return
    there = min(doubtful, key=lambda one: (one.at <= here, one.at))
    at = clock.label(there.at)
    move_playhead(session.timeline, at)
    context.log.say(text("went_of", name=repr(there.marker.name), at=at, n=len(doubtful)))


def accept_marker(script_globals: Mapping[str, Any], context: Context) -> None:
    """Makes the marker of ours under the playhead the person's own; raises ScriptError where there is none."""
    session = open_session(script_globals)
    clock = read_clock(session.project, session.timeline)
    here = _playhead(session.timeline, clock)
    under = {one.owner: one.marker for one in _ours_shown(session, clock) if one.at == here}
    if not under:
        raise ScriptError(text("none_here", at=clock.label(here)), text("none_here_hint"))
    adopt(session, context, list(under.items()))
    names = ", ".join(repr(name) for name in dict.fromkeys(marker.name for marker in under.values()))
    context.log.say(text("accepted", name=names))


def move_playhead(timeline: Any, at: str) -> None:
    """Moves it to a timecode; raises ScriptError where it does not go. Resolve may say that it did, so it is asked."""
    call(timeline, "SetCurrentTimecode", at)
    if call_text(timeline, "GetCurrentTimecode") != at:
        raise ScriptError(text("went_not", at=at), text("edit_page"))


def _playhead(timeline: Any, clock: TimelineClock) -> int:
    label = call_text(timeline, "GetCurrentTimecode")
    if not label:
        raise ScriptError(text("no_playhead"), text("edit_page"))
    return frame_of(label, clock.rate, drop=";" in label)


def _ours_shown(session: Session, clock: TimelineClock) -> Iterator[Shown]:
    """All markers of ours that the timeline shows, on itself, on its items and on their clips in the media pool."""
    for marker in _ours(session.timeline):
        yield Shown(clock.start + marker.frame, TIMELINE, marker)
    of_pool: dict[str, list[ResolveMarker]] = {}
    for item in video_items(session.timeline):
        pool = call_object(item.item, "GetMediaPoolItem")
        if pool is None or not item.id or not item.media_id:
            continue
        if item.media_id not in of_pool:
            of_pool[item.media_id] = _ours(pool)
        for owner, markers in (
            (Owner("clip", item.id), _ours(item.item)),
            (Owner("media_pool", item.media_id), of_pool[item.media_id]),
        ):
            yield from _on_item(item, owner, markers, clock)


def _on_item(item: TrackItem, owner: Owner, markers: list[ResolveMarker], clock: TimelineClock) -> Iterator[Shown]:
    """Those that the item shows; of one that cannot be aligned nobody knows where they are."""
    try:
        clip = read_clip(item, clock) if markers else None
    except UnusableError:
        return
    for marker in markers:
        assert clip is not None
        at = frame_on_timeline(clip, owner.kind, marker.frame, clock)
        if at is not None and clip.start <= at < clip.end:
            yield Shown(at, owner, marker)


def _ours(owner: Any) -> list[ResolveMarker]:
    return [marker for marker in read_markers(owner) if stamp_of(marker) is not None]
