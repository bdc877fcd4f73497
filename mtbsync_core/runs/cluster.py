"""`ClusterWorkers`: the pairs of a batch on a Dask cluster. Workers write folders; only this process writes SQLite."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any

from mtbsync_core.errors import EngineMissingError, UsageError
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.runs.task import Task, Worked
from mtbsync_core.runs.work import work_on
from mtbsync_core.runs.workers import Throttled, Work, failed

CONNECT_S = 20.0
"""How long the scheduler may take to answer, seconds; a quarter does in one building, across the world twice as long
may be needed.
"""


class ClusterWorkers:
    """The workers of a Dask scheduler. Each must see the recordings and the results under the same paths as we do.

    A pair whose worker dies is given to another one by the scheduler; one that has ended several workers has failed.
    """

    def __init__(self, scheduler: str, work: Work = work_on) -> None:
        self._scheduler, self._work = scheduler, work

    def work(self, tasks: Sequence[Task], listener: Listener) -> Generator[Worked]:
        """As `Workers.work`; stages inside a pair are not told.

        Raises:
            EngineMissingError: Dask is not installed here.
            UsageError: the scheduler does not answer.
        """
        try:
            from distributed import Client, as_completed
        except ImportError as error:
            raise EngineMissingError(
                "Dask is not installed, which --scheduler needs", "Install it with: pip install 'dask[distributed]'"
            ) from error
        try:
            client = Client(self._scheduler, timeout=CONNECT_S)
        except (OSError, ValueError, TimeoutError) as error:
            raise UsageError(
                f"the scheduler {self._scheduler} does not answer",
                "Start it with: dask scheduler; and workers with: dask worker ADDRESS",
            ) from error
        with client:
            futures = {client.submit(_work, self._work, task, pure=False): task for task in tasks}
            try:
                for future in as_completed(list(futures)):
                    yield _outcome(future, futures[future], listener)
            finally:
                client.cancel(list(futures))


def _outcome(future: Any, task: Task, listener: Listener) -> Worked:
    try:
        worked, notes = future.result()
    except Exception as error:  # the cluster gave up, whatever the reason
        return failed(task, f"the cluster could not finish it ({type(error).__name__}: {error})")
    for text in notes:
        listener.note(text)
    return worked


def _work(work: Callable[[Task, Listener], Worked], task: Task) -> tuple[Worked, list[str]]:
    """What a worker does: work on a pair, and give its notes with the outcome."""
    notes: list[str] = []

    def keep(message: tuple[Any, ...]) -> None:
        if message[0] == "note":
            notes.append(message[1])

    return work(task, Throttled(task.pair.name, keep)), notes
