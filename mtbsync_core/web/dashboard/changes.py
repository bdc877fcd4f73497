"""What the dashboard may change of files, under `--allow-write` alone: markers as JSON, old `perf.json` deleted."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from mtbsync_core.errors import UsageError
from mtbsync_core.files import read_object, write_json
from mtbsync_core.jobs.listener import Notes
from mtbsync_core.runs.prune import PruneJob
from mtbsync_core.web.dashboard.answers import Answer, existing, root_of
from mtbsync_core.web.dashboard.feed import feed_of
from mtbsync_core.web.dashboard.files import rows_of
from mtbsync_core.web.errors import WebError, text_of
from mtbsync_core.web.errors import read_object as read_body
from mtbsync_core.web.site import site_of

_EXAMPLE = 'Send {"in_csv": "run/new_markers.csv", "out_json": "run/markers.json"}.'


async def export_json(request: Request) -> Answer:
    """`POST {"in_csv": F, "out_json": G}`: a marker file as JSON beside it, as mtbsync 0.10 writes it."""
    require_writable(request)
    body = await read_body(request)
    source = existing(request, text_of(body, "in_csv", _EXAMPLE))
    if source.suffix.lower() != ".csv" or not source.is_file():
        raise UsageError(f"{body['in_csv']} is no CSV file")
    name = PurePosixPath(text_of(body, "out_json", _EXAMPLE))
    if name.suffix.lower() != ".json" or name.name.startswith("."):
        raise UsageError(f"{name} is no name for it", "It ends with .json, and is not hidden.")
    target = existing(request, str(name.parent)) / name.name
    return await run_in_threadpool(_export, root_of(request), source, target)


def _export(root: Path, source: Path, target: Path) -> Answer:
    _, rows, problems = rows_of(source)
    if target.is_symlink() or (target.exists() and (read_object(target) or {}).keys() != {"markers"}):
        said = f"{target.name} is there already and is something else"
        raise WebError(409, said, "Choose another name.", code="taken")
    write_json(target, {"markers": rows})
    path = target.relative_to(root).as_posix()
    return Answer({"ok": True, "path": path, "markers": len(rows), "problems": problems})


async def prune(request: Request) -> Answer:
    """`POST {"keep": 200, "dry_run": true}`: delete the `perf.json` of all but the newest runs, or say which."""
    require_writable(request)
    body = await read_body(request)
    keep, dry_run = body.get("keep", PruneJob().keep), body.get("dry_run", False)
    if not isinstance(keep, int) or isinstance(keep, bool) or keep < 0:
        raise UsageError(f"keep is {keep!r}", "Give how many of the newest stay, 0 or more.")
    if not isinstance(dry_run, bool):
        raise UsageError(f"dry_run is {dry_run!r}", "It is true or false.")
    done = await run_in_threadpool(_prune, root_of(request), keep, dry_run)
    await run_in_threadpool(feed_of(request.app).board.step)  # so that the next answer knows of it
    return Answer(done)


def _prune(root: Path, keep: int, dry_run: bool) -> dict[str, Any]:
    notes = Notes()
    done = PruneJob(root=root, keep=keep, dry_run=dry_run).run(notes)
    old = [path.relative_to(root).as_posix() for path in done.old]
    result = {"kept": len(done.kept), "deleted": 0 if dry_run else len(old), "total": len(done.kept) + len(old)}
    return {"ok": True, "dry_run": dry_run, "result": result, "files": old, "notes": notes.notes}


def require_writable(request: Request) -> None:
    """Say no where files may not be changed.

    Raises:
        WebError: 403; the server runs without --allow-write.
    """
    if not site_of(request).allow_write:
        hint = "Start it with --allow-write to change files from here."
        raise WebError(403, "this server only shows", hint, code="read_only")
