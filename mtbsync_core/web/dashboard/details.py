"""What there is to say of one run (`/api/run`), of a batch (`/api/batch`) and of quality (`/api/regression`)."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request

from mtbsync_core.errors import MtbsyncError
from mtbsync_core.files import read_object
from mtbsync_core.runs.history import RESULT, newest, rows
from mtbsync_core.runs.record import record_of
from mtbsync_core.runs.regression import FEWEST, RegressionOptions
from mtbsync_core.runs.run_file import RunFile, load_run
from mtbsync_core.runs.summary import TIMINGS
from mtbsync_core.web.dashboard.answers import Answer, existing, query, root_of
from mtbsync_core.web.dashboard.feed import feed_of
from mtbsync_core.web.site import site_of

WINDOW = 50
"""Runs that the baseline is the median of, as by default in `quality-check`."""
_COLUMNS = ("run", "state", "sign", "verdict", "p90_s", "residual_p90_s", "coverage", *TIMINGS)
_MORE = ("markers", "needs_review", "rider", "bike", "date", "notes", "reference", "new", "reasons")


async def run(request: Request) -> Answer:
    """`/api/run?run=R`: its row, its log, its warp in words, seconds by stage, and the command that does it again."""
    name = query(request, "run")
    data = await feed_of(request.app).now()
    row = next((row for row in data["rows"] if row["run"] == name), None)
    if row is None:
        raise HTTPException(404, "not found")
    try:
        folder = existing(request, name)
    except HTTPException:  # it waits, and has no folder yet
        return Answer(
            {"row": row, "folder": None, "events": [], "command": None, "weak": [], "stages": [], "hidden": []}
        )
    about = await run_in_threadpool(_details, root_of(request), folder, row)
    sides = [Path(path) for path in (row["reference"], row["new"]) if path]
    hidden = sorted({str(path.parent) for path in sides if not site_of(request).shows(path)})
    return Answer({**about, "hidden": hidden})


def _details(root: Path, folder: Path, row: dict[str, Any]) -> dict[str, Any]:
    found, stages = None, []
    try:
        found = load_run(folder)
        record = record_of(root, folder)
        stages = [] if record is None else [[one["stage"], one["seconds"]] for one in record.tables["stages"]]
    except (MtbsyncError, TypeError, ValueError, AttributeError):  # the row says so
        pass
    warp = (read_object(folder / "timewarp.json", "utf-8-sig") or {}) if row["state"] == "done" else {}
    return {
        "row": row,
        "folder": str(folder),
        "events": found.events if found is not None else [],
        "error": found.error if found is not None else None,
        "command": _command(folder, row, found),
        "weak": warp.get("weak") or [],
        "quality": {name: warp.get(name) for name in ("ppm", "inlier_frac", "residuals", "method", "model")},
        "stages": stages,
    }


def _command(folder: Path, row: dict[str, Any], found: RunFile | None) -> str | None:
    """The command line that does this run again, with the options of its warp where there is one."""
    if not row["reference"] or not row["new"]:
        return None
    markers = found.markers if found is not None else None
    words = ["mtbsync", "align" if markers else "sync"]
    words += [row["reference"], row["new"]] if markers else ["--reference", row["reference"], "--new", row["new"]]
    words += ["--markers", markers] if markers else []
    if found is not None and found.ride is not None:
        words += ["--pass", str(found.ride)]
    if (folder / "timewarp.json").is_file():
        words += ["--options", str(folder / "timewarp.json")]
    words += ["--out", str(folder)]
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)


async def batch(request: Request) -> Answer:
    """`/api/batch`: the table of `batch_summary.csv` as it stands now, with a sign for each run, and the summary."""
    data = await feed_of(request.app).now()
    headers = [*_COLUMNS, *_MORE]
    table = [
        {name: row["timings"].get(name) if name in TIMINGS else row[name] for name in headers}
        for row in sorted(data["rows"], key=lambda row: str(row["run"]))
    ]
    return Answer({"headers": headers, "rows": table, "summary": data["summary"], "pending": data["pending"]})


async def regression(request: Request) -> Answer:
    """`/api/regression`: the newest run against the medians of those before it, and the history of quality."""
    feed = feed_of(request.app)
    await feed.now()
    return Answer(await run_in_threadpool(_regression, feed.board.root, feed.board.histories()))


def _regression(root: Path, roots: list[Path]) -> dict[str, Any]:
    for at in roots:
        where = at.relative_to(root).as_posix()
        try:
            check, history = newest(at, WINDOW, RegressionOptions())
        except MtbsyncError:  # there is none, or it cannot be read; another folder may have one
            continue
        return {
            "where": where,
            **check.as_dict(),
            "window": WINDOW,
            "n_history": len(history),
            "needed": FEWEST,
            "history": [dict(row) for row in history[-2 * WINDOW :]],
        }
    kept = read_object(root / RESULT)
    return {"where": None, "status": "EMPTY", "reasons": ["no run here was held against those before it yet"]} | (
        {"last": kept} if kept else {}
    )


async def quality(request: Request) -> Answer:
    """`/api/quality`: all rows of the history of quality, the oldest first."""
    feed = feed_of(request.app)
    await feed.now()
    for at in feed.board.histories():
        try:
            found = await run_in_threadpool(rows, at)
        except MtbsyncError:
            continue
        return Answer({"where": at.relative_to(feed.board.root).as_posix(), "rows": found})
    return Answer({"where": None, "rows": []})
