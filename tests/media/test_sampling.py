"""Which frames are looked at, from times and key flags alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtbsync_core.media.sampling import FAST, Sampling, choose_frames


def recording(n: int, rate: float, every: int) -> tuple[np.ndarray, np.ndarray]:
    """Times and key flags of a recording with a key frame every so many frames."""
    return np.arange(n) / rate, np.arange(n) % every == 0


def widest(times_s: np.ndarray, chosen: np.ndarray) -> float:
    return float(np.diff(times_s[chosen], prepend=times_s[0], append=times_s[-1]).max())


def test_gopro_key_frames_are_the_sampling() -> None:
    times_s, key = recording(18000, 59.94, 16)
    np.testing.assert_array_equal(choose_frames(times_s, key, Sampling()), np.flatnonzero(key))


@pytest.mark.parametrize(("every", "extra"), [(36, 0), (37, 1), (60, 2), (120, 5), (300, 14)])
def test_sparse_key_frames_get_company(every: int, extra: int) -> None:
    times_s, key = recording(1201, 60, every)
    chosen = choose_frames(times_s, key, Sampling())
    assert set(np.flatnonzero(key)) <= set(chosen)
    between = chosen[(chosen > 0) & (chosen < every)]
    assert len(between) == extra
    if extra:
        assert widest(times_s, chosen) <= 0.35 + 0.5 / 60 or extra == 1


@pytest.mark.parametrize(("every", "extra"), [(36, 0), (60, 0), (120, 0), (150, 2), (300, 4)])
def test_fast_takes_key_frames_only(every: int, extra: int) -> None:
    times_s, key = recording(1201, 60, every)
    chosen = choose_frames(times_s, key, FAST, pixels_per_s=1)
    assert set(np.flatnonzero(key)) <= set(chosen)
    assert np.count_nonzero((chosen > 0) & (chosen < every)) == extra


def test_frames_that_others_need_are_taken_first() -> None:
    times_s, key = recording(301, 60, 120)
    disposable = np.arange(301) % 3 != 0
    chosen = choose_frames(times_s, key, Sampling(), disposable=disposable)
    assert not disposable[chosen].any()
    assert widest(times_s, chosen) < 0.4
    # Unless none of them is near.
    nearly_all = ~key
    np.testing.assert_array_equal(
        choose_frames(times_s, key, Sampling(), disposable=nearly_all), choose_frames(times_s, key, Sampling())
    )


def test_all_key_frames_are_thinned() -> None:
    times_s, key = recording(1500, 50, 1)
    chosen = choose_frames(times_s, key, Sampling())
    assert len(chosen) == pytest.approx(4 * 30, abs=2)
    # A time lapse of one frame in 0.5 s has nothing to thin.
    times_s, key = recording(100, 2, 1)
    assert len(choose_frames(times_s, key, Sampling())) == 100


def test_small_pictures_are_sampled_ten_times_a_second() -> None:
    times_s, key = recording(500, 20, 10)
    chosen = choose_frames(times_s, key, Sampling(), pixels_per_s=160 * 120 * 20)
    np.testing.assert_array_equal(chosen, np.arange(0, 500, 2))


def test_asked_density() -> None:
    times_s, key = recording(601, 60, 16)
    np.testing.assert_array_equal(choose_frames(times_s, key, Sampling(fps=10)), np.arange(0, 601, 6))
    for fps in (59.94, 60, 60.06):
        np.testing.assert_array_equal(choose_frames(times_s, key, Sampling(fps=fps)), np.arange(601))
    np.testing.assert_array_equal(choose_frames(times_s, key, Sampling(fps=500)), np.arange(601))
    # Key frames are this dense already: nothing else needs decoding.
    assert set(choose_frames(times_s, key, Sampling(fps=3))) <= set(np.flatnonzero(key))
    assert len(choose_frames(times_s, key, Sampling(fps=1))) == 11


def test_recording_that_starts_or_ends_far_from_a_key_frame() -> None:
    times_s, _ = recording(121, 60, 1)
    chosen = choose_frames(times_s, np.arange(121) == 60, Sampling())
    assert {0, 60, 120} <= set(chosen)
    assert widest(times_s, chosen) < 0.36
    chosen = choose_frames(times_s, np.zeros(121, bool), Sampling())
    assert {0, 120} <= set(chosen)
    assert widest(times_s, chosen) < 0.36


@pytest.mark.slow
@given(
    gaps=st.lists(st.floats(0.002, 3), min_size=1, max_size=80),
    keys=st.sets(st.integers(0, 80)),
    fps=st.none() | st.floats(0.1, 100),
    small=st.booleans(),
)
def test_any_recording(gaps: list[float], keys: set[int], fps: float | None, small: bool) -> None:
    times_s = np.concatenate([[0], np.cumsum(gaps)])
    key = np.isin(np.arange(len(times_s)), list(keys))
    sampling = Sampling(fps=fps)
    chosen = choose_frames(times_s, key, sampling, pixels_per_s=1 if small else np.inf)
    assert len(chosen) >= 1
    assert np.all(np.diff(chosen) > 0)
    assert chosen[0] >= 0
    assert chosen[-1] < len(times_s)
    if fps is None and not small:
        # No gap without need: at most the wish plus the frames' own spacing.
        assert widest(times_s, chosen) <= sampling.max_gap_s + 2 * max(gaps) + 1e-9
