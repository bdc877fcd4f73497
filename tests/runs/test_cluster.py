"""The same batch on a Dask cluster of two worker processes, one of which is killed in the middle."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mtbsync_core.errors import UsageError
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.runs import cluster
from mtbsync_core.runs.cluster import ClusterWorkers
from mtbsync_core.runs.pairing import Pair
from mtbsync_core.runs.task import Task, Worked, WorkOptions
from tests.runs.test_killed import Told, artefacts, command, footage

__all__ = ["footage"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # those of Dask are not ours
]


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[str]:
    """The address of a scheduler with two workers, each a process of its own."""
    pytest.importorskip("distributed")
    told, root = tmp_path / "scheduler.json", Path(__file__).parents[2]
    dask = [sys.executable, "-m", "dask"]
    quiet = ["--scheduler-file", str(told), "--no-dashboard"]
    worker = [*dask, "worker", *quiet, "--nthreads", "1", "--local-directory", str(tmp_path / "dask")]
    commands = [[*dask, "scheduler", *quiet, "--host", "127.0.0.1", "--port", "0"], worker, worker]
    processes = [subprocess.Popen(words, cwd=root, stderr=subprocess.DEVNULL) for words in commands]
    try:
        while not told.exists():
            assert processes[0].poll() is None
            time.sleep(0.1)
        yield json.loads(told.read_text(encoding="utf-8"))["address"]
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait()


def test_results_are_those_of_one_machine(footage: Path, tmp_path: Path, scheduler: str) -> None:
    local, far = tmp_path / "local", tmp_path / "far"
    assert subprocess.run(command(footage, local), check=False).returncode == 0
    words = [word for word in command(footage, far, "--scheduler", scheduler) if word not in ("--jobs", "2")]
    assert subprocess.run(words, check=False).returncode == 0
    assert artefacts(far) == artefacts(local)


def _slow_then_done(task: Task, listener: Listener) -> Worked:
    """Leaves its process id; the first to work on `b` hangs until it is killed."""
    mark = task.root / f"{task.pair.name}.pid"
    first = not mark.exists()
    mark.write_text(str(os.getpid()), encoding="utf-8")
    if task.pair.name == "b" and first:
        time.sleep(120)
    listener.note("done")
    return Worked(task.pair.name, "done")


_KILLER = """
import os, signal, sys, time
from pathlib import Path
mark = Path(sys.argv[1])
while not (mark.exists() and mark.read_text()): time.sleep(0.1)
os.kill(int(mark.read_text()), signal.SIGTERM)
"""


def test_a_worker_that_dies_does_not_end_the_batch(tmp_path: Path, scheduler: str) -> None:
    tasks = [Task(tmp_path, Pair(name, (Path("r"),), Path("n")), WorkOptions()) for name in "abcd"]
    killer = subprocess.Popen([sys.executable, "-c", _KILLER, str(tmp_path / "b.pid")])
    try:
        outcomes = {w.run: w.state for w in ClusterWorkers(scheduler, _slow_then_done).work(tasks, Told())}
        assert killer.wait() == 0
    finally:
        killer.kill()
        killer.wait()
    assert outcomes == dict.fromkeys("abcd", "done")


def test_a_scheduler_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(cluster, "CONNECT_S", 0.5)
    with pytest.raises(UsageError, match="does not answer"):
        next(ClusterWorkers("tcp://127.0.0.1:9").work([], Told()))
