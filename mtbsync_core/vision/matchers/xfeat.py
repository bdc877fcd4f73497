"""XFeat: Potje et al., "XFeat: Accelerated Features for Lightweight Image Matching", CVPR 2024. Learned corners that
survive other seasons and light.

The network gives, for each 8 x 8 block of pixels, a 64-D descriptor, the odds of a corner at each of its 64 pixels or
nowhere, and how reliable the descriptor is. Corners are local maxima of corner times reliability.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from mtbsync_core.vision.features import Features, centred
from mtbsync_core.vision.inner_products import inner_products
from mtbsync_core.vision.matchers._xfeat_network import HEIGHT, WIDTH, Network, load_network
from mtbsync_core.vision.registry import Extractor, Matcher

_BLOCK = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class XFeat:
    """XFeat corners, 64 half-precision numbers each, mutual nearest by cosine."""

    n_features: int = 500
    by_chance: float = 1.55
    least_odds: float = 0.05
    """Of a corner at its pixel, as the network's authors have it."""
    neighbourhood: int = 5
    """Pixels square in which a corner is the strongest, likewise."""
    least_cosine: float = 0.6
    """Of a pair; the authors have 0.82."""

    def extractor(self, n_features: int) -> Extractor:
        """Corners by the network; raises EngineMissingError without the extra `learned`."""
        return partial(self._extract, load_network(), n_features)

    def _extract(self, network: Network, n_features: int, luma: NDArray[np.uint8]) -> Features:
        way = cv2.INTER_AREA if luma.shape[1] > WIDTH else cv2.INTER_CUBIC
        picture = cv2.resize(luma, (WIDTH, HEIGHT), interpolation=way).astype(np.float32)
        picture = (picture - picture.mean()) / np.sqrt(picture.var() + 1e-5)
        descriptors, corners, reliable = network(picture[None, None])
        heat = _unfolded(corners[0])
        near = np.ones((self.neighbourhood, self.neighbourhood), np.uint8)
        rows, columns = np.nonzero((heat == cv2.dilate(heat, near)) & (heat > self.least_odds))
        xy = np.column_stack([columns, rows]).astype(np.float32)
        score = heat[rows, columns] * _sampled(reliable[0], xy)[:, 0]
        xy = xy[np.argsort(-score, kind="stable")[:n_features]]
        codes = _sampled(descriptors[0], xy)
        codes /= np.maximum(np.linalg.norm(codes, axis=1, keepdims=True), 1e-9)
        height, width = luma.shape
        at = (xy + 0.5) * (width / WIDTH, height / HEIGHT) - 0.5
        return Features(centred(at, width, height), codes.astype(np.float16))

    def pairs(self, a: Features, b: Features, most: int) -> NDArray[np.intp]:
        """Mutual nearest neighbours by cosine."""
        if not len(a) or not len(b):
            return np.zeros((0, 2), np.intp)
        cosine = inner_products(a.descriptors.astype(np.float32), b.descriptors.astype(np.float32))
        there, back = cosine.argmax(axis=1), cosine.argmax(axis=0)
        rows = np.arange(len(a))
        top = cosine[rows, there]
        mutual = np.flatnonzero((back[there] == rows) & (top > self.least_cosine))
        mutual = mutual[np.argsort(-top[mutual], kind="stable")][:most]
        return np.column_stack([mutual, there[mutual]])


def _unfolded(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Odds of a corner at each pixel, (H, W), from logits (65, H / 8, W / 8); the 65th is "no corner here"."""
    odds = np.exp(logits - logits.max(axis=0))
    odds = (odds / odds.sum(axis=0))[:-1]
    _, rows, columns = odds.shape
    blocks = odds.reshape(_BLOCK, _BLOCK, rows, columns).transpose(2, 0, 3, 1)
    return np.ascontiguousarray(blocks.reshape(rows * _BLOCK, columns * _BLOCK))


def _sampled(grid: NDArray[np.float32], xy: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bilinear samples (n, C) of a grid (C, H / 8, W / 8) at pixel positions (n, 2)."""
    _, rows, columns = grid.shape
    x = np.clip((xy[:, 0] + 0.5) / _BLOCK - 0.5, 0, columns - 1)
    y = np.clip((xy[:, 1] + 0.5) / _BLOCK - 0.5, 0, rows - 1)
    left, top = np.minimum(x.astype(int), columns - 2), np.minimum(y.astype(int), rows - 2)
    fx, fy = x - left, y - top
    upper = grid[:, top, left] * (1 - fx) + grid[:, top, left + 1] * fx
    lower = grid[:, top + 1, left] * (1 - fx) + grid[:, top + 1, left + 1] * fx
    return np.asarray((upper * (1 - fy) + lower * fy).T)


MATCHER: Matcher = XFeat()
