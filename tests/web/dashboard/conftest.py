"""A folder of runs that never were, and the dashboard's answers about it without a port."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from mtbsync_core.files import write_json
from mtbsync_core.runs import progress
from mtbsync_core.runs.run_file import RunFile
from mtbsync_core.web import dashboard, pages, telemetry
from mtbsync_core.web.app import make_app
from mtbsync_core.web.dashboard.board import Board
from mtbsync_core.web.dashboard.rows import Row
from mtbsync_core.web.site import Site

STARTED, AT = "2026-05-31T10:00:00Z", "2026-05-31T10:01:00Z"


def running(root: Path, name: str, stage: str | None = None, done: int = 0, total: int = 1) -> RunFile:
    """The folder of a run that is being worked on, as far as its files say."""
    folder = root / name
    folder.mkdir(parents=True, exist_ok=True)
    found = RunFile(reference="/v/ref.mp4", new="/v/new.mp4", started_at=STARTED)
    found.save(folder)
    if stage is not None:
        write_json(folder / progress.NAME, {"at": AT, "stage": stage, "done": done, "total": total})
    return found


def ended(root: Path, name: str, found: RunFile, **changed: Any) -> None:
    (root / name / progress.NAME).unlink(missing_ok=True)
    replace(found, ended_at=AT, seconds=60.0, **{"state": "done", **changed}).save(root / name)


def rows_of(board: Board) -> dict[str, Row]:
    """All rows, after a look."""
    board.step(60.0)
    return {row["run"]: row for row in board.snapshot()[1]["rows"]}


class Asked:
    """Requests to an app about one root."""

    def __init__(self, root: Path, allow_write: bool) -> None:
        self.site = Site((root,), allow_write=allow_write)
        self._app = make_app(self.site, [*dashboard.routes(), *telemetry.routes(), *pages.routes()])

    def _do(self, method: str, path: str, **how: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                return await client.request(method, path, **how)

        return asyncio.run(ask())

    def get(self, path: str, **params: str) -> httpx.Response:
        return self._do("GET", path, params=params or None)

    def post(self, path: str, body: Any) -> httpx.Response:
        return self._do("POST", path, json=body, headers={"X-MTB-Token": self.site.token})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "runs"
    made.mkdir()
    return made


@pytest.fixture
def asked(root: Path) -> Callable[..., Asked]:
    return lambda allow_write=False: Asked(root, allow_write)
