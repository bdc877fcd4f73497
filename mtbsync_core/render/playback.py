"""`Playback`: what of a run is shown when; `Show`: that of all runs, in step by place, by clock, or by sector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.errors import UsageError
from mtbsync_core.timing.runs import TimedRun
from mtbsync_core.warp import Span, TimeWarp

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
    """All runs of a video, the one that the others are held against first.

    Counting begins at the places `from_ref_s` (C,) of the trail, at `counts_s` (C,) seconds of the video, which may lie
    before its beginning, and ends at the places `to_ref_s` (C,).
    """

    runs: tuple[TimedRun, ...]
    playbacks: tuple[Playback, ...]
    length_s: float
    counts_s: Floats
    from_ref_s: Floats
    to_ref_s: Floats
    by_place: bool
    """Whether all runs are shown at the same place of the trail."""


def by_position(runs: Sequence[TimedRun], span: Span, start_s: float) -> Show:
    """In step by place: the first run plays as it was recorded, and the others show the same place.

    Args:
        span: seconds of the trail's clock, which the first run has at both ends.
        start_s: where counting begins, likewise.
    """
    first = runs[0].warp
    low, high, began = first.to_new([*span, start_s]).tolist()
    playbacks = [Playback(np.array([0.0, high - low]), np.array([[low, high]]), np.array([int(Kind.PLAYS)]))]
    for run in runs[1:]:
        across = run.warp if runs[0].is_reference else first.invert().compose(run.warp)
        playbacks.append(_along(across, (low, high)))
    counts, from_s, to_s = np.array([began - low]), np.array([start_s]), np.array([np.inf])
    return Show(tuple(runs), tuple(playbacks), high - low, counts, from_s, to_s, by_place=True)


def by_clock(runs: Sequence[TimedRun], lines_s: Sequence[float]) -> Show:
    """As if all rode at once: each run plays at its own pace from a line to the next one, and waits there for the
    others; of two lines, all of it is one race.

    Args:
        lines_s: seconds of the trail's clock, two at least. Between two that a run does not both have it is not shown.

    Raises:
        UsageError: no run has two lines that follow each other.
    """
    at = np.array([run.warp.to_new(lines_s) for run in runs])
    pieces: list[list[tuple[float, float, float, Kind]]] = [[] for _ in runs]
    starts, edge = [], 0.0
    for i, (line, following) in enumerate(pairwise(lines_s)):
        lengths = at[:, i + 1] - at[:, i]
        if not np.isfinite(lengths).any():
            continue
        pause = PAUSE_S if i + 2 < len(lines_s) else 0.0
        longest = float(np.nanmax(lengths))
        starts.append((edge, line, following))
        for run, of_run, length, ends in zip(runs, pieces, lengths.tolist(), at[:, i : i + 2].tolist(), strict=True):
            if np.isfinite(length):
                of_run.append((length, *ends, Kind.PLAYS))
                of_run.append((longest - length + pause, ends[1], ends[1], Kind.WAITS))
            else:
                still = float(np.interp(line, run.warp.ref_s, run.warp.new_s))
                of_run.append((longest + pause, still, still, Kind.GAP))
        edge += longest + pause
    if not starts:
        raise UsageError("the runs have no part of the trail in common here", "Choose another part with --range.")
    counts, from_s, to_s = np.array(starts).T
    playbacks = tuple(_of_lengths(of_run) for of_run in pieces)
    return Show(tuple(runs), playbacks, edge, counts, from_s, to_s, by_place=False)


def _along(warp: TimeWarp | None, span: Span) -> Playback:
    """Of a run that shows what the first one shows, by the map from its clock."""
    low, high = span
    if warp is None:
        return Playback(np.array([0.0, high - low]), np.zeros((1, 2)), np.array([int(Kind.OUTSIDE)]))
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
