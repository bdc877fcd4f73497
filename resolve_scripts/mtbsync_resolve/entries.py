"""The entries of the menu. However a run ends, its page and the last lines in the console say what happened."""

from __future__ import annotations

import contextlib
import platform
import traceback
from functools import partial
from pathlib import Path
from typing import Any, Callable, Mapping

from .compare import compare_timeline
from .context import Context, new_run_id
from .errors import ScriptError, lines_of
from .export import export_markers
from .folders import config_dir
from .log import Log
from .notification import notify
from .playhead import accept_marker, next_doubtful
from .report_page import ASIDE, FILE, ReportPage
from .run_lock import AlreadyRunningError, RunLock, cancel
from .session import find_resolve, product_of, unchanged_here
from .settings import Settings, load_settings
from .stamped import adopt_markers, remove_markers
from .texts import text, untitled
from .transfer import transfer
from .undo import undo_last
from .window import show_window


def run(entry: str, script_globals: Mapping[str, Any]) -> bool:
    """Runs an entry of the menu; never raises.

    Args:
        entry: a key of `ALONE` or `ANY_TIME`.
        script_globals: the globals of the menu script, `resolve` among them.

    Returns:
        Whether it was done.
    """
    folder, run_id = config_dir(), new_run_id()
    log = Log(folder, run_id)
    page = ReportPage(folder, FILE if entry in REPORTED else ASIDE)
    # Not platform.platform(): before 3.9 it opens sys.executable, which is no Python here.
    log.note(f"{entry}, Python {platform.python_version()} on {platform.system()} {platform.release()}")
    lines: list[str] = []
    fault = ""
    try:
        if entry in ANY_TIME:
            ANY_TIME[entry](script_globals, folder, log, page)
        else:
            with RunLock(folder) as lock:
                settings, remarks = load_settings(folder)
                for remark in remarks:
                    log.say(remark)
                ALONE[entry](script_globals, Context(folder, run_id, settings, log, page, lock.is_cancelled))
    except Exception as error:  # also a fault of ours must not end in nothing to read
        log.note(traceback.format_exc())
        fault = "" if isinstance(error, ScriptError) else traceback.format_exc()
        is_unchanged = entry not in ("undo", "export", *ANY_TIME)
        lines = lines_of(error, unchanged_here(script_globals) if is_unchanged else "")
        if isinstance(error, AlreadyRunningError):
            page = ReportPage(folder, ASIDE)
    before = list(log.said)
    for line in [*lines, text("log", path=log.path or text("no_log"))]:
        log.say(line)
    if lines:
        page.failed(text("not_done"), log.said[len(before) :], before, fault)
    if lines or entry != "window":  # which has shown what there was to see
        _show(folder, page, lines[:2] or [page.title or log.said[0]], log)
    return not lines


def _show(folder: Path, page: ReportPage, lines: list[str], log: Log) -> None:
    """Brings the page to the person's eyes, and the lines in a notification, as the settings have it.

    Settings that cannot be read are an error of the run, and it is shown.
    """
    settings = Settings()
    with contextlib.suppress(ScriptError):
        settings, _ = load_settings(folder)
    if page.is_there:
        log.say(text("report_at", path=page.path))
    with contextlib.suppress(Exception):  # what was done is done
        if settings.open_report:
            page.open()
        if settings.notify:
            notify(untitled(lines))


def _cancel(script_globals: Mapping[str, Any], folder: Path, log: Log, page: ReportPage) -> None:
    log.say(text("asked_to_end" if cancel(folder) else "nothing_to_cancel"))


def _window(script_globals: Mapping[str, Any], folder: Path, log: Log, page: ReportPage) -> None:
    show_window(script_globals, folder, log)


def _check(script_globals: Mapping[str, Any], folder: Path, log: Log, page: ReportPage) -> None:
    from . import doctor

    try:
        product = product_of(find_resolve(script_globals))
        log.say(text("started_from", product=product or text("no_product")))
    except ScriptError as error:
        log.say(error.message)
    load_settings(folder)
    for line in doctor.lines(doctor.examine()):
        log.say(line)
    page.ended(text("titled", what=log.said[-1]), log.said)


REPORTED = ("transfer", "transfer_all", "compare")
"""Entries with progress and a report; what others say must not take its place."""
ALONE: dict[str, Callable[[Mapping[str, Any], Context], None]] = {
    "transfer": partial(transfer, many=False),
    "transfer_all": partial(transfer, many=True),
    "compare": compare_timeline,
    "undo": undo_last,
    "export": export_markers,
    "remove": remove_markers,
    "adopt": adopt_markers,
    "next_doubtful": next_doubtful,
    "accept": accept_marker,
}
"""Entries of which only one may run at a time."""
ANY_TIME: dict[str, Callable[[Mapping[str, Any], Path, Log, ReportPage], None]] = {
    "window": _window,
    "cancel": _cancel,
    "check": _check,
}
"""Entries that do not keep others from running."""
