"""The entries that walk the doubtful markers and accept one, without a window."""

from __future__ import annotations

import pytest

from tests.doubles.resolve import Scene, two_runs
from tests.resolve_scripts.stage import Stage, placed, state

DOUBTFUL = {"status": "doubtful", "confidence": 0.4}


def carried(stage: Stage, where: str = "timeline") -> Scene:
    """Three markers were carried over to frames 3330, 4080 and 4580 of the timeline; the first and the last are
    doubtful. On a free edition."""
    scene = two_runs(
        stage.file("ref.mp4"), stage.file("new.mp4"), ref_marks=[750, 1500, 2000], version="21.0.4", edition="free"
    )
    stage.settings(write_to=where)
    stage.engine(shift_s=1.0, markers={"m1": DOUBTFUL, "m3": DOUBTFUL})
    assert stage.run("transfer", scene.world), stage.log()
    stage.opened.clear()
    return scene


@pytest.mark.parametrize(
    "where", ["timeline", *(pytest.param(one, marks=pytest.mark.slow) for one in ("clip", "media_pool"))]
)
def test_the_doubtful_ones_are_walked_and_one_is_accepted(stage: Stage, where: str) -> None:
    scene = carried(stage, where)
    before = state(scene.world)
    start = scene.timeline.start
    heads = []
    for _ in range(3):
        assert stage.run("next_doubtful", scene.world), stage.log()
        assert scene.timeline.playhead is not None
        heads.append(scene.timeline.playhead - start)
    assert heads == [3330, 4580, 3330]
    assert stage.notified[-1] == "'doubtful: spot 1' is at 01:01:51;02; 2 are doubtful."
    assert stage.run("accept", scene.world), stage.log()
    assert "'doubtful: spot 1' is yours now" in stage.notified[-1]
    for _ in range(2):
        assert stage.run("next_doubtful", scene.world), stage.log()
        assert scene.timeline.playhead == start + 4580
    assert stage.opened == [], "no page for each step"
    scene.timeline.playhead = None
    assert stage.run("undo", scene.world), stage.log()
    assert state(scene.world) == before and not scene.world.faults


@pytest.mark.slow
def test_what_is_accepted_is_not_replaced_by_a_later_run(stage: Stage) -> None:
    scene = carried(stage)
    scene.timeline.playhead = scene.timeline.start + 4080
    assert stage.run("accept", scene.world), stage.log()
    stage.engine(shift_s=2.0)
    assert stage.run("transfer", scene.world), stage.log()
    own = [marker for marker in scene.timeline.markers if not marker.custom_data]
    assert [(one.frame, one.name, one.note) for one in own] == [(4080, "spot 2", "")]


def test_nothing_to_go_to_and_nothing_to_accept(stage: Stage) -> None:
    scene = carried(stage)
    scene.mark(scene.timeline, 100, "mine")
    scene.timeline.playhead = scene.timeline.start + 100
    report, before = stage.page(), placed(scene)
    assert not stage.run("accept", scene.world)
    notice = stage.notice()
    assert "No marker of MTB Sync is under the playhead, at 01:00:03;10." in notice
    assert stage.page() == report, "the report of the transfer stays"
    scene.world.page = "media"
    assert not stage.run("next_doubtful", scene.world)
    assert "does not tell where the playhead is." in stage.log() and "Go to the Edit page." in stage.log()
    scene.world.page = "edit"
    assert placed(scene) == before
    assert stage.run("undo", scene.world) and stage.run("next_doubtful", scene.world), stage.log()
    assert stage.notified[-1] == "There is no doubtful marker on this timeline."
