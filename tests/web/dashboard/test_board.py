"""What changed, as events, and what a client that comes back is told."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import anyio

from mtbsync_core.lock import locked
from mtbsync_core.runs import progress
from mtbsync_core.runs.catalogue import Catalogue
from mtbsync_core.runs.run_file import lock_of
from mtbsync_core.web.dashboard import board as boards
from mtbsync_core.web.dashboard import feed as feeds
from mtbsync_core.web.dashboard.board import Board
from mtbsync_core.web.dashboard.feed import Feed
from mtbsync_core.web.site import Site
from tests.runs.made import run_folder
from tests.web.dashboard.conftest import ended, rows_of, running


def told(board: Board, since: int) -> list[tuple[str, Any]]:
    events = board.after(since)
    assert events is not None
    return [(event.name, json.loads(event.data)) for event in events]


def test_a_change_is_one_event_with_what_is_other(root: Path) -> None:
    run_folder(root, "a")
    found = running(root, "b")
    board = Board(root)
    with locked(lock_of(root, "b")):
        rows_of(board)
    board.step()
    seen = board.last
    board.step()
    assert board.last == seen  # nothing happened
    ended(root, "b", found, state="failed", error={"code": "media", "message": "no video", "hint": ""})
    board.step()
    ((name, data),) = told(board, seen)
    assert name == "runs" and [row["run"] for row in data["rows"]] == ["b"] and data["gone"] == []
    assert data["summary"]["states"]["failed"] == 1
    for path in sorted((root / "b").iterdir()):
        path.unlink()
    (root / "b").rmdir()
    board.step()
    assert told(board, seen)[-1][1]["gone"] == ["b"]


def test_a_new_perf_is_a_point_and_those_that_were_there_are_not(root: Path) -> None:
    run_folder(root, "a", perf={"fps": 20.0, "rss_mb": 300.0})
    board = Board(root)
    rows_of(board)
    assert [name for name, _ in told(board, 0)] == ["runs"]
    seen = board.last
    run_folder(root, "b", perf={"fps": 40.0, "gpu_util": None})
    board.step()
    points = [data for name, data in told(board, seen) if name == "perf"]
    assert [(point["_path"], point["fps"], point["rss_mb"]) for point in points] == [("b/perf.json", 40.0, None)]


def test_runs_that_wait_are_told_by_the_catalogue(root: Path) -> None:
    with Catalogue.open(root, print) as catalogue:
        catalogue.put("runs", {"run": "a", "state": "waiting", "reference": "r.mp4", "new": "n.mp4", "reasons": ""})
        catalogue.put(
            "runs", {"run": "b", "state": "failed", "reference": "", "new": "n.mp4", "reasons": "no reference"}
        )
    board = Board(root)
    rows = rows_of(board)
    assert (rows["a"]["state"], rows["b"]["state"], rows["b"]["reasons"]) == ("waiting", "failed", "no reference")
    running(root, "a")
    with locked(lock_of(root, "a")):
        assert rows_of(board)["a"]["state"] == "running"


def test_the_time_left_of_all_counts_those_that_wait(root: Path) -> None:
    for n in range(3):
        ended(root, f"done-{n}", running(root, f"done-{n}"))
        run_folder(root / "moved", f"done-{n}")
        (root / "moved" / f"done-{n}" / "timewarp.json").rename(root / f"done-{n}" / "timewarp.json")
        (root / "moved" / f"done-{n}").rmdir()
    with Catalogue.open(root, print) as catalogue:
        catalogue.put("runs", *({"run": f"w{n}", "state": "waiting", "reasons": ""} for n in range(4)))
    running(root, "a", "reference", 0, 1)
    with locked(lock_of(root, "a")):
        board = Board(root)
        rows_of(board)
        said = board.snapshot()[1]["summary"]
    assert said["runs"] == 8 and said["states"]["waiting"] == 4
    assert said["eta_s"] == 5 * 60.0  # four of 60 s as those before, and the one that has just begun
    assert 0.37 < said["done"] < 0.39


def test_the_folder_of_a_recording_with_several_rides_is_its_rides(root: Path) -> None:
    found = running(root, "day")
    ended(root, "day", found, rides=[[0.0, 10.0], [10.0, 20.0]])
    run_folder(root, "day/ride-1")
    run_folder(root, "day/ride-2")
    assert sorted(rows_of(Board(root))) == ["day/ride-1", "day/ride-2"]


def test_many_folders_are_read_in_parts_the_newest_first(root: Path) -> None:
    for n in range(5):
        run_folder(root, f"r{n}", hours=n)
    board = Board(root)
    board.step(0.0)
    assert board.pending == 4 and [row["run"] for row in board.snapshot()[1]["rows"]] == ["r4"]
    while board.pending:
        board.step(0.0)
    assert len(board.snapshot()[1]["rows"]) == 5


def test_a_client_is_told_what_it_missed_or_all(root: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(boards, "KEPT_EVENTS", 2)
    board = Board(root)
    ids = []
    for n in range(4):
        run_folder(root, f"r{n}")
        board.step()
        ids.append(board.identifier(board.last))
    assert board.since(ids[-1]) == 4 and board.after(4) == []
    assert [event.number for event in board.after(2) or ()] == [3, 4]
    assert board.since(ids[0]) is None  # too long ago
    for other in (None, "", "x", Board(root).identifier(4), ids[0].partition("-")[0] + "-99", ids[0] + "0" * 30):
        assert board.since(other) is None


def heard(feed: Feed, last_id: str | None, many: int) -> list[tuple[str, str, Any]]:
    async def listen() -> list[tuple[str, str, Any]]:
        events = feed.listen(last_id, anyio.Event())
        found: list[tuple[str, str, Any]] = []
        try:
            while len(found) < many:
                event = await asyncio.wait_for(anext(events), 5)
                found.append((str(event.event), str(event.id), json.loads(str(event.data))))
        finally:
            await events.aclose()  # type: ignore[attr-defined]
        return found

    return asyncio.run(listen())


def test_a_stream_begins_with_all_and_goes_on_where_it_was(root: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(feeds, "LOOK_EVERY_S", 0.01)
    run_folder(root, "a")
    feed = Feed(Site((root,)))
    ((name, first_id, data),) = heard(feed, None, 1)
    assert name == "snapshot" and [row["run"] for row in data["rows"]] == ["a"] and data["root"] == str(root)
    run_folder(root, "b")
    ((name, _, data),) = heard(feed, first_id, 1)
    assert name == "runs" and [row["run"] for row in data["rows"]] == ["b"]
    ((name, _, data),) = heard(feed, "of another start-7", 1)
    assert name == "snapshot" and len(data["rows"]) == 2


def test_all_clients_are_served_by_one_look(root: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(feeds, "LOOK_EVERY_S", 0.02)
    run_folder(root, "a")
    feed = Feed(Site((root,)))
    looks: list[float] = []
    step = feed.board.step

    def counted(reading_s: float = 1.0) -> None:
        looks.append(reading_s)
        step(reading_s)

    monkeypatch.setattr(feed.board, "step", counted)

    async def crowd() -> None:
        streams = [feed.listen(None, anyio.Event()) for _ in range(20)]
        first = await asyncio.gather(*(anext(stream) for stream in streams))
        assert {event.event for event in first} == {"snapshot"}
        before = len(looks)
        run_folder(root, "b")
        found = await asyncio.gather(*(anext(stream) for stream in streams))
        assert {event.event for event in found} == {"runs"}
        assert len(looks) - before < 10
        for stream in streams:
            await stream.aclose()  # type: ignore[attr-defined]

    asyncio.run(crowd())
    assert feed._looking is None  # and none when nobody listens


def test_progress_is_written_at_each_stage_and_goes_at_the_end(root: Path) -> None:
    told_by = progress.Progress(root)
    told_by.stage("reference", 0, 10)
    told_by.stage("reference", 1, 10)  # within the second
    assert json.loads((root / progress.NAME).read_text(encoding="utf-8"))["done"] == 0
    told_by.stage("compare", 3, 4)
    said = json.loads((root / progress.NAME).read_text(encoding="utf-8"))
    assert (said["stage"], said["done"], said["total"]) == ("compare", 3, 4)
    told_by.ended()
    told_by.ended()
    assert not (root / progress.NAME).exists()
    progress.Progress(root / "gone").stage("compare", 0, 1)  # cannot be written, and ends no run
