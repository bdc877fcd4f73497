"""Which packets must be decoded to see the wanted frames, cut into pieces that decode on their own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.media.packets import PacketTable


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A stretch of a recording: what goes into the decoder, and what of the outcome is wanted."""

    feed: NDArray[np.intp]
    """Positions in the packet table, ascending; the first is a key packet."""
    wanted: frozenset[int]
    """Stamps."""


def plan_pieces(table: PacketTable, wanted: NDArray[np.intp], n_pieces: int) -> list[Piece]:
    """Cut what must be decoded for the wanted positions into about `n_pieces` of equal bytes, at key frames."""
    starts, last, tied = _needed(table, wanted)
    feeds = [np.arange(a, b) for a, b in zip(starts, last, strict=True)]
    is_wanted = np.zeros(len(table.stamps), bool)
    is_wanted[wanted] = True
    weights = np.array([table.size[feed].sum() for feed in feeds], float)
    share = np.floor((np.cumsum(weights) - weights / 2) / max(weights.sum(), 1) * n_pieces)
    groups: list[list[NDArray[np.intp]]] = []
    for index in np.flatnonzero(last > starts).tolist():
        if not groups or (share[index] != share[index - 1] and not tied[index]):
            groups.append([])
        groups[-1].append(feeds[index])
    pieces = []
    for group in groups:
        feed = np.concatenate(group)
        feed = feed[is_wanted[feed] | ~table.disposable[feed]]
        pieces.append(Piece(feed, frozenset(table.stamps[feed[is_wanted[feed]]].tolist())))
    return pieces


def _needed(
    table: PacketTable, wanted: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.bool_]]:
    """For each group of pictures: where it starts, where what must be decoded ends, if it needs the one before.

    A frame that follows a key frame in decoding order but is shown before it (open groups) refers to the group
    before.
    """
    n = len(table.stamps)
    starts = table.group_starts
    ends = np.append(starts[1:], n)
    group = np.searchsorted(starts, wanted, side="right") - 1
    last = starts.copy()
    np.maximum.at(last, group, wanted + 1)
    leading = table.stamps[wanted] < table.stamps[starts[group]]
    tied = np.zeros(len(starts), bool)
    tied[group[leading & (group > 0)]] = True
    before = np.flatnonzero(tied) - 1
    last[before] = ends[before]
    return starts, last, tied
