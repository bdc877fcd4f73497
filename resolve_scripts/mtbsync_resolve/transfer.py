"""A transfer from beginning to end: look at the timeline, ask the engine, look again, write, report.

Nothing is written until all answers are there and the timeline is found as it was. It goes in steps, which a menu entry
takes one after the other, and the window whenever its timer calls.
"""

from __future__ import annotations

import time
from typing import Any, Generator, Mapping

from . import journal
from .answers import Answers
from .calls import call_text
from .choice import Choice, chosen
from .context import Context
from .engine import EngineUsageError, asking, installed_command
from .errors import CancelledError, ScriptError
from .owners import Owners
from .placed import things_on
from .plan import plan_markers
from .progress import Progress, show_progress
from .recordings import Recording
from .session import Session, open_here
from .settings import FILE as SETTINGS
from .snapshot import Snapshot, take_snapshot
from .texts import status, text
from .timeline_clock import minutes
from .trail_pack import names_trail_pack, read_trail_pack
from .write import Draft, draft_steps, write_run

_WAIT_S = 0.05
"""Of a step that hears nothing of the engine."""


def transfer(script_globals: Mapping[str, Any], context: Context, *, many: bool) -> None:
    """Carries the reference's markers to the new run, or with `many` to all that are chosen.

    Raises:
        ScriptError: it cannot be done; the timeline is as it was.
        PartlyDoneError: not everything could be put back.
    """
    session = open_here(script_globals)
    snapshot = chosen(look(session, context, many=many), Choice(context.settings.colours_not_carried()))
    for _ in transfer_steps(session, snapshot, context):
        pass


def look(session: Session, context: Context, *, many: bool) -> Snapshot:
    """What a transfer finds, with the trail pack that the settings may name; raises ScriptError."""
    context.log.note(session.product)
    pack = read_trail_pack(installed_command(), context) if names_trail_pack(context.settings) else None
    return take_snapshot(session, context.settings, many=many, pack=pack)


def opening(snapshot: Snapshot) -> list[str]:
    """What is about to be done, in lines for the person; raises ScriptError where pairs contradict each other."""
    reference = snapshot.reference
    source = {"clip": "on_clip", "media pool": "on_pool", "timeline": "on_timeline", "trail pack": "in_pack"}
    besides = text("besides", what=", ".join(reference.besides)) if reference.besides else ""
    lines = [
        text(
            "reference",
            name=reference.recording.name,
            because=snapshot.because,
            n=len(reference.markers),
            where=text(source[reference.source]),
            besides=besides,
        ),
        text("new", names=", ".join(one.name for one in snapshot.new)),
        *snapshot.remarks,
    ]
    pairs = [(one.name, len(snapshot.pairs(one))) for one in snapshot.new]
    lines += [text("pairs", n=n, name=name) for name, n in pairs if n]
    if snapshot.left_out:
        lines.append(text("left_out", n=len(snapshot.left_out)))
    return lines


def transfer_steps(session: Session, snapshot: Snapshot, context: Context) -> Generator[Progress, None, list[Draft]]:
    """Does what a snapshot finds; after each step how far it is, in the end what became of the markers.

    Raises as `transfer`. Closed before its end, it ends the engine and writes nothing.
    """
    told = opening(snapshot)
    for line in told:
        context.log.say(line)
    pairs = {one.id: snapshot.pairs(one) for one in snapshot.new}
    answers = Answers(snapshot, pairs, context.settings, context.log.say)
    new = yield from _ask(snapshot, answers, context, told)
    plans = [plan_markers(snapshot, one, answers.best(one), context.settings, context.run_id) for one in new]
    _look_again(session, snapshot)
    things = things_on(session.timeline, (clip for one in new for clip in one.clips))
    owners = Owners(session.project, snapshot.place_id, things)
    drafts = draft_steps(snapshot, plans, owners)
    steps = [step for draft in drafts for step in draft.steps]
    if steps:
        write_run(steps, owners, session, context)
    _report(drafts, answers, told, context)
    return drafts


def _ask(
    snapshot: Snapshot, answers: Answers, context: Context, told: list[str]
) -> Generator[Progress, None, list[Recording]]:
    """Asks the engine all of it, one request for each file of the reference that has markers; the new runs to write.

    Those that are finished when the person cancels stay: nobody waits for nine runs to lose them over the tenth.

    Raises:
        CancelledError: none is finished.
    """
    try:
        yield from _requests(snapshot, answers, context, told)
        if context.is_cancelled():
            raise CancelledError()
    except CancelledError:
        finished = answers.finished()
        if not finished or len(snapshot.new) == 1:
            raise
        told.append(text("runs_kept", n=len(finished), of=len(snapshot.new)))
        context.log.say(told[-1])
        return finished
    return snapshot.new


def _requests(
    snapshot: Snapshot, answers: Answers, context: Context, told: list[str]
) -> Generator[Progress, None, None]:
    command = installed_command()
    deadline = time.monotonic() + 60 * context.settings.time_limit_min
    with_markers = {marker.path for marker in snapshot.reference.markers}
    progress = Progress(len(with_markers) * sum(len(one.parts) for one in snapshot.new))
    on_event = show_progress(progress, told, context, answers.take)
    for part in snapshot.reference.recording.parts:
        request = answers.request(part)
        if request is None:
            continue
        context.log.note(f"request: {request!r}")
        context.log.say(text("aligning", name=part.name))
        progress.asked()
        try:
            for _ in asking(
                command,
                request,
                on_event=on_event,
                on_stderr=context.note_engine,
                is_cancelled=context.is_cancelled,
                time_limit_s=max(0.0, deadline - time.monotonic()),
                wait_s=_WAIT_S,
            ):
                yield progress
        except EngineUsageError as error:
            where = text("engine_options", path=context.folder / SETTINGS)
            raise ScriptError(error.message, f"{error.hint} {where}".strip()) from error


def _look_again(session: Session, snapshot: Snapshot) -> None:
    """Raises ScriptError where the clips are not as they were: the person may have gone on editing for minutes."""
    clips = [clip for one in [snapshot.reference.recording, *snapshot.new] for clip in one.clips]
    moved = [clip.where(snapshot.clock) for clip in clips if not clip.stands_as_before()]
    timeline = session.timeline
    if moved or (timeline is not None and call_text(timeline, "GetUniqueId") != snapshot.place_id):
        what = ", ".join(moved) or text("timeline_itself")
        place = text("media_pool" if timeline is None else "timeline")
        raise ScriptError(text("changed_meanwhile", place=place, what=what), text("start_again"))


def _report(drafts: list[Draft], answers: Answers, told: list[str], context: Context) -> None:
    log = context.log
    for draft in drafts:
        for result in draft.results:
            answer = result.answer
            log.say(
                f"  {answer.name} -> {draft.recording.parts[0].name}:"
                f" {result.written or text('not_written', status=status(result.status))}"
                + (f", {result.remark}" if result.remark else "")
            )
            if answer.t_s is not None:
                half_width, confidence = f"{answer.half_width_s:.2f}", f"{answer.confidence:.3f}"
                at = minutes(answer.t_s)
                log.note("    " + text("off", at=at, half_width=half_width, confidence=confidence))
    results = [result for draft in drafts for result in draft.results]
    by = {before: [one for one in results if one.written and one.before == before] for before in ("", "same", "yours")}
    doubtful = sum(1 for result in by[""] if result.status == "doubtful")
    replaced = sum(step.do == journal.DELETE for draft in drafts for step in draft.steps)
    summary = text("written", n=len(by[""]))
    if doubtful:
        summary += text("doubtful", n=doubtful, colour=context.settings.colour_doubtful)
    if replaced:
        summary += text("replaced", n=replaced)
    if by["same"]:
        summary += text("there_already", n=len(by["same"]))
    if by["yours"]:
        summary += text("kept", n=len(by["yours"]))
    summary += text("rest", n=sum(not one.written for one in results))
    log.say(summary)
    if any(draft.steps for draft in drafts):
        log.say(text("undo"))
    tables = [(one.recording.name, answers.verdicts[one.recording.id], one.results) for one in drafts]
    context.page.ended(text("titled", what=summary), told, tables)
    context.page.keep(context.run_id)
