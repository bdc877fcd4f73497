"""Writes plans: deletes what an earlier run of the same recordings wrote, adds the new, reads everything back.

All or nothing: where Resolve does not do what was asked, everything is put back and the run says so. Another marker is
never overwritten; where one is on the frame, ours moves by one frame or is reported. Nor is one of ours that an editor
changed; and what would be written again as it stands is left alone.
"""

from __future__ import annotations

import math
from typing import Iterable, NamedTuple

from .answers import Answer, Ride
from .calls import call, unique_id
from .context import Context
from .errors import PartlyDoneError, ScriptError
from .journal import ADD, DELETE, Journal, Step, begin, mark_undone, note_step
from .markers import ResolveMarker, read_markers, stamp_of
from .ours import Ours, file_digest, is_of_pair, ours_on
from .owners import TIMELINE, Owner, Owners
from .placed import Found, on_timeline, owners_of
from .plan import MarkerResult, Plan, Planned
from .recordings import Part, Recording
from .reference import ReferenceMarker
from .session import Session
from .snapshot import Snapshot
from .texts import text
from .timeline_clock import minutes
from .undo import play_backwards

_SAME_S = 0.05
"""Readings of a marker's time differ by a frame at most."""


class Draft(NamedTuple):
    """The steps that carry out one plan, and what becomes of its markers when all of them are done."""

    recording: Recording
    steps: list[Step]
    results: list[MarkerResult]


def draft_steps(snapshot: Snapshot, plans: list[Plan], owners: Owners) -> list[Draft]:
    """Works out the steps of a run; writes nothing. Raises ScriptError where an owner is gone."""
    # All that may have markers: other settings may have written elsewhere, and clips come and go.
    names = owners_of(clip for plan in plans if plan.planned for clip in plan.recording.clips)
    found = {owner: read_markers(_find(owners, owner)) for owner in names}
    taken = {owner: {marker.frame for marker in markers} for owner, markers in found.items()}
    return [_draft(snapshot, plan, found, taken) for plan in plans]


def write_run(steps: list[Step], owners: Owners, session: Session, context: Context) -> None:
    """Does the steps of a run where it is at work, in a journal of its own. Raises as `write_steps`."""
    started = begin(
        context.folder,
        context.run_id,
        project=unique_id(session.project),
        timeline_id=session.place_id,
        timeline_name=session.place_name,
    )
    write_steps(steps, owners, started)


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


def _draft(snapshot: Snapshot, plan: Plan, found: Found, taken: dict[Owner, set[int]]) -> Draft:
    """The steps for one plan. `taken`, the frames of each owner that have a marker by now, grows."""
    if not plan.planned:
        return Draft(plan.recording, [], plan.left_out)  # where nothing is written, all stays
    reference = snapshot.reference.recording
    ours = [
        one
        for one in ours_on(plan.recording, found, snapshot.clock)
        if is_of_pair(one.stamp, reference, plan.recording, lambda told: snapshot.has_elsewhere(told, plan.recording))
    ]
    if plan.recording.lap:  # what lies on no clip of this lap may be of another one
        ours = [one for one in ours if one.places]
    kept = [one for one in ours if one.is_changed]
    idle = _rides_without_plan(plan)
    old = [
        one
        for one in ours
        if not one.is_changed
        and not _of_another_item(snapshot, plan, one)
        and not _is_left_out(one, snapshot)
        and not any(ride.shows(one.stamp.new_file, one.new_s) for ride in idle)
    ]
    for one in old:
        taken[one.owner].discard(one.marker.frame)
    planned, results = _without_kept(snapshot, plan, kept)
    standing = {_apart_from_run(one.owner, one.marker): one for one in old}
    adds, occupied = [], []
    for wish in planned:
        frames, at = taken[wish.owner], wish.marker.frame
        free = [frame for frame in (at, at + 1, at - 1) if wish.first <= frame < wish.end and frame not in frames]
        if not free:
            occupied.append(MarkerResult(wish.answer, "occupied", "", text("no_frame")))
            continue
        frames.add(free[0])
        marker = wish.stamped(free[0], snapshot.clock)
        result = _written(snapshot, wish, marker)
        same = standing.pop(_apart_from_run(wish.owner, marker), None)
        if same is None:
            adds.append(Step(ADD, wish.owner, marker))
        else:
            there = on_timeline(wish.clip, same.owner, same.marker, snapshot.clock)
            result = result._replace(before="same", there=there)
        results.append(result)
    deletes = [Step(DELETE, one.owner, one.marker) for one in standing.values()]
    results = sorted(results + occupied, key=lambda result: result.answer.ride.number)
    return Draft(plan.recording, deletes + adds, results)


def _rides_without_plan(plan: Plan) -> list[Ride]:
    """Rides on which nothing is written now: what an earlier run wrote there stays."""
    written = {wish.answer.ride.number for wish in plan.planned}
    rides = dict.fromkeys(result.answer.ride for result in plan.left_out)
    return [ride for ride in rides if ride.number not in written]


def _apart_from_run(owner: Owner, marker: ResolveMarker) -> object:
    """All of a marker of ours but which run wrote it."""
    stamp = stamp_of(marker)
    return owner, marker._replace(custom=""), stamp and stamp._replace(run="")


def _without_kept(snapshot: Snapshot, plan: Plan, kept: list[Ours]) -> tuple[list[Planned], list[MarkerResult]]:
    """What is left to write where an editor changed markers of an earlier run, and the results so far.

    A changed marker stands for the one that it was carried from, on the clips over which it lies or lay.
    """
    planned, left_out, results = list(plan.planned), list(plan.left_out), []
    answers = {wish.answer.key: wish.answer for wish in planned}
    answers.update((result.answer.key, result.answer) for result in left_out)
    for one in kept:
        answer = _answer_of(one, answers.values())
        if answer is None:
            continue  # the reference has that marker no longer, or the new run that ride
        same = [wish for wish in planned if wish.answer.key == answer.key]
        clips = {place.clip.id for place in one.places}
        if one.owner == TIMELINE:
            at = snapshot.clock.start + one.stamp.at
            clips |= {clip.id for clip in plan.recording.clips if clip.start <= at < clip.end}
        done = [wish for wish in same if wish.clip.id in clips] or same
        planned = [wish for wish in planned if wish not in done]
        left_out = [result for result in left_out if result.answer.key != answer.key]
        if one.owner == TIMELINE:
            place = snapshot.clock.label(snapshot.clock.start + one.marker.frame)
        else:
            place = text("of_file", at=minutes(one.new_s))
        remark = text("kept_as_changed", name=repr(one.marker.name))
        clip = one.places[0].clip if one.places else plan.recording.clips[0]
        there = on_timeline(clip, one.owner, one.marker, snapshot.clock)
        results.append(MarkerResult(answer, answer.status, place, remark, "yours", there))
    return planned, results + left_out


def _answer_of(one: Ours, answers: Iterable[Answer]) -> Answer | None:
    """The answer for the marker of the reference that one of ours was carried from."""
    near = [
        (_apart_s(one, answer.marker), answer.key, answer)
        for answer in answers
        if answer.ride.shows(one.stamp.new_file, one.new_s)
    ]
    apart_s, _, answer = min(near, default=(math.inf, ("", 0), None), key=lambda found: found[:2])
    return answer if apart_s < _SAME_S else None


def _apart_s(one: Ours, marker: ReferenceMarker) -> float:
    """Seconds between a marker of the reference and the one that ours was carried from; infinite in other files."""
    same_file = file_digest(Part(marker.path, ())) == one.stamp.ref_file
    return abs(float(marker.t_s) - one.stamp.ref_s) if same_file else math.inf


def _is_left_out(one: Ours, snapshot: Snapshot) -> bool:
    """Whether it was carried from a marker that is not to be carried now."""
    near_s = min([_SAME_S, *(_apart_s(one, marker) for marker in snapshot.reference.markers)])
    return any(_apart_s(one, marker) < near_s for marker in snapshot.left_out)


def _of_another_item(snapshot: Snapshot, plan: Plan, one: Ours) -> bool:
    """Whether a marker of the timeline lies over an item of the same file that was not chosen now, and over none that
    was: it belongs to that item then, and stays."""
    if one.owner != TIMELINE or one.places:
        return False
    media = {clip.media_id for clip in plan.recording.clips}
    frame = snapshot.clock.start + one.marker.frame
    return any(other.covers(frame) and other.media_id in media for other in snapshot.unselected)


def _written(snapshot: Snapshot, one: Planned, marker: ResolveMarker) -> MarkerResult:
    frame = marker.frame
    moved = frame - one.marker.frame
    if one.owner == TIMELINE:
        place = snapshot.clock.label(snapshot.clock.start + frame)
    else:
        place = text("of_clip", name=one.clip.name, at=minutes(one.answer.t_s or 0))
    remark = text("by_a_frame", n=f"{moved:+d}") if moved else ""
    there = on_timeline(one.clip, one.owner, marker, snapshot.clock)
    return MarkerResult(one.answer, one.answer.status, place, remark, there=there)


def _find(owners: Owners, owner: Owner) -> object:
    found = owners.find(owner)
    if found is None:
        raise ScriptError(text("owner_gone"), text("start_again"))
    return found


def _check(steps: list[Step], owners: Owners) -> None:
    """Reads everything back, as answers of calls mean nothing (facts 1.4); raises ScriptError on a difference."""
    for owner in dict.fromkeys(step.owner for step in steps):
        found = {marker.frame: marker for marker in read_markers(_find(owners, owner))}
        deleted = [step.marker for step in steps if step.owner == owner and step.do == DELETE]
        added = [step.marker for step in steps if step.owner == owner and step.do == ADD]
        stays = [one for one in deleted if one.frame in found and found[one.frame].custom == one.custom]
        if stays:
            raise ScriptError(text("not_deleted", n=len(stays)))
        missing = [one for one in added if one.frame not in found]
        if missing:
            message = text("not_taken", n=len(missing), of=len(added), name=repr(missing[0].name))
            raise ScriptError(message, text("not_taken_hint"))
        if any(found[one.frame].custom != one.custom for one in added):
            raise ScriptError(text("stamps_not_kept"))


def _put_back(journal: Journal, owners: Owners, error: ScriptError) -> None:
    """Takes the run back after `error`; raises PartlyDoneError where not everything could be put back."""
    try:
        undone = play_backwards(journal, owners, leave_changed=False)
        left = undone.changed + undone.refused
    except ScriptError as second:
        left = second.lines()
    if left:
        message = text("not_put_back", error=error.message, what=" ".join(left))
        raise PartlyDoneError(message, text("not_put_back_hint")) from error
    mark_undone(journal)
