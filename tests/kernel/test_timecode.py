"""SMPTE numbers from ST 12-1 and from counting by hand; every frame of a day at every rate by property."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtbsync_core.errors import FormatError
from mtbsync_core.timecode import Rate, frames_of, is_drop_label, label_of, minutes_seconds

DROPPING = [Rate(30000, 1001, True), Rate(60000, 1001, True), Rate(120000, 1001, True)]
RATES = [
    *DROPPING,
    *(Rate(n * 1000, 1001) for n in (24, 30, 60, 120)),
    *(Rate(n) for n in (24, 25, 30, 48, 50, 60, 100, 120)),
]


@pytest.mark.parametrize(
    ("label", "rate", "frames"),
    [
        ("01:00:00;00", Rate(30000, 1001, True), 107892),
        ("01:00:00;00", Rate(60000, 1001, True), 215784),
        ("01:00:00;000", Rate(120000, 1001, True), 431568),
        ("01:00:00:00", Rate(30000, 1001), 108000),
        ("01:00:00:00", Rate(60000, 1001), 216000),
        ("01:00:00:000", Rate(120), 432000),
        ("01:00:00:00", Rate(25), 90000),
        ("00:00:59;29", Rate(30000, 1001, True), 1799),
        ("00:01:00;02", Rate(30000, 1001, True), 1800),
        ("00:10:00;00", Rate(30000, 1001, True), 17982),
        ("00:01:00;04", Rate(60000, 1001, True), 3600),
        ("23:59:59;29", Rate(30000, 1001, True), 2589407),
        ("00:00:01:99", Rate(100), 199),
        ("00:00:01:09", Rate(10), 19),
    ],
)
def test_textbook_labels(label: str, rate: Rate, frames: int) -> None:
    assert frames_of(label, rate) == frames
    assert label_of(frames, rate) == label


def test_real_time_of_an_hour_label() -> None:
    assert Rate(30000, 1001).to_seconds(108000) == Fraction("3603.6")
    assert Rate(30000, 1001, True).to_seconds(107892) == Fraction("3599.9964")


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_every_label_near_a_minute_and_midnight_is_in_order(rate: Rate) -> None:
    near = {0, rate.frames_per_day}
    near |= {minute * 60 * rate.nominal for minute in (1, 2, 9, 10, 11, 60, 600)}
    for centre in near:
        for frame in range(max(0, centre - 300), min(rate.frames_per_day, centre + 20)):
            assert frames_of(label_of(frame, rate), rate) == frame
    assert label_of(rate.frames_per_day, rate) == label_of(0, rate)
    assert label_of(rate.frames_per_day - 1, rate).startswith("23:59:59")


@pytest.mark.slow
@given(rate=st.sampled_from(RATES), number=st.integers(0, 10**9))
@settings(max_examples=300, deadline=None)
def test_24_hours_of_frames_survive_the_label(rate: Rate, number: int) -> None:
    frame = number % rate.frames_per_day
    label = label_of(frame, rate)
    assert frames_of(label, rate) == frame
    assert is_drop_label(label) == rate.drop
    assert len(label) == (12 if rate.nominal > 100 else 11)


@pytest.mark.slow
@given(rate=st.sampled_from(RATES), frame=st.integers(0, 24 * 3600 * 120))
@settings(max_examples=200, deadline=None)
def test_frames_survive_seconds_as_floats(rate: Rate, frame: int) -> None:
    assert rate.to_frames(rate.to_seconds(frame)) == frame
    assert rate.to_frames(float(rate.to_seconds(frame))) == frame
    assert rate.to_frames(round(float(rate.to_seconds(frame)), 6)) == frame


@pytest.mark.slow
@given(rate=st.sampled_from(DROPPING), minute=st.integers(0, 1439), data=st.data())
@settings(max_examples=100, deadline=None)
def test_dropped_labels_are_refused(rate: Rate, minute: int, data: st.DataObject) -> None:
    frame = data.draw(st.integers(0, rate.dropped_per_minute - 1))
    label = f"{minute // 60:02d}:{minute % 60:02d}:00;{frame:02d}"
    if minute % 10:
        with pytest.raises(FormatError, match="drop frame skips"):
            frames_of(label, rate)
    else:
        assert label_of(frames_of(label, rate), Rate(rate.num, rate.den, True))[:9] == label[:9]


@pytest.mark.parametrize(
    "label", ["", "1", "01:00:00", "24:00:00:00", "00:60:00:00", "00:00:60:00", "00:00:00:25", "00:00:00:5", "a"]
)
def test_labels_that_do_not_exist_at_25(label: str) -> None:
    with pytest.raises(FormatError):
        frames_of(label, Rate(25))


def test_up_to_ten_frames_a_second_one_digit_names_the_frame() -> None:
    """FFmpeg writes it so; labels of ours have two digits."""
    assert frames_of("10:00:00:9", Rate(10)) == 360009 and label_of(360009, Rate(10)) == "10:00:00:09"
    with pytest.raises(FormatError):
        frames_of("10:00:00:5", Rate(5))


@pytest.mark.parametrize(
    ("written", "exact"),
    [
        (29.97, Fraction(30000, 1001)),
        ("29.97", Fraction(30000, 1001)),
        (23.976, Fraction(24000, 1001)),
        ("23.98", Fraction(24000, 1001)),
        (59.94005994, Fraction(60000, 1001)),
        ("30000/1001", Fraction(30000, 1001)),
        (119.88, Fraction(120000, 1001)),
        (25, Fraction(25)),
        (30, Fraction(30)),
        (30.0003, Fraction(30)),
        (Fraction(24999, 1000), Fraction(25)),
    ],
)
def test_rates_as_people_and_files_write_them(written: float | str | Fraction, exact: Fraction) -> None:
    assert Rate.of(written).fps == exact


def test_a_mean_rate_keeps_its_value_and_its_second() -> None:
    phone = Rate.of(Fraction(3001, 100))
    assert phone.fps == Fraction(3001, 100)
    assert phone.nominal == 30


@pytest.mark.parametrize("fps", [0, -25, "abc", "30000/0", float("nan"), float("inf")])
def test_no_rates(fps: float | str) -> None:
    with pytest.raises(FormatError):
        Rate.of(fps)


@pytest.mark.parametrize("rate", [(25, 1), (30, 1), (24000, 1001)])
def test_drop_frame_exists_at_three_rates_only(rate: tuple[int, int]) -> None:
    with pytest.raises(FormatError, match="drop-frame"):
        Rate(*rate, True)
    with pytest.raises(FormatError):
        Rate(0)


def test_halves_round_away_from_zero() -> None:
    assert [Rate(2).to_frames(s) for s in (0.25, 0.75, -0.25, 0.2)] == [1, 2, -1, 0]


@pytest.mark.parametrize(
    ("rate", "possible"),
    [(Rate(30000, 1001), True), (Rate(120000, 1001), True), (Rate(24000, 1001), False), (Rate(30), False)],
)
def test_labels_drop_frames_where_the_rate_can(rate: Rate, possible: bool) -> None:
    assert rate.has_drop_frame == possible
    assert rate.dropping(True) == Rate(rate.num, rate.den, possible)
    assert rate.dropping(True).dropping(False) == rate


@pytest.mark.parametrize(
    ("seconds", "decimals", "hours", "text"),
    [
        (0, 0, False, "0:00"),
        (59.6, 0, False, "1:00"),
        (83.25, 2, False, "1:23.25"),
        (59.96, 1, False, "1:00.0"),
        (3725, 0, False, "62:05"),
        (3725, 0, True, "1:02:05"),
        (3599.96, 1, True, "1:00:00.0"),
        (61, 0, True, "1:01"),
        (-0.5, 1, False, "-0:00.5"),
    ],
)
def test_minutes_and_seconds(seconds: float, decimals: int, hours: bool, text: str) -> None:
    assert minutes_seconds(seconds, decimals, hours=hours) == text
