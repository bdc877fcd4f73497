"""Forward-backward over the lattice: the posterior of the place at every new sample (Rabiner 1989, section III).

States are kept at the edges of blocks of a few seconds only and worked out again on the way back, so that memory does
not grow with the product of the two durations; and from these edges a change of a few rows is worked in quickly.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.emission.grid import Emission
from mtbsync_core.alignment.hmm.transition import Chain, LatticeOptions, State

Floats = NDArray[np.float64]

_BLOCK_S = 5.0
_AGREE = 0.5
"""Nats by which the two directions may differ in the weight of all rides; rounding makes some thousandths."""
_LOST = 1e-15
_TOGETHER = 4
"""Blocks over which changed rows are worked in at once."""
_SAME = 1e-6
_COLUMNS = ("mean_s", "sd_s", "mode_s", "on_trail", "stopped")


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """Per new sample, shape (N,): `mean_s` and `sd_s` of the place on the reference clock given that the run is on
    the trail there, `mode_s` the likeliest place, and `on_trail`, the probability of being there at all, `stopped` of
    standing. `log_evidence` compares with never being on the trail.
    """

    mean_s: Floats
    sd_s: Floats
    mode_s: Floats
    on_trail: Floats
    stopped: Floats
    log_evidence: float


@dataclass(frozen=True, slots=True, eq=False)
class Smoothed:
    """A posterior, and the messages that it came from.

    The samples fall into blocks of `block`. `before[b]` is the state in front of block b, `behind[b]` the message to
    its last sample, `gains[b]` the log evidence of its pictures. `whole`: both directions weigh the same rides.
    """

    posterior: Posterior
    block: int
    before: list[State]
    behind: list[State]
    gains: Floats
    whole: bool


def smooth(evidence: Emission, options: LatticeOptions) -> Smoothed:
    """Posterior place of each new sample.

    Where the new run shows a part twice, only one ride can be the match. Going forward the first takes all the odds,
    going back the last, until neither direction knows of the other's (odds below 1e-38 are lost). Then the likelier of
    the two is held to, and both directions are kept to what it allows. A known place far from where the pictures point
    does the same to them.
    """
    run = _Run(evidence, options)
    run.forward(0)
    first, last = run.backward(run.blocks)
    if run.whole:
        return run.result()
    if last > first or run.lost:
        run.forward(0, keep_to=list(run.behind))
    run.backward(run.blocks, keep=True)
    return run.result(whole=False)


def resmooth(evidence: Emission, options: LatticeOptions, kept: Smoothed, changed: Collection[int]) -> Smoothed:
    """`smooth`, where the evidence differs from that of `kept` in the rows `changed` only: what they reach is redone.

    A message counts as unchanged when the rides that it weighs differently are less than a millionth of all. Rows far
    from each other are worked in one after the other, so that what lies between them stays as it is.
    """
    waiting = sorted(changed)
    while waiting:
        if not kept.whole:
            return smooth(evidence, options)
        near = [i for i in waiting if i - waiting[0] <= _TOGETHER * kept.block]
        waiting = waiting[len(near) :]
        so_far = {i: cells for i, cells in evidence.known.items() if i not in waiting}
        kept = _worked_in(replace(evidence, known=so_far), options, kept, near)
    return kept


def _worked_in(evidence: Emission, options: LatticeOptions, kept: Smoothed, changed: list[int]) -> Smoothed:
    run = _Run(evidence, options, kept)
    low, high = min(changed) // run.block, max(changed) // run.block + 1
    first, last = run.backward(run.forward(low, settled=high), settled=low)
    if run.whole:
        return run.result()
    end = run.forward(run.lowest, settled=high, keep_to=list(run.behind)) if last > first or run.lost else run.highest
    run.backward(end, settled=low, keep=True)
    return run.result(whole=False)


class _Run:
    """One pass there and one back over all blocks, or over those that differ from an earlier run."""

    def __init__(self, evidence: Emission, options: LatticeOptions, kept: Smoothed | None = None) -> None:
        n = len(evidence.t_new)
        self._chain = Chain.of(evidence, options)
        self._n = n
        self._at = np.arange(evidence.log_ratio.shape[1]) * evidence.step_s
        self._step_s = evidence.step_s
        self._kept = kept
        self.whole = True
        self.lowest = 0
        """The first block that the last way back has changed."""
        self.highest = 0
        """The block where the last way back began."""
        if kept is not None:
            old = kept.posterior
            self.block, self._before, self._behind = kept.block, list(kept.before), list(kept.behind)
            self._gains, self._found = kept.gains.copy(), np.array([getattr(old, name) for name in _COLUMNS])
            self.blocks = len(self._before)
        else:
            self.block = int(np.clip(np.round(_BLOCK_S / np.median(np.diff(evidence.t_new))), 4, 64))
            self.blocks = -(-n // self.block)
            start = self._chain.start()
            self._before, self._behind = [start] * self.blocks, [np.ones_like(start)] * self.blocks
            self._gains, self._found = np.zeros(self.blocks), np.zeros((len(_COLUMNS), n))
        self._odds = np.zeros(self.blocks)

    @property
    def lost(self) -> bool:
        """Whether the way forward came to a known place without knowing of any ride that goes there."""
        return bool(np.isneginf(self._odds).any())

    @property
    def behind(self) -> list[State]:
        """The message to the last sample of each block."""
        return self._behind

    def result(self, *, whole: bool = True) -> Smoothed:
        """The posterior, and the messages."""
        columns = dict(zip(_COLUMNS, self._found, strict=True))
        posterior = Posterior(**columns, log_evidence=float(self._gains.sum()))
        return Smoothed(posterior, self.block, self._before, self._behind, self._gains, whole)

    def forward(self, first: int, *, settled: int = 0, keep_to: list[State] | None = None) -> int:
        """Forward from block `first`; the block from which on nothing differs from the earlier run (the first that may
        be is `settled`).
        """
        state = self._before[first]
        for b in range(first, self.blocks):
            if self._kept is not None and b >= settled and b > first:
                old, message = self._kept.before[b], self._message_before(b)
                if _alike(state, old, message):
                    return b
            self._before[b] = state
            self._gains[b] = self._odds[b] = 0.0
            for i in self._samples(b):
                state, gained, odds = self._chain.enter(i, state)
                self._gains[b] += gained
                self._odds[b] += odds
            if keep_to is not None:
                state = _kept_to(state, keep_to[b])
                left = float(state.sum())
                state /= left
                self._gains[b] += np.log(left)
        return self.blocks

    def backward(self, end: int, *, settled: int = 0, keep: bool = False) -> tuple[float, float]:
        """Back from block `end`, as far as anything differs from the earlier run (it may not from `settled` on down).

        Returns:
            The log weight of all rides as the last block sees it, and as the first one does.
        """
        weights: list[float] = []
        beta, scale = self._behind[end - 1], 0.0
        told = np.cumsum(self._gains + self._odds)
        self.lowest, self.highest = 0, end
        for b in range(end - 1, -1, -1):
            samples = self._samples(b)
            states = []
            state = self._before[b]
            for i in samples:
                state, _, _ = self._chain.enter(i, state)
                states.append(state)
            if self._kept is not None and b < settled and _alike(beta, self._kept.behind[b], state):
                self.lowest = b + 1
                break
            if keep:
                beta = _kept_to(beta, state)
                beta /= beta.max()
            self._behind[b] = beta
            share = float((state * beta).sum(dtype=np.float64))
            weights.append(told[b] + scale + (np.log(share) if share > 0 else -np.inf))
            for i, state in zip(samples[::-1], states[::-1], strict=True):
                self._look(i, state, beta)
                if i:
                    beta, divided = self._chain.leave(i, beta)
                    scale += divided
        self.whole = bool(np.isfinite(weights).all()) and (not weights or np.ptp(weights) < _AGREE)
        return (weights[0], weights[-1]) if weights else (0.0, 0.0)

    def _look(self, i: int, state: State, beta: State) -> None:
        joint = state * beta
        riding, stopped, away = (float(part) for part in joint.sum(axis=1))
        everything = riding + stopped + away
        if everything == 0:
            return
        here = (joint[0] + joint[1])[: len(self._at)].astype(np.float64)
        here /= max(float(here.sum()), 1e-300)
        mean = float(here @ self._at)
        off = self._at - mean
        sd = np.sqrt(max(float((here * off) @ off), 0.0) + self._step_s**2 / 12)
        mode = self._at[int(here.argmax())]
        self._found[:, i] = mean, sd, mode, (riding + stopped) / everything, stopped / everything

    def _samples(self, b: int) -> range:
        return range(b * self.block, min((b + 1) * self.block, self._n))

    def _message_before(self, b: int) -> State:
        """The earlier run's message to the state in front of block b."""
        assert self._kept is not None
        return self._kept.behind[b - 1]


def _alike(a: State, b: State, weight: State) -> bool:
    """Whether two messages tell the same, each part weighed with what the other direction makes of it."""
    total = float((b * weight).sum(dtype=np.float64))
    return total > 0 and float((np.abs(a - b) * weight).sum(dtype=np.float64)) < _SAME * total


def _kept_to(message: State, other: State) -> State:
    """A message without what the other direction has ruled out; all of it, should nothing be left."""
    held = np.where(other > _LOST * other.max(), message, np.float32(0))
    return held if held.max() > 0 else message
