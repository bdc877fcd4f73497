"""The window over clips of the Media Pool, retimed clips, and a recording with several rides."""

from __future__ import annotations

import pytest

from tests.doubles.resolve import Screen
from tests.resolve_scripts.at_window import ends, run
from tests.resolve_scripts.stage import Stage, marked
from tests.resolve_scripts.test_media_pool import WRITTEN, new_of, pool
from tests.resolve_scripts.test_retimed import retimed
from tests.resolve_scripts.test_rides import BOTH, afternoon, on_the_long_clip


def test_an_engine_that_fails_has_changed_no_clip_of_the_media_pool(stage: Stage) -> None:
    scene = pool(stage)
    stage.engine(mode="crash")

    def person(screen: Screen) -> None:
        screen.click("Start")
        ends(screen)
        assert "The clips in the Media Pool were not changed." in screen.text("Status")

    run(stage, scene, person)
    assert marked(new_of(scene)) == [] and "The timeline" not in stage.page()


@pytest.mark.parametrize("timeline", [False, True])
def test_clips_of_the_media_pool_are_listed_and_accepted_and_have_no_playhead(stage: Stage, timeline: bool) -> None:
    scene = pool(stage, timeline=timeline)

    def person(screen: Screen) -> None:
        assert "selected in the Media Pool" in screen.text("What") and screen.text("From") == ""
        screen.type("From", "01:00:00:00")  # counts on timelines only
        screen.click("Start")
        ends(screen)
        assert [row[4] for row in screen.rows()] == ["0:27.03 of the file", "0:52.05 of the file"]
        screen.choose(1)
        screen.click("GoTo")
        assert "'spot 1' is on a clip of the Media Pool, at 0:27.03 of the file" in screen.text("Status")
        screen.click("Accept")
        assert "'spot 1' is yours now" in screen.text("Status")
        if timeline:
            scene.world.page = "edit"
            screen.click("Accept")
            assert screen.text("Status") == ("The markers of this list are in the Media Pool. Go to the Media page.")
            scene.world.page = "media"

    run(stage, scene, person)
    assert marked(new_of(scene)) == WRITTEN
    assert [bool(marker.custom_data) for marker in new_of(scene).markers] == [True, False]
    for _ in range(2):
        assert stage.run("undo", scene.world), stage.log()
    assert marked(new_of(scene)) == []


@pytest.mark.parametrize(("first", "carried"), [("01:00:16;20", 1), ("01:00:16;21", 0)])
def test_a_range_over_a_retimed_reference(stage: Stage, first: str, carried: int) -> None:
    """Its marker is at frame 500 of the timeline, whatever the speed of the clip."""
    scene, _, _ = retimed(stage, 100.0, ref_speed=50.0)

    def person(screen: Screen) -> None:
        screen.type("From", first)
        screen.click("Start")
        ends(screen)

    run(stage, scene, person)
    assert len([marker for marker in scene.timeline.markers if marker.custom_data]) == carried


@pytest.mark.parametrize("where", ["timeline", "media_pool"])
def test_the_playhead_goes_to_a_marker_on_a_retimed_clip(stage: Stage, where: str) -> None:
    scene, _, _ = retimed(stage, 50.0)
    stage.settings(write_to=where)
    stage.engine(shift_s=1000 * 1001 / 30000, markers={"m1": {"status": "doubtful", "confidence": 0.4}})

    def person(screen: Screen) -> None:
        screen.click("Start")
        ends(screen)
        screen.click("Next")

    run(stage, scene, person)
    due = scene.timeline.start + 9000 + 2 * (550 + 1000 - 301)
    assert scene.timeline.playhead == due
    scene.timeline.playhead = None
    assert stage.run("next_doubtful", scene.world), stage.log()
    assert scene.timeline.playhead == due


def test_every_ride_has_its_rows(stage: Stage) -> None:
    scene = afternoon(stage)
    names: list[str] = []

    def person(screen: Screen) -> None:
        screen.click("Start")
        ends(screen)
        names.extend(row[1] for row in screen.rows())

    run(stage, scene, person)
    assert sorted(names) == sorted(name for _, name in BOTH) and on_the_long_clip(scene) == BOTH
