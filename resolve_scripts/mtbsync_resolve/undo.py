"""Takes a run back by its journal, last step first: deletes what it added, adds what it deleted.

Undo is for the open timeline, or for the Media Pool: it takes the last run there. What an editor changed since is left
alone and reported, apart from what Resolve refuses to undo.
"""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple

from .calls import call, unique_id
from .context import Context
from .errors import PartlyDoneError, ScriptError
from .journal import ADD, Journal, Step, mark_undone, runs_of
from .markers import ResolveMarker, Stamp, look_of, read_markers, stamp_of
from .owners import TIMELINE, Owner, Owners
from .placed import things_on
from .session import MEDIA_POOL, open_here, place_in_words
from .texts import text

_SAME_S = 0.05
"""Of one ride; frames of a timeline and of a file are rounded differently."""


class Undone(NamedTuple):
    """How many markers were deleted and restored, and in sentences what was not."""

    deleted: int
    restored: int
    changed: list[str]
    """What a person changed since, so that it stays."""
    refused: list[str]
    """What Resolve did not do."""


def undo_last(script_globals: Mapping[str, Any], context: Context) -> None:
    """Undoes the last run on the open timeline, or in the Media Pool.

    Raises ScriptError where there is none, or Resolve refused.
    """
    session = open_here(script_globals)
    project, place = unique_id(session.project), session.place_id
    run, elsewhere = None, ""
    for one in runs_of(context.folder):
        if (one.project, one.timeline_id) == (project, place):
            run = one
            break
        of_project = "" if one.project == project else text("other_project")
        way = text("way_media_pool" if one.timeline_id == MEDIA_POOL else "way_timeline")
        where = place_in_words(one.timeline_id, one.timeline_name)
        elsewhere = elsewhere or text("last_was", where=where, project=of_project, way=way)
    if run is None:
        here = place_in_words(place, session.place_name)
        raise ScriptError(text("no_undo", where=here), elsewhere)
    owners = Owners(session.project, place, things_on(session.timeline, ()))
    undone = play_backwards(run, owners, leave_changed=True)
    lines = undone.changed + undone.refused
    for line in lines:
        context.log.say(line)
    if undone.refused:
        raise PartlyDoneError(text("not_undone"), text("edit_page_again"))
    mark_undone(run)
    where = place_in_words(place, run.timeline_name)
    left = text("left_changed", n=len(undone.changed)) if undone.changed else ""
    summary = text("undone", where=where, deleted=undone.deleted, restored=undone.restored, left=left)
    context.log.say(summary)
    context.page.ended(text("titled", what=summary), lines)


def play_backwards(journal: Journal, owners: Owners, *, leave_changed: bool) -> Undone:
    """Undoes the steps of the journal that were done; with `leave_changed`, not what an editor changed since."""
    n_deleted = n_restored = 0
    changed: list[str] = []
    refused: list[str] = []
    by_owner: dict[Owner, list[Step]] = {}
    for step in reversed(journal.steps):
        by_owner.setdefault(step.owner, []).append(step)
    things = {owner: owners.find(owner) for owner in by_owner}
    if leave_changed and any(owner != TIMELINE for owner in by_owner):
        added = [step for step in reversed(journal.steps) if step.do == ADD and step.owner != TIMELINE]
        for owner, item in owners.copies().items():
            if owner not in things:
                things[owner] = item
                by_owner[owner] = [step._replace(owner=owner) for step in added]
    kept = _Kept(journal.steps) if leave_changed else None
    for owner, steps in by_owner.items():
        marked = things[owner]
        if marked is None:
            changed.append(text("clip_gone", kind=owner.kind.replace("_", " ")))
            continue
        deleted, restored = _undo_steps(marked, steps, changed, kept)
        if not deleted and not restored:
            continue
        after = {marker.frame: marker for marker in read_markers(marked)}
        back = {one.frame for one in restored}
        stay = [one for one in deleted if one.frame not in back and after.get(one.frame) == one]
        away = [one for one in restored if after.get(one.frame) != one]
        refused += [text("still_there", name=repr(one.name)) for one in stay]
        refused += [text("not_back", name=repr(one.name)) for one in away]
        n_deleted += len(deleted) - len(stay)
        n_restored += len(restored) - len(away)
    return Undone(n_deleted, n_restored, changed, refused)


class _Kept:
    """What the markers of a run that an editor changed, which stay, were carried from and where to.

    A recording with several rides has as many markers of one source: the nearest one counts.
    """

    def __init__(self, steps: list[Step]) -> None:
        stamps = [stamp for stamp in (stamp_of(step.marker) for step in steps if step.do == ADD) if stamp is not None]
        self._written = {(_source(stamp), stamp.new_s) for stamp in stamps}
        self._kept: set[object] = set()

    def add(self, marker: ResolveMarker) -> None:
        """One that was added and stays."""
        stamp = stamp_of(marker)
        if stamp is not None:
            self._kept.add((_source(stamp), stamp.new_s))

    def stands_for(self, marker: ResolveMarker) -> bool:
        """Whether one of them is in the place of a marker that was deleted."""
        stamp = stamp_of(marker)
        if stamp is None:
            return False
        apart_s = {one: abs(one[1] - stamp.new_s) for one in self._written if one[0] == _source(stamp)}
        nearest_s = min(apart_s.values(), default=0.0)
        return any(one in self._kept for one, s in apart_s.items() if s <= nearest_s + _SAME_S)


def _undo_steps(
    owner: Any, steps: list[Step], changed: list[str], kept: _Kept | None
) -> tuple[list[ResolveMarker], list[ResolveMarker]]:
    """Asks Resolve for all of it; the markers that should be gone now, and those that should be back.

    `kept` gets the changed markers, which stay; with None all go.
    """
    found = {marker.frame: marker for marker in read_markers(owner)}
    deleted: list[ResolveMarker] = []
    restored: list[ResolveMarker] = []
    for step in steps:
        there = found.get(step.marker.frame)
        if step.do == ADD:
            if there is None or not _is_same(there, step.marker):
                there = _moved(step.marker, found)
            if there is None:
                continue
            if kept is not None and (there.frame != step.marker.frame or look_of(there) != look_of(step.marker)):
                changed.append(text("stays", name=repr(there.name)))
                kept.add(step.marker)
                continue
            call(owner, "DeleteMarkerAtFrame", there.frame)
            del found[there.frame]
            deleted.append(there)
        elif kept is not None and kept.stands_for(step.marker):
            continue  # the changed one stands for it
        elif there is None:
            call(owner, "AddMarker", *step.marker)
            found[step.marker.frame] = step.marker
            restored.append(step.marker)
        elif not _is_same(there, step.marker):
            changed.append(text("frame_taken", name=repr(step.marker.name)))
    return deleted, restored


def _is_same(there: ResolveMarker, marker: ResolveMarker) -> bool:
    """Whether this is the marker that a step tells of; a Resolve that cuts hidden text is allowed for."""
    return there.custom == marker.custom or (
        there[:5] == marker[:5] and bool(marker.custom) and marker.custom.startswith(there.custom)
    )


def _moved(marker: ResolveMarker, found: Mapping[int, ResolveMarker]) -> ResolveMarker | None:
    """Ours, moved to another frame. Stamps of format 1 are alike on pieces of one file: this takes only a lone one.

    One that was written without a stamp, since it became the person's own, is not looked for.
    """
    same = [one for one in found.values() if marker.custom and one.custom == marker.custom]
    return same[0] if len(same) == 1 else None


def _source(stamp: Stamp) -> object:
    """What a marker was carried from: alike in all runs."""
    return stamp.pair, stamp.ref_file, stamp.new_file, stamp.ref_s
