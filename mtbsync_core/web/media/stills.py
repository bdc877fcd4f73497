"""`Stills`: any frame of an original as a picture, from one decoder and a bounded store of pictures just seen.

Who steps asks for the 45 frames around one. On the way to a frame the decoder passes others; those near it are kept,
so that a group of pictures is decoded once.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from mtbsync_core.media.colour import colour_picture
from mtbsync_core.media.decoder import Decoder
from mtbsync_core.media.recording import Recording
from mtbsync_core.web.errors import WebError
from mtbsync_core.web.media.waiting import GoneError

STEP_WIDTH = 960
"""Pictures up to this width come from those that are kept."""
MOST_WIDTH = 8192

_NEAR = 45
_MOST_BYTES = 160_000_000
"""Of the pictures that are kept of one recording: about a hundred of 960 x 540."""
_THREADS = 2

Picture = NDArray[np.uint8]


class Stills:
    """Of one recording, for one thread at a time."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self._decoder: tuple[int, Decoder] | None = None
        self._kept: OrderedDict[int, Picture] = OrderedDict()
        self._bytes = 0

    def picture(self, n: int, width: int, gone: threading.Event) -> Picture:
        """Frame n as RGB, `width` pixels wide at most.

        Raises:
            NoFrameError: there is no such frame.
            WebError: 404; it is damaged.
            MediaError: the file is no longer there.
            GoneError: nobody waits for it any more.
        """
        file, position = self.recording.place(n)
        small = width <= STEP_WIDTH
        picture = self._kept.get(n) if small else None
        if picture is None:
            picture = self._decoded(n, file, position, STEP_WIDTH if small else width, gone, keep=small)
        else:
            self._kept.move_to_end(n)
        if picture.shape[1] > width:
            size = width, max(1, round(picture.shape[0] * width / picture.shape[1]))
            picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
        return picture

    def close(self) -> None:
        """Let go of the file."""
        if self._decoder is not None:
            self._decoder[1].__exit__()
            self._decoder = None

    def _decoded(self, n: int, file: int, position: int, width: int, gone: threading.Event, *, keep: bool) -> Picture:
        table = self.recording.tables[file]
        wanted = int(table.stamps[position])

        def passed(stamp: int, frame: VideoFrame) -> bool:
            # A frame behind the wanted one says that this one cannot be decoded.
            number = self.recording.number(file, stamp)
            if keep and stamp < wanted and n - number <= _NEAR and number not in self._kept:
                self._keep(number, colour_picture(frame, width=width, rotation=table.rotation))
            return not gone.is_set()

        frame = self._decoder_of(file).frame_at(position, passed)
        if frame is None:
            if gone.is_set():
                raise GoneError
            raise WebError(404, f"frame {n} is damaged")
        picture = colour_picture(frame, width=width, rotation=table.rotation)
        if keep:
            self._keep(n, picture)
        return picture

    def _decoder_of(self, file: int) -> Decoder:
        if self._decoder is None or self._decoder[0] != file:
            self.close()
            path = self.recording.media.files[file].path
            self._decoder = file, Decoder(path, self.recording.tables[file], threads=_THREADS)
        return self._decoder[1]

    def _keep(self, n: int, picture: Picture) -> None:
        self._kept[n] = picture
        self._bytes += picture.nbytes
        while self._bytes > _MOST_BYTES and len(self._kept) > 1:
            self._bytes -= self._kept.popitem(last=False)[1].nbytes
