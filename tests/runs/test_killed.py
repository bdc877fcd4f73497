"""Batches of real pairs that are killed at any moment and go on; and workers that die."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from mtbsync_core.demo.pair import write_pair
from mtbsync_core.demo.plan import DemoOptions
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.runs.catalogue import Catalogue
from mtbsync_core.runs.pairing import Pair
from mtbsync_core.runs.run_file import RunFile, load_run
from mtbsync_core.runs.task import Task, Worked, WorkOptions
from mtbsync_core.runs.workers import LocalWorkers

pytestmark = pytest.mark.slow

TINY = DemoOptions(seconds=20, width=192, height=108, rate=Fraction(10), telemetry=False, seed=2)
KILLS = 3


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One small pair, taken both ways, and markers: three pairs that cost little."""
    made = write_pair(tmp_path_factory.mktemp("demo"), TINY)
    folder = tmp_path_factory.mktemp("in")
    for name, ref, new in (("a", made.reference, made.new), ("b", made.new, made.reference)):
        (folder / f"{name}_ref.mp4").write_bytes(ref.read_bytes())
        (folder / f"{name}_new.mp4").write_bytes(new.read_bytes())
    (folder / "a_ref.csv").write_bytes(made.markers.read_bytes())
    return folder


def command(folder: Path, out: Path, *more: str) -> list[str]:
    words = ["batch", str(folder), "--out-dir", str(out), "--jobs", "2", "--describer", "hog", "--no-refine", *more]
    return [sys.executable, "-m", "mtbsync_core", *words]


def one_to_many(folder: Path, out: Path) -> list[str]:
    words = ["batch", "--reference", str(folder / "a_ref.mp4"), "--new", str(folder / "*_new.mp4"), "--resume"]
    how = ["--out-dir", str(out), "--jobs", "1", "--describer", "hog", "--no-refine"]
    return [sys.executable, "-m", "mtbsync_core", *words, *how]


def artefacts(out: Path) -> dict[str, object]:
    """What the results say, without times of day and durations."""
    found: dict[str, object] = {}
    for path in sorted(out.glob("*/*")):
        if path.name in ("timewarp.json", "new_markers.csv", "pairs.csv"):
            found[str(path.relative_to(out))] = path.read_bytes()
        else:
            found[str(path.relative_to(out))] = True
    return found


def test_a_batch_that_is_killed_again_and_again_ends_as_one_that_is_not(footage: Path, tmp_path: Path) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    start = time.monotonic()
    assert subprocess.run(command(footage, whole), check=False).returncode == 0
    took_s, chance, done = time.monotonic() - start, random.Random(3), dict[Path, int]()
    for _ in range(KILLS):
        process = subprocess.Popen(command(footage, broken, "--resume"))
        time.sleep(chance.uniform(0.2, took_s))
        process.kill()
        process.wait()
        assert all(path.stat().st_mtime_ns == before for path, before in done.items()), "done twice"
        for folder in (broken / "a", broken / "b"):
            run = load_run(folder)
            if run is not None and run.state == "done":
                done[folder / "timewarp.json"] = (folder / "timewarp.json").stat().st_mtime_ns
    assert subprocess.run(command(footage, broken, "--resume"), check=False).returncode == 0
    assert artefacts(broken) == artefacts(whole)
    with Catalogue.read(broken) as found:
        assert found.rows("PRAGMA integrity_check") == [{"integrity_check": "ok"}]
        assert found.rows("SELECT run, state, verdict IS NOT NULL AS v FROM runs ORDER BY run") == [
            {"run": name, "state": "done", "v": 1} for name in ("a", "b")
        ]
        assert found.rows("SELECT count(*) AS n FROM indexes") == [{"n": 2}]


def test_two_batches_at_once_and_a_damaged_index(footage: Path, tmp_path: Path) -> None:
    both = [subprocess.Popen(one_to_many(footage, tmp_path)) for _ in "12"]
    assert {process.wait() for process in both} <= {0, 11}  # 11: the pair of the other one had not ended
    shown = {name: load_run(tmp_path / name) for name in ("a_new", "b_new")}
    assert {run.state for run in shown.values() if run is not None} == {"done"}
    with Catalogue.read(tmp_path) as found:
        (row,) = found.rows('SELECT "index", file FROM indexes')
    (tmp_path / row["file"]).write_bytes(b"no index")
    run = shown["b_new"]
    assert run is not None
    replace(run, state="running").save(tmp_path / "b_new")
    again = subprocess.run([*one_to_many(footage, tmp_path), "--json"], stdout=subprocess.PIPE, check=False)
    assert any("not a readable index" in note for note in json.loads(again.stdout)["notes"])
    assert (tmp_path / row["file"]).stat().st_size > 1000


def test_of_references_of_one_day_the_one_with_the_strongest_evidence_is_taken(footage: Path, tmp_path: Path) -> None:
    made = write_pair(tmp_path / "other", replace(TINY, seed=9))
    references = ["--reference", str(made.reference), "--reference", str(footage / "a_ref.mp4")]
    words = ["batch", *references, "--new", str(footage / "a_new.mp4"), "--out-dir", str(tmp_path / "out")]
    how = ["--describer", "hog", "--no-refine", "--json"]
    done = subprocess.run([sys.executable, "-m", "mtbsync_core", *words, *how], stdout=subprocess.PIPE, check=False)
    run = load_run(tmp_path / "out" / "a_new")
    assert done.returncode == 0 and run is not None and run.reference == str(footage / "a_ref.mp4")
    assert any(
        "a_ref.mp4 is the reference: of 2 its evidence is the strongest" in note
        for note in json.loads(done.stdout)["notes"]
    )
    with Catalogue.read(tmp_path / "out") as found:
        assert found.rows("SELECT count(seconds) AS made, count(DISTINCT video) AS videos FROM indexes") == [
            {"made": 2, "videos": 2}
        ]


def _dies_on_b(task: Task, listener: Listener) -> Worked:
    run = RunFile(reference="r", new="n")
    run.save(task.root / task.pair.name)
    if task.pair.name == "b":
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(60)
    listener.stage("look", 1, 1)
    return Worked(task.pair.name, "done")


class Told:
    """A listener that keeps what it hears."""

    def __init__(self) -> None:
        self.stages: list[str] = []

    def stage(self, name: str, done: int, total: int) -> None:
        self.stages.append(name)

    def note(self, text: str) -> None:
        pass

    def file(self, name: str, path: Path) -> None:
        pass


def test_a_worker_that_dies_fails_its_pair_alone(tmp_path: Path) -> None:
    tasks = [Task(tmp_path, Pair(name, (Path("r"),), Path("n")), WorkOptions()) for name in "abc"]
    told = Told()
    outcomes = {worked.run: worked.state for worked in LocalWorkers(1, _dies_on_b).work(tasks, told)}
    assert outcomes == {"a": "done", "b": "failed", "c": "done"}
    assert told.stages == ["a: look", "c: look"]
    run = load_run(tmp_path / "b")
    assert run is not None and run.error is not None and "ended" in run.error["message"]
