"""A program as its user starts it: whole-process seconds and peak memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process took; `peak_mb` and `cpu_s` are NaN where the system does not tell."""

    seconds: float
    peak_mb: float
    status: int
    cpu_s: float = float("nan")


def run_process(
    command: Sequence[str | Path], *, cwd: Path, log: Path, environment: Mapping[str, str] | None = None
) -> Cost:
    """Run a command to its end; what it prints goes to `log`."""
    start = time.perf_counter()
    with (
        log.open("wb") as sink,
        subprocess.Popen(
            [str(word) for word in command], stdout=sink, stderr=subprocess.STDOUT, cwd=cwd, env=environment
        ) as process,
    ):
        peak, cpu_s = _wait(process)
    return Cost(time.perf_counter() - start, peak, process.returncode, cpu_s)


def _wait(process: subprocess.Popen[bytes]) -> tuple[float, float]:
    """Wait for the end; peak resident memory in MB and processor seconds where the system tells them, else NaN."""
    if not hasattr(os, "wait4"):
        process.wait()
        return float("nan"), float("nan")
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    peak_mb = usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    return peak_mb, usage.ru_utime + usage.ru_stime
