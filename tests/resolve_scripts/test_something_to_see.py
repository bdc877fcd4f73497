"""Whoever never opens the Console sees how a run ended, or why it could not begin: a page and a notification."""

from __future__ import annotations

import json
import tempfile
import webbrowser
from collections.abc import Callable
from html import escape

import pytest

from resolve_scripts.mtbsync_resolve import calls, transfer
from resolve_scripts.mtbsync_resolve.run_lock import RunLock
from tests.doubles.resolve import Fault, Scene, two_runs
from tests.resolve_scripts.stage import Stage


@pytest.fixture
def scene(stage: Stage) -> Scene:
    """A reference and a new run that can be carried."""
    return two_runs(stage.file("ref.mp4"), stage.file("new.mp4"))


def no_project(stage: Stage, scene: Scene) -> None:
    scene.world.faults.append(Fault("none", "ProjectManager.GetCurrentProject"))


def no_timeline(stage: Stage, scene: Scene) -> None:
    scene.world.faults.append(Fault("none", "Project.GetCurrentTimeline"))


def nothing_selected(stage: Stage, scene: Scene) -> None:
    scene.world.page = "media"
    scene.select()


def one_clip(stage: Stage, scene: Scene) -> None:
    scene.select(scene.timeline.video[0].items[0])


def no_markers(stage: Stage, scene: Scene) -> None:
    scene.timeline.video[0].items[0].markers.clear()


def no_engine(stage: Stage, scene: Scene) -> None:
    (stage.installed / "installed.json").unlink()


def moved_engine(stage: Stage, scene: Scene) -> None:
    manifest = json.dumps({"engine": [str(stage.media / "gone" / "mtbsync")]})
    (stage.installed / "installed.json").write_text(manifest, encoding="utf-8")


def unwilling_engine(stage: Stage, scene: Scene) -> None:
    stage.engine(mode="refused")


def broken_engine(stage: Stage, scene: Scene) -> None:
    stage.engine(mode="crash")


def bad_settings(stage: Stage, scene: Scene) -> None:
    stage.settings(write_to="timelime", open_report=False, notify=False)


def unreadable_settings(stage: Stage, scene: Scene) -> None:
    stage.settings()
    (stage.config / "settings.json").write_text("{", encoding="ascii")


REFUSALS: dict[Callable[[Stage, Scene], None], str] = {
    no_project: "No project is open in DaVinci Resolve.",
    no_timeline: "No timeline is open in DaVinci Resolve.",
    nothing_selected: "Nothing is selected",
    one_clip: "Two recordings are needed",
    no_markers: "None of the chosen clips has a marker",
    no_engine: "The engine is not known here",
    moved_engine: "The engine cannot be started",
    unwilling_engine: "no such codec",
    broken_engine: "Segmentation fault in libav",
    bad_settings: "The setting write_to is &#x27;timelime&#x27;",
    unreadable_settings: "cannot be read",
}


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda one: one.__name__)
def test_every_refusal_is_on_the_page(stage: Stage, scene: Scene, refusal: Callable[[Stage, Scene], None]) -> None:
    refusal(stage, scene)
    assert not stage.run("transfer", scene.world)
    page = stage.page()
    left = "The clips in the Media Pool were" if refusal in (no_timeline, nothing_selected) else "The timeline was"
    assert REFUSALS[refusal] in page and f"{left} not changed." in page and "refresh" not in page
    assert escape(str(stage.config / "logs")) in page
    assert stage.opened == [(stage.config / "report.html").as_uri()]
    (said,) = stage.notified
    assert REFUSALS[refusal].partition("&")[0] in said


@pytest.mark.parametrize("entry", ["transfer_all", "undo", "export"])
def test_of_every_entry(stage: Stage, scene: Scene, entry: str) -> None:
    no_timeline(stage, scene)
    assert not stage.run(entry, scene.world)
    said = "no transfer to undo in the Media Pool" if entry == "undo" else "No timeline is open"
    page = stage.page() if entry == "transfer_all" else stage.notice()
    assert said in page and len(stage.opened) == len(stage.notified) == 1


def test_a_resolve_that_is_too_old(stage: Stage, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    real = calls.has_method
    monkeypatch.setattr(calls, "has_method", lambda obj, name: name != "GetTrackCount" and real(obj, name))
    assert not stage.run("transfer", scene.world)
    assert "MTB Sync needs DaVinci Resolve 18.5 or newer." in stage.page() and stage.opened


def test_the_end_of_every_entry(stage: Stage, scene: Scene) -> None:
    assert stage.run("transfer", scene.world), stage.log()
    report, notice = (stage.config / name for name in ("report.html", "notice.html"))
    assert "2 markers written" in stage.page() and "2 markers written" in stage.notified[-1]
    assert f"Report: {report}" in stage.log()
    told = stage.page()
    for entry, said in (("undo", "2 markers deleted"), ("export", "1 files")):
        assert stage.run(entry, scene.world), stage.log()
        assert said in stage.notice() and said in stage.notified[-1]
    assert stage.opened == [report.as_uri(), notice.as_uri(), notice.as_uri()]
    assert "ref.markers.csv" in stage.notice() and f"Report: {notice}" in stage.log() and stage.page() == told


def test_the_report_of_a_transfer_outlives_entries_that_fail(stage: Stage, scene: Scene) -> None:
    assert stage.run("transfer", scene.world), stage.log()
    report = stage.page()
    scene.select(scene.timeline.video[0].items[0])
    for entry, said in (("adopt", "no markers of MTB Sync"), ("export", "No marker was exported")):
        if entry == "export":
            scene.timeline.video[0].items[0].markers.clear()
        assert not stage.run(entry, scene.world)
        assert said in stage.notice() and stage.page() == report
    assert stage.run("undo", scene.world), stage.log()
    for entry, said in (("undo", "There is no transfer to undo"), ("remove", "no markers of MTB Sync to remove")):
        assert not stage.run(entry, scene.world)
        assert said in stage.notice() and stage.page() == report


@pytest.mark.slow
def test_it_can_be_turned_off(stage: Stage, scene: Scene) -> None:
    stage.settings(open_report=False)
    assert stage.run("transfer", scene.world), stage.log()
    stage.engine(mode="crash")
    assert not stage.run("transfer", scene.world)
    assert stage.opened == [] and "Segmentation fault" in stage.page() and len(stage.notified) == 2
    stage.settings(notify=False)
    assert not stage.run("transfer", scene.world)
    assert len(stage.opened) == 1 and len(stage.notified) == 2


def test_it_can_be_there_from_the_beginning(stage: Stage, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda address: shown.append(stage.page()))
    stage.settings(open_progress=True)
    assert stage.run("transfer", scene.world), stage.log()
    (page,) = shown
    assert "starting the engine" in page and "refresh" in page and "2 markers written" in stage.page()


def test_a_fault_of_ours(stage: Stage, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(*_: object, **__: object) -> None:
        raise KeyError("<oops>")

    monkeypatch.setattr(transfer, "plan_markers", fault)
    assert not stage.run("transfer", scene.world)
    page = stage.page()
    assert "stopped on a fault of its own" in page and "report it" in page and "Undo Last Transfer" in page
    assert "<pre>Traceback" in page and "plan_markers" in page and "KeyError: &#x27;&lt;oops&gt;&#x27;" in page
    assert "What was said before" in page and "Reference: ref.mp4" in page and stage.opened


def test_what_is_said_beside_a_run_does_not_take_its_page(stage: Stage, scene: Scene) -> None:
    with RunLock(stage.config):
        (stage.config / "report.html").write_text("at work", encoding="ascii")
        assert not stage.run("transfer", scene.world)
        notice = stage.config / "notice.html"
        assert "already at work" in notice.read_text(encoding="utf-8") and "already at work" in stage.notified[-1]
        assert stage.run("check", scene.world)
        assert "engine" in notice.read_text(encoding="utf-8")
        assert stage.opened == [notice.as_uri()] * 2
        assert stage.run("cancel", scene.world)
        assert "asked to end" in stage.notified[-1] and len(stage.opened) == 2
    assert stage.page() == "at work"


def test_a_folder_that_cannot_be_written(stage: Stage, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(stage.media))
    stage.config.write_text("in the way", encoding="ascii")
    assert not stage.run("transfer", scene.world)
    (address,) = stage.opened
    (page,) = stage.media.glob("mtbsync-*/report.html")
    assert page.as_uri() == address and "cannot be written" in page.read_text(encoding="utf-8")


def test_a_page_that_cannot_be_written_ends_nothing(
    stage: Stage, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(stage.media / "gone"))
    (stage.config / "report.html.part").mkdir(parents=True)
    assert stage.run("transfer", scene.world), stage.log()
    assert stage.opened == [] and "2 markers written" in stage.notified[-1]


def test_a_browser_and_a_notification_that_fail_end_nothing(
    stage: Stage, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    from resolve_scripts.mtbsync_resolve import entries

    def fail(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(webbrowser, "open", fail)
    monkeypatch.setattr(entries, "notify", fail)
    assert stage.run("transfer", scene.world), stage.log()


def test_an_export_is_there_whole_or_not_at_all(stage: Stage, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    assert stage.run("export", scene.world), stage.log()
    target = stage.config / "exports" / "ref.markers.csv"
    before = target.read_bytes()
    scene.timeline.video[0].items[0].markers[1].name = "\udcff"  # which no UTF-8 has
    assert not stage.run("export", scene.world)
    assert target.read_bytes() == before


@pytest.mark.slow
def test_both_pictures_of_a_marker(stage: Stage, scene: Scene) -> None:
    """Of what the engine says only letters of base64 come into the page, and what it has no picture of has none."""
    assert stage.run("transfer", scene.world), stage.log()
    assert stage.page().count("<img src='data:image/webp;base64,UklG' alt='Reference'") == 2
    assert "alt='New run'" not in stage.page()
    stage.engine(picture={"ref": "'><script>", "at": "UklG"})
    assert stage.run("undo", scene.world) and stage.run("transfer", scene.world), stage.log()
    assert "<script" not in stage.page() and stage.page().count("alt='New run'") == 2
    stage.settings(report_pictures=False)
    assert stage.run("undo", scene.world) and stage.run("transfer", scene.world), stage.log()
    assert "<img" not in stage.page()


def test_the_last_ten_reports_stay(stage: Stage, scene: Scene) -> None:
    for number in range(12):
        (stage.config / "reports").mkdir(parents=True, exist_ok=True)
        (stage.config / "reports" / f"2026010{number // 10}-{number:02d}.html").write_text("old", encoding="ascii")
    assert stage.run("transfer", scene.world), stage.log()
    kept = sorted((stage.config / "reports").iterdir())
    assert len(kept) == 10 and kept[-1].read_text(encoding="utf-8") == stage.page()
