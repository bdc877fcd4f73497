"""The engine's process: whatever becomes of it, the timeline stays and a line says why."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path

import pytest

from resolve_scripts.mtbsync_resolve import engine
from resolve_scripts.mtbsync_resolve.engine import ask_engine, clean_environment, installed_command
from resolve_scripts.mtbsync_resolve.errors import ScriptError
from resolve_scripts.mtbsync_resolve.run_lock import RunLock, cancel
from tests.doubles.resolve import Scene, two_runs
from tests.resolve_scripts.stage import Stage, state

pytestmark = pytest.mark.slow  # processes, one after the other


@pytest.fixture
def scene(stage: Stage) -> Scene:
    """The usual case."""
    return two_runs(stage.file("ref.mp4"), stage.file("new.mp4"))


def fails(stage: Stage, scene: Scene) -> str:
    """The log of a transfer that must not touch anything."""
    before = state(scene.world)
    assert not stage.run("transfer", scene.world)
    assert state(scene.world) == before
    assert "The timeline was not changed." in stage.log() and "Log: " in stage.log()
    assert "not done" in stage.page() and "http-equiv='refresh'" not in stage.page()
    assert not (stage.config / "journal").exists()
    return stage.log()


def test_it_crashes(stage: Stage, scene: Scene) -> None:
    stage.engine(mode="crash")
    log = fails(stage, scene)
    assert "The engine broke off (exit status 139). It said: Segmentation fault in libav" in log


def test_it_says_that_it_cannot(stage: Stage, scene: Scene) -> None:
    stage.engine(mode="refused")
    log = fails(stage, scene)
    assert "The engine cannot: no such codec" in log and "Install it." in log


def test_options_reach_it_and_one_that_it_does_not_know_is_named(stage: Stage, scene: Scene) -> None:
    stage.engine(mode="strict")
    stage.settings(engine={"fps": 3, "no_such": True})
    log = fails(stage, scene)
    assert stage.requests()[0]["options"] == {"review_threshold": 0.75, "fps": 3, "no_such": True}
    for text in (log, stage.page()):
        assert "The engine cannot: no option is called no_such" in text
        assert f"Leave it out. The options of the engine are in {stage.config / 'settings.json'}." in text
    stage.settings(engine={"fps": 3})
    assert stage.run("transfer", scene.world), stage.log()


@pytest.mark.parametrize("command", [["/nowhere/python"], "python", [], None])
def test_it_is_missing(stage: Stage, scene: Scene, command: object) -> None:
    (stage.installed / "installed.json").write_text(json.dumps({"engine": command}), encoding="utf-8")
    assert "mtbsync resolve install" in fails(stage, scene)


def test_nothing_is_installed(stage: Stage, scene: Scene) -> None:
    (stage.installed / "installed.json").unlink()
    assert "The engine is not known here" in fails(stage, scene)


def test_it_takes_too_long(stage: Stage, scene: Scene) -> None:
    stage.engine(mode="hang")
    stage.settings(time_limit_min=0.01)
    assert "The engine was stopped after 0.01 minutes" in fails(stage, scene)


def test_it_cannot_align_the_only_run(stage: Stage, scene: Scene) -> None:
    stage.engine(mode="failed")
    before = state(scene.world)
    assert stage.run("transfer", scene.world)
    assert state(scene.world) == before
    assert "new.mp4: not aligned: cannot be read" in stage.log()
    assert "0 markers written; 2 not written." in stage.log()
    assert "cannot be read" in stage.page()


def test_other_words_between_do_no_harm(stage: Stage, scene: Scene) -> None:
    stage.engine(mode="garbage")
    assert stage.run("transfer", scene.world), stage.log()
    assert "not understood: warning: not JSON" in stage.log()


@pytest.mark.parametrize("bad", [{"t_s": None}, {"t_s": "12"}, {"status": "perhaps"}, {"t_s": True}])
def test_answers_without_sense_are_no_places(stage: Stage, scene: Scene, bad: dict[str, object]) -> None:
    stage.engine(markers={"m1": bad})
    assert stage.run("transfer", scene.world), stage.log()
    assert [marker.name for marker in scene.timeline.markers] == ["spot 2"]
    assert "not written, failed" in stage.log()


def test_cancel(stage: Stage, scene: Scene) -> None:
    stage.engine(mode="hang")
    ended = threading.Event()

    def person() -> None:
        while not ended.is_set() and not cancel(stage.config):
            time.sleep(0.02)

    other = threading.Thread(target=person)
    other.start()
    log = fails(stage, scene)
    ended.set()
    other.join()
    assert "Cancelled." in log
    assert not (stage.config / "cancel").exists()


def test_runs_that_are_finished_stay_when_the_next_is_cancelled(stage: Stage, scene: Scene) -> None:
    third = scene.place(scene.media(stage.file("third.mp4"), frames=3000), track=2, at=12000)
    scene.select(*(item for track in scene.timeline.video for item in track.items))
    stage.engine(hangs_after=1)

    def person() -> None:
        while "new.mp4: good" not in _last_log(stage):
            time.sleep(0.02)
        cancel(stage.config)

    other = threading.Thread(target=person)
    other.start()
    assert stage.run("transfer_all", scene.world), stage.log()
    other.join()
    assert "Cancelled: 1 of 2 runs were finished and are written." in stage.page()
    frames = [marker.frame for marker in scene.timeline.markers]
    assert len(frames) == 2 and all(frame < third.start - scene.timeline.start for frame in frames)
    assert stage.run("undo", scene.world), stage.log()
    assert not scene.timeline.markers


def _last_log(stage: Stage) -> str:
    logs = sorted((stage.config / "logs").glob("*.log"))
    return logs[-1].read_text(encoding="utf-8") if logs else ""


def test_a_second_start_says_that_one_runs(stage: Stage, scene: Scene) -> None:
    before = state(scene.world)
    with RunLock(stage.config):
        (stage.config / "report.html").write_text("the page of the run that is at work", encoding="utf-8")
        for entry in ("transfer", "transfer_all", "undo", "export"):
            assert not stage.run(entry, scene.world)
            assert f"MTB Sync is already at work (process {os.getpid()})" in stage.log()
        assert stage.page() == "the page of the run that is at work"
    assert state(scene.world) == before
    assert stage.run("transfer", scene.world), stage.log()


def test_nothing_to_cancel(stage: Stage, scene: Scene) -> None:
    assert stage.run("cancel", scene.world)
    assert "nothing to cancel" in stage.log()


def test_a_lock_of_a_crashed_run_is_no_lock(stage: Stage, scene: Scene) -> None:
    stage.config.mkdir()
    (stage.config / "running.lock").write_text("1", encoding="ascii")
    (stage.config / "cancel").write_text("", encoding="ascii")
    assert stage.run("transfer", scene.world), stage.log()


def test_the_environment_is_clean() -> None:
    env = {
        "PATH": "/bin",
        "PYTHONHOME": "/r",
        "PythonPath": "/r",
        "LD_LIBRARY_PATH": "/r",
        "DYLD_X": "/r",
        "HOME": "/h",
    }
    kept = {"PATH": "/bin", "HOME": "/h", "PYTHONUTF8": "1", "PYTHONIOENCODING": "utf-8"}
    assert clean_environment(env) == kept


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_its_children_end_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that does not listen to SIGTERM, with a child of its own."""
    monkeypatch.setattr(engine, "_GRACE_S", 0.3)
    pid = tmp_path / "pid"
    code = (
        "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        f"open({str(pid)!r}, 'w', encoding='ascii').write(str(child.pid)); time.sleep(60)"
    )
    with pytest.raises(ScriptError, match="stopped after"):
        ask_engine(
            [sys.executable, "-c", code],
            {"do": "hello"},
            on_event=lambda event: None,
            on_stderr=lambda line: None,
            is_cancelled=lambda: False,
            time_limit_s=1.0,
        )
    child = int(pid.read_text(encoding="ascii"))
    deadline = time.monotonic() + 5
    while _lives(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _lives(child)


def _lives(pid: int) -> bool:
    """Whether a process is at work; one that ended and was not waited for is not."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        pass
    if Path("/proc/self").exists():
        return False
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def test_the_command_is_the_installers(tmp_path: Path) -> None:
    (tmp_path / "installed.json").write_text(
        '{"engine": ["/v\u00e9nv/python", "-m", "mtbsync_core"]}', encoding="utf-8"
    )
    assert installed_command(tmp_path) == ["/v\u00e9nv/python", "-m", "mtbsync_core"]
