"""`hog_grid`: one frame as a small grid of gradient orientations, the descriptor of the whole-frame comparison.

A helmet camera sees the same trail in other light and season: intensities change, the layout of edges stays. A coarse
histogram of oriented gradients keeps that layout and nothing else (Dalal & Triggs 2005; as a place descriptor:
Naseer et al., AAAI 2014). The soft orientation bins are steered filters of the squared gradient: no arctangent.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

ORIENTATIONS = 8
ROWS = 8
COLUMNS = 16
SHAPE = (ORIENTATIONS, ROWS, COLUMNS)
_WIDTH, _HEIGHT = 128, 64
_SIGMA_CELLS = 0.5
_ENERGY_FLOOR = 0.05
"""Squared edge strength of a flat 3x3 block; keeps noise in sky or blown-out ground from growing to unit size."""

_LEAST_TEXTURE = 0.4
"""Real and simulated pictures of trails have 0.75 to 0.98, with a sixth of their contrast 0.53 to 0.71, with a tenth
0.32 to 0.53, with a twentieth 0.12 to 0.27; black ones 0. Noise in the dark looks like texture: 0.4 to 0.8."""

Descriptor = NDArray[np.float32]


def _pooling(pixels: int, cells: int) -> NDArray[np.float32]:
    """Gaussian weights (cells, pixels) of soft cells whose neighbours overlap; each row sums to 1."""
    size = pixels / cells
    at = np.arange(pixels) + 0.5
    centre = (np.arange(cells) + 0.5) * size
    weight = np.exp(-0.5 * ((at[None] - centre[:, None]) / (_SIGMA_CELLS * size)) ** 2)
    return (weight / weight.sum(axis=1, keepdims=True)).astype(np.float32)


_POOL_ROWS = _pooling(_HEIGHT, ROWS)
_POOL_COLUMNS = _pooling(_WIDTH, COLUMNS)
_ANGLES = np.arange(ORIENTATIONS) * np.pi / ORIENTATIONS
_COS = np.cos(2 * _ANGLES).astype(np.float32)[:, None, None]
_SIN = np.sin(2 * _ANGLES).astype(np.float32)[:, None, None]


def hog_grid(luma: NDArray[np.uint8]) -> Descriptor:
    """Describe a frame.

    Args:
        luma: the picture, shape (H, W), any size; it is squeezed to 128 x 64 whatever its aspect.

    Returns:
        Soft gradient histograms, float32 of `SHAPE` (orientation, row, column), normalised over 3 x 3 cells.
    """
    small = cv2.resize(luma, (_WIDTH, _HEIGHT), interpolation=cv2.INTER_AREA)
    root = np.sqrt(small.astype(np.float32))  # equal contrast in shade and sun gives equal edges
    gx = cv2.Sobel(root, cv2.CV_32F, 1, 0, ksize=1)
    gy = cv2.Sobel(root, cv2.CV_32F, 0, 1, ksize=1)
    square = gx * gx + gy * gy + 1e-12
    cosine = (gx * gx - gy * gy) / square
    sine = 2 * gx * gy / square
    lobes = np.maximum(_COS * cosine + _SIN * sine, 0) ** 2 * np.sqrt(square)
    cells = _POOL_ROWS @ lobes @ _POOL_COLUMNS.T
    energy = cv2.boxFilter((cells**2).sum(axis=0), -1, (3, 3), normalize=False, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(cells / np.sqrt(energy + _ENERGY_FLOOR), dtype=np.float32)


def is_blind(layout: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Whether pictures, described as (N, 8, 8, 16), show next to nothing, being black, white or fogged: their edges are
    hardly stronger than the floor that `hog_grid` adds to them.
    """
    share = (layout.astype(np.float32) ** 2).sum(axis=1).mean(axis=(1, 2)) * 9
    return np.asarray(share < _LEAST_TEXTURE)
