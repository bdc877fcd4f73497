"""Which frames of a recording are looked at: `Sampling`, the wish, and `choose_frames`, the choice.

Decoding is nearly the whole cost of an alignment, and a key frame is the only one that decodes alone: GoPro
writes one every 0.27-0.33 s, which is dense enough. Other files need more than their key frames, or fewer.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Sampling:
    """How densely a recording is sampled, and with how many threads."""

    fps: float | None = None
    """Samples per second; None: the key frames, and what is needed between and instead of them."""
    max_gap_s: float = 0.6
    """Key frames further apart than this get samples between them, at most about `fill_s` apart."""
    fill_s: float = 0.35
    sparse_s: float = 0.25
    """Files with key frames (nearly) everywhere, such as ProRes and MJPEG, get one sample in this time."""
    small_pixels_per_s: float = 8e6
    """Below this rate of pixels a full decode costs nothing: `small_fps` samples per second are taken."""
    small_fps: float = 10.0
    threads: int = 2


FAST = Sampling(max_gap_s=2.0, fill_s=1.0, small_pixels_per_s=0.0)
"""Key frames, unless they are very far apart."""


def choose_frames(
    times_s: NDArray[np.float64],
    key: NDArray[np.bool_],
    sampling: Sampling,
    *,
    pixels_per_s: float = np.inf,
    disposable: NDArray[np.bool_] | None = None,
) -> NDArray[np.intp]:
    """Indices, ascending, of the frames to sample.

    Args:
        times_s: when each of the n frames is shown, seconds, strictly increasing.
        key: n flags, true where a frame decodes alone.
        sampling: the density wanted.
        pixels_per_s: width x height x rate of the recording.
        disposable: n flags, true where no other frame needs this one; avoided, since it need not be decoded then.
    """
    everything = np.arange(len(times_s))
    keys = np.flatnonzero(key)
    if sampling.fps is not None:
        gaps_s = np.diff(times_s[keys], prepend=times_s[0], append=times_s[-1])
        dense = len(keys) > 0 and gaps_s.max() <= 1.05 / sampling.fps
        return _on_grid(times_s, keys if dense else everything, 1 / sampling.fps)
    if pixels_per_s < sampling.small_pixels_per_s:
        return _on_grid(times_s, everything, 1 / sampling.small_fps)
    if len(keys) > 1 and np.median(np.diff(times_s[keys])) < 0.6 * sampling.sparse_s:
        keys = _on_grid(times_s, keys, sampling.sparse_s)
    wanted_s = _between(times_s, keys, sampling)
    between = _nearest(times_s, everything, wanted_s)
    if disposable is not None and not disposable.all():
        cheap = _nearest(times_s, np.flatnonzero(~disposable), wanted_s)
        close = np.abs(times_s[cheap] - wanted_s) <= 0.15 * sampling.fill_s
        between = np.where(close, cheap, between)
    return np.union1d(keys, between).astype(np.intp)


def _between(times_s: NDArray[np.float64], keys: NDArray[np.intp], sampling: Sampling) -> NDArray[np.float64]:
    """Evenly spaced times inside each gap over `max_gap_s`, the ends of the recording included."""
    stops = np.unique(np.concatenate([times_s[:1], times_s[keys], times_s[-1:]]))
    # The ends of a gap are key frames, chosen anyway, or the ends of the recording, which are wanted too.
    filled = (
        np.linspace(start, end, int(np.ceil((end - start) / sampling.fill_s)) + 1)
        for start, end in pairwise(stops)
        if end - start > sampling.max_gap_s
    )
    return np.concatenate([times_s[:0] if len(keys) else times_s[:1], *filled])


def _on_grid(times_s: NDArray[np.float64], candidates: NDArray[np.intp], step_s: float) -> NDArray[np.intp]:
    """The candidates nearest to an even grid over the recording, each once; all where they are no denser than it."""
    if len(candidates) < 2 or step_s <= 1.02 * np.median(np.diff(times_s[candidates])):
        return candidates
    grid_s = np.arange(times_s[0], times_s[-1] + step_s / 100, step_s)
    return np.unique(_nearest(times_s, candidates, grid_s))


def _nearest(
    times_s: NDArray[np.float64], candidates: NDArray[np.intp], wanted_s: NDArray[np.float64]
) -> NDArray[np.intp]:
    """The candidate nearest to each wanted time."""
    after = np.searchsorted(times_s[candidates], wanted_s).clip(0, len(candidates) - 1)
    before = (after - 1).clip(0)
    left_s, right_s = times_s[candidates[before]], times_s[candidates[after]]
    return candidates[np.where(wanted_s - left_s <= right_s - wanted_s, before, after)]
