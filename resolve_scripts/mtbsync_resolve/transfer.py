"""A transfer from beginning to end: look at the timeline, ask the engine, look again, write, report.

Nothing is written until all answers are there and the timeline is found as it was.
"""

from __future__ import annotations

import time
from typing import Any, Mapping

from . import journal
from .answers import Answers
from .calls import call_text
from .context import Context
from .engine import EngineUsageError, Event, ask_engine, installed_command
from .errors import CancelledError, ScriptError
from .owners import Owners
from .placed import things_on
from .plan import plan_markers
from .recordings import Recording
from .session import Session, open_here
from .settings import FILE as SETTINGS
from .snapshot import Snapshot, take_snapshot
from .timeline_clock import minutes
from .trail_pack import names_trail_pack, read_trail_pack
from .write import Draft, draft_steps, write_run

_PAGE_EVERY_S = 0.5


def transfer(script_globals: Mapping[str, Any], context: Context, *, many: bool) -> None:
    """Carries the reference's markers to the new run, or with `many` to all that are chosen.

    Raises:
        ScriptError: it cannot be done; the timeline is as it was.
        PartlyDoneError: not everything could be put back.
    """
    session = open_here(script_globals)
    context.log.note(session.product)
    command = installed_command()
    pack = read_trail_pack(command, context) if names_trail_pack(context.settings) else None
    snapshot = take_snapshot(session, context.settings, many=many, pack=pack)
    reference = snapshot.reference
    source = {
        "clip": "on its clip",
        "media pool": "on its clip in the media pool",
        "timeline": "on the timeline",
        "trail pack": "of its own",
    }
    besides = f" (not carried: {', '.join(reference.besides)})" if reference.besides else ""
    opening = [
        f"Reference: {reference.recording.name}, as {snapshot.because};"
        f" {len(reference.markers)} markers {source[reference.source]}{besides}.",
        f"New: {', '.join(one.name for one in snapshot.new)}.",
        *snapshot.remarks,
    ]
    pairs = {one.id: snapshot.pairs(one) for one in snapshot.new}
    opening += [
        f"{len(pairs[one.id])} moments of {one.name} are taken as you set them (ANCHOR, corrected markers)."
        for one in snapshot.new
        if pairs[one.id]
    ]
    for line in opening:
        context.log.say(line)
    answers = Answers(snapshot, pairs, context.settings, context.log.say)
    new = _ask(snapshot, answers, command, context, opening)
    plans = [plan_markers(snapshot, one, answers.best(one), context.settings, context.run_id) for one in new]
    _look_again(session, snapshot)
    things = things_on(session.timeline, (clip for one in new for clip in one.clips))
    owners = Owners(session.project, snapshot.place_id, things)
    drafts = draft_steps(snapshot, plans, owners)
    steps = [step for draft in drafts for step in draft.steps]
    if steps:
        write_run(steps, owners, session, context)
    _report(drafts, answers, opening, context)


def _ask(
    snapshot: Snapshot, answers: Answers, command: list[str], context: Context, opening: list[str]
) -> list[Recording]:
    """Asks the engine all of it, one request for each file of the reference that has markers; the new runs to write.

    Those that are finished when the person cancels stay: nobody waits for nine runs to lose them over the tenth.

    Raises:
        CancelledError: none is finished.
    """
    try:
        _requests(snapshot, answers, command, context, opening)
        if context.is_cancelled():
            raise CancelledError()
    except CancelledError:
        finished = answers.finished()
        if not finished or len(snapshot.new) == 1:
            raise
        opening.append(f"Cancelled: {len(finished)} of {len(snapshot.new)} runs were finished and are written.")
        context.log.say(opening[-1])
        return finished
    return snapshot.new


def _requests(snapshot: Snapshot, answers: Answers, command: list[str], context: Context, opening: list[str]) -> None:
    deadline = time.monotonic() + 60 * context.settings.time_limit_min
    page_s, stage_shown = 0.0, ""
    title = "MTB Sync is at work"

    def on_event(event: Event) -> None:
        nonlocal page_s, stage_shown
        if event["event"] == "progress":
            stage, done, total = str(event.get("stage")), event.get("done"), event.get("total")
            share = done / total if isinstance(done, int) and isinstance(total, int) and total > 0 else 0.0
            if stage != stage_shown:
                context.log.say(f"{stage} ...")
            if stage != stage_shown or time.monotonic() - page_s > _PAGE_EVERY_S:
                page_s, stage_shown = time.monotonic(), stage
                context.page.working(title, opening, stage, min(1.0, share))
        elif event["event"] == "note":
            context.log.say(str(event.get("text")))
        else:
            answers.take(event)

    context.page.working(title, opening, "starting the engine", 0.0)
    if context.settings.open_progress:
        context.page.open()
    for part in snapshot.reference.recording.parts:
        request = answers.request(part)
        if request is None:
            continue
        context.log.note(f"request: {request!r}")
        context.log.say(f"Aligning with {part.name} ...")
        try:
            ask_engine(
                command,
                request,
                on_event=on_event,
                on_stderr=lambda line: context.log.note("engine: " + line),
                is_cancelled=context.is_cancelled,
                time_limit_s=max(0.0, deadline - time.monotonic()),
            )
        except EngineUsageError as error:
            where = f"The options of the engine are in {context.folder / SETTINGS}."
            raise ScriptError(error.message, f"{error.hint} {where}".strip()) from error


def _look_again(session: Session, snapshot: Snapshot) -> None:
    """Raises ScriptError where the clips are not as they were: the person may have gone on editing for minutes."""
    clips = [clip for one in [snapshot.reference.recording, *snapshot.new] for clip in one.clips]
    moved = [clip.where(snapshot.clock) for clip in clips if not clip.stands_as_before()]
    timeline = session.timeline
    if moved or (timeline is not None and call_text(timeline, "GetUniqueId") != snapshot.place_id):
        what = ", ".join(moved) or "the timeline itself"
        place = "Media Pool" if timeline is None else "timeline"
        message = f"The {place} was changed, or Resolve stopped answering, while the engine was at work: {what}."
        raise ScriptError(message, "Start again.")


def _report(drafts: list[Draft], answers: Answers, opening: list[str], context: Context) -> None:
    log = context.log
    for draft in drafts:
        for result in draft.results:
            answer = result.answer
            log.say(
                f"  {answer.name} -> {draft.recording.parts[0].name}:"
                f" {result.written or 'not written, ' + result.status}"
                + (f", {result.remark}" if result.remark else "")
            )
            if answer.t_s is not None:
                log.note(f"    {minutes(answer.t_s)}, {answer.half_width_s:.2f} s off at most, {answer.confidence:.3f}")
    results = [result for draft in drafts for result in draft.results]
    by = {before: [one for one in results if one.written and one.before == before] for before in ("", "same", "yours")}
    doubtful = sum(1 for result in by[""] if result.status == "doubtful")
    replaced = sum(step.do == journal.DELETE for draft in drafts for step in draft.steps)
    summary = f"{len(by[''])} markers written"
    if doubtful:
        summary += f", {doubtful} of them doubtful ({context.settings.colour_doubtful})"
    if replaced:
        summary += f", in place of {replaced} of an earlier run"
    if by["same"]:
        summary += f"; {len(by['same'])} are there already"
    if by["yours"]:
        summary += f"; {len(by['yours'])} kept as you changed them"
    summary += f"; {sum(not one.written for one in results)} not written."
    log.say(summary)
    if any(draft.steps for draft in drafts):
        log.say("Take it back with Workspace > Scripts > MTB Sync - Undo Last Transfer.")
    tables = [(one.recording.name, answers.verdicts[one.recording.id], one.results) for one in drafts]
    context.page.ended("MTB Sync: " + summary, opening, tables)
    context.page.keep(context.run_id)
