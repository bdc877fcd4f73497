"""Writes the markers of the chosen clips to CSV files that `mtbsync align --markers` reads: seconds of the file."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any, Mapping

from .desk import Desk
from .placing import minutes
from .problems import Problem
from .recordings import recordings_of
from .reference import ReferenceMarker, markers_over
from .session import open_session
from .snapshot import read_chosen

_COLUMNS = ("t_ref", "duration_ref", "name", "colour", "comment")


def export_markers(given: Mapping[str, Any], desk: Desk) -> None:
    """One file for each file of the chosen clips that has markers.

    Raises:
        Problem: none has any, or the folder cannot be written.
    """
    session = open_session(given)
    clock, clips, _, skipped, how = read_chosen(session, desk.settings)
    for line in [*skipped, f"The clips are those {how}."]:
        desk.log.say(line)
    folder = Path(desk.settings.export_folder or desk.folder / "exports")
    written = 0
    for markers, remarks in markers_over(recordings_of(clips), session.timeline, clock):
        for remark in remarks:
            desk.log.say(remark)
        for path in dict.fromkeys(marker.path for marker in markers):
            mine = [marker for marker in markers if marker.path == path]
            target = folder / (Path(path).stem + ".markers.csv")
            _write(target, mine)
            written += 1
            desk.log.say(
                f"{len(mine)} markers from {minutes(float(mine[0].t_s))} to {minutes(float(mine[-1].t_s))}: {target}"
            )
    if not written:
        raise Problem("None of the chosen clips has a marker.", "Those that MTB Sync wrote are not exported.")
    desk.log.say("Carry them with: mtbsync align REFERENCE NEW --markers FILE")


def _write(path: Path, markers: list[ReferenceMarker]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(_COLUMNS)
            for one in markers:
                rows.writerow(
                    [
                        f"{float(one.t_s):.6f}",
                        f"{float(one.duration_s):.6f}",
                        _guarded(one.name),
                        one.colour,
                        _guarded(one.note),
                    ]
                )
    except OSError as error:
        raise Problem(f"{path} cannot be written: {error}", "Set `export_folder` in the settings.") from error


def _guarded(text: str) -> str:
    """What a spreadsheet would take for a formula gets an apostrophe, which the engine takes away again."""
    return "'" + text if re.match(r"'*[=+\-@\t\r]", text) else text
