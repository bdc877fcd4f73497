"""Two stacks of descriptors become a matrix of similarities, and that a matrix of evidence.

Standardising each dimension over its own video takes away what never changes there (handlebar, vignette, season
tint) and is what makes cheap descriptors comparable across conditions (Schubert, Neubert & Protzel, ICRA 2020).
The best of several small image shifts forgives a camera that points elsewhere (Zaffar et al. 2020, CoHOG).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.robust import mad_sd

Matrix = NDArray[np.float32]

_SHIFT_COLUMNS = 3
_SHIFT_ROWS = 1
_SHIFT_PENALTY = 0.01
"""Cosine lost per cell of shift: a rigid mount should not be matched at a shift by chance."""


def standardise(descriptors: Matrix, blind: NDArray[np.bool_] | None = None) -> Matrix:
    """Zero mean and unit deviation for each dimension over one video: (n, 8, 8, 16) to the same shape. Pictures that
    are `blind` (n,) do not count, and come out as zeros: they are like nothing.
    """
    seen = descriptors if blind is None or blind.all() else descriptors[~blind]
    standard = (descriptors - seen.mean(axis=0)) / (seen.std(axis=0) + 1e-3)
    if blind is not None:
        standard[blind] = 0
    return np.asarray(standard, dtype=np.float32)


def similarity(ref: Matrix, new: Matrix) -> Matrix:
    """Cosine of every new frame with every reference frame at its best small shift.

    Args:
        ref: standardised descriptors, shape (R, 8, 8, 16).
        new: standardised descriptors, shape (N, 8, 8, 16).

    Returns:
        Shape (N, R), at most 1.
    """
    best: Matrix | None = None
    for dy in range(-_SHIFT_ROWS, _SHIFT_ROWS + 1):
        for dx in range(-_SHIFT_COLUMNS, _SHIFT_COLUMNS + 1):
            cosine = _unit(_overlap(new, dy, dx)) @ _unit(_overlap(ref, -dy, -dx)).T
            cosine -= _SHIFT_PENALTY * (abs(dx) + abs(dy))
            best = cosine if best is None else np.maximum(best, cosine, out=best)
    assert best is not None
    return best


def contrast(matrix: Matrix) -> Matrix:
    """How far each similarity stands out of its row and of its column, in robust standard deviations.

    A bland frame is a bit similar to everything, and a robust scale (median, MAD) lets short clips, where the true
    matches are a good part of a row, stand out as clearly as long ones. Shape (N, R) in and out.
    """
    return np.asarray((_robust_z(matrix, 1) + _robust_z(matrix, 0)) / 2, dtype=np.float32)


def _overlap(stack: Matrix, dy: int, dx: int) -> Matrix:
    rows, columns = stack.shape[2], stack.shape[3]
    part = stack[:, :, max(0, dy) : rows + min(0, dy), max(0, dx) : columns + min(0, dx)]
    return part.reshape(len(stack), -1)


def _unit(vectors: Matrix) -> Matrix:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9), dtype=np.float32)


def _robust_z(matrix: Matrix, axis: int) -> Matrix:
    middle = np.median(matrix, axis=axis, keepdims=True)
    spread = mad_sd(matrix, about=middle, axis=axis)
    return np.asarray((matrix - middle) / np.maximum(spread, 0.02), dtype=np.float32)
