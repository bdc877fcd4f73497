"""What the dashboard does about the work itself: a run cancelled, a batch gone on with, a folder opened."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path

import typer
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from mtbsync_core.errors import MtbsyncError
from mtbsync_core.runs import batch_file, cancel
from mtbsync_core.runs.run_file import batch_root, load_run, state_of
from mtbsync_core.web.dashboard.answers import Answer, existing, root_of
from mtbsync_core.web.dashboard.changes import require_writable
from mtbsync_core.web.dashboard.feed import feed_of
from mtbsync_core.web.dashboard.rows import Row
from mtbsync_core.web.errors import WebError, text_of
from mtbsync_core.web.errors import read_object as read_body

_EXAMPLE = 'Send {"run": "jump"}.'
_SHOWN = (0, 1)
"""What file managers end with; that of Windows says 1."""
_STARTS_S = 1.0
"""A batch that cannot begin ends within this time, seconds."""


async def leave(request: Request) -> Answer:
    """`POST /api/cancel {"run": R}`: the run, at work or waiting, is left by whoever works on it, within seconds."""
    row = await _row(request)
    if row["state"] not in ("running", "waiting"):
        raise WebError(409, f"{row['run']} is {row['state']}: there is no work to leave", code="not_working")
    root, name = _batch(root_of(request), row["run"])
    await run_in_threadpool(cancel.Request(root, name).make)
    return Answer({"ok": True})


async def go_on(request: Request) -> Answer:
    """`POST /api/resume {"run": R}`: the batch that R belongs to does what is not done, in a process of its own.

    What it says is in `batch.log` in its folder.
    """
    root, _ = _batch(root_of(request), (await _row(request))["run"])
    await run_in_threadpool(_start, root)
    return Answer({"ok": True})


async def _row(request: Request) -> Row:
    """What is known of the run that a request is about.

    Raises:
        WebError: 403 where nothing may be changed, 409 where there is no such run.
    """
    require_writable(request)
    run = text_of(await read_body(request), "run", _EXAMPLE)
    row = next((row for row in (await feed_of(request.app).now())["rows"] if row["run"] == run), None)
    if row is None:
        raise WebError(409, f"{run} is not known here", code="not_working")
    found: Row = row
    return found


async def show_folder(request: Request) -> Answer:
    """`POST /api/open {"run": R}`: the folder of a run in the file manager of the machine that serves this page."""
    folder = existing(request, text_of(await read_body(request), "run", _EXAMPLE))
    await run_in_threadpool(_show, folder)
    return Answer({"ok": True})


def _show(folder: Path) -> None:
    """Show it by a file in it, so that nothing is started that is called like a program.

    Raises:
        WebError: there is no file manager, or nothing to show.
    """
    inside = next((path for path in sorted(folder.iterdir()) if path.is_file()), None) if folder.is_dir() else None
    if inside is None or typer.launch(str(inside), locate=True) not in _SHOWN:
        raise WebError(501, "no file manager could be started here", f"The folder is {folder}.", code="no_file_manager")


def _batch(root: Path, run: str) -> tuple[Path, str]:
    """The folder of the batch that a run belongs to, and the name of the run, or of its recording, there.

    Raises:
        WebError: it is of no batch below the root.
    """
    folder = root / run
    above = batch_root(folder, root)
    if above is not None:
        return above, folder.relative_to(above).parts[0]
    raise WebError(409, f"{run} is of no batch here", "mtbsync align and sync end with Ctrl-C.", code="no_batch")


def _start(root: Path) -> None:
    """Start it, unless one is at work there.

    Raises:
        WebError: one is, or it ended at once.
        MtbsyncError: nothing is known of a batch there.
    """
    if any(_works(root, folder) for folder in root.iterdir() if folder.is_dir()):
        raise WebError(409, "this batch is at work", "It does what failed when it is started again.", code="at_work")
    command = batch_file.resuming(root)
    with (root / batch_file.LOG).open("wb") as log:
        apart = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)  # Ctrl-C ends the server alone, on Windows too
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=root,
            start_new_session=True,
            creationflags=apart,
        )
    try:
        code = process.wait(_STARTS_S)
    except subprocess.TimeoutExpired:
        threading.Thread(target=process.wait, daemon=True).start()  # so that it does not stay as a zombie
        return
    if code not in (0, 11):
        said = (root / batch_file.LOG).read_text(encoding="utf-8", errors="replace").strip()
        raise WebError(409, "the batch did not begin", said[-500:], code="not_begun")


def _works(root: Path, folder: Path) -> bool:
    try:
        return state_of(root, folder.name, load_run(folder)) == "running"
    except MtbsyncError:
        return False
