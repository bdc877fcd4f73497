"""Who may have markers: the timeline, an item on it, or a clip of the media pool. Found in the project by their ids."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Iterator, Mapping, NamedTuple

from .calls import call_list, call_object, call_text
from .session import timeline_by_id, video_items


class Owner(NamedTuple):
    """An owner of markers, as plans and journals name it."""

    kind: str
    """`timeline`, `clip` or `media_pool`, as the setting `write_to`."""
    id: str
    """Resolve's id; '' for the timeline of the run."""


TIMELINE = Owner("timeline", "")


class Owners:
    """Resolve's objects for the owners in a project; timeline and media pool are gone through once at most."""

    def __init__(self, project: Any, timeline_id: str, known: Mapping[Owner, Any] | None = None) -> None:
        """`known` are owners that are at hand; all others are found by their ids."""
        self._project = project
        self._timeline_id = timeline_id
        self._known = dict(known or {})

    def find(self, owner: Owner) -> Any | None:
        """The object, or None where it is gone."""
        if owner not in self._known:
            self._known[owner] = self._look_up(owner)
        return self._known[owner]

    def copies(self) -> dict[Owner, Any]:
        """All items of the timeline that have an id: a clip that is cut or copied takes its markers along."""
        return {Owner("clip", id_): item for id_, item in self._items.items()}

    def _look_up(self, owner: Owner) -> Any | None:
        if owner == TIMELINE:
            return timeline_by_id(self._project, self._timeline_id)
        return (self._items if owner.kind == "clip" else self._pool).get(owner.id)

    @cached_property
    def _items(self) -> dict[str, Any]:
        timeline = self.find(TIMELINE)
        return {} if timeline is None else {one.id: one.item for one in video_items(timeline) if one.id}

    @cached_property
    def _pool(self) -> dict[str, Any]:
        pool = call_object(self._project, "GetMediaPool")
        root = call_object(pool, "GetRootFolder") if pool is not None else None
        return {call_text(clip, "GetUniqueId"): clip for clip in _pool_clips(root)}


def _pool_clips(folder: Any) -> Iterator[Any]:
    if folder is not None:
        yield from call_list(folder, "GetClipList")
        for inner in call_list(folder, "GetSubFolderList"):
            yield from _pool_clips(inner)
