"""`Proxy`: the small copy of one recording that this program makes, so that every browser can play it.

It is made in pieces of ten seconds, those around the cursor first, in a thread that ends when nobody looks any more.
Pieces stay in the user's cache, and when all are there they become one file for each of the recording's.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mtbsync_core.errors import MtbsyncError
from mtbsync_core.media.recording import Recording
from mtbsync_core.web.media.encoding import Stretch, encode, put_together

log = logging.getLogger(__name__)

PIECE_S = 10.0
AROUND_S = 20.0
"""What is made first, to either side of the cursor: pieces that touch it."""
_UNWATCHED_S = 20.0
"""How long work goes on without anybody who looks at its progress."""
_AT_ONCE = threading.BoundedSemaphore(2)
"""Pieces that are made at a time, of all recordings."""


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A stretch of a file, and where it lies on the recording's clock."""

    file: int
    stretch: Stretch
    start_s: float
    end_s: float

    def distance_s(self, t_s: float) -> float:
        """How far it is away from a time."""
        return max(self.start_s - t_s, t_s - self.end_s, 0.0)


class Proxy:
    """Of one recording; for any number of threads.

    Args:
        folder: of the cache, for this recording alone.
    """

    def __init__(self, recording: Recording, folder: Path) -> None:
        self.recording = recording
        self.pieces = _pieces(recording)
        self._folder = folder
        if self.complete:
            for k in range(len(self.pieces)):  # of when it was made
                self.piece_path(k).unlink(missing_ok=True)
        self._made = {k for k in range(len(self.pieces)) if self.piece_path(k).is_file()}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._ending = False
        self._at_s = 0.0
        self._watchers = 0
        self._watched_at = 0.0
        self._rate = 0.0  # seconds of the recording made in a second
        self._doing: dict[int, float] = {}
        self._failed: MtbsyncError | None = None

    def piece_path(self, k: int) -> Path:
        """Where a piece is, or will be."""
        return self._folder / f"piece-{k:04d}.mp4"

    def whole_path(self, file: int) -> Path:
        """Where the whole copy of a file of the recording is, or will be."""
        return self._folder / f"whole-{file:02d}.mp4"

    @property
    def complete(self) -> bool:
        """Whether the whole is there."""
        return all(self.whole_path(file).is_file() for file in range(len(self.recording.media.files)))

    @property
    def made(self) -> list[int]:
        """The pieces that are there, in order."""
        with self._lock:
            return sorted(self._made)

    def make(self, at_s: float) -> None:
        """Begin, or go on elsewhere: what lies around `at_s` seconds comes first."""
        with self._lock:
            self._at_s, self._watched_at, self._failed = at_s, time.monotonic(), None
            if self._thread is None and not self._ending and not self.complete:
                self._thread = threading.Thread(target=self._work, name="mtbsync-proxy", daemon=True)
                self._thread.start()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """While somebody looks at the progress."""
        with self._lock:
            self._watchers += 1
        try:
            yield
        finally:
            with self._lock:
                self._watchers -= 1
                self._watched_at = time.monotonic()

    def close(self) -> None:
        """End the work; what is made stays."""
        with self._lock:
            self._ending = True
            thread = self._thread
        if thread is not None:
            thread.join()

    def progress(self) -> dict[str, Any]:
        """How far it is: `done_s` of `total_s`, `ranges` that can be played, `ready` when all is, `eta_s`."""
        ready = self.complete
        with self._lock:
            made, doing, rate, failed = sorted(self._made), sum(self._doing.values()), self._rate, self._failed
            running = self._thread is not None
        total_s = sum(p.end_s - p.start_s for p in self.pieces)
        done_s = total_s if ready else sum(self.pieces[k].end_s - self.pieces[k].start_s for k in made) + doing
        chosen = self.pieces if ready else [self.pieces[k] for k in made]
        return {
            "done_s": round(done_s, 2),
            "total_s": round(total_s, 2),
            "ranges": _joined(chosen),
            "ready": ready,
            "running": running,
            "eta_s": 0.0 if ready else round((total_s - done_s) / rate, 1) if rate and running else None,
            "error": failed.as_dict() if failed else None,
        }

    def _work(self) -> None:
        try:
            while (k := self._next()) is not None:
                with _AT_ONCE:
                    if not self._make_piece(k):
                        break
            else:
                self._put_together()
        except MtbsyncError as error:
            log.warning("the proxy of %s was not made: %s", self.recording.media.name, error.message)
            self._failed = error
        finally:
            with self._lock:
                self._thread = None
                self._doing.clear()

    def _next(self) -> int | None:
        """The piece to make now; None where all are there."""
        with self._lock:
            missing = [k for k in range(len(self.pieces)) if k not in self._made]
            # Of those equally far the later one: it is played next.
            return min(missing, key=lambda k: (self.pieces[k].distance_s(self._at_s), -k), default=None)

    def _make_piece(self, k: int) -> bool:
        piece = self.pieces[k]
        begun = time.monotonic()
        frames = len(piece.stretch.shown)

        def go_on(done: int) -> bool:
            with self._lock:
                self._doing[k] = done / frames * (piece.end_s - piece.start_s)
                unwatched = self._watchers == 0 and time.monotonic() > self._watched_at + _UNWATCHED_S
                elsewhere = piece.distance_s(self._at_s) > AROUND_S and self._is_missing_around()
                return not (self._ending or unwatched or elsewhere)

        if not encode(piece.stretch, self.piece_path(k), go_on):
            with self._lock:
                self._doing.clear()
                return not self._ending and (self._watchers > 0 or time.monotonic() <= self._watched_at + _UNWATCHED_S)
        with self._lock:
            self._doing.clear()
            self._made.add(k)
            self._rate = (piece.end_s - piece.start_s) / max(time.monotonic() - begun, 1e-3)
        return True

    def _is_missing_around(self) -> bool:
        """Whether a piece that touches the surroundings of the cursor is missing: the cursor has moved there."""
        near = (k for k, p in enumerate(self.pieces) if p.distance_s(self._at_s) <= AROUND_S)
        return any(k not in self._made for k in near)

    def _put_together(self) -> None:
        for file in range(len(self.recording.media.files)):
            numbers = [k for k, piece in enumerate(self.pieces) if piece.file == file]
            if not self.whole_path(file).is_file():
                stretches = [self.pieces[k].stretch for k in numbers]
                put_together(stretches, [self.piece_path(k) for k in numbers], self.whole_path(file))


def _pieces(recording: Recording) -> list[Piece]:
    """The recording's files cut every `PIECE_S`."""
    found = []
    for file, (table, shown) in enumerate(zip(recording.tables, recording.frames, strict=True)):
        first = recording.first_frame(file)
        times_s = recording.times_s[first : first + len(shown)]
        ends = [*np.flatnonzero(np.diff(np.floor((times_s - times_s[0]) / PIECE_S)) > 0) + 1, len(shown)]
        path = recording.media.files[file].path
        for a, b in zip([0, *ends[:-1]], ends, strict=True):
            stretch = Stretch(path, table, range(int(shown[a]), int(shown[b - 1]) + 1))
            length_s = float(sum(stretch.ticks) * table.time_base)
            found.append(Piece(file, stretch, float(times_s[a]), float(times_s[a]) + length_s))
    return found


def _joined(pieces: list[Piece]) -> list[list[float]]:
    """Stretches of the recording without a gap, seconds."""
    ranges: list[list[float]] = []
    for piece in pieces:
        if ranges and piece.start_s - ranges[-1][1] < 0.05:
            ranges[-1][1] = round(piece.end_s, 4)
        else:
            ranges.append([round(piece.start_s, 4), round(piece.end_s, 4)])
    return ranges
