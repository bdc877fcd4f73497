"""Transfers between clips that are selected in the Media Pool: on the Media page, and where no timeline is open."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import pytest

from tests.doubles.resolve import Fault, Media, Scene
from tests.resolve_scripts.stage import Stage, marked, placed, state

NTSC_S = 1001 / 30000


def pool(stage: Stage, *, timeline: bool = False, version: str = "21.1", new_rate: str = "30000/1001") -> Scene:
    """Both clips in the pool and selected there, two markers on the reference; 60 frames later in the new run."""
    scene = Scene(version=version, drop=True)
    ref, new = scene.media(stage.file("ref.mp4")), scene.media(stage.file("new.mp4"), rate=new_rate)
    for number, frame in enumerate((750, 1500), start=1):
        scene.mark(ref, frame, f"spot {number}", color="Sand", note="left", duration=30)
    scene.select_in_pool(new, ref)
    scene.world.page = "media"
    if not timeline:
        scene.project.timelines.clear()
        scene.project.current = ""
        scene.world.page = "edit"
    stage.engine(shift_s=60 * NTSC_S)
    return scene


def new_of(scene: Scene) -> Media:
    return scene.world.media("new.mp4")


WRITTEN = [(810, "spot 1"), (1560, "spot 2")]


@pytest.mark.slow
@pytest.mark.parametrize("version", ["19.0.2", "20.3", "21.0.4", "21.1"])
@pytest.mark.parametrize("timeline", [False, True])
def test_markers_go_from_clip_to_clip_and_back_by_undo(stage: Stage, timeline: bool, version: str) -> None:
    scene = pool(stage, timeline=timeline, version=version)
    before = state(scene.world)
    assert stage.run("transfer", scene.world), stage.log()
    assert marked(new_of(scene)) == WRITTEN and not (timeline and placed(scene))
    first = min(new_of(scene).markers, key=lambda one: one.frame)
    assert first.note == "left (mtbsync: 0:27.03 \u00b10.10 s, 97 % sure)" and first.duration == 30
    assert "Reference: ref.mp4, as it is the one with markers; 2 markers on its clip in the media pool." in stage.page()
    assert (
        "selected in the Media Pool" in stage.log() and "spot 1 -> new.mp4: new.mp4, 0:27.03 of the file" in stage.log()
    )
    (request,) = stage.requests()
    assert (request["new"][0]["from_s"], request["new"][0]["to_s"]) == (0.0, pytest.approx(3000 * NTSC_S))
    assert stage.run("transfer", scene.world), stage.log()
    assert "0 markers written; 2 are there already" in stage.log()
    stage.engine(shift_s=61 * NTSC_S)
    assert stage.run("transfer", scene.world), stage.log()
    assert marked(new_of(scene)) == [(frame + 1, name) for frame, name in WRITTEN]
    for left in (WRITTEN, []):
        assert stage.run("undo", scene.world), stage.log()
        assert "Undone in the Media Pool: 2 markers deleted" in stage.notice() and marked(new_of(scene)) == left
    assert state(scene.world) == before


@pytest.mark.parametrize("rate", ["60000/1001", "24000/1001", "25"])
def test_a_clip_of_another_rate_has_its_own_frames(stage: Stage, rate: str) -> None:
    scene = pool(stage, new_rate=rate)
    new_of(scene).frames = 6000
    stage.settings(write_to="timeline")
    assert stage.run("transfer", scene.world), stage.log()
    assert [frame for frame, _ in marked(new_of(scene))] == [
        round(frame * NTSC_S * Fraction(rate)) for frame, _ in WRITTEN
    ]


def test_one_reference_to_many(stage: Stage) -> None:
    scene = pool(stage)
    third = scene.media(stage.file("third.mp4"))
    scene.select_in_pool(scene.world.media("ref.mp4"), new_of(scene), third)
    assert not stage.run("transfer", scene.world)
    assert "Transfer to All Selected" in stage.log()
    assert stage.run("transfer_all", scene.world), stage.log()
    assert marked(third) == marked(new_of(scene)) == WRITTEN


def test_the_rides_of_a_long_recording(stage: Stage) -> None:
    scene = pool(stage)
    spans = [{"from_s": 0.0, "to_s": 50.0}, {"from_s": 50.0, "to_s": 100.1}]
    rides = [dict(span, shift_s=shift * NTSC_S) for span, shift in zip(spans, (-500, 1000), strict=True)]
    stage.engine(rides={new_of(scene).path: rides})
    assert stage.run("transfer", scene.world), stage.log()
    assert marked(new_of(scene)) == [
        (250, "spot 1 (ride 1)"),
        (1000, "spot 2 (ride 1)"),
        (1750, "spot 1 (ride 2)"),
        (2500, "spot 2 (ride 2)"),
    ]


def test_two_subclips_of_one_file_are_two_laps(stage: Stage) -> None:
    """Markers of a subclip count from its first frame."""
    scene = Scene()
    laps = [scene.media(stage.file("day.mp4"), first=first, frames=1000) for first in (500, 2000)]
    scene.mark(laps[0], 300, "jump")
    scene.select_in_pool(*laps)
    scene.world.page = "media"
    stage.engine(shift_s=1510 * NTSC_S)
    for _ in range(2):
        assert stage.run("transfer", scene.world), stage.log()
        assert [marked(lap) for lap in laps] == [[(300, "jump")], [(310, "jump")]]
    (asked, _) = stage.requests()
    assert asked["reference"]["to_s"] == pytest.approx(1500 * NTSC_S)
    assert asked["new"][0]["from_s"] == pytest.approx(2000 * NTSC_S)


def test_what_an_editor_changed_is_kept_and_is_a_pair(stage: Stage) -> None:
    scene = pool(stage)
    assert stage.run("transfer", scene.world), stage.log()
    new_of(scene).markers[0].frame += 15
    scene.mark(scene.world.media("ref.mp4"), 2000, "ANCHOR 1")
    scene.mark(new_of(scene), 2050, "ANCHOR 1")
    stage.engine(shift_s=2.0)
    assert stage.run("transfer", scene.world), stage.log()
    assert marked(new_of(scene)) == [(825, "spot 1"), (1560, "spot 2"), (2050, "ANCHOR 1")]
    anchors = [(one["ref_s"] / NTSC_S, one["new_s"] / NTSC_S) for one in stage.requests()[-1]["anchors"]]
    assert anchors == [pytest.approx((750, 825), abs=0.1), pytest.approx((2000, 2050), abs=0.1)]
    assert "1 kept as you changed them" in stage.log()


@pytest.mark.parametrize("timeline", [False, True])
def test_markers_are_removed_from_the_selected_clips(stage: Stage, timeline: bool) -> None:
    scene = pool(stage, timeline=timeline)
    assert stage.run("transfer", scene.world), stage.log()
    new_of(scene).markers[0].name = "Roots"
    scene.select_in_pool(scene.world.media("ref.mp4"))
    assert not stage.run("remove", scene.world)
    assert "no markers of MTB Sync to remove on the clips selected in the Media Pool" in stage.notice()
    scene.select_in_pool(new_of(scene))
    assert stage.run("remove", scene.world), stage.log()
    assert marked(new_of(scene)) == [(810, "Roots")]
    assert stage.run("undo", scene.world), stage.log()
    assert marked(new_of(scene)) == [(810, "Roots"), (1560, "spot 2")]


@pytest.mark.slow
def test_a_checked_clip_is_the_next_reference(stage: Stage) -> None:
    scene = pool(stage)
    assert stage.run("transfer", scene.world), stage.log()
    scene.select_in_pool(new_of(scene))
    assert stage.run("adopt", scene.world), stage.log()
    assert {one.custom_data for one in new_of(scene).markers} == {""}
    third = scene.media(stage.file("third.mp4"))
    scene.select_in_pool(new_of(scene), third)
    assert stage.run("transfer", scene.world), stage.log()
    assert marked(third) == [(870, "spot 1"), (1620, "spot 2")]
    for _ in range(2):
        assert stage.run("undo", scene.world), stage.log()
    assert marked(third) == [] and all("mtbsync" in one.custom_data for one in new_of(scene).markers)


def test_export(stage: Stage) -> None:
    scene = pool(stage)
    assert stage.run("export", scene.world), stage.log()
    rows = (stage.config / "exports" / "ref.markers.csv").read_text(encoding="utf-8").splitlines()
    assert rows[1] == "25.025000,1.001000,spot 1,Sand,left"


@pytest.mark.slow
def test_undo_is_for_the_place_where_one_is(stage: Stage) -> None:
    scene = pool(stage, timeline=True)
    assert stage.run("transfer", scene.world), stage.log()
    scene.world.page = "edit"
    assert not stage.run("undo", scene.world)
    assert "There is no transfer to undo on the timeline Timeline 1." in stage.notice()
    assert "The last one was in the Media Pool: go to the Media page." in stage.notice()
    items = [scene.place(scene.world.media(name), track=n, at=5000 * n) for n, name in ((1, "ref.mp4"), (2, "new.mp4"))]
    for item in items:
        item.markers[:] = [one for one in item.markers if not one.custom_data]
    new_of(scene).markers.clear()
    scene.select(*items)
    assert stage.run("transfer", scene.world), stage.log()
    assert len(placed(scene)) == 2
    scene.world.page = "media"
    assert stage.run("undo", scene.world), stage.log()
    assert len(placed(scene)) == 2, "the run of the timeline is later, and stays"
    assert not stage.run("undo", scene.world)
    assert "The last one was on the timeline Timeline 1: open that." in stage.notice()


def test_a_clip_that_is_gone_by_then_is_told_by_undo(stage: Stage) -> None:
    scene = pool(stage)
    assert stage.run("transfer", scene.world), stage.log()
    scene.project.media.remove(new_of(scene))
    assert stage.run("undo", scene.world), stage.log()
    assert "A clip with markers of the run is gone (media pool)." in stage.log()


def test_what_cannot_be_used_is_said(stage: Stage) -> None:
    scene = pool(stage)
    others = [
        scene.compound("Compound Clip 1"),
        scene.compound("Timeline 0", type="Timeline"),
        scene.media(stage.file("photo.jpg"), type="Still"),
        scene.media("/gone/offline.mp4", online=False),
        scene.media(stage.file("empty.mp4"), frames=0),
    ]
    scene.select_in_pool(scene.world.media("ref.mp4"), new_of(scene), *others)
    assert stage.run("transfer", scene.world), stage.log()
    for name, why in (
        ("Compound Clip 1", "it is a compound clip or a nested timeline"),
        ("Timeline 0", "it is a compound clip or a nested timeline"),
        ("photo.jpg", "it is a still picture"),
        ("offline.mp4", "its file is not there"),
        ("empty.mp4", "Resolve does not say how many frames it has"),
    ):
        assert f"{name} is skipped: {why}" in stage.log(), name
    assert marked(new_of(scene)) == WRITTEN


@pytest.mark.parametrize("timeline", [False, True])
def test_nothing_is_selected(stage: Stage, timeline: bool) -> None:
    scene = pool(stage, timeline=timeline)
    scene.select_in_pool()
    for entry in ("transfer", "remove", "adopt", "export"):
        assert not stage.run(entry, scene.world)
        page = stage.page() if entry == "transfer" else stage.notice()
        assert "selected in the Media Pool" in page and "open it on the Edit page" in page
        assert ("No timeline is open" in page) is not timeline
        unchanged = entry != "export"  # which never changes any
        assert ("The clips in the Media Pool were not changed." in page) is unchanged and "The timeline" not in page


def test_one_clip_is_not_enough(stage: Stage) -> None:
    scene = pool(stage)
    scene.select_in_pool(scene.world.media("ref.mp4"))
    assert not stage.run("transfer", scene.world)
    assert "usable among the clips selected in the Media Pool: ref.mp4" in stage.page()


def test_a_resolve_that_does_not_tell_what_is_selected_there(stage: Stage) -> None:
    scene = pool(stage, version="18.6")
    assert not stage.run("transfer", scene.world)
    assert "does not tell scripts what is selected in the Media Pool (19.0.2 and newer do)" in stage.page()


def test_the_flag_says_which_is_the_reference(stage: Stage) -> None:
    scene = pool(stage)
    scene.mark(new_of(scene), 5, "mine")
    assert not stage.run("transfer", scene.world)
    assert "More than one of the chosen recordings has markers" in stage.log()
    scene.world.media("ref.mp4").flags.append("Purple")
    assert stage.run("transfer", scene.world), stage.log()
    assert marked(new_of(scene)) == [(5, "mine"), *WRITTEN]


def test_markers_of_a_person_are_not_replaced(stage: Stage) -> None:
    scene = pool(stage)
    scene.world.media("ref.mp4").flags.append("Purple")
    for frame in (809, 810, 811, 1560):
        scene.mark(new_of(scene), frame, "mine")
    assert stage.run("transfer", scene.world), stage.log()
    assert [one for one in marked(new_of(scene)) if one[1] != "mine"] == [(1561, "spot 2")]
    assert "not written, occupied" in stage.log()


CHANGES: dict[str, Callable[[Scene], Any]] = {
    "relinked": lambda scene: setattr(new_of(scene), "path", "/elsewhere/new.mp4"),
    "another rate": lambda scene: setattr(new_of(scene), "rate", "25"),
    "deleted": lambda scene: scene.project.media.remove(new_of(scene)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_clip_is_changed_during_the_run(stage: Stage, monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    from resolve_scripts.mtbsync_resolve import transfer

    scene = pool(stage)
    new, real = new_of(scene), transfer.asking

    def meanwhile(*given: object, **named: object) -> Iterator[None]:
        yield from real(*given, **named)  # type: ignore[arg-type]
        CHANGES[change](scene)

    monkeypatch.setattr(transfer, "asking", meanwhile)
    assert not stage.run("transfer", scene.world)
    assert "The Media Pool was changed" in stage.log() and new.markers == []


def test_where_resolve_refuses_nothing_is_left_half_done(stage: Stage) -> None:
    scene = pool(stage)
    before = state(scene.world)
    scene.world.faults.append(Fault("refuse", "MediaPoolItem.AddMarker", skip=1, times=1))
    assert not stage.run("transfer", scene.world)
    assert "did not take 1 of 2 markers" in stage.log() and state(scene.world) == before
    scene.world.faults.clear()
    assert stage.run("transfer", scene.world), stage.log()
    (journal,) = (stage.config / "journal").glob("*.jsonl")
    head, *steps = map(json.loads, journal.read_text(encoding="utf-8").splitlines())
    assert head["timeline"] == "media_pool" and {step["kind"] for step in steps} == {"media_pool"}
