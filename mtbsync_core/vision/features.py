"""`Features`: the local features of one frame. Those of a recording are the largest part of its index, 130 MB for ten
minutes, and few are needed at a time: `FeatureStore` has them on disk.
"""

from __future__ import annotations

import copy
import tempfile
import threading
import weakref
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from os import SEEK_END
from typing import Any, overload

import cv2
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Corners of one frame: `xy` (n, 2) float32 in pixels from the picture's middle divided by half its width (so x
    runs from -1 to 1), `descriptors` (n, D), of the type that the matcher chose.
    """

    xy: NDArray[np.float32]
    descriptors: NDArray[Any]

    def __len__(self) -> int:
        return len(self.xy)

    def where(self, keep: NDArray[np.bool_]) -> Features:
        """Some of them: `keep` (n,)."""
        return self if keep.all() else Features(self.xy[keep], self.descriptors[keep])


class FeatureStore(Sequence[Features]):
    """The features of many frames, in a nameless temporary file. For any number of threads."""

    def __init__(self, frames: Iterable[Features] = ()) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115
        self._lock = threading.Lock()
        weakref.finalize(self._lock, self._file.close)  # with the last store that shares the two
        self._places: list[tuple[int, int, int, np.dtype[Any]]] = []
        for frame in frames:
            self.add(frame)

    def add(self, frame: Features) -> int:
        """Store the features of one more frame; its place in the sequence."""
        n, width = frame.descriptors.shape
        with self._lock:
            start = self._file.seek(0, SEEK_END)
            self._file.write(np.ascontiguousarray(frame.xy, np.float32).data)
            self._file.write(np.ascontiguousarray(frame.descriptors).data)
            self._places.append((start, n, width, frame.descriptors.dtype))
            return len(self._places) - 1

    def chosen(self, places: Iterable[int]) -> FeatureStore:
        """Those at the given places; the file is shared."""
        other = copy.copy(self)
        other._places = [self._places[i] for i in places]
        return other

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> Features: ...
    @overload
    def __getitem__(self, index: slice) -> FeatureStore: ...
    def __getitem__(self, index: int | slice) -> Features | FeatureStore:
        if isinstance(index, slice):
            return self.chosen(range(*index.indices(len(self))))
        start, n, width, kind = self._places[index]
        with self._lock:
            self._file.seek(start)
            xy = np.frombuffer(self._file.read(8 * n), np.float32).reshape(n, 2)
            descriptors = np.frombuffer(self._file.read(n * width * kind.itemsize), kind).reshape(n, width)
        return Features(xy, descriptors)


def described(points: Sequence[cv2.KeyPoint], codes: Any, luma: NDArray[np.uint8], width: int) -> Features:
    """Features of OpenCV's key points in a picture, and their `codes` of `width` bytes; None of both is no feature."""
    xy = np.reshape([point.pt for point in points], (-1, 2))
    descriptors = np.zeros((0, width), np.uint8) if codes is None else np.asarray(codes, np.uint8)
    return Features(centred(xy, luma.shape[1], luma.shape[0]), descriptors)


def centred(points: NDArray[np.floating], width: int, height: int) -> NDArray[np.float32]:
    """Pixel positions (n, 2), the first pixel's middle being (0, 0), in the unit of `Features.xy`."""
    return np.asarray((points - np.array([width - 1, height - 1]) / 2) / (width / 2), dtype=np.float32)


def enlarged(luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """At least 320 wide, by a whole number: the 30 pixels around a corner would be a fifth of a 160-pixel frame."""
    zoom = -(-320 // luma.shape[1])
    if zoom == 1:
        return luma
    return np.asarray(cv2.resize(luma, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC), np.uint8)


def unique(pairs: NDArray[np.intp], most: int) -> NDArray[np.intp]:
    """The first `most` pairs of (k, 2), sorted by sureness, of which none shares its second corner with an earlier."""
    _, first = np.unique(pairs[:, 1], return_index=True)
    return pairs[np.sort(first)[:most]]
