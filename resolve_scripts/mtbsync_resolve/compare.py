"""Shows the new run beside the reference, in step, on a timeline of their own, with the time delta at each marker.

The engine writes the timeline as a file, Resolve imports it. The timeline that was open is not changed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping

from .answers import Answers
from .calls import call_dict, call_text
from .context import Context
from .engine import Event, ask_engine, installed_command
from .errors import ScriptError
from .imported import Shown, free_name, import_timeline, screen_size
from .progress import Progress, show_progress
from .recordings import Recording
from .session import open_session
from .snapshot import Snapshot, take_snapshot
from .texts import text
from .trail_pack import names_trail_pack
from .transfer import opening

FILE = "compare.otio"
"""In the config folder; the next run writes it anew."""


def compare_timeline(script_globals: Mapping[str, Any], context: Context) -> None:
    """Makes the timeline of the reference and the new run that are chosen, and opens it; raises as `import_timeline`.

    Raises ScriptError too where the two cannot be compared.
    """
    session = open_session(script_globals)
    context.log.note(session.product)
    snapshot = take_snapshot(session, context.settings, many=False)
    (new,), reference = snapshot.new, snapshot.reference.recording
    before = opening(snapshot)
    if names_trail_pack(context.settings):
        before.append(text("pack_not_shown", name=Path(context.settings.reference).name))
    for line in before:
        context.log.say(line)
    request = _request(snapshot, new, context, screen_size(session.project))
    told = _ask(request, before, context)
    name = free_name(session.project, text("compare_name", new=_title(new), reference=_title(reference)))
    deltas = [str(one["text"]) for one in told["deltas"]]
    timeline, remarks = import_timeline(
        session, request["timeline"]["path"], name, _shown(told), told["zoom"], len(deltas), snapshot.clock
    )
    _tell(call_text(timeline, "GetName"), told, deltas, [*before, *remarks], remarks, context)


def _request(snapshot: Snapshot, new: Recording, context: Context, size: tuple[int, int]) -> dict[str, Any]:
    """Raises ScriptError where a recording has several files: the engine makes one map of two files."""
    reference = snapshot.reference.recording
    for one in (reference, new):
        if len(one.parts) > 1:
            raise ScriptError(text("several_files", name=one.name), text("several_files_hint"))
    answers = Answers(snapshot, {new.id: snapshot.pairs(new)}, context.settings, context.log.say)
    asked = answers.request(reference.parts[0])
    assert asked is not None  # a reference has markers
    names = {one.id: one.name for one in snapshot.reference.markers}
    markers = [dict(one, name=names[one["id"]]) for one in asked["markers"]]
    clock = snapshot.clock
    timeline = {"path": str(context.folder.absolute() / FILE), "fps": str(clock.rate), "drop": clock.drop}
    timeline.update(width=size[0], height=size[1])
    timeline.update(ref_timecode=_timecode(reference), new_timecode=_timecode(new))
    return dict(asked, do="compare", markers=markers, pictures=False, timeline=timeline)


def _timecode(recording: Recording) -> str:
    """Resolve's, of the file's first frame, which people can change; '' of a subclip, whose own it may be."""
    clip = recording.clips[0]
    return "" if clip.media_first else str(call_dict(clip.pool, "GetClipProperty").get("Start TC") or "")


def _ask(request: Mapping[str, Any], before: list[str], context: Context) -> Event:
    """What the engine says of the timeline that it wrote."""
    told: list[Event] = []

    def take(event: Event) -> None:
        if event["event"] == "timeline":
            told.append(event)

    context.log.note(f"request: {request!r}")
    ask_engine(
        installed_command(),
        request,
        on_event=show_progress(Progress(1), before, context, take),
        on_stderr=context.note_engine,
        is_cancelled=context.is_cancelled,
        time_limit_s=60 * context.settings.time_limit_min,
    )
    if not told:
        raise ScriptError(text("no_timeline_file"), text("install_again"))
    return told[0]


def _shown(told: Event) -> list[Shown]:
    return [
        Shown(one["track"] + 1, one["at"], one["length"], one["path"], one["from_s"], one["to_s"])
        for one in told["clips"]
    ]


def _title(recording: Recording) -> str:
    stem = Path(recording.parts[0].name).stem
    return f"{stem} {recording.lap}".replace(":", ".").rstrip()


def _tell(name: str, told: Event, deltas: list[str], before: list[str], remarks: list[str], context: Context) -> None:
    summary = text("compared", name=name)
    verdict = "; ".join([str(told["verdict"]), *map(str, told["reasons"])])
    besides = [
        text("alignment_is", verdict=verdict),
        text("deltas" if deltas else "no_deltas"),
        *deltas,
        text("both_heard"),
    ]
    for line in [*remarks, *besides, summary]:
        context.log.say(line)
    context.page.ended(text("titled", what=summary), [*before, *besides])
    context.page.keep(context.run_id)
