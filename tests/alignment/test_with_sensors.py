"""Simulated runs with what their cameras' sensors write, through the whole program: dark pictures, biased receivers."""

from __future__ import annotations

import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.score import Truth, warp_errors
from mtbsync_core.alignment.pipeline import align
from mtbsync_core.alignment.result import Alignment
from mtbsync_core.demo.metadata import add_metadata
from mtbsync_core.demo.pair import DemoPair, write_pair
from mtbsync_core.demo.parallel import metadata_of
from mtbsync_core.demo.plan import DemoOptions, plan
from mtbsync_core.markers import Marker, MovedMarker, transfer
from mtbsync_core.telemetry.track import Telemetry

pytestmark = pytest.mark.slow

Floats = NDArray[np.float64]
SMALL = DemoOptions(seconds=40, width=320, height=180, rate=Fraction(10), telemetry=False)
NOTHING = Telemetry(), Telemetry()
DARK_S = 18.0, 28.0


def with_sensors(folder: Path, pair: DemoPair, options: DemoOptions) -> tuple[Path, Path]:
    """Copies of the two files, into which the cameras of `options` have written."""
    folder.mkdir()
    copies = []
    for run, film in zip(plan(replace(options, telemetry=True)), (pair.reference, pair.new), strict=True):
        assert run.sensors is not None
        copies.append(Path(shutil.copy(film, folder / film.name)))
        add_metadata(copies[-1], *metadata_of(run, run.sensors))
    return copies[0], copies[1]


def moved(result: Alignment, moments_s: Floats) -> list[MovedMarker]:
    return transfer([Marker(f"{t:.1f}", float(t)) for t in moments_s], result.usable_warp())


@pytest.fixture(scope="module")
def dark(tmp_path_factory: pytest.TempPathFactory) -> tuple[DemoPair, DemoOptions]:
    """A hard pair with ten seconds of black pictures in the new run; both stops lie elsewhere."""
    options = replace(SMALL, seed=4, difficulty="hard", blackout_s=DARK_S, new_stops_s=(3.0, 4.0))
    return write_pair(tmp_path_factory.mktemp("dark"), options), options


@pytest.mark.parametrize("gps", ["GPS9", "GPS5"])
def test_markers_in_the_dark(dark: tuple[DemoPair, DemoOptions], tmp_path: Path, gps: str) -> None:
    pair, options = dark
    ref, new = with_sensors(tmp_path / "sensors", pair, replace(options, gps=gps))  # type: ignore[arg-type]  # one of two
    inside = pair.ref_s[(pair.new_s > DARK_S[0] + 0.3) & (pair.new_s < DARK_S[1] - 0.3)]
    assert {m.status for m in moved(align(ref, new, telemetry=NOTHING), inside)} == {"gap"}
    result = align(ref, new)
    found = moved(result, inside)
    assert {m.status for m in found} == {"doubtful"}
    assert all(m.needs_review for m in found)
    late = np.abs(warp_errors(result.usable_warp(), Truth(inside, np.interp(inside, pair.ref_s, pair.new_s))).error_s)
    assert late.max() < 0.5
    assert result.verdict == "check"


def test_a_gyroscope_alone_bridges_too(dark: tuple[DemoPair, DemoOptions], tmp_path: Path) -> None:
    pair, options = dark
    result = align(*with_sensors(tmp_path / "gyro", pair, replace(options, gps=None)))
    inside = pair.ref_s[(pair.new_s > DARK_S[0] + 0.3) & (pair.new_s < DARK_S[1] - 0.3)]
    found = moved(result, inside)
    assert {m.status for m in found} <= {"doubtful", "gap"}
    off = [abs(m.t_new - np.interp(m.source.t_s, pair.ref_s, pair.new_s)) for m in found if m.t_new is not None]
    assert not off or np.median(off) < 1.0


def test_a_biased_receiver_changes_nothing_where_pictures_are_good(tmp_path: Path) -> None:
    options = replace(SMALL, seed=2, seconds=25)
    pair = write_pair(tmp_path / "pair", options)
    markers = pair.ref_s[::5]
    truth = Truth(markers, np.interp(markers, pair.ref_s, pair.new_s))
    plain = align(*with_sensors(tmp_path / "plain", pair, options)).usable_warp()
    riding = warp_errors(plain, truth).error_s != 0  # while the new run stands every moment is right
    for bias_m in (6.0, -6.0):
        result = align(*with_sensors(tmp_path / f"{bias_m}", pair, replace(options, gps_bias_m=bias_m)))
        assert result.verdict == "good", result.reasons
        changed = np.abs(result.usable_warp().to_new(markers) - plain.to_new(markers))
        assert np.nanmax(changed[riding]) < 0.05
