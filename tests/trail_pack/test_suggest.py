"""Sector lines are proposed where a trail is decided, at turns and after stops, and evenly else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mtbsync_core.cli import main
from mtbsync_core.marker_csv import read_markers
from mtbsync_core.media.probe import probe
from mtbsync_core.trail_pack.suggest import Turning, as_markers, suggest_lines, usual_count
from mtbsync_core.vision.features import Features
from mtbsync_core.vision.index import FrameIndex
from mtbsync_core.warp import TimeWarp
from tests.trail_pack.made import made_pack

T_S = np.arange(0.0, 120.0, 0.1)


def turning(turns: dict[float, float] | None = None, still: tuple[float, float] = (0.0, 0.0)) -> Turning:
    """Turns by when their middle is, degrees in two seconds, positive to the left; and a stop."""
    yaw = np.zeros(len(T_S))
    for at_s, degrees in (turns or {}).items():
        yaw[np.abs(T_S - at_s) <= 1.0] += np.radians(degrees) / 2
    return Turning(T_S, yaw, (still[0] <= T_S) & (still[1] > T_S), "by the gyroscope")


def runs(lose: dict[float, float], number: int = 8, sigma_s: float = 0.03) -> list[TimeWarp]:
    """Maps of runs that each need another share of so many more seconds for the second from these on."""
    ref = np.arange(0.0, 121.0)
    found = []
    for n in range(number):
        took = np.full(120, 1.0 + 0.01 * n)
        for at_s, more_s in lose.items():
            took[int(at_s)] += more_s * n / (number - 1)
        found.append(TimeWarp(ref, np.concatenate([[0.0], np.cumsum(took)]), np.full(121, sigma_s)))
    return found


def test_turns_and_their_side() -> None:
    lines = suggest_lines(120, 3, turning({30: 90, 60: -70, 90: 30}))
    assert [line.t_s for line in lines][:2] == pytest.approx([30, 60], abs=0.6)
    assert lines[0].reason.startswith("a turn to the left, 9") and lines[0].reason.endswith("by the gyroscope")
    assert lines[1].reason.startswith("a turn to the right, 7")
    assert lines[2].reason.startswith("even spacing: nothing stands out between 1:00 and 2:00")


def test_riding_goes_on_after_a_stop() -> None:
    first, *_ = suggest_lines(120, 3, turning(still=(20.0, 24.0)))
    assert first.t_s == pytest.approx(24.5, abs=0.11) and "after a stop of 4.0 s" in first.reason


def test_many_runs_come_first() -> None:
    lines = suggest_lines(120, 1, turning({30: 120}), runs({80: 1.6}))
    assert 77 <= lines[0].t_s <= 80 and lines[0].reason.startswith("decisive: from 1:1")
    assert "of 8 runs loses 0.8" in lines[0].reason


def test_what_is_less_than_the_maps_are_known_to_decides_nothing() -> None:
    (line,) = suggest_lines(120, 1, turning({30: 120}), runs({80: 1.6}, sigma_s=2.0))
    assert line.t_s == pytest.approx(30, abs=0.6)


def test_two_runs_decide_nothing() -> None:
    (line,) = suggest_lines(120, 1, None, runs({80: 1.6}, number=2))
    assert line.reason.startswith("even spacing")


def test_even_spacing_where_nothing_is_known() -> None:
    lines = suggest_lines(120, 3, None)
    assert [line.t_s for line in lines] == [30.0, 60.0, 90.0]


def test_lines_keep_apart_and_off_the_ends() -> None:
    lines = suggest_lines(120, 4, turning({1: 90, 40: 90, 44: 80, 118.5: 90}))
    at_s = np.array([line.t_s for line in lines])
    assert len(lines) == 4 and (np.diff(at_s) >= 14.5).all() and at_s[0] >= 2 and at_s[-1] <= 118


@pytest.mark.parametrize(("duration_s", "count"), [(20, 3), (100, 3), (150, 5), (600, 6)])
def test_three_to_six_by_default(duration_s: float, count: int) -> None:
    assert usual_count(duration_s) == count


def test_turns_by_pictures(tmp_path: Path) -> None:
    """Corners that go to the right by a tenth of the picture's half width from sample to sample, and then stand."""
    rng = np.random.default_rng(3)
    xy, codes = rng.uniform(-0.4, 0.4, (60, 2)), rng.integers(0, 255, (60, 128)).astype(np.uint8)
    places = np.minimum(np.arange(20), 10) * 0.1
    frames = [Features((xy + np.array([place, 0.0])).astype(np.float32), codes) for place in places]
    index = FrameIndex(
        media=probe(made_pack(tmp_path / "wood.mtbtrail")),
        t_s=np.arange(0.0, 10.0, 0.5),
        descriptors=np.zeros((20, 1), np.float16),
        features=frames,
        key="",
    )
    found = Turning.of_pictures(index)
    assert found.yaw_rps[:10] == pytest.approx(0.1 * 0.85 / 0.5, rel=1e-3) and not found.still[:10].any()
    assert found.still[10:].all()


def test_a_marker_file_to_edit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The pack's motion turns slowly, and stops at the end."""
    pack, out = made_pack(tmp_path / "wood.mtbtrail"), tmp_path / "lines.csv"
    assert main(["suggest-markers", str(pack), "--out", str(out), "--count", "2"]) == 0
    markers = read_markers(out).markers
    assert [marker.name for marker in markers] == ["Split 1", "Split 2"] and all(m.comment for m in markers)
    assert "Split 1" in capsys.readouterr().out
    assert main(["suggest-markers", str(pack), "--out", str(out), "--root", str(tmp_path / "none")]) == 2


def test_the_reasons_are_comments() -> None:
    (marker,) = as_markers(suggest_lines(60, 1, None))
    assert (marker.name, marker.t_s) == ("Split 1", 30.0) and marker.comment.startswith("even spacing")
