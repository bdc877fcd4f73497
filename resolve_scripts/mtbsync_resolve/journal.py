"""A write-ahead journal: each step of a run is on the disk before it is done, so that the run can be undone.

One file to a run in the folder `journal`, JSON lines: first the run, then one step to a line. A run that broke off has
its journal up to there; Undo finds that a last step was not done, and skips it. A journal that cannot be read or
written is a ScriptError: then nothing must be done.
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any, Iterator, NamedTuple

from .errors import ScriptError
from .markers import ResolveMarker
from .owners import Owner
from .texts import text

ADD, DELETE = "add", "delete"
KEPT_RUNS = 200
_UNDONE = ".undone"


class Step(NamedTuple):
    """One marker that is added to or deleted from the markers of `owner`."""

    do: str
    owner: Owner
    marker: ResolveMarker


class Journal(NamedTuple):
    """A run: its id, project, timeline, and the steps in the order in which they were done."""

    path: Path
    run_id: str
    project: str
    timeline_id: str
    timeline_name: str
    steps: list[Step]


def begin(folder: Path, run_id: str, *, project: str, timeline_id: str, timeline_name: str) -> Journal:
    """The journal of a run that is about to write."""
    runs = folder / "journal"
    for old in sorted([*runs.glob("*.jsonl"), *runs.glob("*" + _UNDONE)])[:-KEPT_RUNS]:
        with contextlib.suppress(OSError):
            old.unlink()
    journal = Journal(runs / (run_id + ".jsonl"), run_id, project, timeline_id, timeline_name, [])
    head = {"mtbsync": 1, "run": run_id, "project": project, "timeline": timeline_id, "name": timeline_name}
    _append(journal.path, head)
    return journal


def note_step(journal: Journal, step: Step) -> None:
    """Writes a step down, on the disk, before it is done."""
    entry = {"do": step.do, "kind": step.owner.kind, "id": step.owner.id, "marker": step.marker._asdict()}
    _append(journal.path, entry)
    journal.steps.append(step)


def runs_of(folder: Path) -> Iterator[Journal]:
    """The runs that were not undone, of all projects, the last one first. A line that a crash cut off ends one."""
    for path in sorted((folder / "journal").glob("*.jsonl"), reverse=True):
        run = _read(path)
        if run is not None:
            yield run


def mark_undone(journal: Journal) -> None:
    """Renames the journal, so that the next Undo takes the run before."""
    try:
        journal.path.replace(str(journal.path) + _UNDONE)
    except OSError as error:
        raise _unwritable(journal.path, error) from error


def _read(path: Path) -> Journal | None:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise ScriptError(text("journal_unreadable", path=path, error=error)) from error
    entries = []
    for line in lines:
        try:
            entries.append(json.loads(line))
        except ValueError:
            break
    try:
        head = entries[0]
        steps = [
            Step(entry["do"], Owner(entry["kind"], entry["id"]), ResolveMarker(**entry["marker"]))
            for entry in entries[1:]
        ]
        return Journal(path, head["run"], head["project"], head["timeline"], head["name"], steps) if steps else None
    except IndexError:
        return None  # cut off before its first line was there
    except (KeyError, TypeError) as error:
        raise ScriptError(text("journal_odd", path=path, error=error)) from error


def _append(path: Path, entry: dict[str, Any]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> ScriptError:
    return ScriptError(text("journal_unwritable", path=path, error=error), text("journal_unwritable_hint"))
