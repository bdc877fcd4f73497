"""Who works on the pairs of a batch: `Workers` is what all of them do, `LocalWorkers` are processes on this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, Protocol

from mtbsync_core.errors import MtbsyncError
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.runs.catalogue import now
from mtbsync_core.runs.run_file import load_run
from mtbsync_core.runs.task import Task, Worked
from mtbsync_core.runs.work import work_on

_TOLD_EVERY_S = 0.2
"""How often a worker tells how far a stage is, seconds; people see no more."""

Work = Callable[[Task, Listener], Worked]


class Workers(Protocol):
    """Works on pairs, in whatever order, and tells the listener of each how far it is."""

    def work(self, tasks: Sequence[Task], listener: Listener) -> Generator[Worked]:
        """The outcomes as they come; to close the generator ends the work. A worker that dies fails its pair alone."""


class LocalWorkers:
    """So many processes on this machine, each working on one pair after the other; they end when this process does."""

    def __init__(self, jobs: int, work: Work = work_on) -> None:
        self._jobs, self._work = jobs, work

    def work(self, tasks: Sequence[Task], listener: Listener) -> Generator[Worked]:
        """As `Workers.work`."""
        waiting, hands = list(reversed(tasks)), [_Hand(self._work) for _ in range(min(self._jobs, len(tasks)))]
        try:
            for hand in hands:
                hand.give(waiting.pop())
            while busy := {hand.pipe: hand for hand in hands if hand.task is not None}:
                for pipe in wait(list(busy)):
                    hand = busy[pipe]
                    worked = hand.heard(listener)
                    if worked is None:
                        continue
                    hand.task = None
                    if waiting:
                        hand.give(waiting.pop())
                    yield worked
        finally:
            for hand in hands:
                hand.end()


class _Hand:
    """One process, started when it is first given something, and again after it died."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._process: Any = None
        self.pipe: Any = None  # a Connection, or on Windows a PipeConnection
        self.task: Task | None = None

    def give(self, task: Task) -> None:
        self.task = task
        if self._process is None or not self._process.is_alive():
            context = multiprocessing.get_context("spawn")
            self.pipe, other = context.Pipe()
            self._process = context.Process(target=_serve, args=(other, self._work), daemon=True)
            self._process.start()
            other.close()  # so that the pipe ends with the process
        self.pipe.send(task)

    def heard(self, listener: Listener) -> Worked | None:
        """Take one message: the outcome where it is that, also of a process that died."""
        assert self.task is not None
        try:
            kind, *said = self.pipe.recv()
        except (EOFError, OSError):
            self._process.join()
            return failed(self.task, f"the process that worked on it ended ({_ending(self._process.exitcode)})")
        if kind == "worked":
            return said[0]
        if kind == "stage":
            listener.stage(*said)
        else:
            listener.note(*said)
        return None

    def end(self) -> None:
        if self._process is not None:
            self.pipe.close()
            self._process.terminate()
            self._process.join()


class Throttled:
    """The listener of a worker: tells `send` of notes and, now and then, of stages, under the name of the run."""

    def __init__(self, run: str, send: Callable[[tuple[Any, ...]], None]) -> None:
        self._run, self._send = run, send
        self._stage, self._last = "", 0.0

    def stage(self, name: str, done: int, total: int) -> None:
        """Pass it on where the last one is some time ago."""
        at = time.monotonic()
        if name != self._stage or at - self._last >= _TOLD_EVERY_S or done == total:
            self._stage, self._last = name, at
            self._send(("stage", f"{self._run}: {name}", done, total))

    def note(self, text: str) -> None:
        """Pass it on, with the name of the run."""
        self._send(("note", f"{self._run}: {text}"))

    def file(self, name: str, path: Path) -> None:
        """Files are told of by the folder."""


def failed(task: Task, why: str) -> Worked:
    """Write into the folder of a run that its process died, where that is possible."""
    name = task.pair.name
    error = MtbsyncError(why, "Run the batch again with --resume; with fewer --jobs if memory was short.")
    try:
        run = load_run(task.root / name)
        if run is not None and run.state == "running":
            ended = replace(run.told("failed", why), state="failed", error=error.as_dict(), ended_at=now())
            ended.save(task.root / name)
    except MtbsyncError:
        pass
    return Worked(name, "failed")


def _ending(code: int | None) -> str:
    return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"


def _serve(pipe: Any, work: Work) -> None:
    """What a process does: work on what comes through the pipe, and end with its parent, however that ends."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line does
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent too, which ends this process
    threading.Thread(target=_end_with_parent, daemon=True).start()
    while True:
        try:
            task: Task = pipe.recv()
        except (EOFError, OSError):
            return
        pipe.send(("worked", work(task, Throttled(task.pair.name, pipe.send))))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
