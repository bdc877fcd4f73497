"""`Pictures`: frames of one run, one after the other, at the size in which they are shown; `ahead`: in a thread."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.errors import MediaError
from mtbsync_core.media.colour import Planes, VideoPictures
from mtbsync_core.media.decoder import Decoder
from mtbsync_core.media.recording import Recording
from mtbsync_core.mediainfo import MediaInfo

T = TypeVar("T")

_AHEAD = 6
"""Pictures that wait to be used: of 1080p, 3 MB each."""


class Pictures:
    """The frames of a recording, over all its files.

    Args:
        box: width and height in pixels that the pictures fill in one of the two directions.
        threads: FFmpeg's own, of the decoder.

    Raises:
        MediaError: a file cannot be used.
    """

    def __init__(self, media: MediaInfo, box: tuple[int, int], *, threads: int = 1) -> None:
        self.recording = Recording.of(media)
        self.size = fitted(media.width, media.height, box)
        self.damaged = 0
        """Frames that could not be decoded so far; the one before is shown in their place."""
        self._threads = threads

    def nearest(self, own_s: NDArray[np.float64]) -> NDArray[np.intp]:
        """Numbers of the frames whose times are nearest to seconds of the recording's clock, (N,)."""
        times = self.recording.times_s
        return np.searchsorted((times[1:] + times[:-1]) / 2, own_s).astype(np.intp)

    def read(self, numbers: Iterable[int]) -> Iterator[Planes]:
        """The frames with these numbers; rising ones are read fastest. One that is asked for again and again is the
        same object.

        Raises:
            MediaError: not one frame so far could be decoded, or a file is no longer there.
        """
        shown: tuple[int, Planes] | None = None
        with ExitStack() as opened:
            current = -1
            for n in numbers:
                if shown is None or shown[0] != n:
                    file, position = self.recording.place(n)
                    if file != current:
                        opened.close()
                        current, table = file, self.recording.tables[file]
                        path = self.recording.media.files[file].path
                        decoder = opened.enter_context(Decoder(path, table, threads=self._threads))
                        converter = VideoPictures(*self.size, table.rotation)
                    frame = decoder.frame_at(position)
                    if frame is not None:
                        shown = n, converter.of(frame)
                    elif shown is None:
                        raise MediaError(f"frame {n} of {self.recording.media.name} cannot be decoded")
                    else:
                        self.damaged += 1
                        shown = n, shown[1]
                yield shown[1]


def fitted(width: int, height: int, box: tuple[int, int]) -> tuple[int, int]:
    """The largest size of that shape within a box, both even.

    >>> fitted(1920, 1080, (960, 1080)), fitted(1080, 1920, (960, 1080))
    ((960, 540), (608, 1080))
    """
    scale = min(box[0] / width, box[1] / height)
    wide, high = (max(2, round(side * scale / 2) * 2) for side in (width, height))
    return min(wide, box[0]), min(high, box[1])


@contextmanager
def ahead(items: Iterator[T], most: int = _AHEAD) -> Iterator[Iterator[T]]:
    """Work an iterator off in a thread of its own, at most so many items ahead of who takes them. What it raises is
    raised where they are taken; where nobody wants more of them, it ends.
    """
    waiting: queue.Queue[tuple[bool, T | BaseException | None]] = queue.Queue(most)
    stop = threading.Event()

    def put(more: bool, item: T | BaseException | None) -> bool:
        while not stop.is_set():
            try:
                waiting.put((more, item), timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def work() -> None:
        try:
            for item in items:
                if not put(True, item):
                    return
            put(False, None)
        except BaseException as error:  # it belongs to whoever takes the items
            put(False, error)

    def taken() -> Iterator[T]:
        while True:
            try:
                more, item = waiting.get(timeout=0.2)  # polled: Windows delivers Ctrl-C only between waits
            except queue.Empty:
                continue
            if isinstance(item, BaseException):
                raise item
            if not more:
                return
            yield item  # type: ignore[misc]

    thread = threading.Thread(target=work, name="mtbsync-read", daemon=True)
    thread.start()
    try:
        yield taken()
    finally:
        stop.set()
        thread.join()
