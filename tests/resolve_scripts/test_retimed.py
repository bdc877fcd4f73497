"""Clips that run at one other speed are carried exactly; what has no one speed is refused with the reason."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from tests.doubles.resolve import Item, Quirks, Scene
from tests.doubles.resolve.items import TimelineItem
from tests.resolve_scripts.stage import Stage, marked, placed

NTSC = "30000/1001"
NTSC_S = 1001 / 30000


def retimed(
    stage: Stage, speed: float, *, rate: str = NTSC, first: int = 301, ref_speed: float = 100.0, **scene_is: Any
) -> tuple[Scene, Item, Item]:
    """Reference and new run on a timeline of 29.97; a marker of the timeline 400 frames after the reference's start."""
    scene = Scene(drop=True, **scene_is)
    frames = round(100 * Fraction(rate))
    ref, new = scene.media(stage.file("ref.mp4")), scene.media(stage.file("new.mp4"), rate=rate, frames=frames)
    one = scene.place(ref, track=1, at=100, first=150, speed=ref_speed)
    other = scene.place(new, track=2, at=9000, first=first, speed=speed)
    scene.mark(scene.timeline, 500, "jump", duration=40)
    scene.select(one, other)
    for item in (one, other):
        item.color = "Orange"
    one.color = "Purple"
    return scene, one, other


@pytest.mark.slow
@pytest.mark.parametrize("low", [0, 1])
@pytest.mark.parametrize("rate", [NTSC, "60000/1001", "24000/1001"])
@pytest.mark.parametrize("ref_speed", [100.0, 50.0])
@pytest.mark.parametrize("speed", [25.0, 50.0, 80.0, 100.0, 137.5, 200.0, 400.0])
def test_a_constant_speed_is_carried_within_a_frame(
    stage: Stage, speed: float, ref_speed: float, rate: str, low: int
) -> None:
    scene, _, other = retimed(stage, speed, rate=rate, ref_speed=ref_speed, quirks=Quirks(source_start_low=low))
    stage.engine(shift_s=2.5)
    assert stage.run("transfer", scene.world), stage.log()
    file_s = (150 + 400 * ref_speed / 100) * NTSC_S + 2.5
    due = 9000 + (file_s - 301 / float(Fraction(rate))) / NTSC_S * 100 / speed
    (found,) = [marker for marker in scene.timeline.markers if marker.custom_data]
    # A source frame that is one too low is all of the start that is known.
    frame = max(1.0, 100 / speed * 30 / float(Fraction(rate)))
    assert abs(found.frame - due) <= 0.51 + (frame if low or rate != NTSC else 0.51), (found.frame, due)
    assert abs(found.duration - 40 * ref_speed / speed) <= 0.51 + 1
    asked = stage.requests()[0]
    assert asked["new"][0]["to_s"] - asked["new"][0]["from_s"] == pytest.approx(
        other.duration * speed / 100 * NTSC_S, abs=1e-6
    )


def test_at_one_rate_the_frame_is_the_very_one(stage: Stage) -> None:
    """At half speed file frame n is on two frames of the timeline, of which the first is taken."""
    scene, _, _ = retimed(stage, 50.0)
    stage.engine(shift_s=1000 * NTSC_S)
    assert stage.run("transfer", scene.world), stage.log()
    assert [frame for frame, _, name in placed(scene) if frame > 9000] == [9000 + 2 * (550 + 1000 - 301)]
    assert stage.run("undo", scene.world), stage.log()
    assert len(placed(scene)) == 1
    stage.settings(write_to="media_pool")
    assert stage.run("transfer", scene.world), stage.log()
    assert marked(scene.world.media("new.mp4")) == [(1550, "jump")]


def test_a_marker_on_a_retimed_clip_that_was_moved_is_a_pair_at_its_place(stage: Stage) -> None:
    scene, _, _ = retimed(stage, 50.0)
    stage.engine(shift_s=1000 * NTSC_S)
    assert stage.run("transfer", scene.world), stage.log()
    mine = next(marker for marker in scene.timeline.markers if marker.custom_data)
    mine.frame += 20
    assert stage.run("transfer", scene.world), stage.log()
    (anchor,) = stage.requests()[-1]["anchors"]
    assert [anchor["ref_s"], anchor["new_s"]] == [pytest.approx(at * NTSC_S, abs=1e-3) for at in (550, 1560)]


def test_a_subclip_that_is_retimed(stage: Stage) -> None:
    scene = Scene(drop=True)
    ref = scene.place(scene.media(stage.file("ref.mp4")), track=1, at=0)
    part = scene.media(stage.file("new.mp4"), first=600, frames=1200)
    scene.select(ref, scene.place(part, track=2, at=4000, first=100, speed=200.0))
    scene.mark(ref, 900, "jump")
    assert stage.run("transfer", scene.world), stage.log()
    assert [frame for frame, _, _ in placed(scene)] == [4000 + (900 - 700) // 2]


def ramp(item: TimelineItem) -> dict[str, Any]:
    """Of a clip whose speed changes Resolve is taken to tell one speed, whichever."""
    return {"Percentage": 100.0, "PitchCorrection": True}


@pytest.mark.parametrize(
    ("speed", "version", "words"),
    [
        (-100.0, "21.1", "it runs backwards (-100 %)"),
        (-50.0, "21.1", "it runs backwards"),
        (-100.0, "20.3", "it runs backwards"),
        (0.0, "21.1", "it is a freeze frame"),
        (50.0, "20.3", "only DaVinci Resolve 21.1 and newer tell scripts whether the speed is one throughout"),
        (200.0, "21.0.4", "Set it back to 100 % for the transfer"),
    ],
)
def test_what_is_not_carried_is_refused_with_the_reason(stage: Stage, speed: float, version: str, words: str) -> None:
    scene, _, _ = retimed(stage, speed, first=1500, version=version)
    assert not stage.run("transfer", scene.world)
    assert f"new.mp4 (V2) is skipped: {words}" in stage.log() or words in stage.log()
    assert len(placed(scene)) == 1


def test_a_speed_that_changes_is_refused(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TimelineItem, "GetSpeed", ramp)
    scene, _, _ = retimed(stage, 50.0)
    assert not stage.run("transfer", scene.world)
    assert "new.mp4 (V2) is skipped: its speed changes on the way" in stage.log()


@pytest.mark.parametrize("side", ["reference", "new"])
def test_markers_on_a_retimed_clip_itself_count_nobody_knows_what(stage: Stage, side: str) -> None:
    scene, one, _ = retimed(stage, 50.0 if side == "new" else 100.0, ref_speed=50.0 if side == "reference" else 100.0)
    if side == "reference":
        scene.timeline.markers.clear()
        scene.mark(one, 500, "jump")
    else:
        stage.settings(write_to="clip")
    assert not stage.run("transfer", scene.world)
    said = "its clip markers count" if side == "reference" else "cannot be written to clips that are retimed"
    assert said in stage.log(), stage.log()


def test_a_multicam_clip_is_to_be_flattened(stage: Stage) -> None:
    scene, one, _ = retimed(stage, 100.0)
    scene.select(one, scene.place(scene.compound("Multicam 1", type="Multicam"), track=2, at=30000, linked_audio=False))
    assert not stage.run("transfer", scene.world)
    assert "or a multicam clip: flatten it (right-click: Flatten Multicam Clip)" in stage.log()
