"""When each sensor sample was taken, on the recording's clock.

A payload says how many samples of a sensor came in while it was filled, newer cameras also when the first of them was
taken (`STMP`, microseconds of the camera's own clock). The film says when the payload begins. Nominal rates are not
used: a "200 Hz" sensor gives 197 to 202 samples a second.

| what is known | time of a sample |
|---|---|
| `STMP` | counted evenly from one stamp to the next; streams of one value per frame tie the stamps to the film |
| counts only (HERO5 to 7) | on a line through all counts, bent by the running median of what it misses |

Stamps of streams with one value per frame are the start of the frame that begins the payload (gpmf-parser, issues 80
and 189). Counts alone are rough: samples are stored a tenth of a second late or early.

Where a recording was cut into files the camera keeps what it has not stored yet for the next one: one user's sensors
end 0.4 s before the first file's pictures, and the second file's are as much off (gpmf-parser, issue 107). So stamps
and counts go on over the cut, and a jump of payload times against them at a cut is taken out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_WINDOW = 31
"""Payloads (about as many seconds) of the running median."""
_HONEST = 0.02
"""Stamps that run faster or slower than the film by more than this share are not its clock (time lapse)."""
_JOIN_S = 0.25
"""Stamps that go on this exactly after a cut between two files were not restarted."""


@dataclass(frozen=True, slots=True)
class Block:
    """The samples of one stream in one payload."""

    payload: int
    """Number of the payload in the recording."""
    file: int
    t_s: float
    duration_s: float
    """The payload's time, seconds on the recording's clock."""
    n: int
    stamp_s: float | None = None
    """`STMP`."""
    total: float | None = None
    """`TSMP`."""


@dataclass(frozen=True, slots=True, eq=False)
class CameraClock:
    """By how much the recording's clock is ahead of the stamps, at some of the payloads; both of shape (N,)."""

    payload: NDArray[np.int64]
    ahead_s: Floats


def camera_clock(blocks: Sequence[Block]) -> CameraClock | None:
    """What a stream with one value per frame says of the camera's clock; None without stamps that can be believed."""
    stamps = _stamps(blocks)
    if stamps is None:
        return None
    ahead_s = _offsets(blocks, stamps, _restarts(blocks, stamps))
    return CameraClock(np.array([block.payload for block in blocks], np.int64), ahead_s)


def sample_times(blocks: Sequence[Block], clock: CameraClock | None = None) -> Floats:
    """The time of each sample of all blocks, shape (sum of `n`,), increasing seconds on the recording's clock.

    Args:
        clock: from a stream that is tied to frames; without it, the stream's own payload times tie its stamps.
    """
    blocks = [block for block in blocks if block.n]
    if not blocks:
        return np.zeros(0)
    counts = np.array([block.n for block in blocks])
    stamps = _stamps(blocks)
    if stamps is None:
        since = _counted(blocks)
        own_s = np.asarray(since[:-1] * _seconds_a_sample(blocks, since), np.float64)
        ahead_s = _offsets(blocks, own_s, np.zeros(len(blocks), np.bool_))
    else:
        own_s = stamps
        if clock is not None:
            ahead_s = np.interp([block.payload for block in blocks], clock.payload, clock.ahead_s)
        else:
            ahead_s = _offsets(blocks, stamps, _restarts(blocks, stamps))
    begin_s = np.asarray(own_s + ahead_s, np.float64)
    usual_s = _usual_step(blocks, begin_s)
    step_s = np.append(np.diff(begin_s), 0) / counts
    # The last block, and one before a gap without samples, is no longer than others.
    step_s = np.where((step_s > 0) & (step_s < 1.5 * usual_s), step_s, usual_s)
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    times_s = np.repeat(begin_s, counts) + within * np.repeat(step_s, counts)
    return np.asarray(np.maximum.accumulate(times_s), np.float64)


def _stamps(blocks: Sequence[Block]) -> Floats | None:
    """The stamps, if every block has one and they run like the film's time within each file."""
    stamps = [block.stamp_s for block in blocks if block.stamp_s is not None]
    if len(stamps) < max(2, len(blocks)):
        return None
    own_s = np.array(stamps)
    same = np.diff([block.file for block in blocks]) == 0
    passed, film = np.diff(own_s)[same], np.diff([block.t_s for block in blocks])[same]
    if not len(passed) or passed.min() <= 0 or film.min() <= 0:
        return None
    return own_s if abs(passed.sum() / film.sum() - 1) < max(_HONEST, 0.5 / len(passed)) else None


def _usual_step(blocks: Sequence[Block], begin_s: Floats) -> float:
    """Seconds from sample to sample: the median over payloads whose next one is there; a lone one is full. A damaged
    payload may hold none.
    """
    counts = np.array([block.n for block in blocks])
    next_one = (np.diff([block.payload for block in blocks]) == 1) & (counts[:-1] > 0)
    if not next_one.any():
        return max(block.duration_s / max(block.n, 1) for block in blocks)
    return float(np.median(np.diff(begin_s)[next_one] / counts[:-1][next_one]))


def _restarts(blocks: Sequence[Block], own_s: Floats) -> NDArray[np.bool_]:
    """Which blocks begin a file with a clock that does not go on from the file before."""
    counts = np.array([block.n for block in blocks])
    goes_on = np.abs(np.diff(own_s) - _usual_step(blocks, own_s) * counts[:-1]) < _JOIN_S
    return np.append([False], (np.diff([block.file for block in blocks]) != 0) & ~goes_on)


def _counted(blocks: Sequence[Block]) -> NDArray[np.int64]:
    """Number of samples before each block and after the last, shape (N + 1,); with lost ones where `TSMP` tells."""
    counts = np.array([block.n for block in blocks])
    plain = np.concatenate([[0], np.cumsum(counts)])
    totals = np.array([block.total for block in blocks if block.total is not None])
    if len(totals) < len(blocks):
        return plain
    lost = np.append([0], np.diff(totals) - counts[1:])
    # HERO11 was seen to count 211 of 512 samples (gpmf-parser, issue 211).
    if lost.min() < 0 or np.mean(lost == 0) < 0.9 or lost.max() > plain[-1]:
        return plain
    return plain + np.append(np.cumsum(lost), lost.sum()).astype(np.int64)


def _seconds_a_sample(blocks: Sequence[Block], since: NDArray[np.int64]) -> float:
    """One over the rate: the median over pairs of payloads half the recording apart."""
    t_s = np.array([*(block.t_s for block in blocks), blocks[-1].t_s + blocks[-1].duration_s])
    half = max(1, len(blocks) // 2)
    return float(np.median((t_s[half:] - t_s[:-half]) / (since[half:] - since[:-half])))


def _offsets(blocks: Sequence[Block], own_s: Floats, restarts: NDArray[np.bool_]) -> Floats:
    """Payload times less a clock of their own, smoothed, shape (N,); at cuts without a restart it goes on level."""
    ahead_s = np.asarray(np.array([block.t_s for block in blocks]) - own_s, np.float64)
    files = np.array([block.file for block in blocks])
    smooth = np.zeros(len(blocks))
    jump = 0.0
    for start in np.flatnonzero(np.append([True], np.diff(files) != 0)):
        part = np.flatnonzero(files == files[start])
        smooth[part] = _running_median(ahead_s[part])
        if start:
            jump = 0.0 if restarts[start] else smooth[start] - smooth[start - 1]
        smooth[part] -= jump
    return smooth


def _running_median(values: Floats) -> Floats:
    half = _WINDOW // 2
    padded = np.pad(values, half, constant_values=np.nan)
    return np.asarray(np.nanmedian(np.lib.stride_tricks.sliding_window_view(padded, _WINDOW), axis=-1))
