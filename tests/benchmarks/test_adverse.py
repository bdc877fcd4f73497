"""What is done to a pair of files, and the truth that goes along."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from benchmarks.adverse import Outcome, line
from benchmarks.adversities import ADVERSITIES, Adversity, write
from mtbsync_core.demo.encode import Encoding, encode

RATE = Fraction(20)
BY_NAME = {what.name: what for what in ADVERSITIES}
WIDTH, HEIGHT, FRAMES = 64, 48, 80


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """4 s whose n-th picture is of brightness 20 + 2 n."""
    path = tmp_path_factory.mktemp("adverse") / "film.mp4"
    planes = np.full((FRAMES, HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
    planes[:, :HEIGHT] = (20 + 2 * np.arange(FRAMES))[:, None, None]
    encode(path, planes, WIDTH, HEIGHT, Encoding(rate=RATE, crf=10))
    return path


def shown(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as file:
        return [frame.to_ndarray(format="gray") for frame in file.decode(video=0)]


def number_of(picture: np.ndarray) -> float:
    """Which picture of the film it is, by its brightness on the whole scale."""
    return (float(picture.mean()) * 219 / 255 + 16 - 20) / 2


@pytest.mark.slow
def test_a_cut_is_in_the_middle_and_the_clock_goes_on_behind_it(film: Path, tmp_path: Path) -> None:
    cut = Adversity("cut", cut_s=1.0)
    write(film, tmp_path / "new.mp4", cut, 1)
    pictures = shown(tmp_path / "new.mp4")
    seconds = np.array([0.0, 1.0, 1.45, 1.5, 2.0, 2.45, 2.5, 3.95])
    changed = cut.new_clock(seconds, 4.0)
    assert np.isnan(changed).tolist() == [False, False, False, True, True, True, False, False]
    for before, after in zip(seconds, changed, strict=True):
        if np.isfinite(after):
            found = number_of(pictures[round(after * RATE)])
            assert found == pytest.approx(before * RATE, abs=1.5)
    assert len(pictures) == FRAMES - 20
    write(film, tmp_path / "ref.mp4", cut, 0)
    assert len(shown(tmp_path / "ref.mp4")) == FRAMES


@pytest.mark.slow
def test_a_run_that_starts_from_a_stand_shows_its_first_picture_before(film: Path, tmp_path: Path) -> None:
    start = BY_NAME["start"]
    for side in (0, 1):
        write(film, tmp_path / f"{side}.mp4", start, side)
    ref, new = (shown(tmp_path / f"{side}.mp4") for side in (0, 1))
    assert len(new) == FRAMES + round(start.stands_s * RATE)
    assert len(ref) == FRAMES - round(start.late_s * RATE)
    for t in (0.5, 1.0, 3.0):
        for pictures, at in ((ref, start.ref_clock(np.array([t]))), (new, start.new_clock(np.array([t]), 4.0))):
            assert number_of(pictures[round(float(at[0]) * RATE)]) == pytest.approx(t * RATE, abs=1.5)
    assert number_of(new[5]) == pytest.approx(0, abs=3)


@pytest.mark.parametrize("what", ADVERSITIES, ids=lambda what: what.name)
def test_drawing_moves_with_time_differs_between_sides_and_is_the_same_again(what: Adversity) -> None:
    picture = np.random.default_rng(1).integers(0, 255, (90, 160, 3), np.uint8)
    for side, draw in enumerate((what.ref, what.new)):
        if draw is None:
            continue
        first, again = draw(picture.copy(), 1.0, side), draw(picture.copy(), 1.0, side)
        assert np.array_equal(first, again)
        if what.name in ("9:16", "zoom"):
            assert first.shape == ((90, 51, 3) if what.name == "9:16" else picture.shape)
            continue
        assert not np.array_equal(first, draw(picture.copy(), 1.4, side))
        assert not np.array_equal(first, draw(picture.copy(), 1.0, 1 - side))
        changed = (first != picture).any(axis=2).mean()
        assert 0.05 < changed <= 1
        assert what.name == "headlamp" or changed < 0.35


def outcome(row: str, lacking: tuple[str, ...] = (), ends_s: tuple[float, float] | None = None) -> Outcome:
    return Outcome(
        of_set="easy",
        pair="easy 1",
        row=row,
        verdict="good",
        error_s=[0.1, -0.7, 0.9, None],
        sigma_s=[0.1, 0.1, 0.6, None],
        status=["moved", "moved", "doubtful", "gap"],
        lacking=list(lacking),
        ends_s=ends_s,
    )


def test_sure_and_wrong_is_what_was_moved_and_is_far_off() -> None:
    assert outcome("gauges").sure_wrong == 1
    assert "| 1 of 4 |" in line([outcome("gauges")], [outcome("nothing")])


def test_a_marker_moved_into_a_cut_counts_and_so_does_a_gap_that_is_not_there() -> None:
    told = line([outcome("cut", lacking=("moved", "gap"))], [])
    assert "| 1 of 2 | none |" in told
    told = line([outcome("cut", lacking=("gap", "gap"), ends_s=(0.1, -0.2))], [])
    assert "| 0 of 2 | 0.20 |" in told
