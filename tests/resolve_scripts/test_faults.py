"""Resolve refuses, lies, hangs up, or is killed: a clear message, and the project is as it was or can be made so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.doubles.resolve import Fault, Quirks, Scene, run_menu_script, two_runs
from tests.doubles.resolve.items import TimelineItem
from tests.resolve_scripts.stage import Stage, state

pytestmark = pytest.mark.slow  # processes, one after the other


@pytest.fixture
def scene(stage: Stage) -> Scene:
    """The usual case, with markers of the user and of an earlier run that the next one replaces."""
    scene = two_runs(stage.file("ref.mp4"), stage.file("new.mp4"))
    scene.mark(scene.timeline, 5, "mine", custom_data='{"other": "tool"}')
    assert stage.run("transfer", scene.world), stage.log()
    stage.engine(shift_s=0.5)
    return scene


def fails(stage: Stage, scene: Scene, entry: str = "transfer") -> str:
    """The log of a run that must leave everything as it is."""
    before = state(scene.world)
    runs = len(list((stage.config / "journal").glob("*.jsonl")))
    assert not stage.run(entry, scene.world)
    assert state(scene.world) == before
    assert len(list((stage.config / "journal").glob("*.jsonl"))) == runs, "nothing is left to undo"
    log = stage.log()
    assert "Log: " in log and "fault of its own" not in log, log
    return log


REFUSALS = {
    "no project": (Fault("none", "ProjectManager.GetCurrentProject"), "No project is open"),
    "no timeline": (Fault("none", "Project.GetCurrentTimeline"), "No timeline is open"),
    "modal": (Fault("modal"), "Resolve"),
    "modal on the timeline": (Fault("modal", "Timeline.*"), "does not answer"),
    "modal on markers": (Fault("modal", "*.GetMarkers"), "does not answer (GetMarkers)"),
    "modal on clips": (Fault("modal", "MediaPoolItem.GetClipProperty"), "does not answer (GetClipProperty)"),
    "Resolve has quit": (Fault("gone", "Timeline.GetMarkers"), "Is it still running?"),
    "a call fails": (Fault("raise", "TimelineItem.GetStart"), "failed in GetStart"),
    "no rate": (Fault("none", "Timeline.GetSettings"), None),
    "adding is refused": (Fault("refuse", "Timeline.AddMarker", times=2), "did not take 2 of 2 markers"),
    "adding one is refused": (Fault("refuse", "Timeline.AddMarker", skip=1, times=1), "did not take 1 of 2 markers"),
    "adding is pretended": (Fault("pretend", "Timeline.AddMarker", times=1), "did not take 1 of 2 markers"),
    "adding raises": (Fault("raise", "Timeline.AddMarker", times=1), "failed in AddMarker"),
    "deleting is refused": (Fault("refuse", "Timeline.DeleteMarkerAtFrame", times=2), "did not delete 2 markers"),
    "reading again fails": (Fault("none", "Timeline.GetMarkers", skip=1, times=1), "does not answer (GetMarkers)"),
    "reading back fails": (Fault("none", "Timeline.GetMarkers", skip=2, times=1), "does not answer (GetMarkers)"),
    "reading back raises": (Fault("raise", "Timeline.GetMarkers", skip=2, times=1), "failed in GetMarkers"),
    "no media pool item": (Fault("none", "TimelineItem.GetMediaPoolItem"), "Two recordings are needed"),
    "no ids": (Fault("none", "TimelineItem.GetUniqueId"), "does not answer (GetUniqueId)"),
    "no tracks": (Fault("none", "Timeline.GetTrackCount"), "does not answer (GetTrackCount)"),
    "empty tracks": (Fault("none", "Timeline.GetItemListInTrack"), "Two recordings are needed"),
    "no left offset": (Fault("none", "TimelineItem.GetLeftOffset"), "does not answer (GetLeftOffset)"),
}


@pytest.mark.parametrize("name", [name for name, (_, said) in REFUSALS.items() if said])
def test_it_is_said_and_nothing_is_changed(stage: Stage, scene: Scene, name: str) -> None:
    fault, said = REFUSALS[name]
    scene.world.faults.append(fault)
    assert str(said) in fails(stage, scene)


def test_settings_that_are_not_answered_come_from_elsewhere(stage: Stage, scene: Scene) -> None:
    scene.world.faults.append(REFUSALS["no rate"][0])
    assert stage.run("transfer", scene.world), stage.log()


def test_answers_of_calls_mean_nothing(stage: Stage, scene: Scene) -> None:
    scene.world.faults += [Fault("deny", "Timeline.AddMarker"), Fault("deny", "Timeline.DeleteMarkerAtFrame")]
    assert stage.run("transfer", scene.world), stage.log()
    assert len(scene.timeline.markers) == 3
    assert stage.run("undo", scene.world), stage.log()


@pytest.mark.parametrize("page", ["fusion", "edit", "color"])
def test_pages(stage: Stage, scene: Scene, page: str) -> None:
    scene.world.page = page
    assert stage.run("transfer", scene.world), stage.log()
    scene.select()
    if page == "fusion":
        assert "Nothing is selected" in fails(stage, scene)


def test_hidden_text_that_is_cut(stage: Stage) -> None:
    scene = two_runs(stage.file("ref.mp4"), stage.file("new.mp4"))
    scene.world.quirks.custom_data_limit = 20
    assert "did not keep the hidden text" in fails(stage, scene)
    assert scene.timeline.markers == []


@pytest.mark.parametrize(
    "quirks", [Quirks(float_positions=True), Quirks(rate_as_text=True), Quirks(empty_as_none=True)]
)
def test_other_ways_of_saying_the_same(stage: Stage, scene: Scene, quirks: Quirks) -> None:
    before = state(scene.world)
    scene.world.quirks = quirks
    assert stage.run("transfer", scene.world), stage.log()
    assert stage.run("undo", scene.world), stage.log()
    assert state(scene.world) == before


def test_the_person_goes_on_editing_meanwhile(stage: Stage, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The new clip is moved while the engine is at work."""
    from resolve_scripts.mtbsync_resolve import transfer

    real, item = transfer.asking, scene.timeline.video[1].items[0]

    def meanwhile(*given: object, **named: object) -> Iterator[None]:
        yield from real(*given, **named)  # type: ignore[arg-type]
        item.start += 7

    monkeypatch.setattr(transfer, "asking", meanwhile)
    markers = list(scene.timeline.markers)
    assert not stage.run("transfer", scene.world)
    assert "The timeline was changed" in stage.log() and scene.timeline.markers == markers


def test_two_readings_that_differ(stage: Stage, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.world.quirks.source_start_low = 9
    assert "its speed changes on the way" in fails(stage, scene)
    real = TimelineItem.GetSourceEndFrame
    monkeypatch.setattr(TimelineItem, "GetSourceEndFrame", lambda item: (real(item) or 0) - 9)
    assert "Resolve gives two places" in fails(stage, scene)


def test_what_cannot_be_put_back_is_said_and_undo_does_it_later(stage: Stage, scene: Scene) -> None:
    before = state(scene.world)
    # One marker is written, then a window opens over the timeline.
    scene.world.faults.append(Fault("modal", "Timeline.AddMarker", skip=1))
    assert not stage.run("transfer", scene.world)
    log = stage.log()
    assert "Not everything could be put back" in log and "Undo Last Transfer" in log
    assert "The timeline was not changed" not in log
    scene.world.faults.clear()
    assert state(scene.world) != before
    assert stage.run("undo", scene.world), stage.log()
    assert state(scene.world) == before


@pytest.mark.parametrize("after", range(4))
def test_killed_in_the_middle_of_writing(stage: Stage, scene: Scene, after: int) -> None:
    """Two deletions, two additions: wherever the process dies, Undo goes back."""
    menu = stage.install(stage.config / "Scripts")
    before = state(scene.world)
    calls = "Timeline.DeleteMarkerAtFrame" if after < 2 else "Timeline.AddMarker"
    scene.world.faults.append(Fault("kill", calls, skip=after % 2))
    env = {"MTBSYNC_CONFIG_DIR": str(stage.config)}
    died = run_menu_script(scene.world, menu / "MTB Sync - Transfer Markers.py", env=env)
    assert died.exit_code == 137
    died.world.faults.clear()
    assert stage.run("undo", died.world), stage.log()
    assert state(died.world) == before


def test_undo_leaves_what_a_person_did_since(stage: Stage, scene: Scene) -> None:
    ours = [marker for marker in scene.timeline.markers if "mtbsync" in marker.custom_data]
    ours[0].frame += 40  # dragged
    scene.mark(scene.timeline, 7, "new of mine")
    assert stage.run("undo", scene.world), stage.log()
    assert sorted(marker.name for marker in scene.timeline.markers) == ["mine", "new of mine", "spot 1"]
    assert "'spot 1' was changed since, so it stays." in stage.log() and "1 left as you changed them" in stage.log()


def test_undo_does_not_write_over_a_marker_of_the_user(stage: Stage, scene: Scene) -> None:
    earlier = min(marker.frame for marker in scene.timeline.markers if marker.custom_data != '{"other": "tool"}')
    stage.engine(shift_s=1.0)
    assert stage.run("transfer", scene.world), stage.log()
    scene.mark(scene.timeline, earlier, "mine now")
    assert stage.run("undo", scene.world), stage.log()
    assert "'spot 1' is not back, since another marker is on its frame" in stage.log()
    assert sorted(marker.name for marker in scene.timeline.markers) == ["mine", "mine now", "spot 2"]


@pytest.mark.parametrize("call", ["AddMarker", "DeleteMarkerAtFrame"])
def test_undo_that_is_refused_can_be_done_again(stage: Stage, scene: Scene, call: str) -> None:
    once = state(scene.world)
    stage.engine(shift_s=1.0)
    assert stage.run("transfer", scene.world), stage.log()
    scene.world.faults.append(Fault("refuse", "Timeline." + call))
    assert not stage.run("undo", scene.world)
    assert "did not undo everything" in stage.log()
    scene.world.faults.clear()
    assert stage.run("undo", scene.world), stage.log()
    assert state(scene.world) == once


def test_undo_is_for_the_open_project_and_timeline(stage: Stage, scene: Scene) -> None:
    project = scene.world.open_project()
    project.name = "Another"
    assert "on the timeline Timeline 1 in another project: open that" in fails(stage, scene, "undo")
    project.name = "Trail edit"
    other = scene.add_timeline("Timeline 2")
    project.current = other.id
    assert "There is no transfer to undo on the timeline Timeline 2." in fails(stage, scene, "undo")
    project.current = scene.timeline.id
    assert stage.run("undo", scene.world), stage.log()
    assert [marker.name for marker in scene.timeline.markers] == ["mine"]


def test_undo_without_a_timeline(stage: Stage, scene: Scene) -> None:
    scene.world.open_project().timelines.clear()
    scene.world.open_project().current = ""
    log = fails(stage, scene, "undo")
    assert "no transfer to undo in the Media Pool" in log and "was on the timeline Timeline 1: open that" in log


def test_a_journal_that_cannot_be_written(stage: Stage, scene: Scene) -> None:
    for path in (stage.config / "journal").iterdir():
        path.unlink()
    (stage.config / "journal").rmdir()
    (stage.config / "journal").write_text("in the way", encoding="ascii")
    before = state(scene.world)
    assert not stage.run("transfer", scene.world)
    assert "could not be undone" in stage.log() and state(scene.world) == before


def test_settings_with_a_mistake(stage: Stage, scene: Scene) -> None:
    stage.settings(write_to="timelime")
    assert "The setting write_to is 'timelime'; it must be one of timeline, clip, media_pool." in fails(stage, scene)


def test_clips_of_another_rate_get_no_clip_markers(stage: Stage) -> None:
    scene = two_runs(stage.file("a.mp4"), stage.file("b.mp4"), media_rate="60000/1001", ref_marks=[])
    scene.mark(scene.timeline, 300, "jump")
    stage.settings(write_to="clip")
    assert not stage.run("transfer", scene.world)
    assert "frame rate is not the timeline's" in stage.log()


def test_a_locked_track_refuses_clip_markers(stage: Stage, scene: Scene) -> None:
    stage.settings(write_to="clip")
    scene.world.faults.append(Fault("refuse", "TimelineItem.AddMarker"))
    assert "Is the track locked" in fails(stage, scene)


def test_a_config_folder_that_cannot_be_written(stage: Stage) -> None:
    scene = two_runs(stage.file("a.mp4"), stage.file("b.mp4"))
    stage.config.write_text("in the way", encoding="ascii")
    before = state(scene.world)
    assert not stage.run("transfer", scene.world)
    assert state(scene.world) == before


def test_not_within_resolve(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    from resolve_scripts.mtbsync_resolve import entries

    for entry in ("transfer", "undo", "export"):
        assert not entries.run(entry, {"resolve": None})
        assert "Start this from DaVinci Resolve" in capsys.readouterr().out
