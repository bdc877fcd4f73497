"""Which seconds of which file a clip shows: subclips, changed frame rates, other languages, unreadable files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.doubles.resolve import Item, Media, Quirks, Scene, two_runs
from tests.doubles.resolve.items import TimelineItem
from tests.resolve_scripts.stage import Stage, placed

NTSC = "30000/1001"


def stacked(scene: Scene, ref: Media, new: Media, *, mark: int = 900) -> Scene:
    """Both whole clips, the reference at 0 with a marker on its item, the new run at 4000; both selected."""
    first, second = scene.place(ref, track=1, at=0), scene.place(new, track=2, at=4000)
    first.color, second.color = "Purple", "Orange"
    scene.mark(first, mark, "jump")
    scene.select(first, second)
    return scene


@pytest.mark.parametrize("version", ["18.6", "19.0.2", "20.3", "21.1"])
@pytest.mark.parametrize("where", ["timeline", "clip", "media_pool"])
def test_a_subclip_as_the_new_run(stage: Stage, version: str, where: str) -> None:
    scene = Scene(version=version, drop=True)
    scene = stacked(
        scene, scene.media(stage.file("ref.mp4")), scene.media(stage.file("new.mp4"), first=600, frames=1200)
    )
    stage.settings(write_to=where)
    assert stage.run("transfer", scene.world), stage.log()
    # Frame 900 of the file is frame 300 of the subclip, which is at 4000 of the timeline.
    (new,) = scene.timeline.video[1].items
    frames = {
        "timeline": [frame for frame, _, _ in placed(scene)],
        "clip": [marker.frame for marker in new.markers],
        "media_pool": [marker.frame for marker in scene.world.media("new.mp4").markers],
    }
    assert frames[where] == [4300 if where == "timeline" else 300]
    (request,) = stage.requests()
    assert request["new"][0]["from_s"] == pytest.approx(float(600 / Fraction(NTSC)))
    assert (request["new"][0]["fps"], request["new"][0]["frames"]) == (NTSC, 1800)


@pytest.mark.parametrize("version", ["18.6", "21.1"])
@pytest.mark.parametrize("where", ["item", "media pool", "timeline"])
def test_a_subclip_as_the_reference(stage: Stage, version: str, where: str) -> None:
    scene = Scene(version=version, drop=True)
    ref, new = scene.media(stage.file("ref.mp4"), first=600, frames=1200), scene.media(stage.file("new.mp4"))
    first = scene.place(ref, track=1, at=0, first=100)
    second = scene.place(new, track=2, at=4000)
    first.color, second.color = "Purple", "Orange"
    scene.select(first, second)
    # Frame 300 of the subclip is frame 900 of the file, and 200 frames after the left edge.
    if where == "timeline":
        scene.mark(scene.timeline, 200, "jump")
    else:
        scene.mark(first if where == "item" else ref, 300, "jump")
    assert stage.run("transfer", scene.world), stage.log()
    assert [frame for frame, _, name in placed(scene) if frame > 1200] == [4900]
    assert stage.requests()[0]["markers"][0]["t_s"] == pytest.approx(float(900 / Fraction(NTSC)))


def test_subclips_of_another_rate(stage: Stage) -> None:
    scene = Scene(rate=NTSC, drop=True)
    ref = scene.media(stage.file("ref.mp4"))
    new = scene.media(stage.file("new.mp4"), rate="60000/1001", first=1200, frames=2400)
    assert stage.run("transfer", stacked(scene, ref, new).world), stage.log()
    assert [frame for frame, _, _ in placed(scene)] == [4300]


def test_a_subclip_and_its_file_are_one_recording(stage: Stage) -> None:
    scene = Scene(drop=True)
    ref = scene.place(scene.media(stage.file("ref.mp4")), track=1, at=0)
    whole, part = scene.media(stage.file("new.mp4")), scene.media(stage.file("new.mp4"), first=1500, frames=900)
    pieces = [scene.place(whole, track=2, at=4000, after=900), scene.place(part, track=2, at=6000)]
    scene.mark(ref, 500, "early")
    scene.mark(ref, 2000, "late")
    scene.select(ref, *pieces)
    assert stage.run("transfer", scene.world), stage.log()
    assert placed(scene) == [(4500, "Green", "early"), (6500, "Green", "late")]
    assert stage.requests()[0]["new"][0]["frames"] == 3000


def test_a_start_that_the_source_frame_contradicts_is_refused(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(drop=True)
    ref, new = scene.media(stage.file("ref.mp4")), scene.media(stage.file("new.mp4"), first=600, frames=1200)
    scene = stacked(scene, ref, new)
    for name in ("GetSourceStartFrame", "GetSourceEndFrame"):
        real = getattr(TimelineItem, name)
        monkeypatch.setattr(
            TimelineItem, name, lambda item, real=real: real(item) - (600 if item.data.start > 200000 else 0)
        )
    scene.timeline.video[1].items[0].start += 100000
    assert not stage.run("transfer", scene.world)
    assert "gives two places" in stage.log() and placed(scene) == []


# What Resolve plays and what was recorded: of the reference, of the new run.
RATES = [
    (NTSC, "120000/1001", NTSC, "120000/1001"),
    ("24000/1001", NTSC, "24000/1001", NTSC),
    (NTSC, "120000/1001", NTSC, NTSC),
    (NTSC, NTSC, NTSC, "60000/1001"),
    ("25", "50", "25", "25"),
    ("60000/1001", NTSC, NTSC, NTSC),
]


@pytest.mark.parametrize("rates", RATES)
@pytest.mark.parametrize("where", ["timeline", "media_pool"])
def test_clips_that_are_played_at_another_rate_than_recorded(stage: Stage, rates: tuple[str, ...], where: str) -> None:
    """The same moment is one frame of either file; the new run is there a second later."""
    shown, recorded, new_shown, new_recorded = rates
    scene = Scene(rate=shown)
    files = [
        scene.media(stage.file(name), rate=rate, file_rate=file_rate, frames=9000)
        for name, rate, file_rate in (("ref.mp4", shown, recorded), ("new.mp4", new_shown, new_recorded))
    ]
    ref, new = scene.place(files[0], track=1, at=0), scene.place(files[1], track=2, at=20000)
    scene.mark(ref, 600, "jump")
    scene.select(ref, new)
    stage.settings(write_to=where)
    stage.engine(shift_s=1.0, files=stage.files(scene))
    assert stage.run("transfer", scene.world), stage.log()
    frame = (600 / Fraction(recorded) + 1) * Fraction(new_recorded)
    if where == "media_pool":
        assert [marker.frame for marker in files[1].markers] == [round(frame)]
    else:
        assert abs(placed(scene)[0][0] - (20000 + frame / Fraction(new_shown) * Fraction(shown))) <= 1


def test_a_file_that_is_not_the_one_that_resolve_knows(stage: Stage) -> None:
    scene = two_runs(stage.file("ref.mp4"), stage.file("new.mp4"))
    for found in ({"rate": NTSC, "frames": 2000}, {"rate": "60000/1001", "frames": 6000}):
        stage.engine(files={stage.file("new.mp4"): found})
        assert stage.run("transfer", scene.world), stage.log()
        assert "new.mp4: not aligned" in stage.log() and placed(scene) == []


def test_one_file_at_two_rates_is_refused(stage: Stage) -> None:
    scene = two_runs(stage.file("ref.mp4"), stage.file("new.mp4"))
    other = scene.place(scene.media(stage.file("new.mp4"), rate="24000/1001"), track=2, at=9000)
    scene.select(*(track.items[0] for track in scene.timeline.video), other)
    assert not stage.run("transfer", scene.world)
    assert "new.mp4 is in the media pool at more than one frame rate" in stage.log()


@pytest.mark.parametrize("version", ["18.6", "19.0.2", "21.1"])
def test_frame_for_frame_is_no_hundred_per_cent(stage: Stage, version: str) -> None:
    scene = Scene(version=version, drop=True, quirks=Quirks(frame_for_frame=True))
    ref, new = scene.media(stage.file("ref.mp4")), scene.media(stage.file("new.mp4"), rate="60000/1001", frames=6000)
    assert not stage.run("transfer", stacked(scene, ref, new).world)
    assert "mixed frame rate format is None" in stage.log() and placed(scene) == []


def test_offsets_a_hair_under_a_whole_number(stage: Stage) -> None:
    scene = two_runs(stage.file("ref.mp4"), stage.file("new.mp4"))
    scene.world.quirks = Quirks(offset_hair_under=True, float_positions=True)
    stage.engine(shift_s=1.0)
    assert stage.run("transfer", scene.world), stage.log()
    assert [frame for frame, _, _ in placed(scene)] == [3330, 4080]


@pytest.mark.parametrize("language", ["", "ja"])
@pytest.mark.parametrize("still", ["photo.jpg", "photo.HEIC", "raw.dng", "one.mov"])
def test_still_pictures_are_no_recordings(stage: Stage, language: str, still: str) -> None:
    scene = two_runs(stage.file("ref.mp4"), stage.file("new.mp4"))
    scene.world.language = language
    frames = 1 if still == "one.mov" else 150
    picture = scene.media(stage.file(still), type="Still", frames=frames)
    items = [track.items[0] for track in scene.timeline.video]
    scene.select(*items, scene.place(picture, track=2, at=9000, linked_audio=False))
    assert stage.run("transfer", scene.world), stage.log()
    assert f"{still} (V2) is skipped: it is a still picture" in stage.log() and len(placed(scene)) == 2


@pytest.mark.parametrize("language", ["", "ja"])
def test_compound_clips_are_to_be_decomposed_not_opened(stage: Stage, language: str) -> None:
    scene = two_runs(stage.file("ref.mp4"), stage.file("new.mp4"))
    scene.world.language = language
    compound = scene.place(scene.compound("Compound Clip 1"), track=2, at=9000, linked_audio=False)
    scene.select(scene.timeline.video[0].items[0], compound)
    assert not stage.run("transfer", scene.world)
    assert "decompose it" in stage.log() and "Opening it does not help" in stage.log()
    scene.world.quirks.compound_is_open = True
    assert not stage.run("transfer", scene.world)
    assert "inside an opened compound clip cannot be seen by scripts: decompose it" in stage.log()


def test_where_a_compound_clip_is_the_open_timeline_its_markers_can_be_undone(stage: Stage) -> None:
    scene = two_runs(stage.file("ref.mp4"), stage.file("new.mp4"))
    scene.timeline.is_compound = True
    assert stage.run("transfer", scene.world), stage.log()
    assert len(placed(scene)) == 2
    assert stage.run("undo", scene.world), stage.log()
    assert placed(scene) == []


FORBIDDEN = [
    (PermissionError(1, "Operation not permitted"), "this computer does not let DaVinci Resolve read its file"),
    (PermissionError(13, "Permission denied"), "this computer does not let DaVinci Resolve read its file"),
    (OSError(5, "Input/output error"), "its file cannot be reached"),
    (FileNotFoundError(2, "No such file or directory"), "its file is not there"),
]


@pytest.mark.parametrize("call", ["stat", "open"])
@pytest.mark.parametrize(("error", "words"), FORBIDDEN)
def test_a_file_that_may_not_be_read(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, call: str, error: OSError, words: str
) -> None:
    """Privacy settings of macOS, a share whose login ran out: that file's matter, and said without numbers."""
    scene = two_runs(stage.file("ref.mp4"), stage.file("new.mp4"))
    third = scene.place(scene.media(stage.file("third.mp4")), track=2, at=9000)
    scene.select(*(track.items[0] for track in scene.timeline.video), third)
    scene.world.media("new.mp4").proxy_path = stage.file("third.mp4")
    real = getattr(Path, call)

    def refused(path: Path, *given: object, **named: object) -> object:
        if path.name == "third.mp4":
            raise error
        return real(path, *given, **named)

    monkeypatch.setattr(Path, call, refused)
    assert stage.run("transfer", scene.world)
    log = stage.log()
    assert f"third.mp4 (V2) is skipped: {words}" in log and "fault of its own" not in log and "Errno" not in log
    assert len(placed(scene)) == 2 and stage.requests()[0]["new"][0]["proxy"] is None


def test_a_folder_is_no_recording(stage: Stage) -> None:
    scene = two_runs(stage.file("ref.mp4"), stage.file("new.mp4"))
    (stage.media / "new.mp4").unlink()
    (stage.media / "new.mp4").mkdir()
    assert not stage.run("transfer", scene.world)
    assert "no single file" in stage.log()


def test_one_file_under_two_spellings_is_one(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Windows has it: pieces of both pool clips get their markers."""
    monkeypatch.setattr("os.path.normcase", lambda path: str(path).lower())
    scene = Scene(drop=True)
    ref = scene.place(scene.media(stage.file("ref.mp4")), track=1, at=0)
    one, two = scene.media(stage.file("new.mp4")), scene.media(stage.file("NEW.mp4"))
    pieces = [
        scene.place(one, track=2, at=4000, first=0, after=1000),
        scene.place(two, track=2, at=6000, first=1500, after=2500),
    ]
    scene.mark(ref, 500, "early")
    scene.mark(ref, 2000, "late")
    scene.select(ref, *pieces)
    assert stage.run("transfer", scene.world), stage.log()
    assert [name for _, _, name in placed(scene)] == ["early", "late"]


@pytest.mark.parametrize("names", [("day.mp4", "day.mp4"), ("GX010100.MP4", "GX020100.MP4")])
def test_two_laps_of_one_recording_are_two_runs(stage: Stage, names: tuple[str, str]) -> None:
    scene = Scene(drop=True)
    media = {name: scene.media(stage.file(name), frames=6000) for name in names}
    first = scene.place(media[names[0]], track=1, at=0, after=2500)
    second = scene.place(media[names[1]], track=2, at=3000, first=3000, after=5800)
    scene.mark(first, 700, "jump")
    scene.select(first, second)
    stage.engine(shift_s=100.1)
    assert stage.run("transfer", scene.world), stage.log()
    assert [name for _, _, name in placed(scene)] == ["jump"]
    (request,) = stage.requests()
    assert request["reference"]["to_s"] <= request["new"][0]["from_s"] or names[0] != names[1]


def test_pieces_of_a_lap_are_one_run_and_every_lap_gets_its_own_markers(stage: Stage) -> None:
    scene = Scene(drop=True)
    day = scene.media(stage.file("day.mp4"), frames=12000)
    first = scene.place(day, track=1, at=0, after=2000)
    pieces = [
        scene.place(day, track=2, at=4000, first=3000, after=4000),
        scene.place(day, track=3, at=5000, first=4000, after=5000),
        scene.place(day, track=2, at=7000, first=9000, after=11000),
    ]
    scene.mark(first, 700, "jump")
    scene.select(first, *pieces)
    stage.engine(shift_s=100.1)
    for _ in range(2):  # a second run finds its markers again, those of each lap
        assert stage.run("transfer_all", scene.world), stage.log()
        assert [name for _, _, name in placed(scene)] == ["jump"]
    assert len(stage.requests()[0]["new"]) == 2
    assert "trimmed" in stage.log()


def test_one_part_of_a_recording_twice_is_one_run(stage: Stage) -> None:
    scene = Scene(drop=True)
    day = scene.media(stage.file("day.mp4"), frames=6000)
    clips = [scene.place(day, track=track, at=0, after=2500) for track in (1, 2)]
    scene.mark(clips[0], 700, "jump")
    scene.select(*clips)
    assert not stage.run("transfer", scene.world)
    assert "or two laps of one recording" in stage.log()


CHANGES: dict[str, Callable[[Scene, Item], Any]] = {
    "moved": lambda scene, item: setattr(item, "start", item.start + 7),
    "slipped": lambda scene, item: setattr(item, "source_start", item.source_start + 7),
    "reversed": lambda scene, item: setattr(item, "speed", -100.0),
    "slowed": lambda scene, item: setattr(item, "speed", 50.0),
    "relinked": lambda scene, item: setattr(scene.world.media(item.media), "path", "/elsewhere/new.mp4"),
    "another clip": lambda scene, item: setattr(item, "media", scene.media("/media/other.mp4").id),
    "another rate": lambda scene, item: setattr(scene.world.media(item.media), "rate", "24000/1001"),
    "deleted": lambda scene, item: scene.timeline.video[1].items.clear(),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("version", ["20.3", "21.1"])
def test_the_clip_is_changed_during_the_run(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, change: str, version: str
) -> None:
    from resolve_scripts.mtbsync_resolve import transfer

    scene = two_runs(stage.file("ref.mp4"), stage.file("new.mp4"), version=version)
    real, item = transfer.asking, scene.timeline.video[1].items[0]
    for track in scene.timeline.video:
        track.items[0].color = "Orange"

    def meanwhile(*given: object, **named: object) -> Iterator[None]:
        yield from real(*given, **named)  # type: ignore[arg-type]
        CHANGES[change](scene, item)

    monkeypatch.setattr(transfer, "asking", meanwhile)
    assert not stage.run("transfer", scene.world)
    assert "was changed" in stage.log() and placed(scene) == []
