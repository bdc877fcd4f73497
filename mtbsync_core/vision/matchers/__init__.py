"""Local matchers by name: what finds corners in a frame, and what pairs those of two frames.

A matcher is a module here that holds `MATCHER`; its file's name is its name in `IndexOptions` and on the command line.
`sift` is the default: as exact as the learned `xfeat`, and no slower as a whole than `orb` (benchmarks/README.md).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.errors import UsageError
from mtbsync_core.vision import registry
from mtbsync_core.vision.features import Features

DEFAULT = "sift"

Extractor = Callable[[NDArray[np.uint8]], Features]
"""Corners of a luma frame of shape (H, W). One per thread: OpenCV's detectors are not re-entrant."""


class Matcher(Protocol):
    """One way to find and pair corners."""

    @property
    def n_features(self) -> int:
        """How many corners of a frame are worth keeping."""

    @property
    def by_chance(self) -> float:
        """Of k pairs of corners of unrelated frames, this times sqrt(k) fit one essential matrix in the mean."""

    def extractor(self, n_features: int) -> Extractor:
        """What finds up to that many corners; EngineMissingError where packages for it are not installed."""

    def pairs(self, a: Features, b: Features, most: int) -> NDArray[np.intp]:
        """Numbers of corners that look alike, shape (k, 2), the surest first, at most `most`, each in one pair only."""


def matcher_named(name: str) -> Matcher:
    """The matcher of that name; UsageError where there is none."""
    return registry.module_of("matchers", name).MATCHER


def checked_name(name: str) -> str:
    """A matcher's name as a user gave it; UsageError where there is none of that name."""
    if name in ("super", "superpoint", "superglue"):
        raise UsageError(
            "SuperPoint and SuperGlue are licensed for non-commercial research only, so they are not offered",
            "Use --matcher xfeat: learned too, and free to use (Apache-2.0).",
        )
    return registry.checked_name("matchers", name)


def unique(pairs: NDArray[np.intp], most: int) -> NDArray[np.intp]:
    """The first `most` pairs of (k, 2), sorted by sureness, of which none shares its second corner with an earlier."""
    _, first = np.unique(pairs[:, 1], return_index=True)
    return pairs[np.sort(first)[:most]]
