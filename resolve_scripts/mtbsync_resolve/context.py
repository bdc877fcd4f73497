"""What an entry of the menu works with: folder, settings, log, report page, and whether it was cancelled."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Callable, NamedTuple

from .log import Log
from .report_page import ReportPage
from .settings import Settings


class Context(NamedTuple):
    """One run of an entry; `folder` is the config folder."""

    folder: Path
    run_id: str
    settings: Settings
    log: Log
    page: ReportPage
    is_cancelled: Callable[[], bool]

    def note_engine(self, line: str) -> None:
        """A line that the engine wrote to its standard error, for the log."""
        self.log.note("engine: " + line)


def new_run_id() -> str:
    """An id that sorts by time: `20261128-101500-123-4711`, in UTC with milliseconds and the process id."""
    now = time.time()
    return time.strftime("%Y%m%d-%H%M%S", time.gmtime(now)) + f"-{int(now % 1 * 1000):03d}-{os.getpid()}"
