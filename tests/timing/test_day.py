"""What a day cost everybody."""

from __future__ import annotations

import numpy as np
import pytest

from mtbsync_core.timing.day import day_effects
from mtbsync_core.timing.runs import TimedRun
from mtbsync_core.timing.sectors import SectorTimes
from tests.timing.made import run

WET, DRY = "2026-06-02", "2026-06-01"


def season(
    rides: dict[str, dict[str, int]], *, wet_s: float, noise_s: float = 0.1
) -> tuple[list[TimedRun], SectorTimes]:
    """Runs of riders by day, in two sectors; wet roots cost everybody `wet_s` in the second."""
    rng = np.random.default_rng(3)
    runs, seconds = [], []
    for n, (rider, days) in enumerate(rides.items()):
        for day, count in days.items():
            for _ in range(count):
                runs.append(run(rider=rider, date=day))
                base = 10.0 + 0.5 * n
                seconds.append(rng.normal([base, base + (wet_s if day == WET else 0.0)], noise_s))
    zero = np.zeros((len(runs), 2))
    return runs, SectorTimes(np.array(seconds), zero + 0.02, zero, zero.astype(np.uint8))


EVERYBODY = {"Ann": {DRY: 3, WET: 3}, "Ben": {DRY: 3, WET: 3}, "Cy": {DRY: 2, WET: 1}}


def test_what_a_day_cost_is_told_apart_from_riders() -> None:
    found = {(e.sector, e.date): e for e in day_effects(*season(EVERYBODY, wet_s=0.8))}
    wet = found[1, WET]
    assert wet.sure
    assert wet.seconds == pytest.approx(0.4, abs=0.1)  # against the mean of both days
    assert wet.seconds == pytest.approx(-found[1, DRY].seconds)
    assert not found[0, WET].sure


def test_slow_riders_on_one_day_are_no_slow_day() -> None:
    rides = {"Ann": {DRY: 5, WET: 1}, "Ben": {DRY: 4, WET: 1}, "Slow": {WET: 5}, "Slower": {DRY: 1, WET: 5}}
    assert not any(e.sure for e in day_effects(*season(rides, wet_s=0.0)))


@pytest.mark.parametrize(
    "rides",
    [
        {"Ann": {DRY: 2, WET: 2}, "Ben": {DRY: 2, WET: 2}},
        {"Ann": {DRY: 6, WET: 6}},
        {"Ann": {DRY: 8}, "Ben": {WET: 8}},
        {"Ann": {"": 6}, "Ben": {"": 6}},
    ],
    ids=["few runs", "one rider", "nobody on both days", "no dates"],
)
def test_nothing_is_said_where_it_cannot_be_told(rides: dict[str, dict[str, int]]) -> None:
    assert day_effects(*season(rides, wet_s=2.0)) == []


def test_by_chance_little_is_said() -> None:
    rng = np.random.default_rng(5)
    runs, times = season(EVERYBODY, wet_s=0.0)
    wrong = 0
    for _ in range(100):
        seconds = rng.normal(10.0, 0.3, times.seconds.shape)
        table = SectorTimes(seconds, times.sigma_s, times.stood_s, times.flags)
        wrong += any(e.sure for e in day_effects(runs, table))
    assert wrong <= 17  # 10 are expected; more than 17 in one of a hundred cases
