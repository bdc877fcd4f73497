"""`Playback`: what of a run is shown when; made for runs that are in step by place, by clock, or from each sector on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.errors import UsageError
from mtbsync_core.warp import TimeWarp

Floats = NDArray[np.float64]

PAUSE_S = 1.0
"""How long all runs wait at a line before the next sector begins."""


class Kind(IntEnum):
    """Why a run shows what it shows."""

    PLAYS = 0
    WAITS = 1
    """It is there, and the others are not yet."""
    GAP = 2
    """It does not show this part of the trail."""
    OUTSIDE = 3
    """Its recording does not reach here."""


@dataclass(frozen=True, slots=True, eq=False)
class Playback:
    """Pieces of time of the video, each with what a run does in it.

    `edges_s` (P + 1,) rise, seconds of the video; `own_s` (P, 2) are the seconds of the run's own clock at both ends of
    each piece, equal where it stands still; `kinds` (P,) are of `Kind`.
    """

    edges_s: Floats
    own_s: Floats
    kinds: NDArray[np.int_]

    def at(self, t_s: Floats) -> tuple[Floats, NDArray[np.int_]]:
        """Own seconds, and the kind, at seconds of the video (N,)."""
        piece = np.clip(np.searchsorted(self.edges_s, t_s, side="right") - 1, 0, len(self.kinds) - 1)
        start, length = self.edges_s[piece], np.diff(self.edges_s)[piece]
        share = np.clip((t_s - start) / length, 0, 1)
        own = self.own_s[piece, 0] + share * (self.own_s[piece, 1] - self.own_s[piece, 0])
        return own, self.kinds[piece]


@dataclass(frozen=True, slots=True, eq=False)
class Show:
    """All runs of a video, the one whose clock the maps begin at first.

    Counting begins at the places `from_ref_s` (C,), at `counts_s` (C,) seconds of the video, which may lie before its
    beginning, and ends at the places `to_ref_s` (C,).
    """

    playbacks: tuple[Playback, ...]
    warps: tuple[TimeWarp, ...]
    """From the first run's clock to each run's own."""
    length_s: float
    counts_s: Floats
    from_ref_s: Floats
    to_ref_s: Floats
    by_place: bool
    """Whether all runs are shown at the same place of the trail."""


def by_position(warps: Sequence[TimeWarp], span: tuple[float, float], start_s: float) -> Show:
    """In step by place: at every moment of the first run's clock the others show the same place.

    Args:
        warps: from the first run's clock to each run's own; the first is the identity.
        span: seconds of the first run's clock.
        start_s: where counting begins, likewise.
    """
    return Show(
        tuple(_along(warp, span) for warp in warps),
        tuple(warps),
        span[1] - span[0],
        np.array([start_s - span[0]]),
        np.array([start_s]),
        np.array([np.inf]),
        True,
    )


def by_clock(warps: Sequence[TimeWarp], lines_s: Sequence[float]) -> Show:
    """As if all rode at once: each run plays at its own pace from a line to the next one, and waits there for the
    others; of two lines, all of it is one race.

    Args:
        warps: as in `by_position`.
        lines_s: seconds of the first run's clock, two at least.

    Raises:
        UsageError: a run does not show the first line.
    """
    at = np.array([warp.to_new(lines_s) for warp in warps])
    pieces: list[list[tuple[float, float, float, Kind]]] = [[] for _ in warps]
    starts, edge = [], 0.0
    for i, _ in enumerate(pairwise(lines_s)):
        lengths = at[:, i + 1] - at[:, i]
        if not np.isfinite(lengths).any():
            continue
        pause = PAUSE_S if i + 2 < len(lines_s) else 0.0
        longest = float(np.nanmax(lengths))
        starts.append((edge, lines_s[i], lines_s[i + 1]))
        for run, length in zip(range(len(warps)), lengths.tolist(), strict=True):
            if np.isfinite(length):
                pieces[run].append((length, at[run, i], at[run, i + 1], Kind.PLAYS))
                pieces[run].append((longest - length + pause, at[run, i + 1], at[run, i + 1], Kind.WAITS))
            else:
                still = _nearest(warps[run], lines_s[i])
                pieces[run].append((longest + pause, still, still, Kind.GAP))
        edge += longest + pause
    if not starts:
        raise UsageError("the runs have no part of the trail in common here", "Choose another part with --range.")
    counts, from_s, to_s = np.array(starts).T
    playbacks = tuple(_of_lengths(run) for run in pieces)
    return Show(playbacks, tuple(warps), edge, counts, from_s, to_s, False)


def _along(warp: TimeWarp, span: tuple[float, float]) -> Playback:
    low, high = span
    edges = np.unique(np.concatenate([[low, high], warp.ref_s[(warp.ref_s > low) & (warp.ref_s < high)]]))
    middle = (edges[1:] + edges[:-1]) / 2
    inside = np.isfinite(warp.to_new(middle))
    beyond = (middle < warp.ref_s[0]) | (middle > warp.ref_s[-1])
    kinds = np.where(inside, Kind.PLAYS, np.where(beyond, Kind.OUTSIDE, Kind.GAP))
    own = np.interp(edges, warp.ref_s, warp.new_s)
    # In a gap the last picture before it stands.
    own_s = np.stack([own[:-1], np.where(inside, own[1:], own[:-1])], axis=1)
    return Playback(edges - low, own_s, kinds)


def _of_lengths(pieces: Sequence[tuple[float, float, float, Kind]]) -> Playback:
    pieces = [piece for piece in pieces if piece[0] > 1e-9]
    edges = np.concatenate([[0.0], np.cumsum([piece[0] for piece in pieces])])
    return Playback(edges, np.array([piece[1:3] for piece in pieces]), np.array([int(piece[3]) for piece in pieces]))


def _nearest(warp: TimeWarp, t_ref: float) -> float:
    return float(np.interp(t_ref, warp.ref_s, warp.new_s))
