"""`Registration`: where the new picture lies in the reference's, found while a video is made of both, so that one can
be laid on the other.

Eight times a second both pictures are registered by their local features (`vision.registration`). What differs from
its neighbours is left out; between the rest the corners go straight. A stretch in which nothing was found, and one
that is too short to look at, has no answer. To know that, pictures are held back for about a second.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice, pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from mtbsync_core.jobs.listener import Listener
from mtbsync_core.media.colour import Planes
from mtbsync_core.render.pictures import fitted
from mtbsync_core.vision.registration import similarity

Floats = NDArray[np.float64]

_EACH_S = 0.125
_BRIDGED = 6
"""Over so many steps from look to look without an answer the corners go straight."""
_SHORTEST = 6
"""A stretch of fewer steps is not shown: it would flicker."""
_BESIDE = 2
"""Looks before and behind that an answer is held against."""
_APART = 0.12
"""Of the picture's width: a corner that is further from the median of its neighbours is wrong."""
_BOX = (640, 640)
_UNIT = np.array([[0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]], float)

_NEXT = max(_BRIDGED, _SHORTEST)
"""Looks behind a moment that it hangs on; to trust these takes those beside the last."""
_PAST = _BRIDGED + _SHORTEST
"""Likewise before it."""


class Registration:
    """Of one video of two runs.

    Args:
        times_s: seconds of its N frames.
        plays: whether both runs show a picture of that moment, (N,); they are registered only there.
        listener: is told how much of the video has no answer.
    """

    def __init__(self, times_s: Floats, plays: NDArray[np.bool_], listener: Listener) -> None:
        self.corners = np.full((len(times_s), 4, 2), np.nan)
        """Of the new picture in the reference's, 0 to 1 across and down, clockwise from the left upper one; NaN where
        they are not known. Those of a frame are there when `ahead` gives it.
        """
        self._times_s, self._plays, self._listener = times_s, plays, listener
        every = np.searchsorted(times_s, np.arange(0.0, times_s[-1], _EACH_S))
        self._looks = np.unique([*every, len(times_s) - 1]).astype(np.intp)
        self._found = np.full((len(self._looks), 4, 2), np.nan)
        self._trusted: list[Floats] = []

    def ahead(self, pictures: Iterator[Sequence[Planes]]) -> Iterator[Sequence[Planes]]:
        """The same pictures, those of the reference and the new run of each frame, once its corners are known."""
        held: deque[list[Sequence[Planes]]] = deque()
        work: deque[tuple[int, Future[Floats]]] = deque()
        with ThreadPoolExecutor(os.cpu_count() or 2, thread_name_prefix="mtbsync-register") as pool:
            for n, (frame, end) in enumerate(pairwise([*self._looks.tolist(), len(self._times_s)])):
                held.append(list(islice(pictures, end - frame)))
                if self._plays[frame]:
                    (ref, *_), (new, *_) = held[-1][0]
                    work.append((n, pool.submit(_corners, ref, new)))
                if len(held) > _NEXT + _BESIDE + 1:  # the last look is still at work
                    self._take(work, upto=n)
                    yield from self._known(n + 1 - len(held), held.popleft())
            self._take(work, upto=len(self._looks))
            while held:
                yield from self._known(len(self._looks) - len(held), held.popleft())
        self._tell()

    def _take(self, work: deque[tuple[int, Future[Floats]]], upto: int) -> None:
        while work and work[0][0] < upto:
            n, future = work.popleft()
            self._found[n] = future.result()

    def _known(self, look: int, frames: list[Sequence[Planes]]) -> list[Sequence[Planes]]:
        """The frames from a look to the next, whose corners hang on the looks around."""
        first, end = max(0, look - _PAST), min(look + _NEXT + 1, len(self._looks))
        while len(self._trusted) < end:
            self._trusted.append(trusted(self._found, len(self._trusted)))
        here = slice(self._looks[look], self._looks[look] + len(frames))
        around = np.stack(self._trusted[first:end])
        self.corners[here] = in_between(self._times_s[self._looks[first:end]], around, self._times_s[here])
        return frames

    def _tell(self) -> None:
        lost = 1 - float(np.isfinite(self.corners[:, 0, 0]).mean())
        if lost == 1:
            self._listener.note("the pictures could not be laid on each other: both are shown side by side")
        elif lost > 0:
            note = f"{lost:.0%} of the video shows both side by side: they could not be laid on each other there"
            self._listener.note(note)


def trusted(found: Floats, look: int) -> Floats:
    """Corners of a look (4, 2), of those of all (S, 4, 2); NaN where they are far from the median of its neighbours."""
    corners = found[look]
    if np.isfinite(corners).all():
        middle = np.nanmedian(found[max(0, look - _BESIDE) : look + _BESIDE + 1], axis=0)
        if np.abs(corners - middle).max() > _APART:
            return np.full((4, 2), np.nan)
    return corners


def in_between(looked_s: Floats, found: Floats, times_s: Floats) -> Floats:
    """Corners at all moments (N,), from those at some (S,), (S, 4, 2), NaN where there was no answer."""
    corners = np.full((len(times_s), 4, 2), np.nan)
    good = np.flatnonzero(np.isfinite(found).all(axis=(1, 2)))
    for stretch in np.split(good, np.flatnonzero(np.diff(good) > _BRIDGED) + 1):
        if len(stretch) and stretch[-1] - stretch[0] >= _SHORTEST:
            at = looked_s[stretch]
            here = (times_s >= at[0]) & (times_s <= at[-1])
            for corner in range(4):
                for axis in range(2):
                    corners[here, corner, axis] = np.interp(times_s[here], at, found[stretch, corner, axis])
    return corners


def _corners(ref: NDArray[np.uint8], new: NDArray[np.uint8]) -> Floats:
    """Of a new luma in a reference's, (4, 2); NaN where they do not match."""
    matrix = similarity(_small(ref), _small(new))
    if matrix is None:
        return np.full((4, 2), np.nan)
    xy = _UNIT @ np.asarray(matrix, float).reshape(3, 3).T
    return np.asarray(xy[:, :2] / xy[:, 2:], np.float64)


def _small(luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    high, wide = luma.shape
    return np.asarray(cv2.resize(luma, fitted(wide, high, _BOX), interpolation=cv2.INTER_AREA), np.uint8)
