"""`registered`: where the new picture lies in the reference's, all along a video, so that one can be laid on the other.

Eight times a second both frames are registered by their local features (`vision.registration`). What differs from its
neighbours is left out; between the rest the corners go straight. A stretch in which nothing was found, and one that is
too short to look at, has no answer.
"""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.jobs.listener import Listener
from mtbsync_core.media.colour import Planes
from mtbsync_core.render.pictures import Pictures, ahead
from mtbsync_core.render.playback import Kind, Show
from mtbsync_core.vision.registration import similarity

Floats = NDArray[np.float64]

_EACH_S = 0.125
_BRIDGED_S = 0.8
"""Over so long a stretch without an answer the corners go straight."""
_SHORTEST_S = 1.5
"""A stretch with answers that is shorter is not shown: it would flicker."""
_BOX = (640, 640)
_APART = 0.12
"""Of the picture's width: a corner that is further from the median of its neighbours is wrong."""
_UNIT = np.array([[0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]], float)


def registered(show: Show, times_s: Floats, listener: Listener) -> Floats:
    """Corners of the new picture in the reference's at seconds of the video (N,): (N, 4, 2), 0 to 1 across and down,
    clockwise from the left upper one; NaN where they are not known.

    Raises:
        MediaError: a recording cannot be read.
    """
    looked_s = np.arange(0.0, show.length_s, _EACH_S)
    found = _looked(show, looked_s, listener)
    if not np.isfinite(found).any():
        listener.note("the pictures could not be laid on each other: both are shown side by side")
    corners = in_between(looked_s, found, times_s)
    lost = 1 - float(np.isfinite(corners[:, 0, 0]).mean())
    if 0 < lost < 1:
        listener.note(f"{lost:.0%} of the video shows both side by side: they could not be laid on each other there")
    return corners


def in_between(looked_s: Floats, found: Floats, times_s: Floats) -> Floats:
    """Corners at all moments (N,), from those at some (S,), (S, 4, 2), NaN where there was no answer."""
    good = np.array(np.isfinite(found).all(axis=(1, 2)))
    for s in np.flatnonzero(good):
        near = found[max(0, s - 2) : s + 3]
        middle = np.nanmedian(near, axis=0)
        good[s] = np.abs(found[s] - middle).max() <= _APART
    corners = np.full((len(times_s), 4, 2), np.nan)
    at = looked_s[good]
    if len(at) < 2:
        return corners
    ends = np.flatnonzero(np.diff(at) > _BRIDGED_S)
    for first, last in zip([0, *(ends + 1)], [*ends, len(at) - 1], strict=True):
        if at[last] - at[first] >= _SHORTEST_S:
            here = (times_s >= at[first]) & (times_s <= at[last])
            for corner in range(4):
                for axis in range(2):
                    corners[here, corner, axis] = np.interp(times_s[here], at, found[good, corner, axis])
    return corners


def _looked(show: Show, looked_s: Floats, listener: Listener) -> Floats:
    """The corners as they were found at these moments, (S, 4, 2)."""
    found = np.full((len(looked_s), 4, 2), np.nan)
    shown = [playback.at(looked_s) for playback in show.playbacks]
    plays = np.all([kinds == Kind.PLAYS for _, kinds in shown], axis=0)
    moments = np.flatnonzero(plays).tolist()
    cores = os.cpu_count() or 2
    runs = [Pictures(run.media, _BOX, threads=max(1, cores // 2)) for run in show.runs if run.media is not None]
    numbers = [run.nearest(own[plays]).tolist() for run, (own, _) in zip(runs, shown, strict=True)]
    with (
        ThreadPoolExecutor(cores, thread_name_prefix="mtbsync-register") as pool,
        ahead(runs[0].read(numbers[0])) as ref,
        ahead(runs[1].read(numbers[1])) as new,
    ):
        waiting: deque[tuple[int, Future[Floats | None]]] = deque()
        for n, (moment, a, b) in enumerate(zip(moments, ref, new, strict=True)):
            waiting.append((moment, pool.submit(_corners, a, b)))
            _take(waiting, found, 2 * cores)
            listener.stage("register", n, len(moments))
        _take(waiting, found, 0)
        listener.stage("register", len(moments), len(moments))
    return found


def _take(waiting: deque[tuple[int, Future[Floats | None]]], found: Floats, most: int) -> None:
    while len(waiting) > most:
        moment, future = waiting.popleft()
        corners = future.result()
        if corners is not None:
            found[moment] = corners


def _corners(ref: Planes, new: Planes) -> Floats | None:
    matrix = similarity(ref[0], new[0])
    if matrix is None:
        return None
    xy = _UNIT @ np.asarray(matrix, float).reshape(3, 3).T
    return np.asarray(xy[:, :2] / xy[:, 2:], np.float64)
