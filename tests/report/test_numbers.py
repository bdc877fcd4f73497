"""Numbers of the report that need no files: speeds by GPS, days, how runs are called."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mtbsync_core.report.all_runs import kept_out
from mtbsync_core.report.load import Loaded
from mtbsync_core.report.numbers import Wish, labelled, report_of
from mtbsync_core.report.words import clock, lap, percent, plus_minus, seconds, standing
from mtbsync_core.telemetry.track import Track
from mtbsync_core.timing.lines import SectorLines
from mtbsync_core.timing.runs import TimedRun
from tests.report.made import LINES, RIDDEN, Ridden, warp_of

LINES_OF = SectorLines(np.array(list(LINES.values())), tuple(LINES))


def track(speed_mps: float) -> Track:
    t = np.arange(0.0, 70.0, 0.1)
    still = np.zeros(len(t))
    return Track(t, still, still, still, still + speed_mps, speed_mps * t, still + 1.0, still == 0.0, "GPS9")


def report(*ridden: Ridden, **changed: Any) -> dict[str, Any]:
    runs = [TimedRun.reference("trail", 60.0)]
    runs += [TimedRun(name=one.name, warp=warp_of(one), rider=one.rider, date=one.date, **changed) for one in ridden]
    loaded = Loaded(runs=tuple(runs), bikes={}, verdicts={}, markers=())
    return report_of(loaded, LINES_OF, Wish(title="trail", of=ridden[0].name, against="trail")).content


def test_speeds_are_a_ratio_without_gps_and_kmh_of_both_with_it() -> None:
    ridden = Ridden("run 1", lost=((18.0, 22.0, 1.0),))
    without = report(ridden)["comparisons"][0]
    assert without["curve"]["speed_kmh"] is None
    at = int(np.searchsorted(without["curve"]["t_ref"], 20.0))
    assert without["curve"]["speed_ratio"][at] == pytest.approx(0.8, abs=0.01)
    assert without["places"][0]["speed"]["lowest"]["kmh"] is None
    found = report(ridden, track=track(5.0))["comparisons"][0]
    assert found["curve"]["speed_kmh"][at] == pytest.approx(18.0)
    assert found["curve"]["against_speed_kmh"][at] == pytest.approx(18.0 / 0.8, abs=0.3)
    assert found["places"][0]["speed"]["lowest"]["kmh"] == pytest.approx(18.0)


@pytest.mark.slow
def test_a_day_that_cost_everybody_is_told() -> None:
    chance = np.random.default_rng(1)
    ridden = [
        Ridden(f"run {n}", rider, day, lost=((18.0, 22.0, 0.8 * (day == "2026-05-31") + chance.normal(0, 0.02)),))
        for n, (rider, day) in enumerate(
            (rider, day) for rider in ("Ana", "Ben", "Cleo") for day in ("2026-05-30", "2026-05-31") for _ in range(2)
        )
    ]
    fair = report(*ridden)["fair_day"]
    sure = [(one["sector"], one["date"]) for one in fair["effects"] if one["sure"] and abs(one["seconds"]) > 1e-3]
    assert sure == [(2, "2026-05-30"), (2, "2026-05-31")] and len(fair["texts"]) == 2
    assert any(
        re.match(r"Rock garden – Bridge cost everybody 0\.(39|4[01]) s on 2026-05-31", text) for text in fair["texts"]
    )
    assert report(*ridden[:4])["fair_day"] is None


def test_what_is_smaller_than_what_is_known_is_not_sure() -> None:
    found = report(Ridden("run 1", lost=((18.0, 22.0, 0.05),), sigma_s=0.1))["comparisons"][0]
    assert found["places"] == [] and not found["gap_sure"] and not any(one["sure"] for one in found["sectors"])


def test_runs_that_did_not_ride_the_whole_trail_come_last() -> None:
    rows = report(RIDDEN[4], RIDDEN[3])["runs"]
    assert [row["run"] for row in rows] == ["trail", "run 4", "run 5"]
    assert rows[2]["gap_to_best_s"] is None and rows[1]["gap_to_best_s"] == pytest.approx(3.95, abs=0.01)


def test_a_run_that_is_not_known_in_places_says_so() -> None:
    warp = warp_of(RIDDEN[0]).clip(ref=(20.0, 60.0))
    assert warp is not None
    run = TimedRun(name="late", warp=warp)
    loaded = Loaded(runs=(TimedRun.reference("trail", 60.0), run), bikes={}, verdicts={}, markers=())
    found = report_of(loaded, LINES_OF, Wish(title="trail")).content
    first = found["comparisons"][0]
    assert [one["loss_s"] is None for one in first["sectors"]] == [True, True, True, False, False, False, False]
    assert first["gap_s"] is None and first["relative_gap"] is None
    assert found["runs"][1]["time_s"] is None
    assert replace(loaded, notes=()).reference.name == "trail"


def test_words() -> None:
    assert labelled(["day/run 1", "day/run 2"], ["Ann", ""]) == ["run 1, Ann", "run 2"]
    assert labelled(["run"], [""]) == ["run"]
    assert [seconds(0.618, sign=True), seconds(-0.2, sign=True, unit=False), seconds(None)] == ["+0.62 s", "−0.20", "–"]
    assert seconds(-0.001, sign=True) == "0.00 s"
    assert [plus_minus(0.084), plus_minus(0.001, unit=True), plus_minus(0.0), plus_minus(None)] == [
        "± 0.08",
        "± 0.01 s",
        "",
        "",
    ]
    assert [lap(48.312), lap(72.04), lap(59.999), lap(None)] == ["48.31", "1:12.04", "1:00.00", "–"]
    assert [clock(61.2), percent(0.804), percent(None)] == ["1:01", "80 %", "–"]
    assert standing(0.5, sure=True) == "behind" and standing(-0.5, sure=True) == "ahead of"
    assert standing(0.5, sure=False) == "about level with" and standing(None, sure=False) == "against"


def test_of_many_runs_what_is_not_clean_is_told_sector_by_sector() -> None:
    def told(count: int) -> str:
        stopped = {"flags": [{"text": "stopped"}]}
        run = {"sectors": [stopped, {"flags": []}]}
        return kept_out(
            {
                "sectors": [{"name": "Roots"}, {"name": "Bridge"}],
                "runs": [run | {"label": f"run {n} <b>"} for n in range(count)],
            }
        )

    assert "<li><b>run 1 &lt;b&gt;</b> Roots: stopped</li>" in told(12)
    many = told(13)
    assert many.count("<li>") == 1 and "<b>Roots</b> stopped: run 0 &lt;b&gt;, run 1 &lt;b&gt;" in many
