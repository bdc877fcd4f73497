"""Markers of ours taken away by their stamps, and a checked run that becomes a reference."""

from __future__ import annotations

import pytest

from tests.resolve_scripts.stage import Stage, placed, state
from tests.resolve_scripts.test_later_runs import carried, ours, owners


@pytest.mark.parametrize("where", ["timeline", "clip", "media_pool"])
def test_what_was_written_is_removed_and_comes_back_with_undo(stage: Stage, where: str) -> None:
    scene = carried(stage, where)
    scene.mark(owners(scene)[where], 5, "mine")
    after = state(scene.world)
    scene.select()  # it is for the whole timeline
    assert stage.run("remove", scene.world), stage.log()
    assert "2 markers removed" in stage.notice() and not any(ours(scene).values())
    assert "mine" in [marker.name for marker in owners(scene)[where].markers]
    assert stage.run("undo", scene.world), stage.log()
    assert ours(scene)[where] == ["spot 1", "spot 2"]
    scene.select(*(item for track in scene.timeline.video for item in track.items))
    assert state(scene.world) == after


def test_what_a_person_changed_is_not_removed(stage: Stage) -> None:
    scene = carried(stage)
    named, shifted = scene.timeline.markers
    named.name, shifted.frame = "Roots", shifted.frame + 3
    assert not stage.run("remove", scene.world)
    assert "no markers of MTB Sync to remove" in stage.notice() and "'Roots' was changed since" in stage.log()
    named.name = "spot 1"
    assert stage.run("remove", scene.world), stage.log()
    assert [name for _, _, name in placed(scene)] == ["spot 2"] and "1 left as you changed them" in stage.notice()


@pytest.mark.parametrize("where", ["timeline", "clip", "media_pool"])
def test_a_checked_run_is_the_next_reference(stage: Stage, where: str) -> None:
    """Its markers are like a person's own: a third run gets them, and another transfer replaces none of them."""
    scene = carried(stage, where)
    ref, new = (track.items[0] for track in scene.timeline.video)
    scene.select(new)
    assert stage.run("adopt", scene.world), stage.log()
    own = owners(scene)[where].markers
    assert sorted(marker.name for marker in own) == ["spot 1", "spot 2"]
    assert all(marker.custom_data == "" and "mtbsync" not in marker.note for marker in own)
    third = scene.place(scene.media(stage.file("third.mp4"), frames=3000), track=2, at=12000)
    scene.select(new, third)
    assert stage.run("transfer", scene.world), stage.log()
    assert "Reference: new.mp4" in stage.log() and "2 markers written" in stage.log()
    for _ in range(2):
        assert stage.run("undo", scene.world), stage.log()
    assert ours(scene)[where] == ["spot 1", "spot 2"]
    assert ref.markers


def test_a_note_of_a_persons_own_stays(stage: Stage) -> None:
    scene = carried(stage)
    first, second = scene.timeline.markers
    first.note, second.note = f"left of the root ({first.note})", "mtbsync: ask Ann"
    first.name = f"doubtful: {first.name}"
    scene.select(scene.timeline.video[1].items[0])
    assert stage.run("adopt", scene.world), stage.log()
    assert {(one.name, one.note) for one in scene.timeline.markers} == {
        ("spot 1", "left of the root"),
        ("spot 2", "mtbsync: ask Ann"),
    }


def test_nothing_to_adopt_is_told(stage: Stage) -> None:
    scene = carried(stage)
    scene.select(scene.timeline.video[0].items[0])
    before = state(scene.world)
    assert not stage.run("adopt", scene.world)
    assert "no markers of MTB Sync" in stage.notice() and state(scene.world) == before
