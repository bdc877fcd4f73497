"""The window, before which a person sits: opened, filtered, at work, cancelled, closed."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest

from resolve_scripts.mtbsync_resolve import engine, window
from resolve_scripts.mtbsync_resolve.run_lock import RunLock
from tests.doubles.resolve import Scene, Screen, markers, two_runs
from tests.resolve_scripts.at_window import ends, run, third
from tests.resolve_scripts.at_window import scene as scene
from tests.resolve_scripts.stage import Stage, placed, state
from tests.resolve_scripts.test_menu import menu as menu  # the fixture


def test_it_shows_what_would_be_done_and_does_it(stage: Stage, scene: Scene) -> None:
    seen: dict[str, Any] = {}

    def person(screen: Screen) -> None:
        seen["what"], seen["boxes"] = screen.text("What"), screen.shown("CheckBox")
        seen["idle"] = [screen.is_enabled(name) for name in ("Start", "Cancel", "GoTo", "Accept", "Next", "Report")]
        screen.click("Start")
        seen["at work"] = [screen.is_enabled(name) for name in ("Look", "Start", "Cancel", "GoTo", "Report")]
        ends(screen)
        seen["rows"], seen["status"] = screen.rows(), screen.text("Status")

    run(stage, scene, person)
    assert "Reference: ref.mp4, as" in seen["what"] and "3 markers on its clip" in seen["what"]
    assert "New: new.mp4." in seen["what"] and seen["boxes"] == ["Blue (1)", "Green (2)"]
    assert seen["idle"] == [True, False, False, False, False, False]
    assert seen["at work"] == [False, False, True, False, False]
    assert seen["rows"] == [
        ["1", "spot 2", "new.mp4", "0:50.05", "01:02:16;04", "0.10 s", "40 %", "doubtful"],
        ["2", "spot 1", "new.mp4", "0:25.02", "01:01:51;02", "0.10 s", "97 %", "moved"],
        ["3", "spot 3", "new.mp4", "1:06.73", "", "", "", "outside"],
    ]
    assert "2 markers written, 1 of them doubtful (Red)" in seen["status"]
    assert placed(scene) == [(3330, "Green", "spot 1"), (4080, "Red", "doubtful: spot 2")]
    assert "spot 1" in stage.page() and "2 markers written" in stage.notified[-1]
    assert stage.opened == [], "the window has shown what there is to see"


@pytest.mark.slow
def test_it_writes_what_the_menu_entry_writes(stage: Stage, scene: Scene) -> None:
    assert stage.run("transfer", scene.world), stage.log()
    once = placed(scene)
    assert stage.run("undo", scene.world), stage.log()
    run(stage, scene, lambda screen: screen.click("Start"), ends)
    assert placed(scene) == once
    assert stage.run("undo", scene.world), stage.log()
    assert placed(scene) == []


@pytest.mark.slow
def test_the_report_opens_when_it_is_asked_for(stage: Stage, scene: Scene) -> None:
    run(stage, scene, lambda screen: screen.click("Start"), ends, *[lambda screen: screen.click("Report")] * 2)
    assert stage.opened == [(stage.config / "report.html").as_uri()] * 2


def test_what_was_not_shown_is_not_done(stage: Stage, scene: Scene) -> None:
    """The person selects another clip while the window is open."""
    other = scene.place(scene.media(stage.file("other.mp4")), track=2, at=9000)

    def person(screen: Screen) -> None:
        scene.select(scene.timeline.video[0].items[0], other)
        screen.click("Start")
        assert "have changed" in screen.text("Status") and "New: other.mp4." in screen.text("What")
        assert stage.requests() == []
        screen.click("Start")
        ends(screen)

    run(stage, scene, person)
    assert "spot 1 -> other.mp4" in stage.log()


def test_nothing_is_selected_at_first(stage: Stage, scene: Scene) -> None:
    items = [track.items[0] for track in scene.timeline.video]
    scene.select()

    def person(screen: Screen) -> None:
        assert "Nothing is selected." in screen.text("Status") and not screen.is_enabled("Start")
        scene.select(*items)
        screen.click("Look")
        assert "New: new.mp4." in screen.text("What") and screen.is_enabled("Start")

    run(stage, scene, person)


@pytest.mark.slow
def test_progress_and_the_time_that_is_left(stage: Stage, scene: Scene) -> None:
    """Two runs, of which the second one hangs after the first is done."""
    scene.select(*(track.items[0] for track in scene.timeline.video), third(stage, scene))
    stage.engine(shift_s=1.0, progress=[["compare", 1, 4], ["compare", 2, 4]], pause_s=0.3, hangs_after=1)
    seen: list[str] = []

    def person(screen: Screen) -> None:
        screen.click("Start")
        while not seen or not seen[-1].startswith("run 2"):
            screen.tick()
            seen.append(screen.text("Progress"))
        screen.click("Cancel")
        assert "Cancelling" in screen.text("Status") and not screen.is_enabled("Cancel")
        ends(screen)
        assert screen.text("Progress") == "" and {row[2] for row in screen.rows()} == {"new.mp4"}
        assert "3 markers written" in screen.text("Status")

    run(stage, scene, person)
    assert "run 1 of 2, compare, 50 %" in seen
    assert re.fullmatch(r"run 2 of 2, hang, 0 %, about \d+ s left", seen[-1])
    assert "Cancelled: 1 of 2 runs were finished and are written." in stage.page() and len(placed(scene)) == 3


@pytest.mark.slow
@pytest.mark.parametrize("how", ["button", "entry"])
def test_cancel(stage: Stage, scene: Scene, how: str) -> None:
    """By the button, or by the menu entry of the same name; the timer goes on meanwhile."""
    stage.engine(mode="hang")
    before = state(scene.world)

    def person(screen: Screen) -> None:
        screen.click("Start")
        for _ in range(3):
            screen.tick()
        if how == "button":
            screen.click("Cancel")
        else:
            assert stage.run("cancel", scene.world)
        ends(screen)
        assert screen.text("Status") == "Cancelled. The timeline was not changed." and screen.rows() == []

    run(stage, scene, person)
    assert state(scene.world) == before and "Cancelled." in stage.page()


@pytest.mark.slow
@pytest.mark.parametrize("how", ["cross", "button", "cross that tells nobody"])
def test_closing_it_ends_the_engine(stage: Stage, scene: Scene, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    stage.engine(mode="hang")
    started: list[Any] = []
    start = engine._start

    def starting(command: list[str]) -> Any:
        started.append(start(command))
        return started[0]

    monkeypatch.setattr(engine, "_start", starting)
    before = state(scene.world)

    def person(screen: Screen) -> None:
        screen.click("Start")
        screen.tick()
        assert started[0].poll() is None
        if how == "button":
            screen.click("CloseWindow")
        else:
            screen.close(told=how == "cross")
            screen.tick()
            screen.tick()

    assert stage.run("window", scene.world, person), stage.log()
    assert started[0].poll() is not None and state(scene.world) == before
    with RunLock(stage.config):  # nobody holds it
        pass


@pytest.mark.slow
def test_closing_it_keeps_the_runs_that_are_finished(stage: Stage, scene: Scene) -> None:
    scene.select(*(track.items[0] for track in scene.timeline.video), third(stage, scene))
    stage.engine(shift_s=1.0, hangs_after=1)

    def person(screen: Screen) -> None:
        screen.click("Start")
        screen.wait(lambda: screen.text("Progress").startswith("run 2"))
        screen.close()

    assert stage.run("window", scene.world, person), stage.log()
    assert len(placed(scene)) == 3 and "Cancelled: 1 of 2 runs were finished" in stage.page()


@pytest.mark.slow
def test_a_step_of_the_timer_is_short(stage: Stage, scene: Scene) -> None:
    """However little or much the engine says, the window gets its turn."""
    stage.engine(shift_s=1.0, progress=[["compare", n, 3000] for n in range(3000)])
    longest_s = 0.0

    def person(screen: Screen) -> None:
        nonlocal longest_s
        screen.click("Start")
        while not screen.rows():
            began_s = time.monotonic()
            screen.tick()
            longest_s = max(longest_s, time.monotonic() - began_s) if not screen.rows() else longest_s
            time.sleep(0.005)

    run(stage, scene, person)
    assert longest_s < 0.5


@pytest.mark.parametrize(
    ("told", "said"),
    [({"mode": "crash"}, "Segmentation fault in libav"), ({"mode": "refused"}, "The engine cannot: no such codec")],
)
def test_an_engine_that_fails(stage: Stage, scene: Scene, told: dict[str, Any], said: str) -> None:
    stage.engine(**told)
    before = state(scene.world)

    def person(screen: Screen) -> None:
        screen.click("Start")
        ends(screen)
        assert said in screen.text("Status") and "The timeline was not changed." in screen.text("Status")
        screen.click("Report")

    run(stage, scene, person)
    assert said in stage.page() and len(stage.opened) == 1 and state(scene.world) == before


def test_another_run_is_at_work(stage: Stage, scene: Scene) -> None:
    stage.config.mkdir()
    (stage.config / "report.html").write_text("of the other", encoding="ascii")

    def person(screen: Screen) -> None:
        with RunLock(stage.config):
            screen.click("Start")
            ends(screen)
            assert "MTB Sync is already at work" in screen.text("Status")

    run(stage, scene, person)
    assert stage.page() == "of the other"


def test_events_that_come_while_a_call_of_resolve_waits(
    stage: Stage, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The timer calls, and the person presses, while markers are written."""
    real = markers.Marked.AddMarker

    def person(screen: Screen) -> None:
        def meanwhile(*given: Any) -> bool:
            screen.tick()
            screen.click("Cancel")
            return real(*given)

        monkeypatch.setattr(markers.Marked, "AddMarker", meanwhile)
        screen.click("Start")
        ends(screen)
        assert "2 markers written" in screen.text("Status")

    run(stage, scene, person)
    assert len(placed(scene)) == 2


def test_a_fault_of_ours_does_not_close_it(stage: Stage, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*_: object) -> object:
        raise KeyError("no such thing")

    monkeypatch.setattr(window, "chosen", wrong)

    def person(screen: Screen) -> None:
        screen.click("Start")
        assert "stopped on a fault of its own: KeyError" in screen.text("Status") and screen.is_enabled("Start")

    run(stage, scene, person)
    assert "Traceback" in stage.log()


@pytest.mark.slow
def test_from_the_menu_in_a_process_of_its_own(stage: Stage, menu: Path) -> None:
    """Under every Python that is here, as Resolve starts it."""
    from tests.doubles.resolve import run_menu_script
    from tests.doubles.resolve.pythons import found_pythons

    env = {"MTBSYNC_CONFIG_DIR": str(stage.config)}
    for version, python in found_pythons().items():
        print("under Python", version)
        scene = two_runs(stage.file("ref.mp4"), stage.file("new.mp4"))
        scene.world.acts = ["click Start", "wait Accept", "choose 1", "click Accept", "click CloseWindow"]
        done = run_menu_script(scene.world, menu / "MTB Sync - Window.py", python=python, env=env)
        assert done.error == "" and "2 markers written" in done.console, done.console
        assert sorted(bool(marker.custom_data) for marker in done.timeline().markers) == [False, True]
