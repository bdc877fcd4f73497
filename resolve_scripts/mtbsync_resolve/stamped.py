"""Markers of ours, told by their stamps: all of a place taken away, or those of a checked run made the person's own.

Both are runs like a transfer: in the journal, all or nothing, and taken back by Undo.
"""

from __future__ import annotations

import re
from typing import Any, Iterator, Mapping, Sequence

from .calls import call_object, call_text, unique_id
from .context import Context
from .errors import ScriptError
from .journal import ADD, DELETE, Step
from .markers import ResolveMarker, look_of, read_markers, stamp_of
from .ours import ours_on
from .owners import TIMELINE, Owner, Owners
from .placed import read_all, things_on
from .plan import DOUBTFUL
from .recordings import recordings_of
from .selection import read_selection, selected_in_pool
from .session import Session, open_here, video_items
from .texts import text
from .write import write_run

_TOLD = re.compile(r" ?\(?mtbsync: [\d:.]+ \u00b1[\d.]+ s, \d+ % sure\)?$")
"""What `plan` writes behind the note of a marker."""


def remove_markers(script_globals: Mapping[str, Any], context: Context) -> None:
    """Deletes our markers from the open timeline, its clips and their clips in the media pool.

    In the Media Pool: from the clips that are selected there. Those that an editor changed stay. Raises ScriptError
    where there are none, and as `write_steps`.
    """
    session = open_here(script_globals)
    known, steps, kept = {}, [], []
    for owner, thing in _all_owners(session):
        known[owner] = thing
        for marker in read_markers(thing):
            stamp = stamp_of(marker)
            if stamp is None:
                continue
            if stamp.look and (stamp.look != look_of(marker) or stamp.at != marker.frame):
                kept.append(text("stays", name=repr(marker.name)))
            else:
                steps.append(Step(DELETE, owner, marker))
    if not steps:
        where = text("on_selected" if session.timeline is None else "on_open_timeline")
        raise ScriptError(text("none_to_remove", where=where), " ".join(kept))
    write_run(steps, Owners(session.project, session.place_id, known), session, context)
    left = text("left_changed", n=len(kept)) if kept else ""
    _tell(context, text("removed", n=len(steps), left=left), kept)


def adopt_markers(script_globals: Mapping[str, Any], context: Context) -> None:
    """Makes our markers on the chosen clips, and on the timeline over them, the person's own.

    Without stamp, `doubtful` and spread they are like any others: the clip can be the next reference, and no later run
    replaces them. Raises ScriptError where there are none, and as `write_steps`.
    """
    session = open_here(script_globals)
    chosen = read_selection(session, context.settings)
    for line in [*chosen.skipped, text("clips_are", how=chosen.how)]:
        context.log.say(line)
    found = read_all(session.timeline, chosen.clips)
    ours = {
        (one.owner, one.marker)
        for recording in recordings_of(chosen.clips)
        for one in ours_on(recording, found, chosen.clock)
        if one.owner != TIMELINE or one.places
    }
    if not ours:
        raise ScriptError(text("none_to_adopt"), text("none_to_adopt_hint"))
    steps = []
    for owner, marker in sorted(ours, key=lambda one: (one[0], one[1].frame)):
        steps += _steps_to_own(owner, marker)
    owners = Owners(session.project, session.place_id, things_on(session.timeline, chosen.clips))
    write_run(steps, owners, session, context)
    _tell(context, text("adopted", n=len(ours)), [])


def adopt(session: Session, context: Context, written: Sequence[tuple[Owner, ResolveMarker]]) -> None:
    """Makes these markers of ours the person's own, as they are now; told as they were when they were written.

    One run in the journal. Raises ScriptError where one is ours no longer, and as `write_steps`.
    """
    owners = Owners(session.project, session.place_id, things_on(session.timeline, ()))
    steps = []
    for owner, marker in written:
        thing = owners.find(owner)
        there = [one for one in (read_markers(thing) if thing is not None else []) if one.custom == marker.custom]
        if not there:
            raise ScriptError(text("not_ours", name=repr(marker.name)), text("not_ours_hint"))
        steps += _steps_to_own(owner, there[0])
    write_run(steps, owners, session, context)


def _steps_to_own(owner: Owner, marker: ResolveMarker) -> list[Step]:
    return [Step(DELETE, owner, marker), Step(ADD, owner, _own(marker))]


def _own(marker: ResolveMarker) -> ResolveMarker:
    """The marker without anything that we wrote to it."""
    name = marker.name[len(DOUBTFUL) :] if marker.name.startswith(DOUBTFUL) else marker.name
    return marker._replace(name=name, note=_TOLD.sub("", marker.note), custom="")


def _all_owners(session: Session) -> Iterator[tuple[Owner, Any]]:
    """Whatever of the open timeline may have markers, or the clips selected in the Media Pool; each once."""
    if session.timeline is None:
        for pool in selected_in_pool(session.project):
            yield Owner("media_pool", unique_id(pool)), pool
        return
    yield TIMELINE, session.timeline
    seen = set()
    for one in video_items(session.timeline):
        pool = call_object(one.item, "GetMediaPoolItem")
        of_pool = "" if pool is None else call_text(pool, "GetUniqueId")
        for owner, thing in ((Owner("clip", one.id), one.item), (Owner("media_pool", of_pool), pool)):
            if owner.id and owner not in seen:
                seen.add(owner)
                yield owner, thing


def _tell(context: Context, summary: str, lines: list[str]) -> None:
    for line in [*lines, summary, text("undo")]:
        context.log.say(line)
    context.page.ended(text("titled", what=summary), lines)
