"""What a transfer begins with: the timeline as it is, the reference with its markers, the new runs, what is skipped."""

from __future__ import annotations

from typing import Any, NamedTuple

from .calls import identity, text
from .clips import Clip, Unusable, read_clip
from .problems import Problem
from .recordings import Recording, recordings_of
from .reference import Reference, find_reference
from .session import Session
from .settings import Settings
from .timeline_clock import TimelineClock, read_clock
from .tracks import Placed, select, video_items


class Snapshot(NamedTuple):
    """The timeline at the start of a run."""

    session: Session
    timeline: Any
    timeline_id: str
    clock: TimelineClock
    reference: Reference
    new: list[Recording]
    unselected: list[Placed]
    """Other items of the video tracks."""
    skipped: list[str]
    remarks: list[str]


def read_chosen(session: Session, settings: Settings) -> tuple[TimelineClock, list[Clip], list[Placed], list[str], str]:
    """Clock, usable clips that the person chose, all other items, what was skipped and why, and how they were chosen.

    Raises:
        Problem: nothing is chosen, or Resolve does not answer.
    """
    clock = read_clock(session.project, session.timeline)
    items = video_items(session.timeline)
    selection = select(session.timeline, clock, settings, items)
    clips, skipped = [], []
    for placed in selection.items:
        try:
            clips.append(read_clip(placed, clock))
        except Unusable as why:
            skipped.append(f"{text(placed.item, 'GetName') or 'An item'} (V{placed.track}) is skipped: {why}.")
    if not selection.items and selection.audio:
        skipped.append("Only audio is selected; the pictures are compared, so select the video clips.")
    chosen_ids = {placed.id for placed in selection.items}
    return clock, clips, [one for one in items if one.id not in chosen_ids], skipped, selection.how


def take_snapshot(session: Session, settings: Settings, *, many: bool) -> Snapshot:
    """The timeline as the person has it.

    Args:
        many: whether more than one new run may be chosen.

    Raises:
        Problem: it does not say what is to be carried where.
    """
    clock, clips, others, skipped, how = read_chosen(session, settings)
    recordings = recordings_of(clips)
    if len(recordings) < 2:
        raise Problem(
            "Two recordings are needed, the reference and the new run (clips of one file are one recording); usable"
            " among the clips {}: {}.".format(how, recordings[0].name if recordings else "none"),
            " ".join(skipped),
        )
    reference = find_reference(recordings, session.timeline, clock, settings)
    new = [one for one in recordings if one is not reference.recording]
    if len(new) > 1 and not many:
        raise Problem(
            "More than one new run is chosen ({}).".format(", ".join(one.name for one in new)),
            "Choose two clips, or use `MTB Sync - Transfer to All Selected`.",
        )
    if settings.write_to == "clip":
        mixed = [clip.where(clock) for one in new for clip in one.clips if clip.is_mixed]
        if mixed:
            raise Problem(
                "Markers cannot be written to clips whose frame rate is not the timeline's: {}.".format(
                    ", ".join(mixed)
                ),
                "Set `write_to` to `timeline` or `media_pool` in the settings.",
            )
    remarks = [f"The clips are those {how}."]
    remarks += [f"{clip.where(clock)}: {remark}" for clip in clips for remark in clip.remarks]
    remarks += reference.remarks
    return Snapshot(
        session, session.timeline, identity(session.timeline), clock, reference, new, others, skipped, remarks
    )
