"""From fixes to a track: what receivers do wrong is taken out, and metres are metres."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtbsync_core.errors import EvidenceError
from mtbsync_core.telemetry import fixes, jumps
from mtbsync_core.telemetry.fixes import Fixes, cleaned, track_of
from mtbsync_core.telemetry.track import Floats, Track, enu, origin_of

NORTH_M = 111_200.0


def northward(speed_mps: float = 5.0, *, seconds: float = 60.0, rate: float = 1.0, told: bool = False) -> Fixes:
    """A steady ride due north from 46.7 N, 7.6 E."""
    t = np.arange(0.0, seconds, 1 / rate)
    nothing = np.full(len(t), np.nan)
    return Fixes(
        t_s=t,
        lat_deg=46.7 + speed_mps * t / NORTH_M,
        lon_deg=np.full(len(t), 7.6),
        alt_m=800 - t,
        speed_mps=np.full(len(t), speed_mps) if told else nothing,
        lock=np.full(len(t), 3.0),
        dop=np.full(len(t), 2.0),
    )


def metres(track: Track) -> Floats:
    return enu(track, origin_of(track))


def test_an_even_ride() -> None:
    track = track_of(northward().later(0.3), "GPX")
    np.testing.assert_allclose(track.t_s, np.arange(3, 594) / 10, atol=1e-9)
    np.testing.assert_allclose(track.speed_mps, 5.0, rtol=2e-3)
    np.testing.assert_allclose(track.distance_m, 5 * (track.t_s - 0.3), atol=0.6)
    np.testing.assert_allclose(np.diff(metres(track)[:, 1]), 0.5, rtol=2e-3)
    np.testing.assert_allclose(track.alt_m, 800.3 - track.t_s, atol=1e-6)
    assert track.known.all() and (track.sigma_m >= 3.0).all() and track.sigma_m.max() < 3.2


def test_metres_are_those_of_the_ellipsoid() -> None:
    """One minute of arc on WGS 84 (NIMA TR8350.2): 1852.2 m of meridian at 45 degrees, 1314.1 m of parallel there."""
    east, north = (
        track_of(replace(northward(), lat_deg=lat, lon_deg=lon), "GPX")
        for lat, lon in (
            (np.full(60, 45.0), np.linspace(7.6, 7.6 + 1 / 60, 60)),
            (np.linspace(45 - 1 / 120, 45 + 1 / 120, 60), np.full(60, 7.6)),
        )
    )
    assert metres(east)[-1, 0] == pytest.approx(1314.1, abs=0.3)
    assert np.ptp(enu(north, (45.0, 7.6))[:, 1]) == pytest.approx(1852.2, abs=0.3)


@pytest.mark.parametrize("column", ["lock", "dop"])
def test_no_lock_and_bad_geometry_are_dropped(column: str) -> None:
    fixes = northward()
    values = getattr(fixes, column).copy()
    values[20:30] = 0.0 if column == "lock" else 9.9
    lat = fixes.lat_deg.copy()
    lat[20:30] = -12.0
    track = track_of(replace(fixes, lat_deg=lat, **{column: values}), "GPS5")
    np.testing.assert_allclose(np.diff(metres(track)[:, 1]), 0.5, rtol=2e-3)
    assert not track.known[220:280].any() and track.known[:190].all()
    assert track.sigma_m[250] > track.sigma_m[100] + 1.5


def test_the_jump_that_was_seen() -> None:
    """A HERO8 jumped 157 m in 55 ms at 18.9 m/s, and came back later."""
    fixes = northward(18.9, seconds=20, rate=18.18, told=True)
    lon = fixes.lon_deg.copy()
    lon[100:130] += 157 / (NORTH_M * np.cos(np.radians(46.7)))
    found = cleaned(replace(fixes, lon_deg=lon)).fixes
    assert len(found) == len(fixes) - 30 and (found.lon_deg == 7.6).all()


def test_repeated_and_wild_stamps() -> None:
    fixes = northward()
    t = fixes.t_s.copy()
    t[10] = t[9]
    t[20], t[30], t[59] = 1e9, -1e9, 1e8
    t[40:44] = 39.0
    found = cleaned(replace(fixes, t_s=t)).fixes
    assert (np.diff(found.t_s) > 0).all() and len(found) == 60 - 1 - 3 - 4
    assert found.t_s[-1] == 58


def test_a_told_speed_is_believed_and_a_hole_is_crossed_at_the_pace_that_it_takes() -> None:
    fixes = northward(told=True)
    track = track_of(fixes.at((fixes.t_s < 20) | (fixes.t_s > 40)), "GPS9")
    assert track.distance_m[-1] == pytest.approx(5 * 59, abs=0.5)
    stopped = replace(fixes, speed_mps=np.where(fixes.t_s < 30, 5.0, 4.0))
    assert track_of(stopped, "GPS9").speed_mps[400] == pytest.approx(4.0)


def test_a_track_over_the_date_line() -> None:
    lon = np.asarray((179.9995 + np.arange(60) * 2e-5 + 180) % 360 - 180, np.float64)
    track = track_of(replace(northward(0.0), lon_deg=lon), "GPX")
    assert (np.abs(track.lon_deg) <= 180).all()
    np.testing.assert_allclose(np.diff(metres(track)[:, 0]), 0.1527, atol=2e-3)


def test_too_few_fixes() -> None:
    with pytest.raises(EvidenceError, match="0 of 60"):
        track_of(replace(northward(), lock=np.zeros(60)), "GPS5")


def shifted(fixes: Fixes, chosen: slice, north_m: float) -> Fixes:
    lat = fixes.lat_deg.copy()
    lat[chosen] += north_m / NORTH_M
    return replace(fixes, lat_deg=lat)


@pytest.mark.parametrize(("rate", "told"), [(1.0, True), (1.0, False), (10.0, True), (10.0, False)])
def test_the_ride_goes_on_after_a_correction(rate: float, told: bool) -> None:
    """A jump of 90 m that is never undone: both parts stay, with a gap at the jump that adds no way."""
    fixes = shifted(northward(seconds=600, rate=rate, told=told), slice(round(300 * rate), None), -90.0)
    assert len(cleaned(fixes).fixes) == len(fixes)
    track = track_of(fixes, "GPX")
    gaps = track.t_s[~track.known]
    assert 298 < gaps[0] < 300 <= gaps[-1] < 301.5 and 0.5 < np.ptp(gaps) <= 3
    assert track.distance_m[-1] == pytest.approx(5 * 600, abs=12) and track.speed_mps.max() < 5.5


def test_two_corrections_and_an_excursion() -> None:
    """What lasts is followed, what is undone within half a minute is left out, and so is what is in another country."""
    fixes = shifted(northward(seconds=900), slice(200, None), 70.0)
    fixes = shifted(shifted(fixes, slice(500, None), -120.0), slice(700, 725), 80.0)
    fixes = shifted(fixes, slice(750, 790), 300_000.0)
    found = cleaned(fixes).fixes
    assert len(found) == 900 - 25 - 40
    assert not np.isin(found.t_s, [*range(700, 725), *range(750, 790)]).any()


def test_two_receivers_in_turn_are_not_mixed() -> None:
    fixes = northward(seconds=400)
    mixed = shifted(fixes, slice(0, None, 2), 90.0)
    found = cleaned(mixed).fixes
    assert len(found) == 200 and len({round(float(m)) for m in np.diff(found.lat_deg) * NORTH_M}) == 1


@pytest.mark.parametrize(
    "told",
    [lambda v: 0 * v, lambda v: np.where(np.arange(120) % 5, 0.0, v), lambda v: 3.6 * v],
    ids=["zero", "mostly zero", "km/h"],
)
@pytest.mark.parametrize("source", ["GPX", "FIT"])
def test_a_told_speed_that_is_none(told: Callable[[Floats], Floats], source: str) -> None:
    """The speed is that of the places then, also for the line between a step and a jump: here 90 km/h downhill."""
    fixes = northward(25.0, seconds=120, told=True)
    track = track_of(replace(fixes, speed_mps=told(fixes.speed_mps)), source)
    assert track.distance_m[-1] == pytest.approx(25 * 119, rel=0.01)
    np.testing.assert_allclose(track.speed_mps, 25.0, rtol=0.02)


def test_single_zeros_among_speeds_are_passed_over_and_stops_are_not() -> None:
    t = np.arange(120.0)
    pace = np.where((t >= 40) & (t < 60), 0.0, 6.0)
    fixes = northward(told=True, seconds=120)
    fixes = replace(fixes, lat_deg=46.7 + np.concatenate([[0.0], np.cumsum(pace[:-1])]) / NORTH_M)
    told = pace.copy()
    told[[10, 20, 30, 80, 90, 100]] = 0.0
    track = track_of(replace(fixes, speed_mps=told), "GPX")
    moments = (track.t_s > 5) & (track.t_s < 36)
    np.testing.assert_allclose(track.speed_mps[moments], 6.0, rtol=1e-6)
    assert (track.speed_mps[(track.t_s > 42) & (track.t_s < 58)] == 0).all()


def test_values_that_no_bicycle_reaches() -> None:
    """Damaged bytes of a GPS5 stream gave 887,542 m/s; the place beside such a number is none either."""
    fixes = northward(seconds=60, rate=18, told=True)
    speed, lat, alt = fixes.speed_mps.copy(), fixes.lat_deg.copy(), fixes.alt_m.copy()
    speed[300], lat[300], alt[500] = 887_542.0, 12.0, 2e6
    track = track_of(replace(fixes, speed_mps=speed, lat_deg=lat, alt_m=alt), "GPS5")
    np.testing.assert_allclose(track.speed_mps, 5.0, rtol=1e-6)
    assert np.nanmax(track.alt_m) <= 801 and np.nanmin(track.alt_m) > 700
    np.testing.assert_allclose(np.diff(metres(track)[:, 1]), 0.5, rtol=2e-3)


@pytest.mark.parametrize(
    ("values", "sigma_m"), [(6.4, 6.4 / 1.51), (12.0, 12 / 1.51), (4.7, 4.7 / 1.51), (1.5, 2.25), (60.0, 60 / 1.51)]
)
def test_metres_in_the_place_of_a_dop(values: float, sigma_m: float) -> None:
    """Phones write their accuracy in metres as hdop: it is weighed, and never leaves out all of a ride."""
    track = track_of(replace(northward(), dop=np.full(60, values)), "GPX")
    assert float(np.median(track.sigma_m)) == pytest.approx(sigma_m, rel=0.05)


def test_metres_that_grow_in_the_wood() -> None:
    dop = np.where(np.arange(60) % 3, 2.4, 9.0)
    assert len(cleaned(replace(northward(), dop=dop)).fixes) == 60
    assert len(cleaned(replace(northward(), dop=dop), "GPS9").fixes) == 40  # there it is one


@pytest.mark.parametrize("wild", [False, True])
def test_work_grows_as_the_number_of_fixes(wild: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted is what is looked at: values of sorted stamps, and pairs of fixes that are held against each other.

    Twice the fixes are 2.2 times the work at N log N and 4 times where it is quadratic, as a search in a list by numpy
    is, which copies it, or trying all parts before one as its predecessor.
    """
    looked = 0

    def counted(weigh: Callable[..., int], real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            nonlocal looked
            looked += weigh(*given)
            return real(*given, **named)

        return call

    def in_sorted(values: Any, wanted: Any, *_: object) -> int:
        return len(values) if isinstance(values, list) else np.size(wanted) * len(values).bit_length()

    monkeypatch.setattr(np, "searchsorted", counted(in_sorted, np.searchsorted))
    monkeypatch.setattr(fixes, "bisect_left", counted(lambda values, _: len(values).bit_length(), fixes.bisect_left))
    monkeypatch.setattr(jumps, "_beyond_m", counted(lambda ends, _: ends.shape[1], jumps._beyond_m))
    work = []
    for seconds in (1000, 2000):
        ride = northward(seconds=seconds)
        if wild:
            ride = replace(ride, lat_deg=ride.lat_deg + np.where(np.arange(seconds) % 3, 0.0, 0.01))
        looked = 0
        assert len(track_of(ride, "GPX").t_s) >= 10 * seconds - 40
        work.append(looked)
    assert work[0] >= 1000 and work[1] < 2.5 * work[0], work


def test_two_fixes_at_all_but_one_moment_have_no_speed() -> None:
    ride = northward(told=True)
    ride.t_s[1] = 5e-324  # the least time above 0: metres in it are more a second than a float holds
    assert np.allclose(track_of(ride, "GPX").speed_mps[20:], 5.0, rtol=2e-3)


@pytest.mark.slow
@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.data())
def test_whatever_a_receiver_says(data: st.DataObject) -> None:
    """Any numbers at all: a track in order, or an error in words."""
    n = data.draw(st.integers(0, 40))
    anything = st.one_of(st.floats(), st.floats(-100, 100), st.integers(0, 5).map(float))
    columns = [np.array(data.draw(st.lists(anything, min_size=n, max_size=n)), float) for _ in range(7)]
    columns[0] = np.where(np.abs(columns[0]) < 1e4, columns[0], np.nan)
    try:
        track = track_of(Fixes(*columns), "GPX")
    except EvidenceError:
        return
    assert (np.diff(track.distance_m) >= 0).all() and np.isfinite(track.sigma_m).all()
    assert np.isfinite(metres(track)).all()
