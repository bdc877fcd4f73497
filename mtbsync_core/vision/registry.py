"""Plug-ins by name: a describer makes one array of a whole picture and compares those of two recordings; a matcher
finds corners in a frame and pairs those of two frames.

Each module in `describers` holds `DESCRIBER`, each in `matchers` `MATCHER`, and is called by its file's name; a file
whose name begins with an underscore is none. `sift` is the default: as exact as the learned `xfeat`, and no slower as a
whole than `orb` (benchmarks/README.md).
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Literal, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from mtbsync_core.errors import UsageError
from mtbsync_core.vision.features import Features

DESCRIBER, MATCHER = "hog", "sift"
"""The defaults."""
SECOND_DESCRIBER = "efficientnet"
"""What is asked where the first one leaves doubt; four times as slow, and in other light and seasons much surer."""
AUTO = "auto"
"""In place of a describer's name: the first, and on doubt the second."""

Kind = Literal["describers", "matchers"]

Extractor = Callable[[NDArray[np.uint8]], Features]
"""Corners of a luma frame of shape (H, W). One per thread: OpenCV's detectors are not re-entrant."""

Visible = Callable[[int, int], NDArray[np.float32]]
"""Of a grid of so many rows and columns over a recording's picture, the share of each cell that shows the world."""


def whole_picture(rows: int, columns: int) -> NDArray[np.float32]:
    """`Visible` of a recording in which everything is the world."""
    return np.ones((rows, columns), np.float32)


class Describer(Protocol):
    """One way to describe whole pictures. Indexes keep the descriptors of N samples as float16 (N, *shape)."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of what it sees of a picture, which is squeezed to that (`squeezed`)."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one descriptor."""

    def describe(self, luma: NDArray[np.uint8]) -> NDArray[np.floating]:
        """The descriptor, of `shape`, of a luma picture (H, W) of any size; called from several threads at once.
        EngineMissingError where packages for it are not installed.
        """

    def blind(self, descriptors: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Which of N pictures show next to nothing, being black, white or fogged: (N, *shape) to (N,)."""

    def compare(
        self,
        ref: NDArray[np.floating],
        new: NDArray[np.floating],
        visible: tuple[Visible, Visible] = (whole_picture, whole_picture),
    ) -> NDArray[np.float32]:
        """Similarity of every new picture with every reference picture: (R, *shape), (N, *shape) to (N, R). By what is
        `visible` of the world in the reference's pictures and in those of the new run.
        """


def squeezed(luma: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """A picture at a width and height, whatever its aspect; itself where it has them."""
    return np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), np.uint8)


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


def names_of(kind: Kind) -> list[str]:
    """The names of all plug-ins of a kind, in alphabetical order."""
    found = (module.name for module in iter_modules([str(Path(__file__).with_name(kind))]))
    return sorted(name for name in found if not name.startswith("_"))


def checked_name(kind: Kind, name: str) -> str:
    """A plug-in's name as a user gave it; UsageError where there is none of that name."""
    if name in names_of(kind):
        return name
    if kind == "matchers" and name in ("super", "superpoint", "superglue"):
        raise UsageError(
            "SuperPoint and SuperGlue are licensed for non-commercial research only, so they are not offered",
            "Use --matcher xfeat: learned too, and free to use (Apache-2.0).",
        )
    raise UsageError(f"there is no {kind[:-1]} {name!r}", f"Choose one of {', '.join(names_of(kind))}.")


def describer_choice(name: str) -> str:
    """A describer's name as a user gave it, or `AUTO`; UsageError where there is none of that name."""
    return name if name == AUTO else checked_name("describers", name)


def describer_named(name: str) -> Describer:
    """The describer of that name; UsageError where there is none."""
    return import_module(f"{__package__}.describers.{checked_name('describers', name)}").DESCRIBER


def matcher_named(name: str) -> Matcher:
    """The matcher of that name; UsageError where there is none."""
    return import_module(f"{__package__}.matchers.{checked_name('matchers', name)}").MATCHER
