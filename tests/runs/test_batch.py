"""`mtbsync batch` and `mtbsync catalogue` with an engine that answers at once: rows, states, resuming, whose run."""

from __future__ import annotations

import csv
import errno
import json
from dataclasses import replace
from pathlib import Path

import pytest

from mtbsync_core.alignment.passes import Pass
from mtbsync_core.lock import locked
from mtbsync_core.runs import work
from mtbsync_core.runs.catalogue import NAME, Catalogue
from mtbsync_core.runs.rebuild import OF_FOLDERS
from mtbsync_core.runs.run_file import load_run, lock_of
from tests.cli.two_runs import Run
from tests.runs.conftest import Footage

_ALL = "SELECT * FROM {}"
MARKERS = "name,t_ref\nRoots,20.5\nFinish,75\n"


def summary(out: Path) -> dict[str, dict[str, str]]:
    with (out / "batch_summary.csv").open(encoding="utf-8", newline="") as file:
        return {row["run"]: row for row in csv.DictReader(file)}


def tables(out: Path) -> dict[str, list[tuple[object, ...]]]:
    with Catalogue.read(out) as found:
        return {
            name: sorted(
                tuple(v for k, v in row.items() if k != "event") for row in found.rows(f"SELECT * FROM {name}")
            )
            for name in OF_FOLDERS
        }


def test_each_pair_has_a_folder_and_a_row(footage: Footage) -> None:
    (footage.folder / "a_ref.csv").write_text(MARKERS, encoding="utf-8")
    done = footage.batch(footage.folder, "--rider", "Ann")
    assert done.code == 0
    rows = summary(footage.out)
    assert list(rows) == ["a", "b"]
    assert (rows["a"]["verdict"], rows["a"]["rider"], rows["a"]["markers"], rows["b"]["markers"]) == (
        "good",
        "Ann",
        "2",
        "",
    )
    assert float(rows["a"]["total_sec"]) >= 4.5
    assert {path.name for path in (footage.out / "a").iterdir()} >= {"new_markers.csv", "timewarp.json", "run.json"}
    assert load_run(footage.out / "b").state == "done"  # type: ignore[union-attr]
    with Catalogue.read(footage.out) as found:
        assert found.rows("SELECT run, markers FROM marker_sets") == [{"run": "a", "markers": 2}]
        assert found.rows("SELECT count(*) AS n FROM videos") == [{"n": 4}]


def test_a_bad_pair_is_a_row_and_not_the_end(footage: Footage) -> None:
    footage.add("broken_ref.mp4", "broken_new.mp4")
    done = footage.batch(footage.folder)
    assert done.code == 11 and done.json["error"]["code"] == "pairs"
    rows = summary(footage.out)
    assert rows["broken"]["state"] == "failed" and "is not a video" in rows["broken"]["reason"]
    assert rows["a"]["verdict"] == rows["b"]["verdict"] == "good"


def test_a_fault_of_the_program_is_a_row_too(footage: Footage, monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(*_: object, **__: object) -> None:
        raise IndexError("7")

    monkeypatch.setattr(work.SyncJob, "run", fault)
    assert footage.batch(footage.folder).code == 11
    assert "unexpected IndexError: 7" in summary(footage.out)["a"]["reason"]
    assert any("test_batch" in event["text"] for event in load_run(footage.out / "a").events)  # type: ignore[union-attr]


def test_refused_pairs_alone_are_no_success(footage: Footage, engine: object, refused: object) -> None:
    engine(refused)  # type: ignore[operator]
    assert footage.batch(footage.folder).code == 11
    assert summary(footage.out)["a"]["verdict"] == "refused"


@pytest.mark.slow
def test_resuming_does_what_is_not_done(footage: Footage) -> None:
    footage.batch(footage.folder)
    again = footage.batch(footage.folder)
    assert again.code == 2 and "--resume" in again.json["error"]["hint"] and footage.worked == []
    run = load_run(footage.out / "b")
    assert run is not None
    replace(run, state="running").save(footage.out / "b")
    (footage.out / "b" / ".timewarp-ab12cd_9.json").write_text("{", encoding="utf-8")
    shown = footage.call("catalogue", "rebuild", footage.out, "--json")
    assert shown.json["runs"] == {"done": 1, "interrupted": 1}
    footage.add("c_ref.mp4", "c_new.mp4")
    assert footage.batch(footage.folder, "--resume").code == 0
    assert footage.worked == ["b_new.mp4", "c_new.mp4"]
    assert not list((footage.out / "b").glob(".*"))
    assert [event["kind"] for event in load_run(footage.out / "b").events] == ["interrupted"]  # type: ignore[union-attr]


def test_a_run_that_another_process_works_on_is_left_to_it(footage: Footage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "WAIT_S", 0.0)
    with locked(lock_of(footage.out, "b")):
        done = footage.batch(footage.folder, "--resume")
    assert any("another process works on it" in note for note in done.json["notes"])
    assert load_run(footage.out / "a") is not None and load_run(footage.out / "b") is None


def test_the_folder_of_other_recordings_is_not_written_over(footage: Footage) -> None:
    footage.batch(footage.folder)
    before = (footage.out / "a" / "run.json").read_bytes()
    (footage.folder / "a_new.mp4").write_bytes(b"another ride")
    done = footage.batch(footage.folder, "--resume")
    assert done.code == 11 and (footage.out / "a" / "run.json").read_bytes() == before
    assert any("other recordings" in row["reason"] for row in summary(footage.out).values())


@pytest.mark.slow
def test_the_catalogue_is_made_again_and_equal(footage: Footage) -> None:
    (footage.folder / "a_ref.csv").write_text(MARKERS, encoding="utf-8")
    footage.add("broken_ref.mp4", "broken_new.mp4")
    footage.batch(footage.folder, "--bike", "Stumpjumper")
    before = tables(footage.out)
    for path in footage.out.glob(f"{NAME}*"):
        path.unlink()
    assert footage.call("catalogue", "rebuild", footage.out).code == 0
    assert tables(footage.out) == before
    (footage.out / NAME).write_bytes(b"rubbish" * 999)
    again = footage.batch(footage.folder, "--resume")
    assert any("damaged" in note for note in again.json["notes"])
    assert [row[0] for row in tables(footage.out)["runs"]] == ["a", "b", "broken"]


def test_whose_run_it_was_can_be_said_later(footage: Footage) -> None:
    footage.batch(footage.folder)
    done = footage.call("catalogue", "edit", footage.out / "a", "--rider", "Bo", "--notes", "wet", "--json")
    assert done.code == 0 and done.json["rider"] == "Bo"
    footage.call("catalogue", "edit", footage.out / "a", "--notes", "")
    shown = footage.call("catalogue", "show", footage.out, "--json").json["runs"]
    assert [(row["run"], row["rider"], row["notes"]) for row in shown] == [("a", "Bo", None), ("b", None, None)]
    assert footage.call("catalogue", "edit", footage.out, "--rider", "Bo").code == 2
    assert footage.call("catalogue", "edit", footage.out / "a").code == 2


@pytest.mark.slow
def test_rides_of_a_long_recording_have_a_folder_each(footage: Footage, monkeypatch: pytest.MonkeyPatch) -> None:
    def ride(from_s: float, to_s: float) -> Pass:
        return Pass(
            from_s=from_s, to_s=to_s, ref_from_s=0, ref_to_s=80, covered=1.0, verdict="good", reasons=(),
            window_s=(from_s, to_s),
        )  # fmt: skip

    footage.add("day_new.mp4")
    searches: list[int] = []

    def passes_in(*_: object) -> list[Pass]:
        searches.append(1)
        return [ride(10.0, 30.0), ride(40.0, 66.0)]

    monkeypatch.setattr(work, "passes_in", passes_in)
    monkeypatch.setattr(work, "reference_index", lambda *_: None)
    args = ("--reference", footage.folder / "a_ref.mp4", "--new", str(footage.folder / "*_new.mp4"))
    assert footage.batch(*args).code == 0
    rows = summary(footage.out)
    assert list(rows) == ["a_new", "b_new", "day_new/ride-1", "day_new/ride-2"]
    assert [rows[name]["ride"] for name in rows] == ["", "", "1", "2"]
    state = json.loads((footage.out / "day_new" / "ride-2" / "run.json").read_text(encoding="utf-8"))
    state["state"] = "running"
    (footage.out / "day_new" / "ride-2" / "run.json").write_text(json.dumps(state), encoding="utf-8")
    whole = load_run(footage.out / "day_new")
    assert whole is not None
    replace(whole, state="running").save(footage.out / "day_new")
    before = (footage.out / "day_new" / "ride-1" / "timewarp.json").stat().st_mtime_ns
    assert footage.batch(*args, "--resume").code == 0
    assert searches == [1] and (footage.out / "day_new" / "ride-1" / "timewarp.json").stat().st_mtime_ns == before
    assert load_run(footage.out / "day_new" / "ride-2").state == "done"  # type: ignore[union-attr]


def test_a_full_disk_ends_the_batch_and_says_so(footage: Footage, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(work.SyncJob, "run", full)
    done = footage.batch(footage.folder)
    assert done.code == 1 and "No space left" in done.json["error"]["message"]
    assert "--resume" in done.json["error"]["hint"] and load_run(footage.out / "b") is None


def test_a_folder_that_cannot_be_written(footage: Footage) -> None:
    done = footage.batch(footage.folder, out=footage.folder / "a_ref.mp4" / "out")
    assert done.code == 2 and "cannot write" in done.json["error"]["message"]
    assert "--out-dir" in done.json["error"]["hint"]


def test_a_dry_run_writes_nothing(footage: Footage, run: Run) -> None:
    done = footage.batch(footage.folder, "--dry-run")
    assert done.code == 0 and [one["run"] for one in done.json["planned"]] == ["a", "b"]
    assert not footage.out.exists()
