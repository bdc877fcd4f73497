"""Ten seconds of black pictures: with sensors the map goes on, marked as a bridge; without, they are a gap."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mtbsync_core.alignment.options import AlignOptions
from mtbsync_core.alignment.pipeline import align_indexes
from mtbsync_core.alignment.result import Alignment
from mtbsync_core.markers import Marker, transfer
from mtbsync_core.options import from_json
from mtbsync_core.telemetry.track import Telemetry
from tests.alignment.sensors_of_numbers import sensed
from tests.alignment.trail_of_numbers import NOISE, Trail, index_of, ride

TRAIL = Trail.of(5)
REF = ride(60, speed=5.0, seed=1)
NEW = ride(70, speed=4.3, seed=2, stops=((44.0, 3.0),))
DARK = 30.0, 40.0
"""Seconds of the new run."""
NOTHING = Telemetry(), Telemetry()


def aligned(
    telemetry: tuple[Telemetry, Telemetry] = NOTHING,
    *,
    dark: tuple[float, float] = DARK,
    dark_ref: tuple[float, float] = (0, 0),
    options: dict[str, Any] | None = None,
) -> Alignment:
    indexes = []
    for run, seed, (first, last) in ((REF, 1, dark_ref), (NEW, 2, dark)):
        seen = TRAIL.seen(run[1], seed=seed, noise=NOISE)
        seen[(run[0] > first) & (run[0] < last)] = 0
        indexes.append(index_of(run[0], seen))
    return align_indexes(*indexes, telemetry=telemetry, options=from_json(AlignOptions, options or {}))


def both(*, track: bool = True, motion: bool = True) -> tuple[Telemetry, Telemetry]:
    return (
        sensed(REF, 11, track=track, motion=motion),
        sensed(NEW, 12, bias_m=(4.0, -3.0), track=track, motion=motion),
    )


def truth(t_ref: float) -> float:
    """When the new run is at the place of a reference moment."""
    return float(np.interp(np.interp(t_ref, *REF), NEW[1], NEW[0]))


def ref_moments(first_new: float, last_new: float) -> np.ndarray:
    place = np.interp([first_new, last_new], *NEW)
    first, last = (float(t) for t in np.interp(place, REF[1], REF[0]))
    return np.linspace(first, last, 21)[1:-1]


def moved(result: Alignment, moments: np.ndarray) -> list[tuple[str, float]]:
    markers = [Marker(f"{t:.1f}", float(t)) for t in moments]
    return [
        (m.status, abs(m.t_new - truth(m.source.t_s)) if m.t_new is not None else np.nan)
        for m in transfer(markers, result.usable_warp())
    ]


@pytest.mark.slow
def test_without_sensors_the_dark_is_a_gap() -> None:
    result = aligned()
    assert {status for status, _ in moved(result, ref_moments(31, 39))} == {"gap"}
    assert not result.usable_warp().bridges


@pytest.mark.slow
def test_how_far_sensors_are_followed_and_what_is_told_of_it_are_options() -> None:
    short = aligned(both(), options={"dead_reckoning": {"longest_s": 5.0}})
    assert not short.usable_warp().bridges and [part.why for part in short.weak] == ["gap"]
    silent = aligned(options={"low_confidence": {"lost_s": 60.0, "leap_s": 60.0}})
    assert silent.usable_warp().gaps and not silent.weak


@pytest.mark.slow
@pytest.mark.parametrize(
    ("choices", "most"),
    [
        ({}, 0.35),
        ({"motion": False}, 0.35),
        ({"track": False}, 1.0),
    ],
)
def test_with_sensors_it_is_bridged_and_doubtful(choices: dict[str, bool], most: float) -> None:
    result = aligned(both(**choices))
    found = moved(result, ref_moments(31, 39))
    assert {status for status, _ in found} == {"doubtful"}
    assert max(error for _, error in found) < most
    assert result.verdict == "check" and any("sensors are followed" in reason for reason in result.reasons)
    riding = moved(result, np.concatenate([ref_moments(5, 29), ref_moments(41, 43.5), ref_moments(48, 68)]))
    assert {status for status, _ in riding} == {"moved"}
    beside_the_stop = moved(result, ref_moments(43.5, 48))
    assert all(status == "doubtful" or error < 0.2 for status, error in beside_the_stop)
    assert [part.why for part in result.weak] == ["bridge"]


@pytest.mark.slow
def test_the_dark_may_be_in_the_reference() -> None:
    result = aligned(both(), dark=(0, 0), dark_ref=(20.0, 30.0))
    found = moved(result, np.linspace(21, 29, 9))
    assert {status for status, _ in found} == {"doubtful"} and max(error for _, error in found) < 0.35


@pytest.mark.slow
@pytest.mark.parametrize("dark", [(-1.0, 9.0), (60.0, 71.0)])
def test_the_dark_may_be_at_an_end(dark: tuple[float, float]) -> None:
    result = aligned(both(), dark=dark)
    inside = ref_moments(max(dark[0], 0) + 1.0, min(dark[1], 69.0) - 1.0)
    inside = inside[inside < REF[0][-1] - 1]
    found = moved(result, inside)
    assert {status for status, _ in found} == {"doubtful"} and max(error for _, error in found) < 0.7
    assert {status for status, _ in moved(aligned(dark=dark), inside)} == {"outside"}


@pytest.mark.slow
def test_tracks_that_part_make_no_bridge() -> None:
    ref, new = both()
    assert new.track is not None
    inside = (new.track.t_s > DARK[0] + 2) & (new.track.t_s < DARK[1] - 2)
    away = replace(new.track, lat_deg=new.track.lat_deg + np.where(inside, 25.0 / 111_195, 0.0))
    assert not aligned((ref, Telemetry(away))).usable_warp().bridges


@pytest.mark.slow
def test_pictures_that_show_something_are_not_bridged() -> None:
    """The new run leaves the trail for ten seconds, and its receiver happens to say that it does not."""
    seen = TRAIL.seen(NEW[1], seed=2, noise=NOISE)
    inside = (NEW[0] > DARK[0]) & (NEW[0] < DARK[1])
    seen[inside] = Trail.of(6).seen(NEW[1], seed=3, noise=NOISE)[inside]
    indexes = index_of(REF[0], TRAIL.seen(REF[1], seed=1, noise=NOISE)), index_of(NEW[0], seen)
    warp = align_indexes(*indexes, telemetry=both()).usable_warp()
    assert warp.gaps and not warp.bridges


@pytest.mark.slow
def test_knots_of_a_bridge_are_honest() -> None:
    warp = aligned(both()).usable_warp()
    inside = sorted({k for i in warp.bridges for k in (i, i + 1)})
    off = np.array([warp.new_s[k] - truth(float(warp.ref_s[k])) for k in inside])
    assert np.mean(np.abs(off) < 1.645 * warp.sigma_s[inside]) > 0.7
    assert warp.sigma_s[inside].max() < 0.6
