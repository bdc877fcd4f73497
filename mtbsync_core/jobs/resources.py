"""`Resources`: what a run takes of the machine while it is at work, for `perf.json`: processor, memory, GPU.

Processor time is the difference of two readings. Memory and GPU have no such counter, so a thread reads them twice a
second; `benchmarks/perf_cost.py` measures what that costs. What cannot be read is None and never ends a run.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

_EVERY_S = 0.5
"""Seconds between two readings. Half of it doubles their cost and sees shorter peaks of memory; twice of it misses
what lives for less than a second.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What was used; None is what could not be read."""

    cpu_pct: float | None = None
    """Processor seconds of this process over those of the clock, in percent: 100 is one core at work all the time."""
    rss_mb: float | None = None
    """The most memory that this process held (resident set size), MB of 10^6 bytes."""
    gpu_util: float | None = None
    """Mean share of the time in which a kernel ran, in percent, of all NVIDIA GPUs and of all programs on them."""
    gpu_mem_mb: float | None = None
    """The most memory in use on all NVIDIA GPUs, by all programs, MB."""


@dataclass(slots=True)
class Resources:
    """Reads what this process uses between entering and leaving; `usage` has the figures after that.

    Two at once in one process see the use of both.
    """

    gpu: bool = True
    """Whether the NVIDIA driver is asked."""
    usage: Usage = field(default_factory=Usage, init=False)
    _rss: list[float] = field(default_factory=list, init=False)
    _gpu: list[tuple[float, float]] = field(default_factory=list, init=False)
    _over: threading.Event = field(default_factory=threading.Event, init=False)
    _thread: threading.Thread | None = field(default=None, init=False)
    _began: tuple[float, float] = field(default=(0.0, 0.0), init=False)

    def __enter__(self) -> Self:
        self._began = time.process_time(), time.perf_counter()
        self._thread = threading.Thread(target=self._read_on, name="mtbsync-resources", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        seconds = time.perf_counter() - self._began[1]
        busy = time.process_time() - self._began[0]
        self._over.set()
        if self._thread is not None:
            self._thread.join(2 * _EVERY_S)  # a driver that hangs does not hold up a run
        gpu = list(self._gpu)
        self.usage = Usage(
            cpu_pct=round(100 * busy / seconds, 1) if seconds > 0 else None,
            rss_mb=round(max(self._rss), 1) if self._rss else None,
            gpu_util=round(sum(util for util, _ in gpu) / len(gpu), 1) if gpu else None,
            gpu_mem_mb=round(max(memory for _, memory in gpu), 1) if gpu else None,
        )

    def _read_on(self) -> None:
        with contextlib.ExitStack() as stack:
            readers: list[Callable[[], None]] = []
            rss = _rss_reader()
            if rss is not None:
                readers.append(lambda: self._rss.append(rss()))
            gpus = _gpu_reader(stack) if self.gpu else None
            if gpus is not None:
                readers.append(lambda: self._gpu.append(gpus()))
            while True:
                over = self._over.is_set()  # asked before the reading, so that there is one at the end as well
                for read in list(readers):
                    try:
                        read()
                    except Exception:  # whatever the system or the driver says: what has been read stays
                        readers.remove(read)
                if over:
                    return
                self._over.wait(_EVERY_S)


def _rss_reader() -> Callable[[], float] | None:
    """Reads the memory of this process, MB; None where that cannot be."""
    try:
        import psutil

        process = psutil.Process()
    except Exception:
        return None
    return lambda: float(process.memory_info().rss) / 1e6


def _gpu_reader(stack: contextlib.ExitStack) -> Callable[[], tuple[float, float]] | None:
    """Reads use, %, and memory, MB, of the NVIDIA GPUs through NVML until `stack` ends; None without any.

    `pynvml` is the module of NVIDIA's package `nvidia-ml-py` (extra `gpu`).
    """
    try:
        import pynvml

        pynvml.nvmlInit()
        stack.callback(_quietly, pynvml.nvmlShutdown)
        devices = [pynvml.nvmlDeviceGetHandleByIndex(n) for n in range(pynvml.nvmlDeviceGetCount())]
    except Exception:
        return None
    if not devices:
        return None

    def read() -> tuple[float, float]:
        utils = [float(pynvml.nvmlDeviceGetUtilizationRates(device).gpu) for device in devices]
        used = sum(float(pynvml.nvmlDeviceGetMemoryInfo(device).used) for device in devices)
        return sum(utils) / len(utils), used / 1e6

    return read


def _quietly(call: Callable[[], object]) -> None:
    with contextlib.suppress(Exception):
        call()
