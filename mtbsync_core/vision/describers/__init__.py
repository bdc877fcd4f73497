"""Describers by name: what makes one array of a whole picture, and compares those of two recordings.

A describer is a module here that holds `DESCRIBER`; its file's name is its name in `IndexOptions`.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.vision.registry import module_of

DEFAULT = "hog"


class Describer(Protocol):
    """One way to describe whole pictures. Indexes keep the descriptors of N samples as float16 (N, *shape)."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one descriptor."""

    def describe(self, luma: NDArray[np.uint8]) -> NDArray[np.floating]:
        """The descriptor, of `shape`, of a luma picture (H, W) of any size; called from several threads at once.
        EngineMissingError where packages for it are not installed.
        """

    def blind(self, descriptors: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Which of N pictures show next to nothing, being black, white or fogged: (N, *shape) to (N,)."""

    def compare(self, ref: NDArray[np.floating], new: NDArray[np.floating]) -> NDArray[np.float32]:
        """Similarity of every new picture with every reference picture: (R, *shape), (N, *shape) to (N, R)."""


def describer_named(name: str) -> Describer:
    """The describer of that name; UsageError where there is none."""
    return module_of("describers", name).DESCRIBER
