"""Writes a plan: deletes what an earlier run of the same recordings wrote, adds the new, reads back and counts.

All or nothing: where Resolve does not do what was asked, everything is put back and the run says so. Frames that hold
another marker are never overwritten; a marker moves by one frame, or is reported.
"""

from __future__ import annotations

from typing import NamedTuple

from .calls import text, thing_from, whole
from .journal import ADD, DELETE, Journal, Step, mark_undone, note_step
from .markers import add_marker, delete_marker, read_markers
from .owners import Owners
from .placing import Line, Owner, Plan, Planned, is_replaced, minutes, shown_name
from .problems import Problem
from .snapshot import Snapshot
from .undoing import play_backwards


class Written(NamedTuple):
    """What became of one plan."""

    plan: Plan
    lines: list[Line]
    replaced: int
    """Markers of an earlier run that were deleted."""


class _Draft(NamedTuple):
    plan: Plan
    steps: list[Step]
    placed: list[tuple[Planned, int]]
    """With the frame that it has in the end."""
    occupied: list[Planned]
    replaced: int


def write_plans(snapshot: Snapshot, plans: list[Plan], owners: Owners, journal: Journal) -> list[Written]:
    """Writes all plans of a run.

    Raises:
        Problem: Resolve did not do it; everything is as it was, or the message says what is not.
    """
    taken: dict[Owner, dict[int, str]] = {}
    drafts = [_draft(snapshot, one, owners, taken) for one in plans]
    steps = [step for draft in drafts for step in draft.steps]
    try:
        for step in steps:
            note_step(journal, step)
            owner = _there(owners, step.owner)
            if step.do == DELETE:
                delete_marker(owner, step.marker.frame)
            else:
                add_marker(owner, step.marker)
        _check(steps, owners)
    except Problem as problem:
        _put_back(journal, owners, problem)
    return [_written(snapshot, draft) for draft in drafts]


def _draft(snapshot: Snapshot, plan: Plan, owners: Owners, taken: dict[Owner, dict[int, str]]) -> _Draft:
    """The steps for one plan. `taken` has the names of all that is on the frames of an owner, and grows."""
    steps: list[Step] = []
    touched = _owners_of(plan, snapshot)
    for owner in touched:
        markers = read_markers(_there(owners, owner))
        doomed = [marker for marker in markers if is_replaced(marker, plan.digest)]
        if owner.kind == "timeline":
            doomed = [m for m in doomed if not _of_another_item(snapshot, plan, snapshot.clock.start + m.frame)]
        steps += [Step(DELETE, owner, marker) for marker in doomed]
        if owner not in taken:
            taken[owner] = {marker.frame: marker.name for marker in markers}
        for marker in doomed:
            taken[owner].pop(marker.frame, None)
    replaced = len(steps)
    placed: list[tuple[Planned, int]] = []
    occupied: list[Planned] = []
    for one in plan.planned:
        names = taken[one.owner]
        beside = (one.marker.frame, one.marker.frame + 1, one.marker.frame - 1)
        free = [frame for frame in beside if one.first <= frame < one.after and frame not in names]
        if not free:
            occupied.append(one)
            continue
        names[free[0]] = one.marker.name
        placed.append((one, free[0]))
        steps.append(Step(ADD, one.owner, one.marker._replace(frame=free[0])))
    return _Draft(plan, steps, placed, occupied, replaced)


def _owners_of(plan: Plan, snapshot: Snapshot) -> list[Owner]:
    """Also clips that get no marker this time, but may have had some. Where nothing is written, all stays."""
    kinds = {one.owner.kind for one in plan.planned}
    found = [Owner("timeline", "")] if "timeline" in kinds else []
    for clip in plan.recording.clips:
        if "clip" in kinds:
            found.append(Owner("clip", clip.id))
        if "media_pool" in kinds:
            found.append(Owner("media_pool", clip.media_id))
    return list(dict.fromkeys(found))


def _of_another_item(snapshot: Snapshot, plan: Plan, frame: int) -> bool:
    """Whether an old marker lies over an item of the same file that the person did not choose now, and not over a
    chosen one: it belongs to that item and stays."""
    if any(clip.start <= frame < clip.end for clip in plan.recording.clips):
        return False
    media = {clip.media_id for clip in plan.recording.clips}
    for placed in snapshot.unselected:
        if whole(placed.item, "GetStart") <= frame < whole(placed.item, "GetEnd"):
            pool = thing_from(placed.item, "GetMediaPoolItem")
            if pool is not None and text(pool, "GetUniqueId") in media:
                return True
    return False


def _there(owners: Owners, owner: Owner) -> object:
    found = owners.find(owner)
    if found is None:
        raise Problem("A clip that the markers belong to is gone.", "Start again.")
    return found


def _check(steps: list[Step], owners: Owners) -> None:
    """Reads everything back; the answers of the calls mean nothing (facts 1.4).

    Raises:
        Problem: something is not as it was asked for.
    """
    for owner in dict.fromkeys(step.owner for step in steps):
        found = {marker.frame: marker for marker in read_markers(_there(owners, owner))}
        added = {step.marker.frame: step.marker for step in steps if step.owner == owner and step.do == ADD}
        stays = [
            step.marker.frame
            for step in steps
            if step.owner == owner
            and step.do == DELETE
            and step.marker.frame in found
            and found[step.marker.frame].custom == step.marker.custom
        ]
        if stays:
            raise Problem(f"DaVinci Resolve did not delete {len(stays)} markers of the last run.")
        missing = [marker for frame, marker in added.items() if frame not in found]
        if missing:
            raise Problem(
                f"DaVinci Resolve did not take {len(missing)} of {len(added)} markers (the first is"
                f" {missing[0].name!r}).",
                "Is the track locked, or a window open over the timeline? Go to the Edit page and start again.",
            )
        for frame, marker in added.items():
            if found[frame].custom != marker.custom:
                raise Problem(
                    "DaVinci Resolve did not keep the hidden text of the markers, without which they could not be"
                    " told from yours."
                )


def _put_back(journal: Journal, owners: Owners, problem: Problem) -> None:
    """Takes the run back.

    Raises:
        Problem: always; it says whether everything is as it was.
    """
    try:
        undone = play_backwards(journal, owners)
        left = undone.changed + undone.refused
    except Problem as second:
        left = second.lines()
    if left:
        raise Problem(
            problem.message + " Not everything could be put back: " + " ".join(left),
            "Start `MTB Sync - Undo Last Transfer` when Resolve answers again.",
            touched=True,
        ) from problem
    mark_undone(journal)
    raise Problem(problem.message, problem.hint) from problem


def _written(snapshot: Snapshot, draft: _Draft) -> Written:
    lines = []
    for one, frame in draft.placed:
        clock = snapshot.clock
        moved = frame - one.marker.frame
        if one.owner.kind == "timeline":
            place = clock.label(clock.start + frame)
        else:
            place = f"{one.clip.name}, {minutes(one.answer.t_s)} of the file"
        remark = f"{moved:+d} frame, since another marker is there" if moved else ""
        lines.append(_line(one, place, remark))
    taken = "other markers are there and beside it"
    lines += [_line(one, "", taken)._replace(status="occupied") for one in draft.occupied]
    return Written(draft.plan, lines + draft.plan.left_out, draft.replaced)


def _line(one: Planned, place: str, remark: str) -> Line:
    answer = one.answer
    return Line(
        shown_name(answer),
        answer.status,
        place,
        answer.t_s,
        answer.half_width_s,
        answer.confidence,
        remark,
    )
