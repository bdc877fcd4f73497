"""Writes the markers of the chosen clips to CSV files that `mtbsync align --markers` reads: seconds of the file."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any, Mapping

from .context import Context
from .errors import ScriptError
from .placed import read_all
from .recordings import recordings_of
from .reference import ReferenceMarker, marked_recordings
from .selection import read_selection
from .session import open_session
from .timeline_clock import minutes

_COLUMNS = ("t_ref", "duration_ref", "name", "colour", "comment")


def export_markers(script_globals: Mapping[str, Any], context: Context) -> None:
    """One file for each file of the chosen clips that has markers; raises ScriptError where none has any."""
    say = context.log.say
    session = open_session(script_globals)
    chosen = read_selection(session, context.settings)
    for line in [*chosen.skipped, f"The clips are those {chosen.how}."]:
        say(line)
    folder = Path(context.settings.export_folder or context.folder / "exports")
    written = 0
    on_all = read_all(session.timeline, chosen.clips)
    for found in marked_recordings(recordings_of(chosen.clips), on_all, chosen.clock):
        for remark in found.remarks:
            say(remark)
        if found.uncertain:
            say(found.uncertain)
            continue
        if found.shared:
            name = found.recording.name
            say(f"{name} lies over another of the clips, so the timeline's markers are not taken as its own.")
            continue
        for path in dict.fromkeys(marker.path for marker in found.markers):
            mine = [marker for marker in found.markers if marker.path == path]
            target = folder / (Path(path).stem + ".markers.csv")
            _write(target, mine)
            written += 1
            first, last = (minutes(float(one.t_s)) for one in (mine[0], mine[-1]))
            say(f"{len(mine)} markers from {first} to {last}: {target}")
    if not written:
        raise ScriptError("None of the chosen clips has a marker.", "Those that MTB Sync wrote are not exported.")
    say("Carry them with: mtbsync align REFERENCE NEW --markers FILE")


def _write(path: Path, markers: list[ReferenceMarker]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(_COLUMNS)
            for one in markers:
                times = (f"{float(seconds):.6f}" for seconds in (one.t_s, one.duration_s))
                rows.writerow([*times, _guarded(one.name), one.colour, _guarded(one.note)])
    except OSError as error:
        raise ScriptError(f"{path} cannot be written: {error}", "Set `export_folder` in the settings.") from error


def _guarded(text: str) -> str:
    """What a spreadsheet would take for a formula gets an apostrophe, which the engine takes away again."""
    return "'" + text if re.match(r"'*[=+\-@\t\r]", text) else text
