"""Where each marker is to be written, how it looks there, and which markers cannot be written.

Only places that a clip of the new run shows are written to. A marker's note tells its time in the file, how far off it
may be, and how sure that is.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from .answers import Answer
from .clips import Clip
from .markers import ResolveMarker, Stamp, look_of, stamp_text
from .ours import stamp_for
from .owners import TIMELINE, Owner
from .placed import OnTimeline, time_at
from .recordings import Recording
from .settings import Settings
from .snapshot import Snapshot
from .texts import text
from .timeline_clock import TimelineClock, minutes, nearest

DOUBTFUL = "doubtful: "


class Planned(NamedTuple):
    """A marker to write at `marker.frame` or one frame beside it, but not before `first` and before `end`.

    Frames are the owner's.
    """

    owner: Owner
    marker: ResolveMarker
    """Without its stamp, which tells the frame."""
    first: int
    end: int
    answer: Answer
    clip: Clip
    stamp: Stamp

    def stamped(self, frame: int, clock: TimelineClock) -> ResolveMarker:
        """The marker as it is written at this frame."""
        new_s = float(time_at(self.clip, self.owner.kind, frame, clock))
        stamp = self.stamp._replace(new_s=new_s, at=frame, look=look_of(self.marker))
        return self.marker._replace(frame=frame, custom=stamp_text(stamp))


class MarkerResult(NamedTuple):
    """What became of one marker on one new run, for the report."""

    answer: Answer
    status: str
    """The engine's, or why a marker with a place is not written: `trimmed` or `occupied`."""
    written: str
    """Where it is now; '' where it is not."""
    remark: str
    before: str = ""
    """How it came there where this run did not write it: `same`, an earlier run, or `yours`, the editor."""
    there: OnTimeline | None = None
    """The marker itself; None where it is not written."""


class Plan(NamedTuple):
    """What is to be written on one new run, and what is not and why."""

    recording: Recording
    planned: list[Planned]
    left_out: list[MarkerResult]


def plan_markers(
    snapshot: Snapshot, recording: Recording, answers: list[Answer], settings: Settings, run_id: str
) -> Plan:
    """Plans one new run."""
    plan = Plan(recording, [], [])
    reference = snapshot.reference.recording
    ref_parts, new_parts = ({part.path: part for part in one.parts} for one in (reference, recording))
    seen = set()
    for answer in answers:
        if answer.t_s is None:
            plan.left_out.append(MarkerResult(answer, answer.status, "", answer.reason))
            continue
        t_s = Fraction(answer.t_s)
        shown = [clip for clip in recording.clips if clip.path == answer.path and clip.shows(t_s)]
        if not shown:
            remark = text("no_clip_shows", at=minutes(answer.t_s))
            plan.left_out.append(MarkerResult(answer, "trimmed", "", remark))
        for clip in shown:
            stamp = stamp_for(run_id, reference, recording, ref_parts[answer.marker.path], new_parts[answer.path])
            one = _planned(snapshot.clock, clip, answer, settings, stamp)
            # Two pieces of one file are one clip in the pool.
            place = (one.owner, one.marker.frame, answer.marker.id)
            if place not in seen:
                seen.add(place)
                plan.planned.append(one)
    return plan


def _planned(clock: TimelineClock, clip: Clip, answer: Answer, settings: Settings, stamp: Stamp) -> Planned:
    """The marker for a place that `clip` shows."""
    rate, t_s = 1 / clip.frame_s, Fraction(answer.t_s or 0)
    if settings.write_to == "media_pool" or clip.item is None:
        owner, rate = Owner("media_pool", clip.media_id), clip.media_rate
        times = (t_s, clip.from_s, clip.to_s)
        at, first, end = (nearest((t_s - clip.media_first_s) * rate) for t_s in times)
        first = max(0, first)
        if clip.media_frames:
            end = min(end, clip.media_frames)
    else:
        if settings.write_to == "timeline":
            owner, shift = TIMELINE, -clock.start
        else:
            # Keyed in source frames: the item's first frame is its left offset (facts 1.4).
            owner, shift = Owner("clip", clip.id), clip.left_offset - clip.start
        at, first, end = (frame + shift for frame in (clip.frame_at(t_s), clip.start, clip.end))
    marker = ResolveMarker(
        frame=min(max(at, first), end - 1),
        colour=_colour(answer, settings),
        name=(DOUBTFUL if answer.status == "doubtful" else "") + answer.name,
        note=_note(answer),
        duration=max(1, nearest(Fraction(answer.duration_s) * rate)),
        custom="",
    )
    return Planned(owner, marker, first, end, answer, clip, stamp._replace(ref_s=float(answer.marker.t_s)))


def _colour(answer: Answer, settings: Settings) -> str:
    if answer.status == "doubtful":
        return settings.colour_doubtful
    if settings.colour == "keep":
        return answer.marker.colour
    return settings.colour_sure if answer.confidence >= settings.sure_from else settings.colour_fair


def _note(answer: Answer) -> str:
    """One line, since Resolve's marker lists keep one."""
    sure = int(answer.confidence * 100)
    told = f"mtbsync: {minutes(answer.t_s or 0)} \u00b1{answer.half_width_s:.2f} s, {sure} % sure"
    return f"{answer.marker.note} ({told})" if answer.marker.note else told
