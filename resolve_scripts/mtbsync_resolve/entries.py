"""The entries of the menu: what each does, and how whatever happens ends in a readable line and the path of the log."""

from __future__ import annotations

import platform
import traceback
from pathlib import Path
from typing import Any, Callable, Mapping

from .desk import Desk, new_run_id
from .engine import engine_command
from .exporting import export_markers
from .folders import config_dir
from .log import Log
from .one_at_a_time import OneRun, cancel
from .problems import Cancelled, Problem
from .report_page import ReportPage
from .session import find_resolve, product_of
from .settings import load_settings
from .transfer import transfer
from .undoing import undo_last

_PACKAGE = Path(__file__).resolve().parent


def run(entry: str, given: Mapping[str, Any]) -> bool:
    """Does what an entry of the menu says; never raises.

    Args:
        entry: one of the names in `_ENTRIES`.
        given: the globals of the menu script, among them `resolve`.

    Returns:
        Whether it was done.
    """
    folder, run_id = config_dir(), new_run_id()
    log = Log(folder, run_id)
    page = ReportPage(folder) if entry in ("transfer", "transfer_all") else None
    # Not platform.platform(): before 3.9 it opens sys.executable, which is no Python here.
    log.note(f"{entry}, Python {platform.python_version()} on {platform.system()} {platform.release()}")
    try:
        _ENTRIES[entry](given, folder, run_id, log)
    except Cancelled:
        lines = ["Cancelled. The timeline was not changed."]
    except Problem as problem:
        log.note(traceback.format_exc())
        lines = ["MTB Sync: " + problem.message] + ([problem.hint] if problem.hint else [])
        if page is not None and not problem.touched:
            lines.append("The timeline was not changed.")
    except Exception as error:  # a fault of ours must not end in nothing to read
        log.note(traceback.format_exc())
        lines = [
            f"MTB Sync stopped on a fault of its own: {type(error).__name__}: {error}",
            "Please report it with the log. `MTB Sync - Undo Last Transfer` takes back what was written, if anything.",
        ]
    else:
        log.say("Log: %s" % (log.path or "none could be written"))
        return True
    for line in lines:
        log.say(line)
    log.say("Log: %s" % (log.path or "none could be written"))
    if page is not None and not _is_others(lines):
        page.failed("MTB Sync: not done", [*lines, f"Log: {log.path}"])
    return False


def _is_others(lines: list[str]) -> bool:
    """Whether the page belongs to the run that is at work."""
    return "already at work" in lines[0]


def _desk(folder: Path, run_id: str, log: Log, one_run: OneRun) -> Desk:
    settings, remarks = load_settings(folder)
    for remark in remarks:
        log.say(remark)
    return Desk(
        folder,
        settings,
        lambda: engine_command(_PACKAGE),
        log,
        ReportPage(folder),
        run_id,
        one_run.is_cancelled,
    )


def _transfer(given: Mapping[str, Any], folder: Path, run_id: str, log: Log) -> None:
    with OneRun(folder) as one_run:
        transfer(given, _desk(folder, run_id, log, one_run), many=False)


def _transfer_all(given: Mapping[str, Any], folder: Path, run_id: str, log: Log) -> None:
    with OneRun(folder) as one_run:
        transfer(given, _desk(folder, run_id, log, one_run), many=True)


def _undo(given: Mapping[str, Any], folder: Path, run_id: str, log: Log) -> None:
    with OneRun(folder) as one_run:
        undo_last(given, _desk(folder, run_id, log, one_run))


def _export(given: Mapping[str, Any], folder: Path, run_id: str, log: Log) -> None:
    with OneRun(folder) as one_run:
        export_markers(given, _desk(folder, run_id, log, one_run))


def _cancel(given: Mapping[str, Any], folder: Path, run_id: str, log: Log) -> None:
    log.say("The run is asked to end." if cancel(folder) else "MTB Sync is not at work; there is nothing to cancel.")


def _check(given: Mapping[str, Any], folder: Path, run_id: str, log: Log) -> None:
    from . import doctor

    try:
        log.say("Started from %s." % (product_of(find_resolve(given)) or "a DaVinci Resolve that does not answer"))
    except Problem as problem:
        log.say(problem.message)
    load_settings(folder)
    for line in doctor.lines(doctor.examine()):
        log.say(line)


_ENTRIES: dict[str, Callable[[Mapping[str, Any], Path, str, Log], None]] = {
    "transfer": _transfer,
    "transfer_all": _transfer_all,
    "undo": _undo,
    "export": _export,
    "cancel": _cancel,
    "check": _check,
}
