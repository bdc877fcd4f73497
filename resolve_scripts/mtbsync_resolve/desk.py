"""What every run works with: folders, settings, engine, where it speaks, and whether it is to end."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Callable, NamedTuple

from .log import Log
from .report_page import ReportPage
from .settings import Settings


class Desk(NamedTuple):
    """The desk of one run."""

    folder: Path
    settings: Settings
    engine: Callable[[], list[str]]
    log: Log
    page: ReportPage
    run_id: str
    is_cancelled: Callable[[], bool]


def new_run_id() -> str:
    """Sorts by time."""
    now = time.time()
    return time.strftime("%Y%m%d-%H%M%S", time.gmtime(now)) + f"-{int(now % 1 * 1000):03d}-{os.getpid()}"
