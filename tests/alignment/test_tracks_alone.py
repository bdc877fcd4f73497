"""Aligning by tracks alone: made-up rides with exact truth, and real ones."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mtbsync_core.alignment.gps_only import align_tracks
from mtbsync_core.alignment.result import Alignment
from mtbsync_core.alignment.user_pairs import UserPair
from mtbsync_core.errors import EvidenceError, RefusedError
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.telemetry.fixes import Fixes, track_of
from mtbsync_core.telemetry.gpx import read_gpx
from mtbsync_core.telemetry.track import Track
from tests.alignment.made_tracks import ridden, straight, winding
from tests.real_files import GPX

Floats = NDArray[np.float64]

T = np.arange(0.0, 401.0)


def off(found: Alignment, truth: Callable[[Floats], Floats], t_ref: Floats) -> Floats:
    """Seconds by which the map is off, where there is one."""
    error = np.abs(found.usable_warp().to_new(t_ref) - truth(t_ref))
    return error[np.isfinite(error)]


@pytest.mark.slow
@pytest.mark.parametrize(("wander_m", "white_m"), [pytest.param(3.0, 0.0, marks=pytest.mark.slow), (0.0, 3.0)])
def test_another_pace_is_found_through_noise_and_holes(wander_m: float, white_m: float) -> None:
    trail = winding(3)
    new_at = T + 25 * np.sin(T / 60)  # 0.58 to 1.42 new seconds per reference second
    ref = ridden(trail, T, 5 * T)
    holes = (70.0, 100.0), (250.0, 262.0)
    new = ridden(trail, new_at, 5 * T, seed=5, holes=holes, wander_m=wander_m, white_m=white_m)
    found = align_tracks(ref, new)
    error = off(found, lambda t: np.interp(t, T, new_at), T[5:-5])
    assert len(error) > 0.97 * len(T[5:-5])
    assert np.median(error) < 0.8 and np.percentile(error, 90) < 2.0
    warp = found.usable_warp()
    inside = np.isfinite(warp.to_new(T))
    share = (np.abs(warp.to_new(T) - new_at)[inside] < 1.645 * warp.uncertainty(T)[inside]).mean()
    assert share > 0.8  # 90 % were promised; errors that last a minute make this a mean of a few
    assert found.verdict == "check" and "GPS alone" in found.reasons[0]


@pytest.mark.slow
def test_stops_of_both_runs() -> None:
    """Where somebody stands, only that he stands is known; right beside it the map is exact again."""
    trail = winding(4)
    ref_place = np.interp(T, [0, 100, 160, 400], [0, 500, 500, 1700])
    new_place = np.interp(T, [0, 150, 190, 400], [0, 900, 900, 1700])
    found = align_tracks(ridden(trail, T, ref_place, white_m=0.5), ridden(trail, T, new_place, seed=2, white_m=0.5))
    warp = found.usable_warp()
    assert not warp.gaps
    moving = np.r_[10:95:5, 165:390:5].astype(float)
    there = np.interp(np.interp(moving, T, ref_place), np.sort(new_place) + 1e-9 * T, T)
    clear = np.abs(np.interp(moving, T, ref_place) - 900) > 10
    np.testing.assert_allclose(warp.to_new(moving[clear]), there[clear], atol=1.0)
    assert warp.uncertainty(np.interp(900, ref_place + 1e-9 * T, T)) > 5  # the new run stood there for 40 s


@pytest.mark.slow
def test_a_detour_is_a_gap() -> None:
    trail, other = straight(), straight()
    other[800:1201, 0] += 120 * np.sin(np.linspace(0, np.pi, 401))
    found = align_tracks(ridden(trail, T, 5 * T, white_m=1.0), ridden(other, T, 5 * T, seed=1, white_m=1.0))
    warp = found.usable_warp()
    assert len(warp.gaps) == 1
    assert np.isnan(warp.to_new(200.0)) and any("match nothing" in reason for reason in found.reasons)
    assert np.isfinite(warp.to_new(np.r_[5:150, 250:395].astype(float))).all()


@pytest.mark.slow
def test_trails_that_cross_are_refused() -> None:
    for degrees in (15, 30, 90):
        along = np.arange(20_001.0) - 1000
        turn = np.radians(degrees)
        other = np.stack([along * np.sin(turn), 1000 + along * np.cos(turn)], axis=1)
        found = align_tracks(ridden(straight(), T, 5 * T, white_m=1.0), ridden(other, T, 5 * T, seed=1, white_m=1.0))
        assert found.verdict == "refused", degrees


def test_only_what_was_ridden_while_the_films_ran_counts(tmp_path: Path) -> None:
    """The watch recorded the way up and the way down, the film only the way down: no veto, and no map of the climb."""
    up_and_down = 1000 - np.abs(5 * T - 1000)
    film = MediaInfo(tmp_path / "down.mp4", Fraction(30), 64, 64, 180.0, 5400, "h264")
    ref, new = ridden(straight(), T - 210, up_and_down), ridden(straight(), T, 1000 - 5 * T)
    warp = align_tracks(ref, new, media=(film, None)).usable_warp()
    assert warp.ref_s[0] >= 0 and warp.ref_s[-1] <= 180
    assert warp.to_new(50.0) == pytest.approx(60.0, abs=0.3)


@pytest.mark.slow
def test_a_lap_ridden_twice_is_matched_in_one_lap() -> None:
    lap = 600.0
    angle = np.arange(20_001.0) * 2 * np.pi / lap
    ring = lap / (2 * np.pi) * np.stack([np.sin(angle), 1 - np.cos(angle)], axis=1)
    ref = ridden(ring, T[:300], 5 * T[:300], white_m=1.0)
    new = ridden(ring, T[:121], 5 * T[:121], seed=1, white_m=1.0)
    warp = align_tracks(ref, new).usable_warp()
    assert not warp.gaps
    late = warp.to_ref(np.arange(10.0, 110.0)) - np.arange(10.0, 110.0)
    assert np.ptp(late) < 1.5 and min(abs(np.median(late) % 120), abs(-np.median(late) % 120)) < 1.0


@pytest.mark.slow
def test_up_and_down_one_road() -> None:
    up_and_down = 1000 - np.abs(5 * T - 1000)
    ref = ridden(straight(), T, up_and_down, white_m=1.0)
    new = ridden(straight(), 1.2 * T, up_and_down, seed=1, white_m=1.0)
    error = off(align_tracks(ref, new), lambda t: 1.2 * t, np.r_[5:190, 210:395].astype(float))
    assert len(error) > 360 and np.percentile(error, 95) < 1.5


@pytest.mark.slow
def test_the_map_goes_through_what_the_user_knows() -> None:
    ref, new = ridden(straight(), T, 5 * T), ridden(straight(), T, 5 * T, bias_m=(0.0, 5.0))
    warp = align_tracks(ref, new, user=[UserPair(200.0, 200.0)]).usable_warp()
    assert warp.to_new(200.0) == pytest.approx(200.0, abs=0.01)
    assert warp.uncertainty(200.0) < 0.1 < warp.uncertainty(100.0)


@pytest.mark.slow
def test_what_the_user_knows_takes_out_the_steady_error_around_it() -> None:
    """5 m of bias are a second at 5 m/s: gone near the pair, half of it back after minutes, and the spread says so."""
    t = np.arange(0.0, 1001.0)
    ref, new = ridden(straight(), t, 5 * t), ridden(straight(), t, 5 * t, bias_m=(0.0, 5.0))
    without, told = align_tracks(ref, new), align_tracks(ref, new, user=[UserPair(300.0, 300.0)])
    before, after = without.usable_warp(), told.usable_warp()
    assert before.to_new(310.0) == pytest.approx(309.0, abs=0.1)
    assert after.to_new(310.0) == pytest.approx(310.0, abs=0.2)
    assert after.to_new(900.0) == pytest.approx(899.0, abs=0.1)
    spread = after.uncertainty(np.array([310.0, 380.0, 900.0]))
    assert (np.diff(spread) > 0).all() and spread[2] == pytest.approx(float(before.uncertainty(900.0)), rel=0.05)


def test_opposite_directions_are_refused() -> None:
    trail = winding(5)
    found = align_tracks(ridden(trail, T, 5 * T), ridden(trail, T, 2000 - 5 * T, timed=False))
    assert found.verdict == "refused" and "opposite" in found.reasons[0]
    with pytest.raises(RefusedError):
        found.usable_warp()


def test_tracks_without_times_say_where_but_not_when() -> None:
    track = ridden(straight(), T, 5 * T, timed=False)
    with pytest.raises(EvidenceError, match="no times"):
        align_tracks(track, track)


def test_a_track_that_goes_nowhere() -> None:
    with pytest.raises(EvidenceError, match="goes only"):
        align_tracks(ridden(straight(), T, 5 * T), ridden(straight(), T, 0 * T))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.slow
@pytest.mark.parametrize(
    ("pair", "common"), [(("thun_2_raw", "thun_1_raw"), 0.86), (("hyde_park_1", "hyde_park_2"), 0.85)]
)
def test_two_rides_that_part(pair: tuple[str, str], common: float) -> None:
    ref, new = (track(name) for name in pair)
    found = align_tracks(ref, new)
    warp = found.usable_warp()
    assert (found.quality.common_new_s or 0.0) / new.t_s[-1] == pytest.approx(common, abs=0.04)
    assert len(warp.gaps) >= 2 and found.verdict == "check"
    # Wherever there is a map, both were at one place.
    t = np.arange(0.0, ref.t_s[-1], 5.0)
    t = t[np.isfinite(warp.to_new(t))]
    apart_m = 111_200 * np.hypot(
        np.interp(t, ref.t_s, ref.lat_deg) - np.interp(warp.to_new(t), new.t_s, new.lat_deg),
        0.65 * (np.interp(t, ref.t_s, ref.lon_deg) - np.interp(warp.to_new(t), new.t_s, new.lon_deg)),
    )
    assert np.median(apart_m) < 5 and np.percentile(apart_m, 95) < 30


@pytest.mark.slow
@pytest.mark.parametrize("lasting_s", [0.0, 60.0])
def test_a_warped_copy_of_a_real_ride(lasting_s: float) -> None:
    ref = track("thun_1_raw")
    new, truth = warped(ref, lasting_s)
    error = off(align_tracks(ref, new), truth, np.arange(5.0, ref.t_s[-1] - 5))
    assert len(error) > 0.95 * (ref.t_s[-1] - 10)
    assert np.median(error) <= 1.0 and np.percentile(error, 90) <= 2.0


def test_one_loop_in_opposite_directions() -> None:
    found = align_tracks(track("derwent_loop1"), track("derwent_loop2"))
    assert found.verdict == "refused" and "opposite" in found.reasons[0]


def track(name: str) -> Track:
    read = read_gpx(GPX / f"{name}.gpx")
    return track_of(read.fixes, read.source, timed=read.start is not None)


def warped(ref: Track, lasting_s: float) -> tuple[Track, Callable[[Floats], Floats]]:
    """The ride again at 0.83 to 1.37 of its pace, with 3 m of noise that lasts so long (0: white), and drop-outs."""

    def truth(t: Floats) -> Floats:
        return 1.1 * t + 20 * np.sin(t / 150) + 5 * np.sin(t / 37)

    rng = np.random.default_rng(7)
    t = np.arange(0.0, float(truth(ref.t_s[-1])), 1.0)
    at = np.interp(t, truth(ref.t_s), ref.t_s)
    step = np.exp(-1 / lasting_s) if lasting_s else 0.0
    noise = rng.normal(0, 3, (2, len(t)))
    for i in range(1, len(t)):
        noise[:, i] = step * noise[:, i - 1] + np.sqrt(1 - step**2) * noise[:, i]
    lat = np.interp(at, ref.t_s, ref.lat_deg) + noise[0] / 111_200
    lon = np.interp(at, ref.t_s, ref.lon_deg) + noise[1] / (111_200 * np.cos(np.radians(lat)))
    keep = np.ones(len(t), bool)
    for start in rng.uniform(0, t[-1], 12):
        keep &= (t < start) | (t > start + rng.uniform(5, 40))
    nothing = np.full(len(t), np.nan)
    return track_of(Fixes(t, lat, lon, nothing, nothing, nothing, nothing).at(keep), "GPX"), truth
