"""Takes a run back by its journal, last step first: deletes what it added, adds what it deleted.

What a person changed since is left alone and reported, apart from what Resolve refuses to undo.
"""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple

from .calls import call, unique_id
from .context import Context
from .errors import PartlyDoneError, ScriptError
from .journal import ADD, Journal, Step, last_run, mark_undone
from .markers import ResolveMarker, read_markers
from .owners import TIMELINE, Owner, Owners
from .session import find_resolve, open_project


class Undone(NamedTuple):
    """How many markers were deleted and restored, and in sentences what was not."""

    deleted: int
    restored: int
    changed: list[str]
    """What a person changed since, so that it stays."""
    refused: list[str]
    """What Resolve did not do."""


def undo_last(script_globals: Mapping[str, Any], context: Context) -> None:
    """Undoes the last run; raises ScriptError where there is none, it was in another project, or Resolve refused."""
    project = open_project(find_resolve(script_globals))
    run = last_run(context.folder)
    if run is None:
        raise ScriptError("There is no transfer to undo.")
    if unique_id(project) != run.project:
        message = f"The last transfer was in another project, on the timeline {run.timeline_name}."
        raise ScriptError(message, "Open that project and start again.")
    owners = Owners(project, run.timeline_id)
    if owners.find(TIMELINE) is None:
        raise ScriptError(
            f"The timeline {run.timeline_name} of the last transfer cannot be found.",
            "If it was deleted there is nothing to undo; else close any window over the timeline and start again.",
        )
    undone = play_backwards(run, owners)
    for line in undone.changed + undone.refused:
        context.log.say(line)
    if undone.refused:
        raise PartlyDoneError("DaVinci Resolve did not undo everything.", "Go to the Edit page and start again.")
    mark_undone(run)
    context.log.say(
        f"Undone on the timeline {run.timeline_name}: {undone.deleted} markers deleted, {undone.restored} restored."
    )


def play_backwards(journal: Journal, owners: Owners) -> Undone:
    """Undoes the steps of the journal that were done."""
    n_deleted = n_restored = 0
    changed: list[str] = []
    refused: list[str] = []
    by_owner: dict[Owner, list[Step]] = {}
    for step in reversed(journal.steps):
        by_owner.setdefault(step.owner, []).append(step)
    for owner, steps in by_owner.items():
        marked = owners.find(owner)
        if marked is None:
            changed.append("A clip with markers of the run is gone ({}).".format(owner.kind.replace("_", " ")))
            continue
        deleted, restored = _undo_steps(marked, steps, changed)
        after = {marker.frame: marker for marker in read_markers(marked)}
        back = {one.frame for one in restored}
        stay = [one for one in deleted if one.frame not in back and after.get(one.frame) == one]
        away = [one for one in restored if after.get(one.frame) != one]
        refused += [f"{one.name!r} is still there." for one in stay]
        refused += [f"{one.name!r} is not back as it was." for one in away]
        n_deleted += len(deleted) - len(stay)
        n_restored += len(restored) - len(away)
    return Undone(n_deleted, n_restored, changed, refused)


def _undo_steps(owner: Any, steps: list[Step], changed: list[str]) -> tuple[list[ResolveMarker], list[ResolveMarker]]:
    """Asks Resolve for all of it; the markers that should be gone now, and those that should be back."""
    found = {marker.frame: marker for marker in read_markers(owner)}
    deleted: list[ResolveMarker] = []
    restored: list[ResolveMarker] = []
    for step in steps:
        there = found.get(step.marker.frame)
        if step.do == ADD:
            if there is None or not _is_same(there, step.marker):
                there = _dragged(step.marker, found)
            if there is not None:
                call(owner, "DeleteMarkerAtFrame", there.frame)
                del found[there.frame]
                deleted.append(there)
        elif there is None:
            call(owner, "AddMarker", *step.marker)
            found[step.marker.frame] = step.marker
            restored.append(step.marker)
        elif not _is_same(there, step.marker):
            changed.append(f"{step.marker.name!r} is not back, since another marker is on its frame.")
    return deleted, restored


def _is_same(there: ResolveMarker, marker: ResolveMarker) -> bool:
    """Whether this is the marker that a step tells of; a Resolve that cuts hidden text is allowed for."""
    return there.custom == marker.custom or (
        there[:5] == marker[:5] and bool(marker.custom) and marker.custom.startswith(there.custom)
    )


def _dragged(marker: ResolveMarker, found: Mapping[int, ResolveMarker]) -> ResolveMarker | None:
    """Ours, dragged to another frame. Pieces of one file have markers of one text, so this takes only a lone one."""
    same = [one for one in found.values() if one.custom == marker.custom]
    return same[0] if len(same) == 1 else None
