"""`FrameStore`: what is kept of each frame of a recording. It lies on disk: ten minutes have 170 MB."""

from __future__ import annotations

import copy
import tempfile
import threading
import weakref
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from os import SEEK_END
from typing import Any, Self, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")
Arrays = tuple[NDArray[Any], ...]


class FrameStore(Sequence[T]):
    """A sequence of what is kept of frames, in a nameless temporary file. For any number of threads."""

    def __init__(self, frames: Iterable[T] = ()) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115
        self._lock = threading.Lock()
        weakref.finalize(self._lock, self._file.close)  # with the last store that shares the two
        self._places: list[tuple[int, tuple[tuple[np.dtype[Any], tuple[int, ...]], ...]]] = []
        for frame in frames:
            self.add(frame)

    @staticmethod
    @abstractmethod
    def _split(frame: T) -> Arrays:
        """The arrays of one frame."""

    @staticmethod
    @abstractmethod
    def _join(arrays: Arrays) -> T:
        """One frame of its arrays."""

    def add(self, frame: T) -> int:
        """Store one more; its place in the sequence."""
        arrays = [np.ascontiguousarray(array) for array in self._split(frame)]
        with self._lock:
            start = self._file.seek(0, SEEK_END)
            for array in arrays:
                self._file.write(array.data)
            self._places.append((start, tuple((array.dtype, array.shape) for array in arrays)))
            return len(self._places) - 1

    def chosen(self, places: Iterable[int]) -> Self:
        """Those at the given places; the file is shared."""
        other = copy.copy(self)
        other._places = [self._places[i] for i in places]
        return other

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> T | Self:
        if isinstance(index, slice):
            return self.chosen(range(*index.indices(len(self))))
        start, layout = self._places[index]
        with self._lock:
            self._file.seek(start)
            return self._join(
                tuple(
                    np.frombuffer(self._file.read(kind.itemsize * int(np.prod(shape))), kind).reshape(shape)
                    for kind, shape in layout
                )
            )


class PictureStore(FrameStore[NDArray[np.uint8]]):
    """Luma pictures."""

    @staticmethod
    def _split(frame: NDArray[np.uint8]) -> Arrays:
        return (frame,)

    @staticmethod
    def _join(arrays: Arrays) -> NDArray[np.uint8]:
        return arrays[0]
