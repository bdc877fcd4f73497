"""The product of two stacks of vectors is numpy's, whatever their shapes."""

from __future__ import annotations

import numpy as np
import pytest

from mtbsync_core.vision.inner_products import inner_products


@pytest.mark.parametrize(("n", "m", "d"), [(1, 1, 1), (3, 5, 128), (40, 7, 2), (0, 4, 8), (4, 0, 8)])
def test_it_is_that_of_numpy(n: int, m: int, d: int) -> None:
    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal((rows, d)).astype(np.float32) for rows in (n, m))
    found = inner_products(a, b)
    assert found.dtype == np.float32 and found.shape == (n, m)
    np.testing.assert_allclose(found, a @ b.T, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(inner_products(a[::2], b), (a @ b.T)[::2], rtol=1e-5, atol=1e-5)
