"""Plays a journal backwards: what the run added is deleted, what it deleted is added again, as it was.

What a person changed since is left alone and reported; what Resolve refuses to undo is told apart from that.
"""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple

from .calls import identity
from .desk import Desk
from .journal import ADD, Journal, Step, last_run, mark_undone
from .markers import ResolveMarker, add_marker, delete_marker, read_markers
from .owners import Owners
from .placing import Owner
from .problems import Problem
from .session import find_resolve, open_project


class Undone(NamedTuple):
    """What came of it."""

    deleted: int
    restored: int
    changed: list[str]
    """What a person changed since, so that it stays."""
    refused: list[str]
    """What Resolve did not do."""


def undo_last(given: Mapping[str, Any], desk: Desk) -> None:
    """Takes the last run back that was not taken back yet.

    Raises:
        Problem: there is none, it was in another project, or Resolve refused.
    """
    project = open_project(find_resolve(given))
    run = last_run(desk.folder)
    if run is None:
        raise Problem("There is no transfer to undo.")
    if identity(project) != run.project:
        raise Problem(
            f"The last transfer was in another project, on the timeline {run.timeline_name}.",
            "Open that project and start again.",
        )
    owners = Owners(project, run.timeline_id)
    if owners.find(Owner("timeline", "")) is None:
        raise Problem(
            f"The timeline {run.timeline_name} of the last transfer cannot be found.",
            "If it was deleted there is nothing to undo; else close any window over the timeline and start again.",
        )
    undone = play_backwards(run, owners)
    for line in undone.changed + undone.refused:
        desk.log.say(line)
    if undone.refused:
        raise Problem("DaVinci Resolve did not undo everything.", "Go to the Edit page and start again.", touched=True)
    mark_undone(run)
    desk.log.say(
        f"Undone on the timeline {run.timeline_name}: {undone.deleted} markers deleted, {undone.restored} restored."
    )


def play_backwards(journal: Journal, owners: Owners) -> Undone:
    """Undoes what of the journal was done.

    Raises:
        Problem: Resolve does not answer.
    """
    result = Undone(0, 0, [], [])
    by_owner: dict[Owner, list[Step]] = {}
    for step in reversed(journal.steps):
        by_owner.setdefault(step.owner, []).append(step)
    for owner, steps in by_owner.items():
        thing = owners.find(owner)
        if thing is None:
            result.changed.append("A clip with markers of the run is gone ({}).".format(owner.kind.replace("_", " ")))
            continue
        deleted, restored = _undo_steps(thing, steps, result.changed)
        after = {marker.frame: marker for marker in read_markers(thing)}
        back = {one.frame for one in restored}
        stay = [one for one in deleted if one.frame not in back and after.get(one.frame) == one]
        away = [one for one in restored if after.get(one.frame) != one]
        result.refused.extend(f"{one.name!r} is still there." for one in stay)
        result.refused.extend(f"{one.name!r} is not back as it was." for one in away)
        result = result._replace(
            deleted=result.deleted + len(deleted) - len(stay),
            restored=result.restored + len(restored) - len(away),
        )
    return result


def _undo_steps(thing: Any, steps: list[Step], changed: list[str]) -> tuple[list[ResolveMarker], list[ResolveMarker]]:
    """Asks for all of it; the markers that should be gone, and those that should be back."""
    found = {marker.frame: marker for marker in read_markers(thing)}
    deleted: list[ResolveMarker] = []
    restored: list[ResolveMarker] = []
    for step in steps:
        there = found.get(step.marker.frame)
        if step.do == ADD:
            if there is None or not _is_it(there, step.marker):
                there = _moved_by_hand(step.marker, found)
            if there is not None:
                delete_marker(thing, there.frame)
                del found[there.frame]
                deleted.append(there)
        elif there is None:
            add_marker(thing, step.marker)
            found[step.marker.frame] = step.marker
            restored.append(step.marker)
        elif not _is_it(there, step.marker):
            changed.append(f"{step.marker.name!r} is not back, since another marker is on its frame.")
    return deleted, restored


def _is_it(there: ResolveMarker, marker: ResolveMarker) -> bool:
    """Whether this is the marker that a step tells of; a Resolve that cuts hidden text is allowed for."""
    return there.custom == marker.custom or (
        there[:5] == marker[:5] and bool(marker.custom) and marker.custom.startswith(there.custom)
    )


def _moved_by_hand(marker: ResolveMarker, found: Mapping[int, ResolveMarker]) -> ResolveMarker | None:
    """Ours, dragged to another frame. Pieces of one file have markers of one text, so this takes only a lone one."""
    same = [one for one in found.values() if one.custom == marker.custom]
    return same[0] if len(same) == 1 else None
