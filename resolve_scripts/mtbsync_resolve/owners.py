"""Resolve's objects behind the owners in a plan or a journal, found by their ids."""

from __future__ import annotations

from typing import Any, Iterator

from .calls import listed, text, thing_from
from .placing import Owner
from .session import timeline_by_id
from .tracks import video_items


class Owners:
    """Finds owners of markers in a project, each once."""

    def __init__(self, project: Any, timeline_id: str, *, timeline: Any = None) -> None:
        """`timeline` where it is at hand; else it is looked for when first needed."""
        self._project = project
        self._timeline_id = timeline_id
        self._known: dict[Owner, Any] = {}
        if timeline is not None:
            self._known[Owner("timeline", "")] = timeline

    def find(self, owner: Owner) -> Any | None:
        """The object, or None where it is gone.

        Raises:
            Problem: Resolve does not answer.
        """
        if owner not in self._known:
            self._known[owner] = self._look(owner)
        return self._known[owner]

    def _look(self, owner: Owner) -> Any | None:
        if owner.kind == "timeline":
            return timeline_by_id(self._project, self._timeline_id)
        if owner.kind == "clip":
            timeline = self.find(Owner("timeline", ""))
            items = video_items(timeline) if timeline is not None else []
            return next((placed.item for placed in items if placed.id == owner.id), None)
        pool = thing_from(self._project, "GetMediaPool")
        root = thing_from(pool, "GetRootFolder") if pool is not None else None
        return next((clip for clip in _pool_clips(root) if text(clip, "GetUniqueId") == owner.id), None)


def _pool_clips(folder: Any) -> Iterator[Any]:
    if folder is not None:
        yield from listed(folder, "GetClipList")
        for inner in listed(folder, "GetSubFolderList"):
            yield from _pool_clips(inner)
