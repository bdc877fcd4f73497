"""The entries of the menu. However a run ends, the last lines in the console say what happened and where the log is."""

from __future__ import annotations

import platform
import traceback
from functools import partial
from pathlib import Path
from typing import Any, Callable, Mapping

from .context import Context, new_run_id
from .errors import CancelledError, PartlyDoneError, ScriptError
from .export import export_markers
from .folders import config_dir
from .log import Log
from .report import ReportPage
from .run_lock import AlreadyRunningError, RunLock, cancel
from .session import find_resolve, product_of
from .settings import load_settings
from .transfer import transfer
from .undo import undo_last


def run(entry: str, script_globals: Mapping[str, Any]) -> bool:
    """Runs an entry of the menu; never raises.

    Args:
        entry: a key of `ALONE` or `ANY_TIME`.
        script_globals: the globals of the menu script, `resolve` among them.

    Returns:
        Whether it was done.
    """
    folder, run_id = config_dir(), new_run_id()
    log, page = Log(folder, run_id), ReportPage(folder)
    # Not platform.platform(): before 3.9 it opens sys.executable, which is no Python here.
    log.note(f"{entry}, Python {platform.python_version()} on {platform.system()} {platform.release()}")
    has_page = entry in ("transfer", "transfer_all")
    lines: list[str] = []
    try:
        if entry in ANY_TIME:
            ANY_TIME[entry](script_globals, folder, log)
        else:
            with RunLock(folder) as lock:
                settings, remarks = load_settings(folder)
                for remark in remarks:
                    log.say(remark)
                ALONE[entry](script_globals, Context(folder, run_id, settings, log, page, lock.is_cancelled))
    except CancelledError:
        lines = ["Cancelled. The timeline was not changed."]
    except ScriptError as error:
        log.note(traceback.format_exc())
        lines = ["MTB Sync: " + error.message, *error.lines()[1:]]
        if has_page and not isinstance(error, PartlyDoneError):
            lines.append("The timeline was not changed.")
        if isinstance(error, AlreadyRunningError):
            has_page = False  # the page is that of the run that is at work
    except Exception as error:  # a fault of ours must not end in nothing to read
        log.note(traceback.format_exc())
        lines = [
            f"MTB Sync stopped on a fault of its own: {type(error).__name__}: {error}",
            "Please report it with the log. `MTB Sync - Undo Last Transfer` takes back what was written, if anything.",
        ]
    for line in [*lines, f"Log: {log.path or 'none could be written'}"]:
        log.say(line)
    if lines and has_page:
        page.failed("MTB Sync: not done", [*lines, f"Log: {log.path}"])
    return not lines


def _cancel(script_globals: Mapping[str, Any], folder: Path, log: Log) -> None:
    log.say("The run is asked to end." if cancel(folder) else "MTB Sync is not at work; there is nothing to cancel.")


def _check(script_globals: Mapping[str, Any], folder: Path, log: Log) -> None:
    from . import doctor

    try:
        product = product_of(find_resolve(script_globals))
        log.say(f"Started from {product or 'a DaVinci Resolve that does not answer'}.")
    except ScriptError as error:
        log.say(error.message)
    load_settings(folder)
    for line in doctor.lines(doctor.examine()):
        log.say(line)


ALONE: dict[str, Callable[[Mapping[str, Any], Context], None]] = {
    "transfer": partial(transfer, many=False),
    "transfer_all": partial(transfer, many=True),
    "undo": undo_last,
    "export": export_markers,
}
"""Entries of which only one may run at a time."""
ANY_TIME: dict[str, Callable[[Mapping[str, Any], Path, Log], None]] = {"cancel": _cancel, "check": _check}
