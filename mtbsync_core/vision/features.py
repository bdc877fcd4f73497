"""`Features`: the local features of one frame, whoever found them; kept in the index, to decode nothing twice.

Those of a whole recording are the largest part of an index, 130 MB for ten minutes, and few are needed at a
time: `FeatureStore` has them on disk.
"""

from __future__ import annotations

import copy
import tempfile
import threading
import weakref
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from os import SEEK_END
from typing import IO, Any, overload

import cv2
import numpy as np
from numpy.typing import NDArray

_SMALL = 320
"""Pixels of width below which a frame is enlarged before corners are looked for."""


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Corners of one frame: `xy` (n, 2) float32 in pixels from the picture's middle divided by half its width (so x
    runs from -1 to 1), `descriptors` (n, D), of the type that the matcher chose.
    """

    xy: NDArray[np.float32]
    descriptors: NDArray[Any]

    def __len__(self) -> int:
        return len(self.xy)


class _Scratch:
    """A temporary file, used by one thread at a time, closed and so deleted when nobody has it any more."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115
        self._lock = threading.Lock()
        weakref.finalize(self, self._file.close)

    def __enter__(self) -> IO[bytes]:
        self._lock.acquire()
        return self._file

    def __exit__(self, *_: object) -> None:
        self._lock.release()


class FeatureStore(Sequence[Features]):
    """The features of many frames in a nameless temporary file that goes with the store. For any number of threads."""

    def __init__(self) -> None:
        self._scratch = _Scratch()
        self._places: list[tuple[int, int, int, np.dtype[Any]]] = []

    @classmethod
    def of(cls, frames: Iterable[Features]) -> FeatureStore:
        """All of them, in their order."""
        store = cls()
        for frame in frames:
            store.add(frame)
        return store

    def add(self, frame: Features) -> int:
        """Store the features of one more frame; its place in the sequence."""
        n, width = frame.descriptors.shape
        with self._scratch as file:
            start = file.seek(0, SEEK_END)
            file.write(np.ascontiguousarray(frame.xy, np.float32).data)
            file.write(np.ascontiguousarray(frame.descriptors).data)
            self._places.append((start, n, width, frame.descriptors.dtype))
            return len(self._places) - 1

    def chosen(self, places: Iterable[int]) -> FeatureStore:
        """Those at the given places, in that order; the file is shared."""
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
        with self._scratch as file:
            file.seek(start)
            xy = np.frombuffer(file.read(8 * n), np.float32).reshape(n, 2)
            descriptors = np.frombuffer(file.read(n * width * kind.itemsize), kind).reshape(n, width)
        return Features(xy, descriptors)


def centred(points: NDArray[np.floating], width: int, height: int) -> NDArray[np.float32]:
    """Pixel positions (n, 2), the first pixel's middle being (0, 0), in the unit of `Features.xy`."""
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    return np.asarray((points - middle) / (width / 2), dtype=np.float32)


def enlarged(luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A frame at least 320 wide, enlarged by a whole number if need be: a corner's surroundings, some 30 pixels, would
    else be a fifth of a 160-pixel frame.
    """
    zoom = -(-_SMALL // luma.shape[1])
    if zoom == 1:
        return luma
    return np.asarray(cv2.resize(luma, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC), np.uint8)
