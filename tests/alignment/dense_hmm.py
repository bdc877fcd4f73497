"""The textbook forward-backward algorithm on a dense matrix in log space, and the matrix of the riding model, written
down from its definition (docs/model.md) state by state: the oracle of the engine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from mtbsync_core.alignment.emission.grid import Emission
from mtbsync_core.alignment.hmm.transition import TransitionOptions

Floats = NDArray[np.float64]


def forward_backward(start: Floats, moves: Sequence[Floats], log_like: Floats) -> tuple[Floats, float]:
    """Posterior (N, S) and log likelihood; `moves[i]` (S, S) leads from sample i to i + 1."""
    with np.errstate(divide="ignore"):
        steps = [np.log(move) for move in moves]
        ahead = [np.log(start) + log_like[0]]
    for step, like in zip(steps, log_like[1:], strict=True):
        ahead.append(logsumexp(ahead[-1][:, None] + step, axis=0) + like)
    back = [np.zeros(len(start))]
    for step, like in zip(steps[::-1], log_like[:0:-1], strict=True):
        back.append(logsumexp(step + (like + back[-1])[None], axis=1))
    joint = np.array(ahead) + np.array(back[::-1])
    total = logsumexp(joint, axis=1, keepdims=True)
    return np.exp(joint - total), float(logsumexp(ahead[-1]))


def odds_of(gap_s: float, *rates: float) -> list[float]:
    return [rate / sum(rates) * (1 - np.exp(-sum(rates) * gap_s)) for rate in rates]


def matrix(gap_s: float, step_s: float, cells: int, o: TransitionOptions) -> Floats:
    """States in the order riding, stopped, away, each of all cells."""
    expected = o.ratio * gap_s / step_s
    m = np.arange(max(2, int(np.ceil(o.fastest * expected))) + 1)
    # A log-normal density of the ratio at m cells (a quarter for none), and the share that goes at any ratio.
    size = np.maximum(m, 0.25)
    lognormal = np.exp(-(np.log2(size / expected) ** 2) / (2 * o.ratio_sd**2)) / size
    slow = (m <= 2 * expected).astype(float)
    ride = (1 - o.any_ratio) * lognormal / lognormal.sum() + o.any_ratio * slow / slow.sum()
    stop, leap, leave = odds_of(gap_s, o.stop_rate, o.leap_rate, o.leave_rate)
    go, leave_stop = odds_of(gap_s, o.go_rate, o.leave_rate)
    (back,) = odds_of(gap_s, o.return_rate)
    found = np.zeros((3, cells, 3, cells))
    for i in range(cells):
        for k, p in zip(m, ride, strict=True):
            found[(0, i, 0, i + k) if i + k < cells else (0, i, 2, i)] += p * (1 - stop - leap - leave)
        found[0, i, 0, i:] += leap / cells
        found[0, i, 1, i] += stop
        found[0, i, 2, i] += leave + leap * i / cells
        found[1, i, :, i] = go, 1 - go - leave_stop, leave_stop
        found[2, i, 0, i:] += back / cells
        found[2, i, 2, i] += 1 - back * (cells - i) / cells
    return found.reshape(3 * cells, 3 * cells)


def posterior(evidence: Emission, o: TransitionOptions) -> tuple[Floats, float]:
    """Posterior (N, 3, W) of the riding model and its log evidence, what is known being no finding."""
    n, cells = evidence.log_ratio.shape
    pace = np.zeros(n) if evidence.pace is None else evidence.pace
    riding = np.zeros(n) if evidence.riding is None else evidence.riding
    moves = [
        matrix(gap, evidence.step_s, cells, replaced(o, np.round((a + b) / 2, 1)))
        for gap, a, b in zip(np.round(np.diff(evidence.t_new), 3), pace, pace[1:], strict=False)
    ]
    like = np.zeros((n, 3, cells))
    like[:, :2] = evidence.log_ratio.astype(float)[:, None]
    like[:, 0] += riding[:, None]
    clamp = np.zeros((n, 3, cells))
    for i, (first, end) in evidence.known.items():
        clamp[i] = -np.inf
        clamp[i, :2, first:end] = 0.0
        clamp[i, 2] = 0.0 if first == end else -np.inf
    start = np.zeros((3, cells))
    start[[0, 2]] = 0.5 / cells
    flat = (n, 3 * cells)
    found, total = forward_backward(start.ravel(), moves, (like + clamp).reshape(flat))
    # Log evidence is the sum of log P(picture i | pictures before, all that is known up to i).
    for i in evidence.known:
        seen = like.copy()
        seen[i:] = 0.0
        upto = {k: known for k, known in evidence.known.items() if k <= i}
        with_it, without = (
            forward_backward(start.ravel(), moves, (seen + masked(clamp, upto, skip)).reshape(flat))[1]
            for skip in (None, i)
        )
        total -= with_it - without
    return found.reshape(n, 3, cells), total


def replaced(o: TransitionOptions, pace: float) -> TransitionOptions:
    from dataclasses import replace

    return replace(o, ratio=o.ratio * 2**pace)


def masked(clamp: Floats, known: dict[int, tuple[int, int]], skip: int | None) -> Floats:
    out = np.zeros_like(clamp)
    for i in known:
        if i != skip:
            out[i] = clamp[i]
    return out
