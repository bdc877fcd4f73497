"""A clip that shows several rides of the reference: each gets its markers, named by its number."""

from __future__ import annotations

from typing import Any

import pytest

from tests.doubles.resolve import Scene
from tests.resolve_scripts.stage import Stage, placed, state

NTSC_S = 1001 / 30000
BEGINS = 3000
"""Where the long clip begins on the timeline, as its first frame."""


def a_ride(number: int, **told: Any) -> dict[str, Any]:
    """What the engine says of ride `number` of a recording that shows one in every 1000 frames."""
    span = {"from_s": 1000 * (number - 1) * NTSC_S, "to_s": 1000 * number * NTSC_S}
    return {"shift_s": 1000 * (number - 1) * NTSC_S, **span, **told}


def afternoon(stage: Stage, *told: dict[str, Any], name: str = "day.mp4") -> Scene:
    """A reference with markers at its frames 300 and 600, and a clip that shows two rides of it, or those told."""
    scene = Scene(drop=True)
    ref, day = scene.media(stage.file("ref.mp4"), frames=900), scene.media(stage.file(name), frames=9000)
    first, long = scene.place(ref, track=1, at=0), scene.place(day, track=2, at=BEGINS)
    for frame, jump in ((300, "Jump 1"), (600, "Jump 2")):
        scene.mark(first, frame, jump)
    scene.select(first, long)
    stage.engine(rides={day.path: list(told) or [a_ride(1), a_ride(2)]})
    return scene


def on_the_long_clip(scene: Scene) -> list[tuple[int, str]]:
    """Frames of the file, and names."""
    return [(frame - BEGINS, name) for frame, _, name in placed(scene)]


BOTH = [(300, "Jump 1 (ride 1)"), (600, "Jump 2 (ride 1)"), (1300, "Jump 1 (ride 2)"), (1600, "Jump 2 (ride 2)")]


@pytest.mark.parametrize("where", ["timeline", "clip", "media_pool"])
def test_every_ride_gets_its_markers_and_undo_takes_all_of_them_back(stage: Stage, where: str) -> None:
    scene = afternoon(stage)
    stage.settings(write_to=where)
    before = state(scene.world)
    assert stage.run("transfer", scene.world), stage.log()
    owners = {"clip": scene.timeline.video[1].items[0].markers, "media_pool": scene.world.media("day.mp4").markers}
    written = sorted((one.frame, one.name) for one in owners.get(where, []))
    assert (written or on_the_long_clip(scene)) == BOTH
    assert "4 markers written; 0 not written." in stage.log()
    page = stage.page()
    assert page.index("Jump 2 (ride 1)") < page.index("Jump 1 (ride 2)")
    assert "day.mp4 (0:00.00 to 0:33.37): good" in page and "day.mp4 (0:33.37 to 1:06.73): good" in page
    assert stage.run("transfer", scene.world), stage.log()
    assert "0 markers written; 4 are there already; 0 not written." in stage.log()
    assert stage.run("undo", scene.world), stage.log()
    assert state(scene.world) == before


@pytest.mark.slow
def test_a_later_run_replaces_the_markers_of_all_rides(stage: Stage) -> None:
    """A third ride is found now, and the first lies elsewhere: their numbers and places are new."""
    scene = afternoon(stage)
    assert stage.run("transfer", scene.world), stage.log()
    stage.engine(rides={stage.file("day.mp4"): [a_ride(1, shift_s=1.001), a_ride(2), a_ride(3)]})
    assert stage.run("transfer", scene.world), stage.log()
    assert [name for _, name in on_the_long_clip(scene)] == [
        f"Jump {jump} (ride {ride})" for ride in (1, 2, 3) for jump in (1, 2)
    ]
    assert "4 markers written, in place of 2 of an earlier run; 2 are there already" in stage.log()
    assert stage.run("undo", scene.world), stage.log()
    assert on_the_long_clip(scene) == BOTH


def test_a_ride_that_fails_keeps_what_an_earlier_run_wrote_on_it(stage: Stage) -> None:
    scene = afternoon(stage)
    assert stage.run("transfer", scene.world), stage.log()
    stage.engine(rides={stage.file("day.mp4"): [a_ride(1, failed=True), a_ride(2, shift_s=1001 * NTSC_S)]})
    assert stage.run("transfer", scene.world), stage.log()
    assert on_the_long_clip(scene) == [*BOTH[:2], (1301, "Jump 1 (ride 2)"), (1601, "Jump 2 (ride 2)")]
    assert "day.mp4 (0:00.00 to 0:33.37): not aligned: too little to see" in stage.page()
    assert "Jump 1 (ride 1) -> day.mp4: not written, failed" in stage.log()


def test_a_doubtful_place_says_so_before_the_name(stage: Stage) -> None:
    doubt = {"m2": {"status": "doubtful", "confidence": 0.4}}
    scene = afternoon(stage, a_ride(1), a_ride(2, markers=doubt))
    assert stage.run("transfer", scene.world), stage.log()
    assert on_the_long_clip(scene) == [*BOTH[:3], (1600, "doubtful: Jump 2 (ride 2)")]


@pytest.mark.slow
@pytest.mark.parametrize("ride", [1, 2])
def test_a_marker_that_was_corrected_on_one_ride_stands_for_that_ride(stage: Stage, ride: int) -> None:
    scene = afternoon(stage)
    assert stage.run("transfer", scene.world), stage.log()
    mine = next(one for one in scene.timeline.markers if one.name == f"Jump 1 (ride {ride})")
    mine.frame += 30
    stage.engine(rides={stage.file("day.mp4"): [a_ride(n, shift_s=(1000 * n - 995) * NTSC_S) for n in (1, 2)]})
    assert stage.run("transfer", scene.world), stage.log()
    (anchor,) = stage.requests()[-1]["anchors"]
    assert anchor["new_s"] - anchor["ref_s"] == pytest.approx((1000 * (ride - 1) + 30) * NTSC_S, abs=1e-5)
    kept, again = (1000 * (ride - 1) + 330, f"Jump 1 (ride {ride})"), [(frame + 5, name) for frame, name in BOTH]
    assert on_the_long_clip(scene) == sorted([kept, *(one for one in again if one[1] != kept[1])])
    assert "1 kept as you changed them" in stage.log()
    # The other ride's marker of that source is not held for the corrected one.
    assert stage.run("undo", scene.world), stage.log()
    assert on_the_long_clip(scene) == sorted([kept, *(one for one in BOTH if one[1] != kept[1])])


@pytest.mark.slow
def test_undo_puts_back_what_the_run_deleted_on_the_other_rides(stage: Stage) -> None:
    scene = afternoon(stage)
    assert stage.run("transfer", scene.world), stage.log()
    stage.engine(rides={stage.file("day.mp4"): [a_ride(n, shift_s=(1000 * n - 995) * NTSC_S) for n in (1, 2)]})
    assert stage.run("transfer", scene.world), stage.log()
    mine = next(one for one in scene.timeline.markers if one.name == "Jump 1 (ride 2)")
    mine.note = "checked"
    assert stage.run("undo", scene.world), stage.log()
    assert on_the_long_clip(scene) == [*BOTH[:2], (1305, "Jump 1 (ride 2)"), BOTH[3]]


def test_a_corrected_marker_that_the_trim_hides_is_no_pair(stage: Stage) -> None:
    """Else two places of one moment, of two rides, would be told of a clip that shows one of them."""
    scene = afternoon(stage)
    stage.settings(write_to="clip")
    assert stage.run("transfer", scene.world), stage.log()
    long = scene.timeline.video[1].items[0]
    for one in long.markers:
        one.note = "checked"
    long.duration = 1000
    assert stage.run("transfer", scene.world), stage.log()
    assert [round(pair["new_s"] / NTSC_S) for pair in stage.requests()[-1]["anchors"]] == [300, 600]


def chapters(stage: Stage, rides: dict[str, list[dict[str, Any]]]) -> Scene:
    """A recording of two chapters of 3000 frames each."""
    scene = Scene(drop=True)
    first = scene.place(scene.media(stage.file("ref.mp4"), frames=900), track=1, at=0)
    files = [scene.media(stage.file(name), frames=3000) for name in ("GX010200.MP4", "GX020200.MP4")]
    parts = [scene.place(one, track=2, at=BEGINS + 3000 * n) for n, one in enumerate(files)]
    for frame, jump in ((300, "Jump 1"), (600, "Jump 2")):
        scene.mark(first, frame, jump)
    scene.select(first, *parts)
    stage.engine(rides={stage.file(name): told for name, told in rides.items()})
    return scene


NOWHERE: dict[str, Any] = {"status": "outside", "t_s": None}


def test_a_ride_in_each_chapter_is_two_rides(stage: Stage) -> None:
    scene = chapters(stage, {"GX010200.MP4": [a_ride(1), a_ride(2)], "GX020200.MP4": [a_ride(1)]})
    assert stage.run("transfer", scene.world), stage.log()
    third = [(3000 + frame, name.replace("ride 1", "ride 3")) for frame, name in BOTH[:2]]
    assert on_the_long_clip(scene) == [*BOTH, *third]


@pytest.mark.parametrize("both_show_it", [False, True])
def test_a_ride_that_goes_on_in_the_next_chapter_is_one(stage: Stage, both_show_it: bool) -> None:
    """The marker at the end of a chapter may have a place in either."""
    first = a_ride(1, shift_s=2500 * NTSC_S, markers={"m2": NOWHERE})
    told: dict[str, Any] = {"status": "doubtful", "confidence": 0.2} if both_show_it else NOWHERE
    behind = a_ride(1, shift_s=-10.01, markers={"m1": told})
    scene = chapters(stage, {"GX010200.MP4": [first], "GX020200.MP4": [behind]})
    assert stage.run("transfer", scene.world), stage.log()
    assert on_the_long_clip(scene) == [(2800, "Jump 1"), (3300, "Jump 2")]


def test_the_chapters_of_a_reference_are_one_ride_of_each(stage: Stage) -> None:
    """One request for each; a ride is what follows one another in both."""
    scene = Scene(drop=True)
    files = [scene.media(stage.file(name), frames=500) for name in ("GX010100.MP4", "GX020100.MP4")]
    parts = [scene.place(one, track=1, at=500 * n) for n, one in enumerate(files)]
    day = scene.place(scene.media(stage.file("day.mp4"), frames=9000), track=2, at=BEGINS)
    for part, jump in zip(parts, ("Jump 1", "Jump 2"), strict=True):
        scene.mark(part, 300, jump)
    scene.select(*parts, day)
    stage.engine(rides={stage.file("day.mp4"): [a_ride(1), a_ride(2)]})
    assert stage.run("transfer", scene.world), stage.log()
    assert len(stage.requests()) == 2
    assert [name for _, name in on_the_long_clip(scene)] == [
        *("Jump 1 (ride 1)", "Jump 2 (ride 1)", "Jump 1 (ride 2)", "Jump 2 (ride 2)"),
    ]


def test_a_run_whose_last_ride_is_not_done_is_not_finished(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    from resolve_scripts.mtbsync_resolve.answers import Answers
    from resolve_scripts.mtbsync_resolve.run_lock import cancel

    scene = afternoon(stage, a_ride(1), a_ride(2, hangs=True))
    other = scene.place(scene.media(stage.file("zzz.mp4")), track=2, at=20000)
    scene.select(*(track.items[0] for track in scene.timeline.video), other)
    before, take = state(scene.world), Answers.take

    def take_and_cancel(self: Answers, event: dict[str, Any]) -> None:
        take(self, event)
        if event["event"] == "result":
            cancel(stage.config)

    monkeypatch.setattr(Answers, "take", take_and_cancel)
    assert not stage.run("transfer_all", scene.world)
    assert "Cancelled" in stage.log() and state(scene.world) == before
