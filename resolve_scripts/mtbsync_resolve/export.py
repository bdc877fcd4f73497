"""Writes the markers of the chosen clips to CSV files that `mtbsync align --markers` reads: seconds of the file.

Resolve's seconds are those of the file unless Clip Attributes play it at another rate, so the engine is asked.
"""

from __future__ import annotations

import csv
import re
from fractions import Fraction
from pathlib import Path
from typing import Any, Mapping

from .context import Context
from .engine import Event, ask_engine, error_lines, installed_command
from .errors import ScriptError
from .placed import read_all
from .recordings import Part, recordings_of
from .reference import ReferenceMarker, marked_recordings
from .selection import read_selection
from .session import open_here
from .texts import text
from .timeline_clock import minutes

_COLUMNS = ("t_ref", "duration_ref", "name", "colour", "comment")


def export_markers(script_globals: Mapping[str, Any], context: Context) -> None:
    """One file for each file of the chosen clips that has markers; raises ScriptError where none has any."""
    say = context.log.say
    session = open_here(script_globals)
    chosen = read_selection(session, context.settings)
    for line in [*chosen.skipped, text("clips_are", how=chosen.how)]:
        say(line)
    folder = Path(context.settings.export_folder or context.folder / "exports")
    recordings = recordings_of(chosen.clips)
    paces = _paces([part for one in recordings for part in one.parts], context)
    written = 0
    on_all = read_all(session.timeline, chosen.clips)
    for found in marked_recordings(recordings, on_all, chosen.clock):
        for remark in found.remarks:
            say(remark)
        if found.uncertain:
            say(found.uncertain)
            continue
        if found.shared:
            say(text("lies_over_other", name=found.recording.name))
            continue
        for path in dict.fromkeys(marker.path for marker in found.markers):
            if path not in paces:
                continue
            mine = [_at_pace(marker, paces[path]) for marker in found.markers if marker.path == path]
            target = folder / (Path(path).stem + ".markers.csv")
            _write(target, mine)
            written += 1
            first, last = (minutes(float(one.t_s)) for one in (mine[0], mine[-1]))
            say(text("exported", n=len(mine), first=first, last=last, path=target))
    if not written:
        raise ScriptError(text("none_exported"), text("none_exported_hint"))
    say(text("export_next"))
    context.page.ended(text("titled", what=text("exported_files", n=written)), context.log.said)


def _paces(parts: list[Part], context: Context) -> dict[str, Fraction]:
    """Seconds of the file in a second of Resolve, by path; files of which that cannot be said are told of, left out."""
    found: dict[str, Fraction] = {}
    files = [
        {"id": str(n), "path": part.path, "fps": str(part.fps), "frames": part.frames} for n, part in enumerate(parts)
    ]

    def on_event(event: Event) -> None:
        if event["event"] == "pace":
            found[parts[int(event["id"])].path] = Fraction(event["pace"])
        elif event["event"] == "failed":
            name = parts[int(event["new"])].name
            context.log.say(text("not_exported", name=name, why=" ".join(error_lines(event))))

    ask_engine(
        installed_command(),
        {"do": "pace", "files": files},
        on_event=on_event,
        on_stderr=context.note_engine,
        is_cancelled=context.is_cancelled,
        time_limit_s=60 * context.settings.time_limit_min,
    )
    return found


def _at_pace(marker: ReferenceMarker, pace: Fraction) -> ReferenceMarker:
    return marker._replace(t_s=marker.t_s * pace, duration_s=marker.duration_s * pace)


def _write(path: Path, markers: list[ReferenceMarker]) -> None:
    partial = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(_COLUMNS)
            for one in markers:
                times = (f"{float(seconds):.6f}" for seconds in (one.t_s, one.duration_s))
                rows.writerow([*times, _guarded(one.name), one.colour, _guarded(one.note)])
        partial.replace(path)
    except OSError as error:
        raise ScriptError(text("file_unwritable", path=path, error=error), text("file_unwritable_hint")) from error


def _guarded(value: str) -> str:
    """What a spreadsheet would take for a formula gets an apostrophe, which the engine takes away again."""
    return "'" + value if re.match(r"'*[=+\-@\t\r]", value) else value
