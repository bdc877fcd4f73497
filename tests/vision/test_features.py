"""Features of many frames on disk."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtbsync_core.vision.features import Features, FeatureStore


def some(n: int, width: int, kind: type) -> Features:
    rng = np.random.default_rng(n)
    return Features(rng.random((n, 2), np.float32), rng.integers(0, 255, (n, width)).astype(kind))


def same(one: Features, other: Features) -> bool:
    return (
        np.array_equal(one.xy, other.xy)
        and np.array_equal(one.descriptors, other.descriptors)
        and one.descriptors.dtype == other.descriptors.dtype
    )


@pytest.mark.slow
@given(st.lists(st.integers(0, 40), max_size=12), st.sampled_from([(32, np.uint8), (64, np.float16)]))
def test_what_is_stored_comes_back(counts: list[int], kind: tuple[int, type]) -> None:
    frames = [some(n, *kind) for n in counts]
    store = FeatureStore(frames)
    assert len(store) == len(frames)
    assert all(map(same, store, frames))
    assert all(map(same, store[::-1], frames[::-1]))


def test_a_choice_outlives_the_store_it_was_taken_from() -> None:
    frames = [some(n, 32, np.uint8) for n in range(5)]
    store = FeatureStore(frames)
    few = store.chosen([3, 1])
    del store
    assert len(few) == 2 and same(few[0], frames[3]) and same(few[-1], frames[1])


@pytest.mark.slow
def test_threads_may_add_and_read_at_once() -> None:
    frames = [some(n, 32, np.uint8) for n in range(200)]
    store = FeatureStore()

    def there_and_back(n: int) -> bool:
        return same(store[store.add(frames[n])], frames[n])

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(there_and_back, range(200)))
