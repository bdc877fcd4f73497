"""`progress.json`: how far the work on a run is, for other programs to see while it lasts; then it goes."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from mtbsync_core.errors import UsageError
from mtbsync_core.files import write_json
from mtbsync_core.runs.catalogue import now

NAME = "progress.json"
_EVERY_S = 1.0
"""Seconds between two writings of one stage; of another stage the first is written at once."""


class Progress:
    """Writes the file of one folder, as well as can be: what cannot be written is no reason to end a run."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._stage, self._last = "", 0.0

    def stage(self, name: str, done: int, total: int) -> None:
        """The steps of this stage that are done, and their number; most calls write nothing."""
        at = time.monotonic()
        if name == self._stage and at - self._last < _EVERY_S:
            return
        self._stage, self._last = name, at
        with contextlib.suppress(OSError, UsageError):
            write_json(self._path, {"at": now(), "stage": name, "done": done, "total": total})

    def ended(self) -> None:
        """Take the file away."""
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)
