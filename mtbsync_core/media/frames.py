"""Decoded frames with exact times: `reduce_frames` samples a recording, `read_frames_at` fetches single instants.

Frames are recognised by their presentation stamp, never by counting. A file is cut at key frames into pieces;
Python threads, each with its own container and decoder, work them off (PyAV releases the GIL), because FFmpeg's own
frame threads do nothing when only key frames are decoded. Only the packets that a wanted frame needs are decoded.
Chapters follow each other; where a file has a small copy, that is sampled in its place, and the file itself where the
copy is damaged.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, replace
from operator import itemgetter
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.errors import MediaError
from mtbsync_core.media.decoder import Decoder
from mtbsync_core.media.frame_skips import on_original
from mtbsync_core.media.luma import luma_picture
from mtbsync_core.media.packets import PacketTable, scan
from mtbsync_core.media.pieces import Piece, plan_pieces
from mtbsync_core.media.sampling import Sampling, choose_frames
from mtbsync_core.mediainfo import MediaFile, MediaInfo

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
        Times in seconds on the recording's clock (first shown frame = 0), strictly increasing, and the reduced
        values. Frames that are damaged are left out, with a logged warning; those of a small copy are made up for by
        the recording's own samples there.

    Raises:
        MediaError: not one of the frames can be decoded, or a file is no longer there.
    """
    plans = [_plan(file, sampling, info.duration_s) for file in info.files]
    done = list(zip(plans, _decode(plans, reduce, sampling.threads, width, progress), strict=True))
    holes = []
    for file, (plan, found) in zip(info.files, done, strict=True):
        if len(found) < len(plan.chosen):
            lost = f"{len(plan.chosen) - len(found)} of {len(plan.chosen)} sampled frames are damaged"
            log.warning("%s: %s and %s", plan.path, lost, f"seen in {file.path}" if file.proxy else "left out")
            if file.proxy is not None:
                original = _plan(replace(file, proxy=None), sampling, info.duration_s)
                holes.append(original.near(plan.lost_s(found)))
    done += zip(holes, _decode(holes, reduce, sampling.threads, width, None), strict=True)
    times_s: list[float] = []
    values: list[T] = []
    for time_s, value in sorted((row for plan, found in done for row in plan.placed(found)), key=itemgetter(0)):
        # A small copy that is a frame longer than its chapter reaches into the next one.
        if not times_s or time_s > times_s[-1]:
            times_s.append(time_s)
            values.append(value)
    if not values:
        hint = "It is damaged; does it play in VLC? Copy it from the card again."
        raise MediaError(f"no sampled frame of {info.path} can be decoded", hint)
    return np.array(times_s), values


def decodes_all(info: MediaInfo, sampling: Sampling) -> bool:
    """Whether the samples are taken from a full decode, so that more of them cost no more decoding.

    Raises:
        MediaError: a file is no longer there.
    """
    tables = [scan(file.proxy or file.path) for file in info.files]
    return sampling.fps is None and all(table.pixels_per_s < sampling.small_pixels_per_s for table in tables)


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """What to decode of one file of a recording, the original or its small copy."""

    path: Path
    table: PacketTable
    chosen: NDArray[np.intp]
    """Positions in the table."""
    shown_s: NDArray[np.float64]
    """When each shown frame appears, seconds on the recording's clock."""

    def times_s(self, stamps: Sequence[int] | NDArray[np.int64]) -> NDArray[np.float64]:
        """When the frames with these stamps appear."""
        return self.shown_s[np.searchsorted(self.table.shown_stamps, np.array(stamps, np.int64))]

    def placed(self, found: dict[int, T]) -> list[tuple[float, T]]:
        """What was made of frames, by their stamps, with the time of each, in order."""
        stamps = sorted(found)
        return [(t, found[stamp]) for t, stamp in zip(self.times_s(stamps).tolist(), stamps, strict=True)]

    def lost_s(self, found: dict[int, T]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """When the chosen frames appear, and which of them were not found."""
        stamps = np.sort(self.table.stamps[self.chosen])
        return self.times_s(stamps), ~np.isin(stamps, list(found))

    def near(self, lost: tuple[NDArray[np.float64], NDArray[np.bool_]]) -> _Plan:
        """Those of the chosen frames that are nearest to a lost one of another plan."""
        other_s, is_lost = lost
        own_s = self.times_s(self.table.stamps[self.chosen])
        nearest = np.searchsorted((other_s[1:] + other_s[:-1]) / 2, own_s)
        return replace(self, chosen=self.chosen[is_lost[nearest]])


def _plan(file: MediaFile, sampling: Sampling, end_s: float) -> _Plan:
    """The samples of a file within the recording, which may be an excerpt."""
    path = file.proxy or file.path
    table = scan(path)
    shown_s = table.times_s
    chosen = choose_frames(
        shown_s,
        table.key[table.order],
        sampling,
        pixels_per_s=table.pixels_per_s,
        disposable=table.disposable[table.order],
    )
    if file.proxy is not None:
        shown_s = on_original(file.path, file.proxy, scan(file.path).times_s, shown_s).clip(0)
    shown_s = file.start_s + shown_s
    chosen = chosen[(shown_s[chosen] >= -1e-6) & (shown_s[chosen] <= end_s)]
    return _Plan(path, table, table.order[chosen], shown_s)


def _decode(
    plans: list[_Plan],
    reduce: Callable[[NDArray[np.uint8]], T],
    n_threads: int,
    width: int,
    progress: Callable[[int, int], None] | None,
) -> list[dict[int, T]]:
    """Reduced frames by their stamp, for each file. The threads go through the files together, one after the other.

    Fresh threads for each file would each bring a memory pool that keeps the pictures of the last: 80 MB a chapter of
    5.3K.
    """
    found_of = [dict[int, T]() for _ in plans]
    n_chosen = sum(len(plan.chosen) for plan in plans)
    todo = [
        (plan, piece, found)
        for plan, found in zip(plans, found_of, strict=True)
        for piece in plan_pieces(plan.table, plan.chosen, n_threads * _PIECES_PER_THREAD)
    ]
    n_workers = max(1, min(n_threads, len(todo)))
    work: queue.SimpleQueue[tuple[_Plan, Piece, dict[int, T]] | None] = queue.SimpleQueue()
    for item in [*todo, *[None] * n_workers]:
        work.put(item)
    stop = threading.Event()

    def decode_pieces() -> None:
        with ExitStack() as opened:
            current: _Plan | None = None
            for plan, piece, found in iter(work.get, None):
                if plan is not current:
                    opened.close()
                    current, keys_only = plan, bool(plan.table.key[plan.chosen].all())
                    # Fewer pieces than threads: the groups of pictures are long, and FFmpeg's own threads take part.
                    decoder = Decoder(plan.path, plan.table, keys_only=keys_only, threads=n_threads // n_workers)
                    opened.enter_context(decoder)
                for stamp, frame in decoder.decode(piece, stop):
                    found[stamp] = reduce(luma_picture(frame, width=width, rotation=plan.table.rotation))
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
                    progress(sum(map(len, found_of)), n_chosen)
        finally:
            stop.set()
    return found_of


def read_frames_at(
    info: MediaInfo, times_s: Iterable[float], *, width: int = 640
) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    """Yield the frame shown at each time, in the order asked; ascending times decode fastest.

    Args:
        info: the recording, from `probe`.
        times_s: seconds on the recording's clock; before the first frame and after the last one, those are taken.
        width: the long side of the pictures, at most, pixels.

    Yields:
        When the frame appears (seconds on the recording's clock, at or before the time asked) and its luma as shown.
        A frame that cannot be decoded is left out, with a logged warning.

    Raises:
        MediaError: a file is no longer there or no longer readable.
    """
    with ExitStack() as opened:
        current: MediaFile | None = None
        for time_s in times_s:
            # 1e-9: a time that was computed from this very frame may have lost its last bit.
            file, file_s = info.at(time_s + 1e-9)
            if file is not current:
                opened.close()
                current, table = file, scan(file.path)
                shown_s = table.times_s
                decoder = opened.enter_context(Decoder(file.path, table, threads=2))
                last: tuple[int, NDArray[np.uint8]] | None = None
            index = max(0, int(np.searchsorted(shown_s, file_s, side="right")) - 1)
            position = int(table.order[index])
            if last is None or last[0] != position:
                frame = decoder.frame_at(position)
                if frame is None:
                    log.warning("%s: the frame at %.3f s cannot be decoded", file.path, file_s)
                    continue
                last = position, luma_picture(frame, width=width, rotation=table.rotation)
            yield file.start_s + float(shown_s[index]), last[1]
