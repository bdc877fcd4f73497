"""The list of the window: walked, gone to, and markers accepted."""

from __future__ import annotations

import pytest

from resolve_scripts.mtbsync_resolve.run_lock import RunLock
from tests.doubles.resolve import Scene, Screen
from tests.resolve_scripts.at_window import ends, run
from tests.resolve_scripts.at_window import scene as scene
from tests.resolve_scripts.stage import Stage, placed, state


@pytest.mark.slow
def test_the_list_is_walked_and_a_marker_accepted(stage: Stage, scene: Scene) -> None:
    stage.engine(
        shift_s=1.0,
        markers={
            "m1": {"status": "doubtful", "confidence": 0.6},
            "m2": {"status": "doubtful", "confidence": 0.4},
        },
    )
    heads: list[int | None] = []

    def person(screen: Screen) -> None:
        screen.click("Start")
        ends(screen)
        assert [row[1] for row in screen.rows()] == ["spot 2", "spot 1", "spot 3"]
        for _ in range(3):
            screen.click("Next")
            heads.append(scene.timeline.playhead)
            assert len(screen.selected()) == 1
        assert screen.selected() == [1], "after the last one the first"
        screen.click("Accept")
        assert "'doubtful: spot 2' is yours now" in screen.text("Status")
        assert [row[-1] for row in screen.rows()] == ["accepted", "doubtful", "moved"]
        screen.click("Next")
        screen.click("Next")
        assert screen.selected() == [2], "the accepted one is none any more"
        next(one for one in scene.timeline.markers if one.frame == 3330).name = "roots"  # by the person, in Resolve
        screen.click("Accept")
        screen.click("Next")
        assert "No doubtful marker is left" in screen.text("Status")

    before = state(scene.world)
    run(stage, scene, person)
    start = scene.timeline.start
    assert heads == [start + 4080, start + 3330, start + 4080]
    assert placed(scene) == [(3330, "Red", "roots"), (4080, "Red", "spot 2"), (4580, "Green", "spot 3")]
    stamps = {marker.name: marker.custom_data for marker in scene.timeline.markers}
    assert stamps["roots"] == stamps["spot 2"] == "" and "mtbsync" in stamps["spot 3"]
    for left in (["roots", "spot 2", "spot 3"], ["roots", "doubtful: spot 2", "spot 3"]):
        assert stage.run("undo", scene.world), stage.log()
        assert [name for _, _, name in placed(scene)] == left
    next(one for one in scene.timeline.markers if one.frame == 3330).name = "doubtful: spot 1"
    assert stage.run("undo", scene.world), stage.log()
    scene.timeline.playhead = None
    assert state(scene.world) == before


@pytest.mark.parametrize("where", ["clip", "media_pool"])
def test_markers_of_clips(stage: Stage, scene: Scene, where: str) -> None:
    """Their frames count otherwise; the playhead goes to the same place."""
    stage.settings(write_to=where)

    def person(screen: Screen) -> None:
        screen.click("Start")
        ends(screen)
        assert [row[4] for row in screen.rows()] == ["01:02:16;04", "01:01:51;02", ""]
        screen.choose(2, twice=True)
        assert scene.timeline.playhead == scene.timeline.start + 3330
        screen.click("Accept")

    run(stage, scene, person)
    new = scene.timeline.video[1].items[0]
    markers = (new if where == "clip" else scene.world.media(new.media)).markers
    assert {marker.name: bool(marker.custom_data) for marker in markers} == {"spot 1": False, "doubtful: spot 2": True}


@pytest.mark.slow
def test_a_second_run_lists_what_is_there_already_and_what_the_person_changed(stage: Stage, scene: Scene) -> None:
    assert stage.run("transfer", scene.world), stage.log()
    next(one for one in scene.timeline.markers if one.frame == 4080).frame = 4090

    def person(screen: Screen) -> None:
        screen.click("Start")
        ends(screen)
        assert {row[1]: row[4] for row in screen.rows()} == {
            "spot 1": "01:01:51;02",
            "spot 2": "01:02:16;14",
            "spot 3": "",
        }
        screen.choose(1)
        screen.click("GoTo")
        assert scene.timeline.playhead == scene.timeline.start + 4090
        screen.click("Accept")
        screen.choose(2)
        screen.click("Accept")

    run(stage, scene, person)
    assert [(one.name, one.custom_data) for one in scene.timeline.markers] == [("spot 2", ""), ("spot 1", "")]


@pytest.mark.slow
def test_what_cannot_be_gone_to_or_accepted(stage: Stage, scene: Scene) -> None:
    def person(screen: Screen) -> None:
        screen.click("Start")
        ends(screen)
        screen.click("GoTo")
        assert "Choose a marker in the list." in screen.text("Status")
        screen.choose(3)
        screen.click("GoTo")
        assert "'spot 3' was not written: outside." in screen.text("Status")
        screen.choose(2)
        scene.world.page = "fusion"
        screen.click("GoTo")
        assert "The playhead did not go to 01:01:51;02. Go to the Edit page." in screen.text("Status")
        scene.world.page = "edit"
        screen.click("Accept")
        screen.click("Accept")
        assert "is no marker of MTB Sync any more. It was accepted or deleted since." in screen.text("Status")
        with RunLock(stage.config):
            screen.choose(1)
            screen.click("Accept")
            assert "MTB Sync is already at work" in screen.text("Status")
        scene.project.current = scene.add_timeline("Other").id
        screen.click("GoTo")
        assert screen.text("Status") == (
            "The markers of this list are on the timeline Timeline 1. Open it on the Edit page."
        )

    run(stage, scene, person)
    assert [name for _, _, name in placed(scene)] == ["spot 1", "doubtful: spot 2"]
