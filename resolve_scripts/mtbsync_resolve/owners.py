"""Who may have markers: the timeline, an item on it, or a clip of the media pool. Found in the project by their ids."""

from __future__ import annotations

from typing import Any, Iterator, NamedTuple

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
    """Resolve's objects for the owners in a project; each is looked for once."""

    def __init__(self, project: Any, timeline_id: str, *, timeline: Any = None) -> None:
        """`timeline` is that of the run where it is at hand; else it is found by its id."""
        self._project = project
        self._timeline_id = timeline_id
        self._known: dict[Owner, Any] = {} if timeline is None else {TIMELINE: timeline}

    def find(self, owner: Owner) -> Any | None:
        """The object, or None where it is gone."""
        if owner not in self._known:
            self._known[owner] = self._look_up(owner)
        return self._known[owner]

    def _look_up(self, owner: Owner) -> Any | None:
        if owner == TIMELINE:
            return timeline_by_id(self._project, self._timeline_id)
        if owner.kind == "clip":
            timeline = self.find(TIMELINE)
            items = video_items(timeline) if timeline is not None else []
            return next((one.item for one in items if one.id == owner.id), None)
        pool = call_object(self._project, "GetMediaPool")
        root = call_object(pool, "GetRootFolder") if pool is not None else None
        return next((clip for clip in _pool_clips(root) if call_text(clip, "GetUniqueId") == owner.id), None)


def _pool_clips(folder: Any) -> Iterator[Any]:
    if folder is not None:
        yield from call_list(folder, "GetClipList")
        for inner in call_list(folder, "GetSubFolderList"):
            yield from _pool_clips(inner)
