"""Which sectors something befell, as `benchmarks/timing.py` grades flags by it."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.footage import Footage
from benchmarks.timing_figures import befallen
from benchmarks.timing_runs import Ridden
from benchmarks.timing_trail import Trail
from mtbsync_core.timing.lines import SectorLines

LINE_M = np.array([0.0, 30.0, 60.0, 90.0])


def told(first_m: float, last_m: float) -> tuple[list[bool], list[bool]]:
    ride = Ridden("cut", Footage(()), (), (first_m, last_m))
    lines = SectorLines(LINE_M / 6, tuple("abcd"))
    surely, perhaps = befallen(Trail([ride], lines, LINE_M, [], [], []))
    return surely[0].tolist(), perhaps[0].tolist()


@pytest.mark.parametrize(
    ("span", "surely", "perhaps"),
    [
        ((10.0, 40.0), [True, True, False], [True, True, False]),
        ((30.1, 75.0), [False, True, True], [True, True, True]),  # begins a hair behind a line: on either side
        ((29.9, 75.0), [False, True, True], [True, True, True]),
        ((31.0, 75.0), [False, True, True], [False, True, True]),
        ((45.0, 45.0), [False, True, False], [False, True, False]),
        ((59.8, 59.8), [False, True, False], [False, True, True]),
    ],
)
def test_half_a_metre_beside_a_line_is_on_either_side(
    span: tuple[float, float], surely: list[bool], perhaps: list[bool]
) -> None:
    assert told(*span) == (surely, perhaps)
