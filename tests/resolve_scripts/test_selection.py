"""Which clips are meant: the selection, colours, what is shown under the playhead; and how often Resolve is asked."""

from __future__ import annotations

import dataclasses
from collections import Counter

import pytest

from tests.doubles.resolve import Scene, two_runs
from tests.resolve_scripts.stage import Stage, placed


@pytest.mark.parametrize("version", ["20.3", "21.1"])
@pytest.mark.parametrize("what", ["track", "clip"])
def test_what_is_disabled_does_not_count_under_the_playhead(stage: Stage, version: str, what: str) -> None:
    scene = Scene(version=version, drop=True)
    ref = scene.place(scene.media(stage.file("ref.mp4")), track=1, at=0)
    scene.place(scene.media(stage.file("new.mp4")), track=2, at=0)
    old = scene.place(scene.media(stage.file("old.mp4")), track=3, at=0)
    if what == "track":
        scene.timeline.video[2].enabled = False
    else:
        old.enabled = False
    scene.mark(ref, 700, "jump")
    scene.timeline.playhead = scene.timeline.start + 50
    assert stage.run("transfer", scene.world), stage.log()
    assert [frame for frame, _, _ in placed(scene)] == [700]
    assert (
        "old.mp4 (V3) does not count: " + ("its track is" if what == "track" else "it is") + " disabled" in stage.log()
    )


def test_clips_in_the_editors_own_colours_are_no_selection(stage: Stage) -> None:
    """Where Resolve tells what is selected, and that is nothing."""
    scene = Scene(drop=True)
    ref = scene.place(scene.media(stage.file("ref.mp4")), track=1, at=0)
    other = scene.place(scene.media(stage.file("broll.mp4")), track=2, at=4000)
    ref.color = other.color = "Orange"
    scene.mark(ref, 700, "jump")
    assert not stage.run("transfer", scene.world)
    assert "Nothing is selected" in stage.log() and placed(scene) == []


@pytest.mark.slow
def test_items_without_an_id_elsewhere_are_no_matter(stage: Stage) -> None:
    for version in ("20.3", "21.1"):
        scene = two_runs(stage.file("ref.mp4"), stage.file("new.mp4"), version=version)
        scene.world.without_id += [scene.transition(at=12000).id, scene.generator(at=13000).id]
        for track in scene.timeline.video:
            track.items[0].color = "Orange"
        for where in ("timeline", "clip"):
            stage.settings(write_to=where)
            assert stage.run("transfer", scene.world), stage.log()
            assert stage.run("undo", scene.world), stage.log()


def test_a_chosen_item_without_an_id_is_skipped(stage: Stage) -> None:
    scene = two_runs(stage.file("ref.mp4"), stage.file("new.mp4"))
    third = scene.place(scene.media(stage.file("third.mp4")), track=2, at=9000, linked_audio=False)
    scene.select(*(track.items[0] for track in scene.timeline.video), third)
    scene.world.without_id.append(third.id)
    assert stage.run("transfer", scene.world), stage.log()
    assert "Selected items to which Resolve gives no id are skipped." in stage.log() and len(placed(scene)) == 2


CROWD = 2000


@pytest.mark.slow
@pytest.mark.parametrize("version", ["18.6", "20.3", "21.1"])
@pytest.mark.parametrize("how", ["selected", "playhead"])
def test_a_crowded_timeline_is_asked_about_once(stage: Stage, version: str, how: str) -> None:
    """A hundred markers, two thousand other clips, and pieces of the new run among them; then the new run is moved."""
    marks = [1000 + 20 * number for number in range(100)]
    scene = two_runs(stage.file("ref.mp4"), stage.file("new.mp4"), version=version, frames=6000, ref_marks=marks)
    other = scene.media(stage.file("other.mp4"), frames=100)
    for number in range(CROWD):
        scene.place(other, track=1 + number % 2, at=30000 + 100 * number, linked_audio=False)
    ref, new = (track.items[0] for track in scene.timeline.video)
    if how == "playhead":
        scene.select()
        new.start = ref.start
        scene.timeline.playhead = ref.start + 10
        ref.flags.append("Purple")
    elif version != "21.1":
        ref.color, new.color = "Purple", "Orange"
    for moved in (0, 300000):
        new.start += moved
        if moved and how == "playhead":
            ref.start += moved
            scene.timeline.playhead = ref.start + 10
        scene.world.calls.clear()
        assert stage.run("transfer", scene.world), stage.log()
        assert len(scene.world.calls) <= 10_000
        asked = Counter(call.call for call in scene.world.calls if call.on == other.name)
        assert asked and max(asked.values()) <= CROWD, asked
    assert len(placed(scene)) == 100


@pytest.mark.slow
@pytest.mark.parametrize("where", ["clip", "media_pool"])
def test_owners_of_markers_are_looked_for_once(stage: Stage, where: str) -> None:
    """Twenty pieces of the new run: written without a search, undone with one."""
    scene = two_runs(stage.file("ref.mp4"), stage.file("new.mp4"))
    new = scene.world.media("new.mp4")
    pieces = [scene.place(new, track=2, at=10000 + 200 * n, first=100 * n, after=100 * n + 100) for n in range(20)]
    for number in range(200):
        scene.place(scene.media(stage.file(f"b{number}.mp4")), track=1, at=30000 + 3000 * number, linked_audio=False)
    ref = scene.timeline.video[0].items[0]
    for number in range(20):
        scene.mark(ref, 160 + 100 * number, f"more {number}")
    scene.select(ref, *pieces)
    stage.settings(write_to=where)
    for entry in ("transfer", "undo"):
        scene.world.calls.clear()
        assert stage.run(entry, scene.world), stage.log()
        assert len(scene.world.calls) < 1500, Counter(call.call for call in scene.world.calls)


@pytest.mark.parametrize("where", ["timeline", "clip"])
def test_a_duplicate_timeline_is_one_of_its_own(stage: Stage, where: str) -> None:
    """The copied markers are ours there too: they are replaced, those of the first timeline stay."""
    scene = two_runs(stage.file("ref.mp4"), stage.file("new.mp4"))
    stage.settings(write_to=where)
    assert stage.run("transfer", scene.world), stage.log()
    first, once = scene.timeline, dataclasses.asdict(scene.timeline)
    twin = scene.duplicate("Timeline 2")
    stage.engine(shift_s=1.0)
    assert stage.run("transfer", scene.world), stage.log()
    assert dataclasses.asdict(first) == once
    before, after = (one if where == "timeline" else one.video[1].items[0] for one in (first, twin))
    assert sorted(m.frame for m in after.markers) == sorted(m.frame + 30 for m in before.markers)


@pytest.mark.parametrize("where", ["timeline", "clip"])
def test_a_bladed_clip_gets_each_marker_where_it_is_shown(stage: Stage, where: str) -> None:
    scene = two_runs(stage.file("ref.mp4"), stage.file("new.mp4"))
    stage.settings(write_to=where)
    assert stage.run("transfer", scene.world), stage.log()
    ref, new = (track.items[0] for track in scene.timeline.video)
    once = placed(scene)
    second = scene.blade(new, 700)  # the one marker is before, the other behind the cut
    scene.select(ref, new, second)
    assert stage.run("transfer", scene.world), stage.log()
    if where == "timeline":
        assert placed(scene) == once
    else:
        assert [[m.name for m in one.markers] for one in (new, second)] == [["spot 1"], ["spot 2"]]
