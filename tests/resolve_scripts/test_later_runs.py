"""A later run finds what an earlier one wrote, whatever became of files, clips, timelines and settings meanwhile."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.doubles.resolve import Scene, two_runs
from tests.resolve_scripts.stage import Stage, placed, state


def carried(stage: Stage, where: str = "timeline") -> Scene:
    """The usual case after a transfer."""
    scene = two_runs(stage.file("ref.mp4"), stage.file("new.mp4"))
    stage.settings(write_to=where)
    stage.engine(shift_s=1.0)
    assert stage.run("transfer", scene.world), stage.log()
    return scene


def owners(scene: Scene) -> dict[str, Any]:
    """Who may have the markers of the new run."""
    return {
        "timeline": scene.timeline,
        "clip": scene.timeline.video[1].items[0],
        "media_pool": scene.world.media(scene.timeline.video[1].items[0].media),
    }


def ours(scene: Scene) -> dict[str, list[str]]:
    """The names of our markers on each of these."""
    return {
        where: sorted(marker.name for marker in owner.markers if "mtbsync" in marker.custom_data)
        for where, owner in owners(scene).items()
    }


def moved(stage: Stage, scene: Scene) -> None:
    """To another disk, and relinked there: the clips of the pool stay the same."""
    for name in ("ref.mp4", "new.mp4"):
        (stage.media / "disk2").mkdir(exist_ok=True)
        scene.world.media(name).path = str(shutil.move(stage.media / name, stage.media / "disk2" / name))


def renamed(stage: Stage, scene: Scene) -> None:
    """Relinked to files of other names."""
    for name in ("ref.mp4", "new.mp4"):
        scene.world.media(name).path = str(shutil.move(stage.media / name, stage.media / f"trail 3 {name}"))


def brought_in_again(stage: Stage, scene: Scene) -> None:
    """From another folder: other clips of the pool, files of the same names."""
    moved(stage, scene)
    for track in scene.timeline.video:
        (item,) = track.items
        old = scene.world.media(item.media)
        item.media = scene.media(old.path, frames=old.frames).id
        old.path = str(stage.media / "gone" / old.name)


@pytest.mark.parametrize("change", [moved, renamed, brought_in_again])
@pytest.mark.parametrize("where", ["timeline", "clip"])
def test_other_files_of_the_same_recordings_do_not_double_markers(
    stage: Stage, where: str, change: Callable[[Stage, Scene], None]
) -> None:
    scene = carried(stage, where)
    change(stage, scene)
    stage.engine(shift_s=2.0)
    assert stage.run("transfer", scene.world), stage.log()
    assert "in place of 2 of an earlier run" in stage.log()
    assert ours(scene) == {"timeline": [], "clip": [], "media_pool": [], where: ["spot 1", "spot 2"]}
    for _ in range(2):
        assert stage.run("undo", scene.world), stage.log()
    assert not any(ours(scene).values())


def test_another_recording_of_the_same_name_keeps_its_markers(stage: Stage) -> None:
    """Cameras number their files anew: two days, each with a new.mp4, on one timeline."""
    scene = carried(stage)
    once = placed(scene)
    other = stage.media / "day 2" / "new.mp4"
    other.parent.mkdir()
    other.touch()
    second = scene.place(scene.media(str(other)), track=2, at=12000)
    scene.select(scene.timeline.video[0].items[0], second)
    assert stage.run("transfer", scene.world), stage.log()
    assert len(placed(scene)) == 4 and set(once) < set(placed(scene))


PLACES = ["timeline", "clip", "media_pool"]


@pytest.mark.parametrize("after", PLACES)
@pytest.mark.parametrize("before", PLACES)
def test_another_place_to_write_to_moves_the_set(stage: Stage, before: str, after: str) -> None:
    scene = carried(stage, before)
    there = state(scene.world)
    scene.mark(owners(scene)[before], 5, "mine")
    stage.settings(write_to=after)
    assert stage.run("transfer", scene.world), stage.log()
    assert ours(scene) == {"timeline": [], "clip": [], "media_pool": [], after: ["spot 1", "spot 2"]}
    assert "mine" in [marker.name for marker in owners(scene)[before].markers]
    if before != after:
        owners(scene)[before].markers[:] = [one for one in owners(scene)[before].markers if one.name != "mine"]
        assert stage.run("undo", scene.world), stage.log()
        assert state(scene.world) == there


def test_a_stray_marker_on_the_reference_hides_none_without_a_word(stage: Stage) -> None:
    scene = two_runs(stage.file("ref.mp4"), stage.file("new.mp4"), ref_marks=[])
    ref = scene.timeline.video[0].items[0]
    scene.mark(ref, 400, "stray")
    for number in range(3):
        scene.mark(scene.timeline, 200 + 100 * number, f"spot {number}")
    assert stage.run("transfer", scene.world), stage.log()
    assert "1 markers on its clip (not carried: 3 of the timeline over it)" in stage.page()


def test_a_stray_marker_on_the_new_run_does_not_turn_the_direction_around(stage: Stage) -> None:
    """Up to twice as many over the other clip may be there for something else, which is told; more are asked about."""
    scene = two_runs(stage.file("ref.mp4"), stage.file("new.mp4"), ref_marks=[])
    ref, new = (track.items[0] for track in scene.timeline.video)
    scene.mark(new, 900, "stray")
    for number in range(3):
        scene.mark(scene.timeline, ref.start - scene.timeline.start + 100 + 100 * number, f"spot {number}")
        if number == 1:
            assert stage.run("transfer", scene.world), stage.log()
            assert "(not carried: 2 of the timeline over ref.mp4)" in stage.log()
            assert stage.run("undo", scene.world), stage.log()
    before = state(scene.world)
    assert not stage.run("transfer", scene.world)
    assert "new.mp4 has 1 markers of its own, but over ref.mp4 lie 3 of the timeline" in stage.page()
    assert state(scene.world) == before
    ref.flags.append("Purple")
    assert stage.run("transfer", scene.world), stage.log()
    assert len(stage.requests()[-1]["markers"]) == 3


@pytest.mark.slow
def test_undo_is_for_each_project_and_each_timeline(stage: Stage) -> None:
    """Whatever was carried elsewhere since; a run that changed nothing is no step."""
    first = carried(stage)
    before = dataclasses.asdict(first.timeline)
    twin = first.duplicate("Timeline 2")
    assert not stage.run("undo", first.world)
    assert "There is no transfer to undo on the timeline Timeline 2." in stage.notice()
    stage.engine(shift_s=2.0)
    assert stage.run("transfer", first.world), stage.log()
    other = two_runs(stage.file("ref2.mp4"), stage.file("new2.mp4"))
    other.project.name = "Another"
    assert stage.run("transfer", other.world), stage.log()
    for _ in range(2):
        assert stage.run("transfer", first.world), stage.log()
        assert "0 markers written; 2 are there already" in stage.log()
    assert stage.run("undo", first.world), stage.log()
    assert sorted(m.frame for m in twin.markers) == sorted(m["frame"] for m in before["markers"])
    assert not stage.run("undo", first.world), "the copies came with the timeline, no run wrote them there"
    first.project.current = first.project.timelines[0].id
    assert other.timeline.id == first.project.current, "a project that was exported and imported keeps its ids"
    assert stage.run("undo", first.world), stage.log()
    assert first.project.timelines[0].markers == [] and len(twin.markers) == len(placed(other)) == 2
    assert stage.run("undo", other.world), stage.log()
    assert placed(other) == []


@pytest.mark.parametrize("where", ["timeline", "clip"])
def test_undo_takes_the_copies_on_a_piece_that_was_cut_off(stage: Stage, where: str) -> None:
    """The blade copies clip markers with their hidden text onto both pieces."""
    scene = carried(stage, where)
    new = scene.timeline.video[1].items[0]
    second = scene.blade(new, 700)
    scene.mark(second, 5, "mine")
    assert len(second.markers) == (3 if where == "clip" else 1)
    assert stage.run("undo", scene.world), stage.log()
    assert placed(scene) == [] and new.markers == [] and [one.name for one in second.markers] == ["mine"]


def test_settings_and_markers_of_an_earlier_version_are_understood(stage: Stage, tmp_path: Path) -> None:
    """Stamps of format 1 name the pair by full paths: replaced while the files lie where they did."""
    from resolve_scripts.mtbsync_resolve.markers import digest

    scene = two_runs(stage.file("ref.mp4"), stage.file("new.mp4"))
    pair = digest("\n".join(str(stage.media / name) for name in ("ref.mp4", "new.mp4")))
    old = f'{{"mtbsync":1,"run":"20260101-000000-000-1","marker":"{pair}m1"}}'
    scene.mark(scene.timeline, 3300, "spot 1", custom_data=old)
    stage.engine(shift_s=1.0)
    assert stage.run("transfer", scene.world), stage.log()
    assert "in place of 1 of an earlier run" in stage.log() and len(placed(scene)) == 2
