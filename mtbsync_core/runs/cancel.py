"""A request to leave a run, from whoever may write to its root, to the process that works on it, on whatever machine.

It is a file beside the lock of the run, so a run that waits can be asked for too: then it is left as soon as its turn
comes.
"""

from __future__ import annotations

import time
from pathlib import Path

from mtbsync_core.errors import MtbsyncError
from mtbsync_core.runs.run_file import lock_of

_EVERY_S = 0.5
"""How often a worker looks for a request, seconds."""


class CancelledError(MtbsyncError):
    """The work on a run ended because somebody asked for it."""

    code = "cancelled"


class Request:
    """The request about one run, as both sides see it."""

    def __init__(self, root: Path, run: str) -> None:
        self._path = lock_of(root, run).with_suffix(".cancel")
        self._last_s = float("-inf")

    def make(self) -> None:
        """Ask for it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.touch()

    def withdraw(self) -> None:
        """It was heeded, or nobody wants it any more."""
        self._path.unlink(missing_ok=True)

    def heed(self) -> None:
        """Raise where it was made; most calls look nowhere.

        Raises:
            CancelledError: somebody asked for it.
        """
        now_s = time.monotonic()
        if now_s - self._last_s < _EVERY_S:
            return
        self._last_s = now_s
        if self._path.exists():
            self.withdraw()
            raise CancelledError("cancelled", "The batch does it with --resume.")
