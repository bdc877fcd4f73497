"""A transfer from beginning to end: look at the timeline, ask the engine, look again, write, report.

Nothing is written until all answers are there and the timeline is found as it was.
"""

from __future__ import annotations

import time
from typing import Any, Mapping

from . import journal
from .asking import Heard, part_name
from .calls import identity, text
from .desk import Desk
from .engine import Event, ask_engine
from .owners import Owners
from .placing import Plan, minutes, plan
from .problems import Cancelled, Problem
from .session import open_session
from .snapshot import Snapshot, take_snapshot
from .writing import Written, write_plans

_PAGE_EVERY_S = 0.5


def transfer(given: Mapping[str, Any], desk: Desk, *, many: bool) -> None:
    """Carries the reference's markers to the new run, or with `many` to all that are chosen.

    Raises:
        Problem: it cannot be done; the timeline is as it was.
    """
    session = open_session(given)
    desk.log.note(session.product)
    command = desk.engine()
    snapshot = take_snapshot(session, desk.settings, many=many)
    opening = _opening(snapshot)
    for line in opening:
        desk.log.say(line)
    heard = _ask(snapshot, command, desk, opening)
    plans = [plan(snapshot, one, heard.answers(one), desk.settings, desk.run_id) for one in snapshot.new]
    if desk.is_cancelled():
        raise Cancelled()
    _look_again(snapshot)
    written = _write(snapshot, plans, desk)
    _report(snapshot, written, heard, opening, desk)


def _opening(snapshot: Snapshot) -> list[str]:
    reference = snapshot.reference
    source = {"clip": "on its clip", "media pool": "on its clip in the media pool", "timeline": "on the timeline"}
    lines = [
        f"Reference: {reference.recording.name}, as {reference.because};"
        f" {len(reference.markers)} markers {source[reference.source]}.",
        "New: {}.".format(", ".join(one.name for one in snapshot.new)),
    ]
    return lines + snapshot.skipped + snapshot.remarks


def _ask(snapshot: Snapshot, command: list[str], desk: Desk, opening: list[str]) -> Heard:
    """All answers of the engine: one request for each file of the reference that has markers."""
    heard = Heard(snapshot, desk.settings, desk.log.say)
    deadline = time.monotonic() + 60 * desk.settings.time_limit_min
    page_s, stage_shown = [0.0], [""]
    title = "MTB Sync is at work"

    def on_event(event: Event) -> None:
        kind = event["event"]
        if kind == "progress":
            stage, done, total = str(event.get("stage")), event.get("done"), event.get("total")
            share = done / total if isinstance(done, int) and isinstance(total, int) and total > 0 else 0.0
            is_new = stage != stage_shown[0]
            if is_new:
                desk.log.say(f"{stage} ...")
            if is_new or time.monotonic() - page_s[0] > _PAGE_EVERY_S:
                page_s[0], stage_shown[0] = time.monotonic(), stage
                desk.page.working(title, opening, stage, min(1.0, share))
        elif kind == "note":
            desk.log.say(str(event.get("text")))
        else:
            heard.take(event)

    desk.page.working(title, opening, "starting the engine", 0.0)
    if desk.settings.open_report:
        desk.page.open()
    for part in snapshot.reference.recording.parts:
        request = heard.request(part)
        if not request["markers"]:
            continue
        desk.log.note(f"request: {request!r}")
        desk.log.say(f"Aligning with {part_name(part)} ...")
        ask_engine(
            command,
            request,
            on_event=on_event,
            on_stderr=lambda line: desk.log.note("engine: " + line),
            is_cancelled=desk.is_cancelled,
            time_limit_s=max(0.0, deadline - time.monotonic()),
        )
    return heard


def _look_again(snapshot: Snapshot) -> None:
    """Minutes may have passed, in which the person went on editing.

    Raises:
        Problem: the timeline is not as it was.
    """
    clips = [clip for one in [snapshot.reference.recording, *snapshot.new] for clip in one.clips]
    moved = [clip.where(snapshot.clock) for clip in clips if not clip.stands_as_before()]
    if moved or text(snapshot.timeline, "GetUniqueId") != snapshot.timeline_id:
        what = ", ".join(moved) or "the timeline itself"
        raise Problem(
            f"The timeline was changed, or Resolve stopped answering, while the engine was at work: {what}.",
            "Start again.",
        )


def _write(snapshot: Snapshot, plans: list[Plan], desk: Desk) -> list[Written]:
    if not any(one.planned for one in plans):
        return [Written(one, one.left_out, 0) for one in plans]
    started = journal.begin(
        desk.folder,
        desk.run_id,
        project=identity(snapshot.session.project),
        timeline_id=snapshot.timeline_id,
        timeline_name=text(snapshot.timeline, "GetName"),
    )
    owners = Owners(snapshot.session.project, snapshot.timeline_id, timeline=snapshot.timeline)
    return write_plans(snapshot, plans, owners, started)


def _report(snapshot: Snapshot, written: list[Written], heard: Heard, opening: list[str], desk: Desk) -> None:
    total = sum(1 for one in written for line in one.lines if line.written)
    doubtful = sum(1 for one in written for line in one.lines if line.written and line.status == "doubtful")
    replaced = sum(one.replaced for one in written)
    missing = sum(1 for one in written for line in one.lines if not line.written)
    summary = f"{total} markers written"
    if doubtful:
        summary += f", {doubtful} of them doubtful ({desk.settings.colour_doubtful})"
    if replaced:
        summary += f", in place of {replaced} of an earlier run"
    summary += f"; {missing} not written."
    for one in written:
        for line in one.lines:
            desk.log.say(
                "  {} -> {}: {}{}".format(
                    line.name,
                    part_name(one.plan.recording.parts[0]),
                    line.written or f"not written, {line.status}",
                    ", " + line.remark if line.remark else "",
                )
            )
            if line.seconds is not None:
                desk.log.note(
                    f"    {minutes(line.seconds)}, {line.half_width_s:.2f} s off at most, {line.confidence:.3f}"
                )
    desk.log.say(summary)
    if total:
        desk.log.say("Take it back with Workspace > Scripts > MTB Sync - Undo Last Transfer.")
    tables = [(one.plan.recording.name, heard.verdicts.get(one.plan.recording.key, []), one.lines) for one in written]
    desk.page.ended("MTB Sync: " + summary, opening, tables)
