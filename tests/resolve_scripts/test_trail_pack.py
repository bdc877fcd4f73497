"""A trail pack in the settings is the reference, with its own markers; whatever is chosen is new."""

from __future__ import annotations

import pytest

from tests.doubles.resolve import Scene, two_runs
from tests.resolve_scripts.stage import Stage, marked, placed

PACK = "/clubs/wildcat.mtbtrail"
SPOTS = [
    {"id": "m1", "t_s": 20.02, "duration_s": 0.0, "name": "drop", "colour": "Pink", "note": "left line"},
    {"id": "m2", "t_s": 50.05, "duration_s": 1.0, "name": "", "colour": "Blue", "note": ""},
]


def alone(stage: Stage) -> Scene:
    """The new run, and none of the reference."""
    scene = two_runs(stage.file("ref.mp4"), stage.file("new.mp4"), ref_marks=[])
    scene.select(scene.timeline.video[1].items[0])
    stage.settings(reference=PACK)
    return scene


def test_its_markers_go_to_the_new_run(stage: Stage) -> None:
    scene = alone(stage)
    stage.engine(shift_s=1.0, trail=SPOTS)
    assert stage.run("transfer", scene.world), stage.log()
    # 21.02 s of the new file are its frame 630; its item begins at 2850 with frame 300.
    assert placed(scene) == [(2850 + 630 - 300, "Green", "drop"), (2850 + 1530 - 300, "Green", "Marker")]
    asked, request = stage.requests()
    assert (asked["do"], asked["path"]) == ("trail", PACK)
    assert request["reference"] == {"path": PACK} and len(request["new"]) == 1
    assert [marker["t_s"] for marker in request["markers"]] == [20.02, 50.05]
    assert "Reference: wildcat.mtbtrail, as the settings name it; 2 markers of its own." in stage.log()


@pytest.mark.slow
def test_once_more_changes_nothing_and_a_corrected_one_is_kept(stage: Stage) -> None:
    scene = alone(stage)
    stage.engine(shift_s=1.0, trail=SPOTS)
    assert stage.run("transfer", scene.world), stage.log()
    assert stage.run("transfer", scene.world), stage.log()
    assert "0 markers written; 2 are there already; 0 not written." in stage.log()
    scene.timeline.markers[0].frame += 5
    assert stage.run("transfer", scene.world), stage.log()
    assert stage.requests()[-1]["anchors"][0]["ref_s"] == 20.02
    assert stage.run("undo", scene.world), stage.log()


def test_in_the_media_pool(stage: Stage) -> None:
    scene = alone(stage)
    new = scene.world.media("new.mp4")
    scene.select_in_pool(new)
    scene.world.page = "media"
    stage.engine(shift_s=1.0, trail=SPOTS)
    assert stage.run("transfer", scene.world), stage.log()
    assert marked(new) == [(630, "drop"), (1530, "Marker")]


@pytest.mark.slow
def test_both_chosen_are_new(stage: Stage) -> None:
    scene = two_runs(stage.file("one.mp4"), stage.file("two.mp4"), ref_marks=[])
    stage.settings(reference=PACK)
    stage.engine(shift_s=1.0, trail=SPOTS)
    assert not stage.run("transfer", scene.world)
    assert "More than one new run is chosen" in stage.log()
    assert stage.run("transfer_all", scene.world), stage.log()
    assert len(placed(scene)) == 4


@pytest.mark.slow
def test_a_pack_without_markers_says_so(stage: Stage) -> None:
    scene = alone(stage)
    stage.engine(trail=[])
    assert not stage.run("transfer", scene.world)
    assert "has no markers" in stage.log() and "The timeline was not changed." in stage.log()
