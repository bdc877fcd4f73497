"""`mtbsync passes`, and --pass of align and sync."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from mtbsync_core.alignment import pipeline
from mtbsync_core.alignment.judge.low_confidence import weak_segments
from mtbsync_core.alignment.passes import Pass
from mtbsync_core.alignment.result import Alignment, load_warp
from mtbsync_core.errors import MediaError
from mtbsync_core.jobs import passes as job
from mtbsync_core.mediainfo import MediaFile, MediaInfo
from tests.cli.two_runs import Run, media

HOUR_S = 3600.0


def a_pass(from_s: float, to_s: float, part: tuple[float, float] = (0.0, 80.0)) -> Pass:
    partly = part != (0.0, 80.0)
    return Pass(
        from_s=from_s,
        to_s=to_s,
        ref_from_s=part[0],
        ref_to_s=part[1],
        covered=(part[1] - part[0]) / 80,
        verdict="check" if partly else "good",
        reasons=("=odd",) if partly else ("the runs agree throughout",),
        window_s=(from_s - 4, to_s + 4),
    )


RIDES = {
    "day.mp4": [a_pass(600.0, 690.0), a_pass(1900.25, 1940.0, (40.0, 80.0))],
    "lift.mp4": [],
    "GX010001.MP4": [a_pass(2000.0, 2088.0)],
}


@pytest.fixture
def afternoon(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Recordings, one of them damaged and one of two chapters; the search answers as `RIDES` says."""
    for name in ("ref.mp4", "GX020001.MP4", "broken.mp4", *RIDES):
        (tmp_path / name).write_bytes(name.encode())

    def probe(path: Path, **_: object) -> MediaInfo:
        if path.name == "broken.mp4":
            raise MediaError("broken.mp4 is not a video", "Copy it again.")
        duration_s = 80.0 if path.name == "ref.mp4" else HOUR_S
        names = {"GX010001.MP4": ("GX010001.MP4", "GX020001.MP4")}.get(path.name, (path.name,))
        files = tuple(MediaFile(path.parent / name, 1700.0 * n) for n, name in enumerate(names))
        return replace(media(str(path), duration_s), files=files)

    def find_passes(_ref: object, recording: MediaInfo, *_: object, **__: object) -> list[Pass]:
        return RIDES[recording.path.name]

    for module in ("passes", "pair"):
        monkeypatch.setattr(f"mtbsync_core.jobs.{module}.probe", probe)
    monkeypatch.setattr(job, "check_pair", lambda *_: None)
    monkeypatch.setattr(job, "build_index", lambda *_, **__: None)
    monkeypatch.setattr(job, "find_passes", find_passes)
    return tmp_path


def test_every_recording_has_its_rows_and_a_damaged_one_is_not_the_end(run: Run, afternoon: Path) -> None:
    names = ("day.mp4", "broken.mp4", "GX010001.MP4", "GX020001.MP4", "lift.mp4")
    table = afternoon / "rides.csv"
    done = run("passes", afternoon / "ref.mp4", *(afternoon / name for name in names), "--csv", table, "--json")
    assert done.code == MediaError.exit_code
    day, broken, chapters, lift = done.json["recordings"]
    assert [(one["pass"], one["from_s"], one["covered"], one["verdict"]) for one in day["passes"]] == [
        (1, 600.0, 1.0, "good"),
        (2, 1900.25, 0.5, "check"),
    ]
    assert broken["error"]["code"] == "media" and lift["passes"] == [] and lift["error"] is None
    (ride,) = chapters["passes"]
    assert (Path(ride["file"]).name, ride["file_from_s"]) == ("GX020001.MP4", 300.0)
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(Path(row["recording"]).name, row["pass"], row["verdict"]) for row in rows] == [
        ("day.mp4", "1", "good"),
        ("day.mp4", "2", "check"),
        ("broken.mp4", "", ""),
        ("GX010001.MP4", "1", "good"),
        ("lift.mp4", "", ""),
    ]
    assert rows[1]["reasons"] == "'=odd" and rows[2]["error"] == "broken.mp4 is not a video"


def test_the_table_for_people(run: Run, afternoon: Path) -> None:
    done = run("passes", afternoon / "ref.mp4", afternoon / "day.mp4", afternoon / "lift.mp4")
    assert done.code == 0
    for words in ("10:00.0", "31:40.2", "50%", "0:40–1:20", "no ride of the"):
        assert words in done.out


def test_no_ride_at_all_is_a_refusal(run: Run, afternoon: Path) -> None:
    done = run("passes", afternoon / "ref.mp4", afternoon / "lift.mp4", "--json")
    assert done.code == 5
    assert done.json["error"]["code"] == "refused" and done.json["recordings"][0]["passes"] == []


def test_a_table_never_replaces_a_recording(run: Run, afternoon: Path) -> None:
    done = run("passes", afternoon / "ref.mp4", afternoon / "day.mp4", "--csv", afternoon / "day.mp4")
    assert done.code == 2 and (afternoon / "day.mp4").read_bytes() == b"day.mp4"


def test_a_pass_is_aligned_as_a_part_and_told_on_the_clock_of_the_recording(
    run: Run, afternoon: Path, alignment: Alignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[MediaInfo, object]] = []

    def align(ref: MediaInfo, new: MediaInfo, **given: object) -> Alignment:
        asked.append((new, given["user"]))
        timings = {**alignment.timings, "total": 4.5}
        return replace(alignment, media_ref=ref, media_new=new, raw_pairs=alignment.pairs, timings=timings)

    monkeypatch.setattr(pipeline, "align", align)
    out = afternoon / "lap1"
    args = ("sync", "--reference", afternoon / "ref.mp4", "--new", afternoon / "day.mp4", "--out", out)
    done = run(*args, "--pass", "1", "--anchor", "30=630")
    assert done.code == 0, done.err
    assert "pass 1 of day.mp4: from 9:56 to 11:34" in done.err
    ((part, user),) = asked
    assert (part.from_s, part.duration_s) == (596.0, 98.0) and user == [(30.0, 34.0)]
    saved = load_warp(out / "timewarp.json")
    assert saved.warp is not None and alignment.warp is not None and saved.media_new is not None
    assert saved.warp.new_s == pytest.approx(alignment.warp.new_s + 596.0)
    assert (saved.media_new.duration_s, saved.media_new.from_s) == (HOUR_S, 0.0)
    told = run(*args, "--pass", "3")
    assert told.code == 2 and "1 at 10:00, 2 at 31:40" in told.err
    args = ("sync", "--reference", afternoon / "ref.mp4", "--new", afternoon / "lift.mp4", "--out", out)
    assert run(*args, "--pass", "1").code == 5
    assert run(*args, "--pass", "1", "--no-vision").code == 2


def test_weak_parts_of_a_part_are_on_the_clock_of_the_recording(alignment: Alignment) -> None:
    assert alignment.warp is not None
    shifted = replace(alignment.warp, new_s=alignment.warp.new_s + 600.0)
    pairs = replace(alignment.pairs, t_new=alignment.pairs.t_new + 600.0)
    plain = weak_segments(alignment.warp, alignment.pairs, (66.0, 66.0))
    later = weak_segments(shifted, pairs, (66.0, 666.0), from_s=600.0)
    assert [part.why for part in later] == [part.why for part in plain]
    assert [part.new_s[0] - 600 for part in later] == pytest.approx([part.new_s[0] for part in plain])
    assert all("10:" in part.advice for part in later if part.why == "wide")
