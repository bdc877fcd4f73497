"""`inner_products` of two stacks of vectors, in one thread."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Real = np.float32 | np.float64


def inner_products(a: NDArray[Real], b: NDArray[Real]) -> NDArray[np.float32]:
    """Inner products (N, M) of the rows of `a` (N, D) and `b` (M, D), of one type, by OpenCV's GEMM.

    numpy's `a @ b.T` is given to all cores, whose BLAS threads wait for each other by spinning: corners of two frames
    (500 x 500 x 128) take 8 to 16 ms of processor time on two cores, here 0.6 ms. Pairs of frames are what is worked on
    at once, in threads of our own.
    """
    if not a.size or not b.size:
        return np.zeros((len(a), len(b)), np.float32)
    return np.asarray(cv2.gemm(a, b, 1.0, np.zeros(()), 0.0, flags=cv2.GEMM_2_T), np.float32)
