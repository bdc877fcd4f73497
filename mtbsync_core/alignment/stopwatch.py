"""`Stopwatch`: how long each stage of an alignment takes, and how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[str, int, int], None]
"""Called with the stage, the steps done and their number."""


class Stopwatch:
    """Seconds per stage, and progress under the stage's name."""

    def __init__(self, progress: Progress | None) -> None:
        self.seconds: dict[str, float] = {}
        self._progress = progress
        self._start = time.perf_counter()

    def all_seconds(self) -> dict[str, float]:
        """Seconds of each stage, and since the start under "total"."""
        return {**self.seconds, "total": round(time.perf_counter() - self._start, 3)}

    @contextmanager
    def stage(self, name: str) -> Iterator[Callable[[int, int], None]]:
        """Time what is inside; yields the callback for the steps done and their number."""
        start = time.perf_counter()
        yield lambda done, total: self._progress(name, done, total) if self._progress else None
        self.seconds[name] = round(self.seconds.get(name, 0.0) + time.perf_counter() - start, 3)
