"""A run cancelled from the page, and a batch gone on with: requests on one side, a batch on the other."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mtbsync_core.lock import locked
from mtbsync_core.runs import batch_file, cancel
from mtbsync_core.runs.run_file import load_run, lock_of
from tests.runs.conftest import Footage, alignment, engine, footage, refused, run
from tests.runs.made import run_folder
from tests.web.dashboard.conftest import Asked, running

__all__ = ["alignment", "engine", "footage", "refused", "run"]

Ask = Callable[..., Asked]


def test_a_run_that_is_asked_for_is_left_and_done_when_the_batch_goes_on(footage: Footage) -> None:
    cancel.Request(footage.out, "a").make()
    assert footage.batch(footage.folder).code == 11
    left = load_run(footage.out / "a")
    assert left is not None and left.state == "failed" and left.error is not None
    assert left.error["code"] == "cancelled" and load_run(footage.out / "b").state == "done"  # type: ignore[union-attr]
    assert footage.batch(footage.folder, "--resume").code == 0  # heeded once
    assert load_run(footage.out / "a").state == "done"  # type: ignore[union-attr]


def test_the_work_heeds_a_request_in_the_middle(tmp_path: Path) -> None:
    request, worker = cancel.Request(tmp_path, "a"), cancel.Request(tmp_path, "a")
    worker.heed()
    request.make()
    worker._last_s = float("-inf")  # half a second later
    with pytest.raises(cancel.CancelledError):
        worker.heed()
    request.make()
    request.withdraw()
    cancel.Request(tmp_path, "a").heed()


@pytest.mark.slow
def test_a_batch_goes_on_as_it_was_asked_for(footage: Footage, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the same options, from another folder, by what stands in its root alone."""
    monkeypatch.chdir(footage.folder)
    assert footage.batch("--reference", "a_ref.mp4", "--new", "*_new.mp4", "--rider", "Ann", "--fps", "3").code == 0
    before = {name: load_run(footage.out / name) for name in ("a_new", "b_new")}
    (footage.out / "b_new" / "run.json").unlink()
    monkeypatch.chdir(footage.out)
    _, _, _, *words = batch_file.resuming(footage.out)
    done = footage.call(*words, "--json")
    assert done.code == 0 and [one["state"] for one in done.json["planned"]] == ["done", "waiting"]
    again = load_run(footage.out / "b_new")
    assert again is not None and before["b_new"] is not None
    assert (again.options, again.whose.rider) == (before["b_new"].options, "Ann")


def test_a_batch_file_of_somebody_else_starts_nothing_elsewhere(tmp_path: Path) -> None:
    for more in ({"out": "/elsewhere"}, {"scheduler": "tcp://10.0.0.5:8786"}):
        made = {"schema": batch_file.SCHEMA, "version": 1, "options": {"threads": 2, **more}}
        (tmp_path / batch_file.NAME).write_text(json.dumps(made), encoding="utf-8")
        with pytest.raises(Exception, match="not written by mtbsync"):
            batch_file.resuming(tmp_path)


def test_the_page_cancels_what_is_at_work_and_nothing_else(root: Path, asked: Ask) -> None:
    running(root, "a")
    run_folder(root, "b")
    ask = asked(allow_write=True)
    with locked(lock_of(root, "a")):
        assert ask.post("/api/cancel", {"run": "a"}).json() == {"ok": True}
        with pytest.raises(cancel.CancelledError):
            cancel.Request(root, "a").heed()
        for run, status in (("b", 409), ("../a", 409), ("", 400)):
            assert ask.post("/api/cancel", {"run": run}).status_code == status
        assert asked().post("/api/cancel", {"run": "a"}).status_code == 403
        assert ask.post("/api/resume", {"run": "a"}).json()["error"]["code"] == "at_work"


def test_the_page_goes_on_with_a_batch(root: Path, asked: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []

    class Process:
        def __init__(self, command: list[str], **how: Any) -> None:
            started.append(command)
            how["stdout"].write("no such folder: \u2026".encode())

        def wait(self, timeout_s: float | None = None) -> int:
            if timeout_s is not None and len(started) == 1:
                raise subprocess.TimeoutExpired("batch", timeout_s)
            return 2

    monkeypatch.setattr(subprocess, "Popen", Process)
    (root / ".locks").mkdir()
    run_folder(root, "day/ride-1")
    ask = asked(allow_write=True)
    assert "--resume" in ask.post("/api/resume", {"run": "day/ride-1"}).json()["error"]["hint"]
    made = {"schema": batch_file.SCHEMA, "version": 1, "options": {"threads": 2}}
    (root / batch_file.NAME).write_text(json.dumps(made), encoding="utf-8")
    assert ask.post("/api/resume", {"run": "day/ride-1"}).json() == {"ok": True}
    assert started[0][1:4] == ["-m", "mtbsync_core", "batch"] and str(root) in started[0]
    error = ask.post("/api/resume", {"run": "day/ride-1"}).json()["error"]
    assert (error["code"], error["hint"]) == ("not_begun", "no such folder: \u2026")
    assert asked().post("/api/resume", {"run": "day/ride-1"}).status_code == 403


def test_no_batch_above_the_root_is_gone_on_with(root: Path, asked: Ask) -> None:
    """Neither by a name that leads out of it, nor for a run below."""
    made = {"schema": batch_file.SCHEMA, "version": 1, "options": {"threads": 2}}
    (root.parent / batch_file.NAME).write_text(json.dumps(made), encoding="utf-8")
    (root.parent / ".locks").mkdir()
    run_folder(root, "a")
    ask = asked(allow_write=True)
    for name in ("../runs", "../a", "a"):
        assert ask.post("/api/resume", {"run": name}).status_code == 409
    assert not (root.parent / batch_file.LOG).exists()


def test_a_run_of_no_batch_is_told_of(root: Path, asked: Ask) -> None:
    run_folder(root, "a")
    assert asked(allow_write=True).post("/api/resume", {"run": "a"}).json()["error"]["code"] == "no_batch"


def test_a_folder_is_shown_by_a_file_in_it(root: Path, asked: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []

    def launch(path: str, locate: bool) -> int:
        shown.append(path)
        return 0 if len(shown) == 1 else 127

    monkeypatch.setattr("typer.launch", launch)
    run_folder(root, "a")
    ask = asked()
    assert ask.post("/api/open", {"run": "a"}).json() == {"ok": True}
    assert shown == [str(root / "a" / "timewarp.json")]
    assert ask.post("/api/open", {"run": "a"}).status_code == 501
    assert ask.post("/api/open", {"run": "../.."}).status_code == 404
