"""Two stacks of grid descriptors become a matrix of similarities, and that a matrix of contrast.

Standardising each dimension over its own video takes away what never changes there (handlebar, vignette, season
tint) and makes cheap descriptors comparable across conditions (Schubert, Neubert & Protzel, ICRA 2020). The best of
several small image shifts forgives a camera that points elsewhere (Zaffar et al. 2020, CoHOG).
"""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.robust import mad_sd
from mtbsync_core.vision.inner_products import inner_products
from mtbsync_core.vision.registry import Visible, whole_picture

Matrix = NDArray[np.float32]

_LEAST_SPREAD = 0.02
"""Of similarities, below which a robust deviation is that of a still or blind video. Half or twice: no change."""


def standardise(descriptors: NDArray[np.floating], blind: NDArray[np.bool_] | None = None) -> Matrix:
    """Zero mean and unit deviation for each dimension over one video: (n, ...) to the same shape. Pictures that are
    `blind` (n,) do not count, and become zeros.
    """
    single = descriptors.astype(np.float32)
    seen = single if blind is None or blind.all() else single[~blind]
    standard = (single - seen.mean(axis=0)) / (seen.std(axis=0) + 1e-3)
    if blind is not None:
        standard[blind] = 0
    return np.asarray(standard, dtype=np.float32)


def whitened(ref: Matrix, new: Matrix, shrink: float = 0.1) -> tuple[Matrix, Matrix]:
    """ZCA whitening (Bell & Sejnowski 1997) of the channels, over both recordings and all cells: no channel goes along
    with another, and a few strong ones are not the whole cosine.

    Args:
        ref, new: standardised descriptors, shapes (R, C, rows, columns) and (N, C, rows, columns).
        shrink: of the channels' mean variance, added to each, since weak channels are noise. A tenth of it, or five
            times as much: 4 % less evidence.
    """
    flat = [side.reshape(*side.shape[:2], -1) for side in (ref, new)]
    covariance = sum(np.tensordot(side, side, axes=((0, 2), (0, 2))) / side.shape[0] for side in flat)
    variance, axes = np.linalg.eigh(covariance)
    variance = np.maximum(variance, 0)
    turn = (axes / np.sqrt(variance + shrink * variance.mean() + 1e-12)) @ axes.T
    one, other = (
        np.asarray(turn @ side, np.float32).reshape(shaped.shape) for side, shaped in zip(flat, (ref, new), strict=True)
    )
    return one, other


def similarity(
    ref: Matrix,
    new: Matrix,
    shift_rows: int,
    shift_columns: int,
    penalty: float,
    visible: tuple[Visible, Visible] = (whole_picture, whole_picture),
) -> Matrix:
    """Cosine (N, R) of every new frame with every reference frame at its best small shift.

    Args:
        ref, new: standardised descriptors, shapes (R, C, rows, columns) and (N, C, rows, columns).
        shift_rows, shift_columns: cells that one may lie higher or lower, and to the side of the other.
        penalty: cosine lost per cell.
        visible: the weights of the reference's cells and of the new run's; a pair of cells has the product of its two.
    """
    rows, columns = ref.shape[2:]
    seen_ref, seen_new = (weights(rows, columns)[None, None] for weights in visible)
    best = np.full((len(new), len(ref)), -np.inf, np.float32)
    for dy, dx in product(range(-shift_rows, shift_rows + 1), range(-shift_columns, shift_columns + 1)):
        weight = np.sqrt(_shifted(seen_new, dy, dx) * _shifted(seen_ref, -dy, -dx))
        cosine = inner_products(_unit(_shifted(new, dy, dx) * weight), _unit(_shifted(ref, -dy, -dx) * weight))
        cosine -= penalty * (abs(dx) + abs(dy))
        np.maximum(best, cosine, out=best)
    return best


def contrast(matrix: Matrix) -> Matrix:
    """Mean of the robust z-scores of each similarity within its row and within its column, (N, R) in and out.

    A bland frame is a bit similar to everything; the median and MAD hold where true matches are a good part of a row.
    """
    return np.asarray((_robust_z(matrix, 1) + _robust_z(matrix, 0)) / 2, dtype=np.float32)


def _shifted(stack: Matrix, dy: int, dx: int) -> Matrix:
    """What another picture shows too when shifted so: a view of (n, C, rows, columns)."""
    rows, columns = stack.shape[2:]
    return stack[:, :, max(0, dy) : rows + min(0, dy), max(0, dx) : columns + min(0, dx)]


def _unit(stack: Matrix) -> Matrix:
    """Vectors of length 1: (n, C, rows, columns) to (n, D)."""
    part = stack.reshape(len(stack), -1)
    return np.asarray(part / np.maximum(np.linalg.norm(part, axis=1, keepdims=True), 1e-9), dtype=np.float32)


def _robust_z(matrix: Matrix, axis: int) -> Matrix:
    middle = np.median(matrix, axis=axis, keepdims=True)
    spread = mad_sd(matrix, about=middle, axis=axis)
    return np.asarray((matrix - middle) / np.maximum(spread, _LEAST_SPREAD), dtype=np.float32)
