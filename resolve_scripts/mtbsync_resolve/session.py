"""The open project and what is worked on in it, reached from the globals of a menu script: a timeline, or the clips of
the Media Pool. Timelines and items by id.
"""

from __future__ import annotations

import contextlib
from functools import cached_property
from typing import Any, Mapping, NamedTuple

from .calls import call_int, call_list, call_object, call_text, has_method, unique_id
from .errors import NoAnswerError, ScriptError
from .texts import text

MEDIA_POOL = "media_pool"
"""In place of the id of a timeline, where no timeline is worked on."""


class Session(NamedTuple):
    """The open project and its current timeline, as Resolve's objects."""

    project: Any
    timeline: Any
    """None where clips of the Media Pool are worked on."""
    product: str
    """For example `DaVinci Resolve Studio 21.1.0.14`."""

    @property
    def place_id(self) -> str:
        """The id of the timeline, or `MEDIA_POOL`."""
        return MEDIA_POOL if self.timeline is None else unique_id(self.timeline)

    @property
    def place_name(self) -> str:
        """The name of the timeline; '' of the Media Pool."""
        return "" if self.timeline is None else call_text(self.timeline, "GetName")


def place_in_words(place_id: str, name: str) -> str:
    """Where something was done, to follow on a verb."""
    return text("place_media_pool") if place_id == MEDIA_POOL else text("place_timeline", name=name)


class TrackItem:
    """An item on a video track. Each thing is asked once at most: a timeline has thousands, and calls are slow."""

    def __init__(self, item: Any, track: int) -> None:
        """Args: `item` is Resolve's object, `track` counts from 1."""
        self.item = item
        self.track = track

    @cached_property
    def id(self) -> str:
        """Resolve's id; some items, transitions among them, have none: ''."""
        return call_text(self.item, "GetUniqueId")

    @cached_property
    def start(self) -> int:
        """Its first frame on the timeline, an absolute number."""
        return call_int(self.item, "GetStart")

    @cached_property
    def end(self) -> int:
        """The frame after its last one."""
        return call_int(self.item, "GetEnd")

    @cached_property
    def media_id(self) -> str:
        """The id of its clip in the media pool; '' without one."""
        pool = call_object(self.item, "GetMediaPoolItem")
        return "" if pool is None else call_text(pool, "GetUniqueId")

    def covers(self, frame: int) -> bool:
        """Whether it lies over this absolute frame of the timeline."""
        return self.start <= frame < self.end


def find_resolve(script_globals: Mapping[str, Any]) -> Any:
    """The `resolve` object, from the names that a menu script has; older and free editions leave some out.

    Raises ScriptError where this script was not started by Resolve's menu.
    """
    resolve = script_globals.get("resolve")
    if resolve is not None and has_method(resolve, "GetProjectManager"):
        return resolve
    ways = [(name, "GetResolve", ()) for name in ("app", "fusion", "fu")] + [("bmd", "scriptapp", ("Resolve",))]
    for name, method, arguments in ways:
        found = script_globals.get(name)
        if found is not None and has_method(found, method):
            resolve = call_object(found, method, *arguments)
            if resolve is not None:
                return resolve
    raise ScriptError(text("no_resolve"), text("no_resolve_hint"))


def product_of(resolve: Any) -> str:
    """Name and version; '' where Resolve does not answer."""
    return (call_text(resolve, "GetProductName") + " " + call_text(resolve, "GetVersionString")).strip()


def open_here(script_globals: Mapping[str, Any]) -> Session:
    """The open project with what is worked on: on the Media page, and where no timeline is open, the Media Pool.

    Raises ScriptError where no project is open.
    """
    resolve, session = _opened(script_globals)
    if session.timeline is not None and call_text(resolve, "GetCurrentPage") == "media":
        return session._replace(timeline=None)
    return session


def open_session(script_globals: Mapping[str, Any]) -> Session:
    """The open project with its current timeline; raises ScriptError where nothing is open."""
    _, session = _opened(script_globals)
    if session.timeline is None:
        raise ScriptError(text("no_timeline"), text("no_timeline_hint"))
    return session


def unchanged_here(script_globals: Mapping[str, Any]) -> str:
    """What a run that was not done has left as it was, in a sentence; never raises."""
    with contextlib.suppress(ScriptError):
        if open_here(script_globals).timeline is None:
            return text("unchanged_media_pool")
    return text("unchanged")


def _opened(script_globals: Mapping[str, Any]) -> tuple[Any, Session]:
    resolve = find_resolve(script_globals)
    product = product_of(resolve)
    if not product:
        raise NoAnswerError("GetProductName")
    project = open_project(resolve)
    timeline = call_object(project, "GetCurrentTimeline")
    if timeline is not None:
        unique_id(timeline)
    return resolve, Session(project, timeline, product)


def open_project(resolve: Any) -> Any:
    """The open project; raises ScriptError where there is none."""
    manager = call_object(resolve, "GetProjectManager")
    project = call_object(manager, "GetCurrentProject") if manager is not None else None
    if project is None:
        raise ScriptError(text("no_project"), text("no_project_hint"))
    return project


def timeline_by_id(project: Any, timeline_id: str) -> Any:
    """A timeline of the project, or None; the current timeline stays the current one.

    That is looked at first: what is open need not be among the timelines that the project counts, as a compound clip.
    """
    current = call_object(project, "GetCurrentTimeline")
    if current is not None and call_text(current, "GetUniqueId") == timeline_id:
        return current
    for index in range(1, call_int(project, "GetTimelineCount") + 1):
        timeline = call_object(project, "GetTimelineByIndex", index)
        if timeline is not None and call_text(timeline, "GetUniqueId") == timeline_id:
            return timeline
    return None


def video_items(timeline: Any) -> list[TrackItem]:
    """Everything on the video tracks, transitions and titles too."""
    return [
        TrackItem(item, track)
        for track in range(1, call_int(timeline, "GetTrackCount", "video") + 1)
        for item in call_list(timeline, "GetItemListInTrack", "video", track)
    ]
