"""Decoded frames with exact times: `reduce_frames` samples a recording, `read_frames_at` fetches single instants.

Frames are recognised by their presentation stamp, never by counting. A recording is cut at key frames into
pieces; Python threads, each with its own container and decoder, work them off (PyAV releases the GIL), because
FFmpeg's own frame threads do nothing when only key frames are decoded. Only the packets that a wanted frame
needs are decoded.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.errors import MediaError
from mtbsync_core.media.decoder import Decoder
from mtbsync_core.media.luma import luma_picture
from mtbsync_core.media.packets import sample_times, scan
from mtbsync_core.media.pieces import Piece, plan_pieces
from mtbsync_core.media.sampling import Sampling, choose_frames
from mtbsync_core.mediainfo import MediaInfo

__all__ = ["Sampling", "choose_frames", "read_frames_at", "reduce_frames", "sample_times"]

log = logging.getLogger(__name__)

T = TypeVar("T")

# A thread takes piece after piece, so that a busy core does not leave the other one waiting at the end.
_PIECES_PER_THREAD = 4


def reduce_frames(
    info: MediaInfo,
    reduce: Callable[[NDArray[np.uint8]], T],
    sampling: Sampling,
    *,
    width: int = 640,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[NDArray[np.float64], list[T]]:
    """Decode the sampled frames and keep what `reduce` makes of each.

    Args:
        info: the recording, from `probe`.
        reduce: takes a frame as 2-D uint8 luma, turned as shown; runs in the decoding threads, several at a time.
        sampling: which frames, how many threads.
        width: the long side of the pictures given to `reduce`, at most, pixels.
        progress: called in the caller's thread with (frames done, frames in all).

    Returns:
        Times in seconds on the file's clock (first shown frame = 0), strictly increasing, and the reduced
        values. Frames that are damaged are left out, with a logged warning.

    Raises:
        MediaError: not one of the frames can be decoded, or the file is no longer there.
    """
    table = scan(info.path)
    order = table.order
    chosen = choose_frames(
        table.times_s,
        table.key[order],
        sampling,
        pixels_per_s=info.width * info.height * float(info.rate),
        disposable=table.disposable[order],
    )
    pieces = plan_pieces(table, order[chosen], sampling.threads * _PIECES_PER_THREAD)
    keys_only = bool(table.key[np.concatenate([piece.feed for piece in pieces])].all())
    n_workers = max(1, min(sampling.threads, len(pieces)))
    work: queue.SimpleQueue[Piece | None] = queue.SimpleQueue()
    for piece in [*pieces, *[None] * n_workers]:
        work.put(piece)
    stop = threading.Event()
    found: dict[int, T] = {}

    def decode_pieces() -> None:
        # Fewer pieces than threads: the groups of pictures are long, and FFmpeg's own threads take part.
        threads = sampling.threads // n_workers
        with Decoder(info.path, table, keys_only=keys_only, threads=threads) as decoder:
            for piece in iter(work.get, None):
                for stamp, frame in decoder.decode(piece, stop):
                    found[stamp] = reduce(luma_picture(frame, width=width, rotation=table.rotation))
                if stop.is_set():
                    return

    with ThreadPoolExecutor(n_workers, thread_name_prefix="mtbsync-decode") as pool:
        try:
            pending = {pool.submit(decode_pieces) for _ in range(n_workers)}
            while pending:
                # Polled: Windows delivers Ctrl-C only between waits.
                done, pending = wait(pending, timeout=0.1, return_when=FIRST_EXCEPTION)
                for future in done:
                    future.result()
                if progress is not None:
                    progress(len(found), len(chosen))
        finally:
            stop.set()
    if not found:
        hint = "It is damaged; does it play in VLC? Copy it from the card again."
        raise MediaError(f"no sampled frame of {info.path} can be decoded", hint)
    if len(found) < len(chosen):
        lost = len(chosen) - len(found)
        log.warning("%s: %d of %d sampled frames are damaged and left out", info.path, lost, len(chosen))
    stamps = sorted(found)
    return table.seconds(np.array(stamps, np.int64)), [found[stamp] for stamp in stamps]


def read_frames_at(
    info: MediaInfo, times_s: Iterable[float], *, width: int = 640
) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    """Yield the frame shown at each time, in the order asked; ascending times decode fastest.

    Args:
        info: the recording, from `probe`.
        times_s: seconds on the file's clock; before the first frame and after the last one, those are taken.
        width: the long side of the pictures, at most, pixels.

    Yields:
        When the frame appears (seconds on the file's clock, at or before the time asked) and its luma as shown.
        A frame that cannot be decoded is left out, with a logged warning.

    Raises:
        MediaError: the file is no longer there or no longer readable.
    """
    table = scan(info.path)
    shown_s = table.times_s
    last: tuple[int, NDArray[np.uint8]] | None = None
    with Decoder(info.path, table, threads=2) as decoder:
        for time_s in times_s:
            # 1e-9: a time that was computed from this very frame may have lost its last bit.
            index = max(0, int(np.searchsorted(shown_s, time_s + 1e-9, side="right")) - 1)
            position = int(table.order[index])
            if last is None or last[0] != position:
                frame = decoder.frame_at(position)
                if frame is None:
                    log.warning("%s: the frame at %.3f s cannot be decoded", info.path, time_s)
                    continue
                last = position, luma_picture(frame, width=width, rotation=table.rotation)
            yield float(shown_s[index]), last[1]
