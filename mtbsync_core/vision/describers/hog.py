"""Histograms of oriented gradients (Dalal & Triggs, CVPR 2005) over a coarse grid of the whole picture; as a place
descriptor: Naseer et al., AAAI 2014. Light and season change intensities, and the coarse layout of edges hardly.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mtbsync_core.vision.registry import Describer, Visible, squeezed, whole_picture
from mtbsync_core.vision.similarity import similarity, standardise

SHAPE = ORIENTATIONS, ROWS, COLUMNS = 8, 8, 16
_WIDTH, _HEIGHT = 128, 64


def _pooling(pixels: int, cells: int) -> NDArray[np.float32]:
    """Gaussian weights (cells, pixels), each row with the sum 1; the standard deviation is half a cell, so that
    neighbours overlap and a pixel's move changes little.
    """
    size = pixels / cells
    centre = (np.arange(cells) + 0.5) * size
    weight = np.exp(-0.5 * ((np.arange(pixels) + 0.5 - centre[:, None]) / (0.5 * size)) ** 2)
    return (weight / weight.sum(axis=1, keepdims=True)).astype(np.float32)


_POOL_ROWS = _pooling(_HEIGHT, ROWS)
_POOL_COLUMNS = _pooling(_WIDTH, COLUMNS)
_ANGLES = np.arange(ORIENTATIONS) * np.pi / ORIENTATIONS
_COS = np.cos(2 * _ANGLES).astype(np.float32)[:, None, None]
_SIN = np.sin(2 * _ANGLES).astype(np.float32)[:, None, None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hog:
    """Soft gradient histograms, (orientation, row, column), normalised over 3 x 3 cells."""

    size = _WIDTH, _HEIGHT
    shape = SHAPE
    energy_floor: float = 0.05
    """Squared edge strength of a flat 3 x 3 block: keeps noise in sky or blown-out ground from growing to unit size."""
    least_texture: float = 0.4
    """Share of unit size below which a picture is blind. Trails have 0.75 to 0.98, with a sixth of their contrast 0.53
    to 0.71, with a tenth 0.32 to 0.53, with a twentieth 0.12 to 0.27; black 0; noise in the dark 0.4 to 0.8."""
    shift_rows: int = 1
    shift_columns: int = 3
    """Cells by which one picture may lie off the other: three columns are some 18 degrees. One column makes maps of
    hard runs a quarter less exact, no row a fifth; six columns or two rows change little."""
    shift_penalty: float = 0.01
    """Cosine lost per cell: a rigid mount should not be matched at a shift by chance. Half or twice: 3 %."""

    def describe(self, luma: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The histograms; the picture is squeezed to 128 x 64 whatever its aspect."""
        small = squeezed(luma, self.size)
        root = np.sqrt(small.astype(np.float32))  # equal contrast in shade and sun gives equal edges
        gx = cv2.Sobel(root, cv2.CV_32F, 1, 0, ksize=1)
        gy = cv2.Sobel(root, cv2.CV_32F, 0, 1, ksize=1)
        square = gx * gx + gy * gy + 1e-12
        cosine, sine = (gx * gx - gy * gy) / square, 2 * gx * gy / square  # of twice the angle: no arctangent
        lobes = np.maximum(_COS * cosine + _SIN * sine, 0) ** 2 * np.sqrt(square)
        cells = _POOL_ROWS @ lobes @ _POOL_COLUMNS.T
        energy = cv2.boxFilter((cells**2).sum(axis=0), -1, (3, 3), normalize=False, borderType=cv2.BORDER_REPLICATE)
        return np.asarray(cells / np.sqrt(energy + self.energy_floor), dtype=np.float32)

    def blind(self, descriptors: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Pictures whose edges are hardly stronger than the floor that is added to them."""
        share = (descriptors.astype(np.float32) ** 2).sum(axis=1).mean(axis=(1, 2)) * 9
        return np.asarray(share < self.least_texture)

    def compare(
        self,
        ref: NDArray[np.floating],
        new: NDArray[np.floating],
        visible: tuple[Visible, Visible] = (whole_picture, whole_picture),
    ) -> NDArray[np.float32]:
        """Cosine at the best small shift, of the cells that show the world in both."""
        one, other = (standardise(side, self.blind(side)) for side in (ref, new))
        return similarity(one, other, self.shift_rows, self.shift_columns, self.shift_penalty, visible)


DESCRIBER: Describer = Hog()
