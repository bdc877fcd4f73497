"""Which markers are carried: colours, and a range of the timeline; what an earlier run wrote of the others stays."""

from __future__ import annotations

import pytest

from tests.doubles.resolve import Quirks, Scene, Screen, two_runs
from tests.resolve_scripts.at_window import ends, run
from tests.resolve_scripts.at_window import scene as scene
from tests.resolve_scripts.stage import Stage, placed
from tests.resolve_scripts.test_trail_pack import SPOTS, alone


@pytest.mark.slow
@pytest.mark.parametrize(("off", "left"), [("ColourBlue", ["spot 1"]), ("ColourGreen", ["doubtful: spot 2"])])
def test_only_the_chosen_colours(stage: Stage, scene: Scene, off: str, left: list[str]) -> None:
    run(stage, scene, lambda screen: screen.click(off), lambda screen: screen.click("Start"), ends)
    assert [name for _, _, name in placed(scene)] == left
    assert "left out, as you chose" in stage.log()


@pytest.mark.slow
def test_colours_of_the_settings_are_those_of_the_menu_entries_and_the_first_of_the_window(
    stage: Stage, scene: Scene
) -> None:
    stage.settings(carry_colours="Blue,Red")
    assert stage.run("transfer", scene.world), stage.log()
    assert [name for _, _, name in placed(scene)] == ["doubtful: spot 2"]
    assert "2 markers of the reference are left out, as you chose." in stage.page()
    run(
        stage,
        scene,
        lambda screen: screen.click("ColourBlue"),
        lambda screen: screen.click("ColourGreen"),
        lambda screen: screen.click("Start"),
        ends,
    )
    assert [name for _, _, name in placed(scene)] == ["spot 1", "doubtful: spot 2"]
    stage.settings(carry_colours="Pink")
    assert not stage.run("transfer", scene.world)
    assert "No marker of the reference has one of the chosen colours" in stage.page()


@pytest.mark.slow
def test_what_an_earlier_run_wrote_of_the_others_stays(stage: Stage, scene: Scene) -> None:
    assert stage.run("transfer", scene.world), stage.log()
    stage.engine(shift_s=2.0)
    run(stage, scene, lambda screen: screen.click("ColourBlue"), lambda screen: screen.click("Start"), ends)
    assert [(frame, name) for frame, _, name in placed(scene)] == [
        (3360, "spot 1"),
        (4080, "doubtful: spot 2"),
        (4610, "spot 3"),
    ]
    assert "in place of 1 of an earlier run" in stage.log()


@pytest.mark.slow
def test_of_two_that_are_a_frame_apart_one_is_left_out(stage: Stage) -> None:
    scene = two_runs(stage.file("ref.mp4"), stage.file("new.mp4"), ref_marks=[750, 751])
    scene.timeline.video[0].items[0].markers[1].color = "Blue"
    stage.engine(shift_s=1.0)
    assert stage.run("transfer", scene.world), stage.log()
    once = placed(scene)
    run(stage, scene, lambda screen: screen.click("ColourBlue"), lambda screen: screen.click("Start"), ends)
    assert placed(scene) == once and "1 are there already" in stage.log()


@pytest.mark.slow
@pytest.mark.parametrize("absolute", [False, True])
def test_in_and_out_of_the_timeline_are_the_range(stage: Stage, scene: Scene, absolute: bool) -> None:
    """The reference's item begins at frame 50 with media frame 150: its second marker is at 1400."""
    scene.world.quirks = Quirks(marks_absolute=absolute)
    scene.timeline.marks = [1400, 1899]
    fields: list[str] = []

    def person(screen: Screen) -> None:
        fields.extend(screen.text(name) for name in ("From", "To"))
        screen.click("Start")
        ends(screen)

    run(stage, scene, person)
    assert fields == ["01:00:46;20", "01:01:03;11"]
    assert [marker["id"] for marker in stage.requests()[0]["markers"]] == ["m2"]


def test_a_version_that_tells_no_in_and_out(stage: Stage) -> None:
    scene = two_runs(stage.file("ref.mp4"), stage.file("new.mp4"), version="19.0.2", edition="free")
    for track in scene.timeline.video:
        track.items[0].color = "Orange"
    run(
        stage,
        scene,
        lambda screen: screen.type("From", "01:00:40;00"),
        lambda screen: screen.click("Start"),
        ends,
    )
    assert [name for _, _, name in placed(scene)] == ["spot 2"]


@pytest.mark.slow
def test_a_trail_pack_has_colours_and_no_place_on_the_timeline(stage: Stage) -> None:
    scene = alone(stage)
    stage.engine(trail=SPOTS)

    def person(screen: Screen) -> None:
        assert screen.shown("CheckBox") == ["Blue (1)", "Pink (1)"]
        screen.click("ColourBlue")
        screen.type("From", "01:00:00;00")
        screen.type("To", "01:00:00;01")
        screen.click("Start")
        ends(screen)

    run(stage, scene, person)
    assert [name for _, _, name in placed(scene)] == ["drop"]


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("now", "", "'now' is no timecode"),
        ("01:00:10;00", "01:00:05;00", "before it begins at 01:00:10;00"),
        ("02:00:00;00", "", "No marker of the reference has one of the chosen colours"),
    ],
)
def test_a_range_that_is_none(stage: Stage, scene: Scene, first: str, last: str, said: str) -> None:
    def person(screen: Screen) -> None:
        screen.type("From", first)
        screen.type("To", last)
        screen.click("Start")
        assert said in screen.text("Status") and screen.is_enabled("Start")

    run(stage, scene, person)
    assert stage.requests() == [] and placed(scene) == []
