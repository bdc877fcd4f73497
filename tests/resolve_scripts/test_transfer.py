"""Transfers in the double: the right frames, whatever the rates and versions, and what is told of them."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from mtbsync_core.timecode import Rate, label_of
from tests.doubles.resolve import Quirks, Scene, two_runs
from tests.resolve_scripts.stage import Stage, placed, state


def usual(stage: Stage, **options: object) -> Scene:
    """Reference and new run on 29.97 DF from 01:00:00;00, two markers on the reference's item."""
    return two_runs(stage.file("ref.mp4"), stage.file("new.mp4"), **options)  # type: ignore[arg-type]


def test_markers_appear_on_the_new_run(stage: Stage) -> None:
    scene = usual(stage)
    stage.engine(shift_s=1.0, markers={"m2": {"status": "doubtful", "confidence": 0.4}})
    assert stage.run("transfer", scene.world), stage.log()
    # Media frame 750 is 25.025 s; 1 s later is media frame 780 (779.97); the new item begins at 2850 with media frame
    # 300.
    assert placed(scene) == [(2850 + 780 - 300, "Green", "spot 1"), (2850 + 1530 - 300, "Red", "doubtful: spot 2")]
    first = min(scene.timeline.markers, key=lambda marker: marker.frame)
    assert first.note == "mtbsync: 0:26.02 \u00b10.10 s, 97 % sure"
    stamp = json.loads(first.custom_data)
    assert stamp["mtbsync"] == 2 and len(first.custom_data) < 160
    assert "2 markers written, 1 of them doubtful (Red); 0 not written." in stage.log()
    written_at = label_of(107892 + 3330, Rate(30000, 1001, drop=True))
    assert "spot 1 -> new.mp4: " + written_at in stage.log()
    assert written_at in stage.page() and "0:26.02" in stage.page() and "http-equiv='refresh'" not in stage.page()


def test_the_engine_is_asked_for_the_trimmed_parts_in_a_clean_environment(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONHOME", "/resolve/python")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/resolve/libs")
    scene = usual(stage)
    assert stage.run("transfer", scene.world), stage.log()
    (request,) = stage.requests()
    second = 30000 / 1001
    assert request["protocol"] == 1 and request["do"] == "transfer" and request["arguments"] == ["rpc"]
    assert request["strange"] == []
    assert request["reference"]["path"] == stage.file("ref.mp4")
    assert request["reference"]["from_s"] == pytest.approx(150 / second)
    assert request["reference"]["to_s"] == pytest.approx(2850 / second)
    assert request["new"][0]["from_s"] == pytest.approx(300 / second)
    assert request["new"][0]["to_s"] == pytest.approx(2850 / second)
    assert [marker["t_s"] for marker in request["markers"]] == pytest.approx([750 / second, 1500 / second])


@pytest.mark.slow
def test_a_second_run_replaces_its_own_and_undo_goes_back_step_by_step(stage: Stage) -> None:
    scene = usual(stage)
    scene.mark(scene.timeline, 3330, "mine", note="keep", duration=7)
    scene.mark(scene.timeline, 10, "also mine", custom_data="of another tool")
    before = state(scene.world)
    stage.engine(shift_s=1.0)
    assert stage.run("transfer", scene.world), stage.log()
    once = state(scene.world)
    assert (3331, "Green", "spot 1") in placed(scene), "moved by one frame, since there is one of the user"
    assert "+1 frame, since another marker is there" in stage.log()
    assert stage.run("transfer", scene.world), stage.log()
    assert state(scene.world) == once
    assert "0 markers written; 2 are there already; 0 not written." in stage.log()
    stage.engine(shift_s=2.0)
    assert stage.run("transfer", scene.world), stage.log()
    assert len(scene.timeline.markers) == 4 and state(scene.world) != once
    assert "in place of 2 of an earlier run" in stage.log()
    assert stage.run("undo", scene.world), stage.log()
    assert state(scene.world) == once, "the run that changed nothing is no step"
    assert stage.run("undo", scene.world), stage.log()
    assert state(scene.world) == before
    assert not stage.run("undo", scene.world)
    assert "There is no transfer to undo" in stage.log()


def test_frames_that_are_taken_all_around_are_reported(stage: Stage) -> None:
    scene = usual(stage)
    stage.engine(shift_s=1.0)
    for frame in (3329, 3330, 3331):
        scene.mark(scene.timeline, frame, f"mine {frame}")
    assert stage.run("transfer", scene.world), stage.log()
    assert [name for _, _, name in placed(scene)] == ["mine 3329", "mine 3330", "mine 3331", "spot 2"]
    assert "not written, occupied, other markers are there and beside it" in stage.log()


@pytest.mark.parametrize("version", ["19.0.2", "20.3", "21.0.4", "21.1"])
def test_every_version(stage: Stage, version: str) -> None:
    scene = usual(stage, version=version)
    for track in scene.timeline.video:
        track.items[0].color = "Orange"
    stage.engine(shift_s=1.0)
    assert stage.run("transfer", scene.world), stage.log()
    assert [frame for frame, _, _ in placed(scene)] == [3330, 4080]
    how = "selected on the timeline" if version in ("21.0.4", "21.1") else "clip colour Orange"
    assert how in stage.log()


def test_a_version_that_can_check_less_says_so(stage: Stage) -> None:
    scene = usual(stage, version="18.6")
    scene.timeline.video[0].items[0].color = "Purple"
    scene.timeline.video[1].items[0].color = "Orange"
    stage.engine(shift_s=1.0)
    assert stage.run("transfer", scene.world), stage.log()
    assert [frame for frame, _, _ in placed(scene)] == [3330, 4080]
    assert "does not tell whether the clip is retimed" in stage.log()


def test_under_the_playhead(stage: Stage) -> None:
    scene = usual(stage, version="20.3")
    new = scene.timeline.video[1].items[0]
    new.start = scene.timeline.video[0].items[0].start
    scene.timeline.playhead = new.start + 5
    assert stage.run("transfer", scene.world), stage.log()
    assert "under the playhead" in stage.log() and len(scene.timeline.markers) == 2


RATES = {"24": "24", "25": "25", "29.97": "30000/1001", "59.94": "60000/1001", "23.976": "24000/1001"}
MEDIA = {"29.97": "30000/1001", "59.94": "60000/1001", "119.88": "120000/1001"}


@pytest.mark.slow
@pytest.mark.parametrize("media", MEDIA)
@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("low", [0, 1])
def test_rates(stage: Stage, rate: str, media: str, low: int) -> None:
    """Timeline markers over the reference; the new run 2.5 s later in its file. Within a frame, whatever the rates."""
    timeline, source = Fraction(RATES[rate]), Fraction(MEDIA[media])
    scene = Scene(rate=str(timeline), drop=rate in ("29.97", "59.94"), quirks=Quirks(source_start_low=low))
    files = [
        scene.media(stage.file(name), rate=str(source), frames=round(source * 100), start="10:00:00:00")
        for name in ("ref.mp4", "new.mp4")
    ]
    first, other = 8 * round(source) + 3, 4 * round(source) + 1
    ref = scene.place(files[0], track=1, at=11, first=first)
    new = scene.place(files[1], track=2, at=round(timeline * 200), first=other)
    scene.select(ref, new)
    scene.mark(scene.timeline, 11 + 700, "jump")
    stage.engine(shift_s=2.5)
    assert stage.run("transfer", scene.world), stage.log()
    moved = next(marker for marker in scene.timeline.markers if marker.custom_data)
    truth = round(timeline * 200) + (first / source + 700 / timeline + Fraction(5, 2) - other / source) * timeline
    assert abs(moved.frame - truth) <= 1 + timeline / source * low, float(moved.frame - truth)


@pytest.mark.slow
@pytest.mark.parametrize("where", ["clip", "media_pool"])
def test_onto_clips(stage: Stage, where: str) -> None:
    scene = usual(stage)
    stage.settings(write_to=where, colour="keep")
    before = state(scene.world)
    stage.engine(shift_s=1.0)
    new = scene.timeline.video[1].items[0]
    owner = new if where == "clip" else scene.world.media("new.mp4")
    for _ in range(2):
        assert stage.run("transfer", scene.world), stage.log()
        assert scene.timeline.markers == []
        # Both are keyed in source frames.
        assert sorted((m.frame, m.color, m.name) for m in owner.markers) == [
            (780, "Green", "spot 1"),
            (1530, "Green", "spot 2"),
        ]
    assert stage.run("undo", scene.world), stage.log()
    assert state(scene.world) == before


def test_what_has_no_place_on_the_timeline_is_listed(stage: Stage) -> None:
    scene = usual(stage, ref_marks=[200, 750, 1000, 1500])
    stage.engine(
        shift_s=0.0,
        markers={
            "m3": {"status": "outside", "t_s": None, "low_s": None, "high_s": None, "confidence": 0},
            "m4": {"status": "gap", "t_s": None, "low_s": None, "high_s": None, "confidence": 0},
        },
    )
    assert stage.run("transfer", scene.world), stage.log()
    assert [name for _, _, name in placed(scene)] == ["spot 2"]
    log = stage.log()
    assert "spot 1 -> new.mp4: not written, trimmed, at 0:06.67 of the file, which no clip shows" in log
    assert "not written, outside" in log and "not written, gap" in log


def test_one_reference_to_many(stage: Stage) -> None:
    scene = usual(stage)
    third = scene.place(scene.media(stage.file("third.mp4")), track=2, at=9000)
    scene.select(scene.timeline.video[0].items[0], scene.timeline.video[1].items[0], third)
    assert not stage.run("transfer", scene.world)
    assert "Transfer to All Selected" in stage.log() and scene.timeline.markers == []
    assert stage.run("transfer_all", scene.world), stage.log()
    assert [frame for frame, _, _ in placed(scene)] == [2850 + 450, 2850 + 1200, 9000 + 750, 9000 + 1500]
    (request,) = stage.requests()
    assert len(request["new"]) == 2
    # A later run to one of them leaves the other's markers alone.
    scene.select(scene.timeline.video[0].items[0], third)
    stage.engine(shift_s=1.0)
    assert stage.run("transfer", scene.world), stage.log()
    assert [frame for frame, _, _ in placed(scene)] == [2850 + 450, 2850 + 1200, 9000 + 780, 9000 + 1530]


def test_several_pieces_of_one_file(stage: Stage) -> None:
    scene = Scene(drop=True)
    ref, new = scene.media(stage.file("ref.mp4")), scene.media(stage.file("new.mp4"))
    pieces = [scene.place(ref, at=0, first=0, after=900), scene.place(ref, at=900, first=1800, after=2400)]
    others = [
        scene.place(new, track=2, at=3000, first=0, after=600),
        scene.place(new, track=2, at=4000, first=1500, after=2400),
    ]
    scene.mark(pieces[0], 300, "early")
    scene.mark(pieces[1], 2000, "late")
    scene.mark(pieces[1], 50, "hidden by the trim")
    scene.select(*pieces, *others)
    assert stage.run("transfer", scene.world), stage.log()
    assert placed(scene) == [(3300, "Green", "early"), (4500, "Green", "late")]
    assert "1 markers outside its trim" in stage.log()
    # Later only one piece is chosen: the other's marker stays.
    scene.select(*pieces, others[0])
    stage.engine(shift_s=1.0)
    assert stage.run("transfer", scene.world), stage.log()
    assert placed(scene) == [(3330, "Green", "early"), (4500, "Green", "late")]


def test_chapters_are_one_recording(stage: Stage) -> None:
    scene = Scene(drop=True)
    names = ("GX010100.MP4", "GX020100.MP4", "GX010200.MP4")
    one, two, new = (
        scene.place(scene.media(stage.file(name)), at=at) for name, at in zip(names, (0, 3000, 6000), strict=True)
    )
    scene.mark(one, 300, "early")
    scene.mark(two, 500, "late")
    scene.select(one, two, new)
    assert stage.run("transfer", scene.world), stage.log()
    assert placed(scene) == [(6300, "Green", "early"), (6500, "Green", "late")]
    assert [request["reference"]["path"][-12:] for request in stage.requests()] == list(names[:2])


def test_name_note_and_length_are_kept(stage: Stage) -> None:
    scene = usual(stage, ref_marks=[])
    item = scene.timeline.video[0].items[0]
    scene.mark(item, 600, "Doppelsprung \u00e4", note="links", duration=30, color="Sand")
    stage.settings(colour="keep")
    assert stage.run("transfer", scene.world), stage.log()
    (written,) = scene.timeline.markers
    assert (written.name, written.color, written.duration) == ("Doppelsprung \u00e4", "Sand", 30)
    assert written.note.startswith("links (mtbsync: 0:20.02 ")


def test_what_cannot_be_used_is_said(stage: Stage) -> None:
    scene = usual(stage)
    media = scene.media(stage.file("slow.mp4"))
    items = [
        scene.place(media, at=20000, first=100, after=300, speed=-50.0),
        scene.place(scene.compound("Compound Clip 1"), at=21000, linked_audio=False),
        scene.generator(at=22000),
        scene.place(scene.media("/gone/offline.mp4", online=False), at=23000, after=100),
        scene.place(scene.media(str(stage.media / "deleted.mp4")), at=24000, after=100),
    ]
    scene.select(scene.timeline.video[0].items[0], scene.timeline.video[1].items[0], *items)
    assert stage.run("transfer", scene.world), stage.log()
    log = stage.log()
    for why in ("it runs backwards", "compound clip", "it is a generator", "offline", "its file is not there"):
        assert why in log, why
    assert len(scene.timeline.markers) == 2


@pytest.mark.parametrize("version", ["20.3", "21.0.4"])
def test_a_retimed_clip_shows_without_the_call_for_it(stage: Stage, version: str) -> None:
    scene = usual(stage, version=version)
    new = scene.timeline.video[1].items[0]
    new.speed, new.duration, new.color = 50.0, new.duration * 2, "Orange"
    scene.timeline.video[0].items[0].color = "Orange"
    assert not stage.run("transfer", scene.world)
    assert "retimed" in stage.log() and scene.timeline.markers == []


def test_a_proxy_may_serve(stage: Stage) -> None:
    scene = usual(stage)
    scene.world.media("new.mp4").proxy_path = stage.file("new-proxy.mov")
    assert stage.run("transfer", scene.world), stage.log()
    stage.settings(use_proxy=False)
    assert stage.run("transfer", scene.world), stage.log()
    assert [request["new"][0]["proxy"] for request in stage.requests()] == [stage.file("new-proxy.mov"), None]


@pytest.mark.parametrize(("file_frame", "written"), [(299.4, []), (299.6, [2850]), (2849.4, [5399]), (2849.6, [])])
def test_a_place_counts_at_the_frame_that_is_nearest(stage: Stage, file_frame: float, written: list[int]) -> None:
    """The item shows the frames 300 to 2849 of its file."""
    scene = usual(stage, ref_marks=[750])
    stage.engine(shift_s=(file_frame - 750) * 1001 / 30000)
    assert stage.run("transfer", scene.world), stage.log()
    assert [frame for frame, _, _ in placed(scene)] == written
