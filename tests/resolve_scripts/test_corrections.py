"""What an editor changed or set by hand: it is kept, it is told to the engine, and it is not undone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.doubles.resolve import two_runs
from tests.resolve_scripts.stage import Stage, placed

FRAME_S = 1001 / 30000


def transferred(stage: Stage, **how: Any) -> Any:
    scene = two_runs(stage.file("ref.mp4"), stage.file("new.mp4"), **how)
    stage.engine(shift_s=1.0, markers={"m2": {"status": "doubtful", "confidence": 0.4}})
    assert stage.run("transfer", scene.world), stage.log()
    return scene


def ours(scene: Any, name: str) -> Any:
    return next(marker for marker in scene.timeline.markers if marker.name.startswith(name))


@pytest.mark.parametrize("change", ["moved", "renamed", "recoloured", "noted"])
def test_a_corrected_marker_is_kept_and_is_a_pair(stage: Stage, change: str) -> None:
    scene = transferred(stage)
    marker = ours(scene, "spot 1")
    before_s = marker.frame * FRAME_S
    if change == "moved":
        marker.frame += 45
    else:
        setattr(marker, {"renamed": "name", "recoloured": "color", "noted": "note"}[change], "Sky")
    stage.engine(shift_s=2.0)
    assert stage.run("transfer", scene.world), stage.log()
    assert marker in scene.timeline.markers, stage.log()
    (anchor,) = stage.requests()[-1]["anchors"]
    assert anchor["new_s"] - anchor["ref_s"] == pytest.approx(1.0 + (1.5015 if change == "moved" else 0.0), abs=FRAME_S)
    assert before_s > 0 and "1 moments of new.mp4 are taken as you set them" in stage.log()


def test_untouched_markers_are_no_pairs(stage: Stage) -> None:
    scene = transferred(stage)
    assert stage.run("transfer", scene.world), stage.log()
    assert stage.requests()[-1]["anchors"] == []


def test_undo_leaves_what_was_changed_and_says_so(stage: Stage) -> None:
    scene = transferred(stage)
    marker = ours(scene, "spot 1")
    marker.frame, marker.name, marker.note = marker.frame + 45, "start of lap", "two hours of notes"
    stage.run("undo", scene.world)
    assert [name for *_, name in placed(scene)] == ["start of lap"] and "start of lap" in stage.log()


def test_anchors_on_both_clips_are_pairs_and_no_markers(stage: Stage) -> None:
    scene = two_runs(stage.file("ref.mp4"), stage.file("new.mp4"))
    ref, new = (track.items[0] for track in scene.timeline.video[:2])
    scene.mark(ref, 900, "ANCHOR 1")
    scene.mark(new, 930, "anchor 1")
    scene.mark(ref, 1200, "ANCHOR 7")
    assert stage.run("transfer", scene.world), stage.log()
    (request,) = stage.requests()
    moments = {"ref_s": round(900 * FRAME_S, 6), "new_s": round(930 * FRAME_S, 6)}
    assert request["anchors"] == [{"new": request["new"][0]["id"], **moments}]
    assert len(request["markers"]) == 2


def test_a_number_at_two_moments_is_refused(stage: Stage) -> None:
    scene = two_runs(stage.file("ref.mp4"), stage.file("new.mp4"))
    ref, new = (track.items[0] for track in scene.timeline.video[:2])
    for item, frame in ((ref, 900), (ref, 950), (new, 930)):
        scene.mark(item, frame, "ANCHOR 1")
    assert not stage.run("transfer", scene.world)
    assert "ANCHOR 1 is at two moments of ref.mp4" in stage.log() and not stage.requests()
