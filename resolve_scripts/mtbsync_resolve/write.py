"""Writes plans: deletes what an earlier run of the same recordings wrote, adds the new, reads everything back.

All or nothing: where Resolve does not do what was asked, everything is put back and the run says so. Another marker is
never overwritten; where one is on the frame, ours moves by one frame or is reported.
"""

from __future__ import annotations

from typing import NamedTuple

from .calls import call
from .errors import PartlyDoneError, ScriptError
from .journal import ADD, DELETE, Journal, Step, mark_undone, note_step
from .markers import is_stamped, read_markers
from .owners import TIMELINE, Owner, Owners
from .plan import MarkerResult, Plan, Planned
from .recordings import Recording
from .snapshot import Snapshot
from .timeline_clock import minutes
from .undo import play_backwards


class Draft(NamedTuple):
    """The steps that carry out one plan, and what becomes of its markers when all of them are done."""

    recording: Recording
    steps: list[Step]
    results: list[MarkerResult]


def draft_steps(snapshot: Snapshot, plans: list[Plan], owners: Owners) -> list[Draft]:
    """Works out the steps of a run; writes nothing. Raises ScriptError where an owner is gone."""
    taken: dict[Owner, set[int]] = {}
    return [_draft(snapshot, plan, owners, taken) for plan in plans]


def write_steps(steps: list[Step], owners: Owners, journal: Journal) -> None:
    """Does the steps of a run, each after it is in the journal.

    Raises:
        ScriptError: Resolve did not do them; everything is as it was.
        PartlyDoneError: not everything could be put back.
    """
    try:
        for step in steps:
            note_step(journal, step)
            owner = _find(owners, step.owner)
            if step.do == DELETE:
                call(owner, "DeleteMarkerAtFrame", step.marker.frame)
            else:
                call(owner, "AddMarker", *step.marker)
        _check(steps, owners)
    except ScriptError as error:
        _put_back(journal, owners, error)
        raise


def _draft(snapshot: Snapshot, plan: Plan, owners: Owners, taken: dict[Owner, set[int]]) -> Draft:
    """The steps for one plan. `taken`, the frames of each owner that have a marker by now, grows."""
    steps: list[Step] = []
    for owner in _owners_of(plan):
        markers = read_markers(_find(owners, owner))
        old = [marker for marker in markers if is_stamped(marker, plan.digest)]
        if owner == TIMELINE:
            old = [one for one in old if not _of_another_item(snapshot, plan, snapshot.clock.start + one.frame)]
        steps += [Step(DELETE, owner, marker) for marker in old]
        frames = taken.setdefault(owner, {marker.frame for marker in markers})
        frames.difference_update(marker.frame for marker in old)
    written, occupied = [], []
    for one in plan.planned:
        frames, at = taken[one.owner], one.marker.frame
        free = [frame for frame in (at, at + 1, at - 1) if one.first <= frame < one.end and frame not in frames]
        if free:
            frames.add(free[0])
            steps.append(Step(ADD, one.owner, one.marker._replace(frame=free[0])))
            written.append(_written(snapshot, one, free[0]))
        else:
            occupied.append(MarkerResult(one.answer, "occupied", "", "other markers are there and beside it"))
    return Draft(plan.recording, steps, written + occupied + plan.left_out)


def _owners_of(plan: Plan) -> list[Owner]:
    """Also clips that get no marker this time, but may have had some. Where nothing is written, all stays."""
    kinds = {one.owner.kind for one in plan.planned}
    found = [TIMELINE] if TIMELINE.kind in kinds else []
    for clip in plan.recording.clips:
        found += [Owner(kind, id_) for kind, id_ in (("clip", clip.id), ("media_pool", clip.media_id)) if kind in kinds]
    return list(dict.fromkeys(found))


def _of_another_item(snapshot: Snapshot, plan: Plan, frame: int) -> bool:
    """Whether a marker lies over an item of the same file that was not chosen now, and over none that was.

    It belongs to that item then, and stays.
    """
    if any(clip.start <= frame < clip.end for clip in plan.recording.clips):
        return False
    media = {clip.media_id for clip in plan.recording.clips}
    return any(other.covers(frame) and other.media_id in media for other in snapshot.unselected)


def _written(snapshot: Snapshot, one: Planned, frame: int) -> MarkerResult:
    moved = frame - one.marker.frame
    if one.owner == TIMELINE:
        place = snapshot.clock.label(snapshot.clock.start + frame)
    else:
        place = f"{one.clip.name}, {minutes(one.answer.t_s or 0)} of the file"
    remark = f"{moved:+d} frame, since another marker is there" if moved else ""
    return MarkerResult(one.answer, one.answer.status, place, remark)


def _find(owners: Owners, owner: Owner) -> object:
    found = owners.find(owner)
    if found is None:
        raise ScriptError("A clip that the markers belong to is gone.", "Start again.")
    return found


def _check(steps: list[Step], owners: Owners) -> None:
    """Reads everything back, as answers of calls mean nothing (facts 1.4); raises ScriptError on a difference."""
    for owner in dict.fromkeys(step.owner for step in steps):
        found = {marker.frame: marker for marker in read_markers(_find(owners, owner))}
        deleted = [step.marker for step in steps if step.owner == owner and step.do == DELETE]
        added = [step.marker for step in steps if step.owner == owner and step.do == ADD]
        stays = [one for one in deleted if one.frame in found and found[one.frame].custom == one.custom]
        if stays:
            raise ScriptError(f"DaVinci Resolve did not delete {len(stays)} markers of the last run.")
        missing = [one for one in added if one.frame not in found]
        if missing:
            raise ScriptError(
                f"DaVinci Resolve did not take {len(missing)} of {len(added)} markers (the first is"
                f" {missing[0].name!r}).",
                "Is the track locked, is the timeline locked by a colleague, or is a window open over it? Go to the"
                " Edit page and start again.",
            )
        if any(found[one.frame].custom != one.custom for one in added):
            what = "the hidden text of the markers, without which they could not be told from yours."
            raise ScriptError(f"DaVinci Resolve did not keep {what}")


def _put_back(journal: Journal, owners: Owners, error: ScriptError) -> None:
    """Takes the run back after `error`; raises PartlyDoneError where not everything could be put back."""
    try:
        undone = play_backwards(journal, owners)
        left = undone.changed + undone.refused
    except ScriptError as second:
        left = second.lines()
    if left:
        raise PartlyDoneError(
            error.message + " Not everything could be put back: " + " ".join(left),
            "Start `MTB Sync - Undo Last Transfer` when Resolve answers again.",
        ) from error
    mark_undone(journal)
