"""What a run uses of the machine: read while it works, null where it cannot be, and never its end."""

from __future__ import annotations

import sys
import threading
from types import SimpleNamespace

import pytest

from mtbsync_core.jobs.resources import Resources, Usage


class Driver:
    """NVIDIA's module for two GPUs, the second of which may go away after `lives` readings."""

    def __init__(self, lives: int = 1000) -> None:
        self.lives, self.open = lives, 0

    def nvmlInit(self) -> None:
        self.open += 1

    def nvmlShutdown(self) -> None:
        self.open -= 1
        raise OSError("gone")

    def nvmlDeviceGetCount(self) -> int:
        return 2

    def nvmlDeviceGetHandleByIndex(self, n: int) -> int:
        return n

    def nvmlDeviceGetUtilizationRates(self, device: int) -> SimpleNamespace:
        self.lives -= 1
        if self.lives < 0:
            raise RuntimeError("GPU is lost")
        return SimpleNamespace(gpu=(30, 50)[device])

    def nvmlDeviceGetMemoryInfo(self, device: int) -> SimpleNamespace:
        return SimpleNamespace(used=(1_000_000, 2_500_000)[device])


def measured(*, gpu: bool = True) -> Usage:
    with Resources(gpu=gpu) as used:
        sum(range(200_000))
    return used.usage


def test_processor_and_memory_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", None)
    usage = measured()
    assert usage.cpu_pct is not None and usage.cpu_pct > 0
    assert usage.rss_mb is not None and 10 < usage.rss_mb < 1e6
    assert (usage.gpu_util, usage.gpu_mem_mb) == (None, None)
    assert "mtbsync-resources" not in [thread.name for thread in threading.enumerate()]


def test_gpus_are_averaged_and_their_memory_summed(monkeypatch: pytest.MonkeyPatch) -> None:
    driver = Driver()
    monkeypatch.setitem(sys.modules, "pynvml", driver)
    usage = measured()
    assert (usage.gpu_util, usage.gpu_mem_mb, driver.open) == (40.0, 3.5, 0)


def test_without_gpu_the_driver_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    driver = Driver(lives=0)
    monkeypatch.setitem(sys.modules, "pynvml", driver)
    assert measured(gpu=False).gpu_util is None
    assert driver.lives == 0


def test_a_driver_that_fails_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", Driver(lives=0))
    usage = measured()
    assert usage.gpu_util is None
    assert usage.rss_mb is not None


def test_without_psutil_memory_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psutil", None)
    usage = measured(gpu=False)
    assert usage.rss_mb is None
    assert usage.cpu_pct is not None


def test_an_error_inside_goes_on_and_the_reading_ends() -> None:
    with pytest.raises(ZeroDivisionError), Resources(gpu=False):
        raise ZeroDivisionError
    assert "mtbsync-resources" not in [thread.name for thread in threading.enumerate()]
