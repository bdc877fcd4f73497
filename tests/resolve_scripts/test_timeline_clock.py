"""The timeline's clock against the engine's own timecode, and the ways in which Resolve names a rate."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtbsync_core.timecode import Rate
from mtbsync_core.timecode import label_of as engines_label
from resolve_scripts.mtbsync_resolve.errors import ScriptError
from resolve_scripts.mtbsync_resolve.timeline_clock import TimelineClock, exact_rate, frame_of

RATES = [
    Rate(24000, 1001),
    Rate(24),
    Rate(25),
    Rate(30000, 1001),
    Rate(30000, 1001, drop=True),
    Rate(60000, 1001, drop=True),
    Rate(120000, 1001),
]


@given(st.sampled_from(RATES), st.integers(0, 24 * 3600 * 24 - 1))
def test_labels_are_those_of_the_engine(rate: Rate, frame: int) -> None:
    label = TimelineClock(rate.fps, rate.drop, 0).label(frame)
    assert label == engines_label(frame, rate)
    assert frame_of(label, rate.fps, drop=rate.drop) == frame


def test_one_hour_of_drop_frame() -> None:
    """Davinci-resolve-mcp PR 248."""
    assert frame_of("01:00:00;00", Fraction(30000, 1001), drop=True) == 107892


@pytest.mark.parametrize(
    ("said", "exact"),
    [
        (29.97, Fraction(30000, 1001)),
        ("29.97 DF", Fraction(30000, 1001)),
        ("29,97 DF", Fraction(30000, 1001)),
        ("23,976", Fraction(24000, 1001)),
        ("23.976", Fraction(24000, 1001)),
        (23.98, Fraction(24000, 1001)),
        (24.0, Fraction(24)),
        ("59.94", Fraction(60000, 1001)),
        (119.88, Fraction(120000, 1001)),
        ("50", Fraction(50)),
        (12.5, Fraction(25, 2)),
    ],
)
def test_rates(said: object, exact: Fraction) -> None:
    assert exact_rate(said) == exact


@pytest.mark.parametrize("said", ["", None, "DF", 0, "0"])
def test_no_rate(said: object) -> None:
    with pytest.raises(ScriptError, match="frame rate"):
        exact_rate(said)


def test_an_hour_does_not_drift() -> None:
    clock = TimelineClock(Fraction(30000, 1001), True, 107892)
    assert clock.frames(clock.seconds(107891)) == 107891
    assert clock.label(107892) == "01:00:00;00"
