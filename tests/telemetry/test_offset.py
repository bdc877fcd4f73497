"""Laying the track of a watch beside a video: by clocks, by places, by turning, or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from mtbsync_core.errors import EvidenceError
from mtbsync_core.telemetry.clocks import Start
from mtbsync_core.telemetry.fixes import Fixes, track_of
from mtbsync_core.telemetry.offset import find_offset
from mtbsync_core.telemetry.track import STEP_S, Floats, Motion, Track

BEGAN = datetime(2026, 7, 1, 10, tzinfo=UTC)
RIDE_S = 1200.0


def way(t: Floats) -> Floats:
    """Metres east and north (N, 2) at seconds of the ride: bends and changes of pace."""
    fine = np.arange(-200, RIDE_S + 200, 0.1)
    speed = 5 + 1.5 * np.sin(fine / 17) + np.sin(fine / 5.3 + 1)
    rng = np.random.default_rng(11)
    heading = sum(0.06 * length * np.sin(fine / length + rng.uniform(0, 6)) for length in rng.uniform(2.5, 14, 20))
    at = np.cumsum(0.1 * speed[:, None] * np.stack([np.cos(heading), np.sin(heading)], axis=1), axis=0)
    return np.stack([np.interp(t, fine, at[:, k]) for k in (0, 1)], axis=1)


def ride(from_s: float, to_s: float, *, bias_m: float = 0.0, noise_m: float = 0.2, seed: int = 0) -> Track:
    """A track of a part of the ride, on a clock whose zero is the beginning of that part."""
    t = np.arange(from_s, to_s)
    place = way(t) + bias_m + noise_m * np.random.default_rng(seed).standard_normal((len(t), 2))
    nothing = np.full(len(t), np.nan)
    lat, lon = 46.7 + place[:, 1] / 111_200, 7.6 + place[:, 0] / (111_200 * np.cos(np.radians(46.7)))
    return track_of(Fixes(t - from_s, lat, lon, nothing, nothing, nothing, nothing), "GPX")


def felt(from_s: float, to_s: float, noise_rps: float = 0.2) -> Motion:
    """What a gyroscope feels of a part of the ride."""
    t = np.arange(0, to_s - from_s, STEP_S)
    step = np.gradient(way(t + from_s), axis=0)
    yaw = np.gradient(np.unwrap(np.arctan2(step[:, 1], step[:, 0])), STEP_S)
    noise = noise_rps * np.random.default_rng(1).standard_normal(len(t))
    return Motion(t, yaw + noise, np.ones(len(t)), np.zeros(len(t), bool))


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def test_by_clocks_alone() -> None:
    found = find_offset(ride(0, 600), BEGAN, Start(at(100), 1.0), 60.0)
    assert found.offset_s == pytest.approx(-100, abs=0.05) and 2 < found.sigma_s < 8  # its tails are heavy
    assert "clocks" in found.reason


@pytest.mark.slow
def test_by_the_videos_own_gps_without_any_clock() -> None:
    """The watch began 300 s before the video; both receivers are off by metres of their own."""
    found = find_offset(ride(0, RIDE_S), None, Start(), 120.0, own=ride(300, 420, bias_m=4.0, seed=1))
    assert found.offset_s == pytest.approx(-300, abs=0.3) and found.sigma_s < 0.5
    assert "GPS" in found.reason


@pytest.mark.slow
def test_a_track_that_begins_within_the_video() -> None:
    found = find_offset(ride(350, RIDE_S), None, Start(), 120.0, own=ride(300, 420, seed=1))
    assert found.offset_s == pytest.approx(50, abs=0.3)


def test_by_turning_without_any_clock() -> None:
    found = find_offset(ride(0, RIDE_S), None, Start(), 150.0, motion=felt(500, 650))
    assert found.offset_s == pytest.approx(-500, abs=0.5) and "gyroscope" in found.reason


@pytest.mark.parametrize("zone_h", [0, 2, -7])
def test_local_time_marked_as_utc_is_told_by_turning(zone_h: int) -> None:
    said = at(200) + timedelta(hours=zone_h, seconds=3)
    found = find_offset(ride(0, RIDE_S), BEGAN, Start(said=said), 90.0, motion=felt(200, 290))
    assert found.offset_s == pytest.approx(-200, abs=0.5)


def test_local_time_where_only_one_zone_fits_a_short_track() -> None:
    found = find_offset(ride(0, 600), BEGAN, Start(said=at(200) + timedelta(hours=5)), 60.0)
    assert found.offset_s == pytest.approx(-200, abs=0.5) and found.sigma_s > 2


@pytest.mark.slow
def test_a_track_over_hours_and_a_clock_of_unknown_zone_are_not_enough() -> None:
    t = np.arange(0.0, 4 * 3600, 5.0)
    nothing = np.full(len(t), np.nan)
    long = track_of(Fixes(t, 46.7 + t * 1e-5, 7.6 + 0 * t, nothing, nothing, nothing, nothing), "GPX")
    with pytest.raises(EvidenceError, match="several places"):
        find_offset(long, BEGAN, Start(said=at(7200)), 60.0)


DAY = 86400.0


@pytest.mark.parametrize("wrong_s", [17.0, 18.0, 100.0, -1800.0, 7200.0, 7218.0, -DAY, 3650 * DAY])
@pytest.mark.parametrize("by", [1.0, 15.0])
def test_the_videos_own_gps_beats_any_clock(wrong_s: float, by: float) -> None:
    """Leap seconds, a clock set by hand, a zone, the wrong day, the day on which the battery was out."""
    own = ride(300, 345, bias_m=4.0, seed=1)
    found = find_offset(ride(0, RIDE_S), BEGAN, Start(at(300 + wrong_s), by), 45.0, own=own)
    assert found.offset_s == pytest.approx(-300, abs=0.3) and found.sigma_s < 0.6
    if abs(wrong_s) > 1000:
        assert "against the clocks" in found.reason


@pytest.mark.parametrize("wrong_s", [10.0, 17.0, -100.0, 300.0, 7200.0 - 100])
def test_the_gyroscope_beats_a_clock_that_is_wrong(wrong_s: float) -> None:
    for start in (Start(at(500 + wrong_s)), Start(said=at(500 + wrong_s))):
        found = find_offset(ride(0, RIDE_S), BEGAN, start, 150.0, motion=felt(500, 650))
        assert found.offset_s == pytest.approx(-500, abs=0.5) and found.sigma_s < 1


@pytest.mark.parametrize("wrong_s", [0.0, 20.0, DAY])
def test_a_clock_does_not_save_a_track_that_was_elsewhere(wrong_s: float) -> None:
    own = ride(300, 420)
    moved = replace(own, lat_deg=own.lat_deg + 0.2)
    beside = replace(own, lon_deg=own.lon_deg + 500 / 76_000)
    for other in (moved, beside):
        with pytest.raises(EvidenceError, match="another time or place"):
            find_offset(ride(0, RIDE_S), BEGAN, Start(at(300 + wrong_s), 1.0), 120.0, own=other)


def test_a_clock_alone_is_known_to_a_minute() -> None:
    found = find_offset(ride(0, RIDE_S), BEGAN, Start(at(400)), 60.0)
    assert found.offset_s == pytest.approx(-400, abs=0.1) and 30 < found.sigma_s < 80
    with pytest.raises(EvidenceError, match="another time"):
        find_offset(ride(0, RIDE_S), BEGAN, Start(at(400 + DAY)), 60.0)


def test_another_ride_is_not_laid_beside_it() -> None:
    other = ride(300, 420)
    moved = replace(other, lat_deg=other.lat_deg + 0.2, source="GPS5")
    with pytest.raises(EvidenceError, match="another time or place"):
        find_offset(ride(0, RIDE_S), None, Start(), 120.0, own=moved)


def test_nothing_tells() -> None:
    with pytest.raises(EvidenceError, match="nothing tells"):
        find_offset(ride(0, 600), BEGAN, Start(), 60.0)
    with pytest.raises(EvidenceError, match="too short"):
        find_offset(ride(0, 6), BEGAN, Start(), 5.0)
