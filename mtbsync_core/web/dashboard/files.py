"""The files below the root: their list, downloads, marker files as tables, `timewarp.json`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse

from mtbsync_core.errors import FormatError
from mtbsync_core.files import read_object
from mtbsync_core.runs.record import INDEXES
from mtbsync_core.table import read_table, unguarded
from mtbsync_core.web.dashboard.answers import Answer, existing, root_of

MOST = 5000
"""Files in one list; a thousand runs have more, and are listed run by run."""
_MARKERS = ("name", "t_ref", "t_new", "colour", "comment", "marker_id", "status", "confidence")


def listed(request: Request) -> Answer:
    """`/api/files?run=R`: the files of a run, or of all; hidden ones and links are left out."""
    root, run = root_of(request), request.query_params.get("run")
    below = existing(request, run) if run else root
    if not below.is_dir():
        raise HTTPException(404, "not found")
    items: list[dict[str, Any]] = []
    for entry in islice(_files(below), MOST + 1):
        with suppress(OSError):
            found = entry.stat(follow_symlinks=False)
            name = _name(root, entry)
            items.append({"name": name, "href": href(name), "size": found.st_size, "changed": found.st_mtime})
    more = len(items) > MOST
    return Answer({"items": sorted(items[:MOST], key=lambda item: str(item["name"])), "more": more})


def href(name: str) -> str:
    """Where a file below the root is to be had."""
    return f"/files/{quote(name, errors='surrogateescape')}"


def download(request: Request) -> FileResponse:
    """`/files/NAME`: a file below the root, to be saved and not shown."""
    path = existing(request, request.path_params["name"])
    if not path.is_file():
        raise HTTPException(404, "not found")
    return FileResponse(path, filename=path.name, content_disposition_type="attachment")


def markers(request: Request) -> Answer:
    """`/api/markers?file=F` or `?run=R`: a marker file as a table, and which others there are."""
    root, run = root_of(request), request.query_params.get("run")
    below = existing(request, run) if run else root
    names = (_name(root, entry) for entry in _files(below) if _is_markers(entry.name))
    files = sorted(names, key=lambda name: (name.count("/"), name))
    file = request.query_params.get("file") or (files[0] if files else None)
    if file is None:
        return Answer({"files": [], "file": None, "headers": [], "rows": [], "problems": []})
    path = existing(request, file)
    if path.suffix.lower() != ".csv" or not path.is_file():
        raise HTTPException(404, "not found")
    headers, rows, problems = rows_of(path)
    return Answer({"files": files, "file": file, "headers": headers, "rows": rows, "problems": problems})


def rows_of(path: Path) -> tuple[list[str], list[dict[str, str]], list[str]]:
    """Columns and rows of a marker file as they are, and the lines that could not be read.

    Raises:
        FormatError: it is no table.
    """
    table = read_table(path, _MARKERS)
    rows = [dict(zip(table.columns, map(unguarded, row.cells), strict=True)) for row in table.rows]
    return list(table.columns), rows, [str(problem) for problem in table.problems]


def timewarp(request: Request) -> Answer:
    """`/api/timewarp?run=R`: the content of its `timewarp.json`; the first that is found where no run is named."""
    run = request.query_params.get("run")
    below = existing(request, run) if run else root_of(request)
    found = below / "timewarp.json"
    if not run and not found.is_file():
        found = next((Path(entry.path) for entry in _files(below) if entry.name == "timewarp.json"), found)
    if not found.is_file():
        raise HTTPException(404, "not found")
    content: dict[str, Any] | None = read_object(found, "utf-8-sig")
    if content is None:
        raise FormatError("timewarp.json cannot be read", "It may be damaged; align the pair again.")
    return Answer(content)


def _is_markers(name: str) -> bool:
    return name.lower().endswith(".csv") and name.startswith("new_markers")


def _name(root: Path, entry: os.DirEntry[str]) -> str:
    """The name of a file below the root, with slashes."""
    return entry.path[len(str(root)) :].replace(os.sep, "/").lstrip("/")


def _files(below: Path) -> Iterator[os.DirEntry[str]]:
    """Files in and below a folder, none that is hidden, a link, or a kept index; those of each folder before others."""
    waiting = [str(below)]
    while waiting:
        folders = []
        with suppress(OSError), os.scandir(waiting.pop()) as inside:
            for entry in sorted(inside, key=lambda entry: entry.name):
                if entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders += [entry.path] if entry.name != INDEXES else []
                elif entry.is_file(follow_symlinks=False):
                    yield entry
        waiting += reversed(folders)
