"""The forward-backward algorithm (Rabiner 1989, *A tutorial on hidden Markov models*, section III): where each new
sample can be on the reference clock.

Messages are kept at the edges of blocks only and worked out again within a block on the way back (checkpointing), so
that memory grows with the square root of one duration times the other. From these edges a change of a few rows, such as
a pair of the user, is worked in as far as it reaches.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.emission.grid import Emission
from mtbsync_core.alignment.hmm.marginals import Marginals, Posterior, marginal_rows
from mtbsync_core.alignment.hmm.messages import Message, proportional, tiled
from mtbsync_core.alignment.hmm.transition import TransitionKernel, TransitionOptions, reach

Floats = NDArray[np.float64]

with np.errstate(over="ignore", invalid="ignore"):
    _EXP = np.exp(np.arange(2**16, dtype=np.uint16).view(np.float16).astype(np.float64))
"""The exponential of every half-precision number, by its bits: a table is faster than the function."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmoothingOptions:
    """How the algorithm is carried out: none of these numbers changes the posterior by more than `tolerance`."""

    tile_cells: int = 256
    """Cells that share a scale: 8 to 25 s of the reference, over which odds differ by less than the 708 nats of
    float64. Half of it costs a tenth more time."""
    rescale_samples: int = 8
    """Samples after which tiles are scaled anew: each may change odds by some six nats."""
    block_samples: tuple[int, int] = (16, 64)
    """Fewest and most samples of a block; in between it is the square root of their number."""
    together_blocks: int = 4
    """Changed rows this near to each other are worked in at once, others one after the other."""
    corridor_share: float = 1e-12
    """Tiles that hold less of the posterior at either end of a block are left out within it."""
    tolerance: float = 1e-6
    """Share of the posterior by which a message may differ from the kept one for the rest to stay as it is."""


@dataclass(frozen=True, slots=True, eq=False)
class Smoothed:
    """Marginals, and the messages at the edges of the blocks of `block` samples that they came from.

    `before[b]` is the forward message in front of block b, `behind[b]` the backward message to its last sample.
    `log_odds`: of each clamped sample, the log probability of what it is clamped to, given the samples before.
    """

    marginals: Marginals
    block: int
    before: list[Message]
    behind: list[Message]
    log_odds: Mapping[int, float]

    @property
    def posterior(self) -> Posterior:
        """Of each sample, over all places."""
        return self.marginals.posterior


def smooth(emission: Emission, options: TransitionOptions, how: SmoothingOptions | None = None) -> Smoothed:
    """Posterior of each new sample by one pass forward and one back, exact for every rival however unlikely.

    Where clamped samples contradict each other, nothing is on the trail and the log evidence is -inf.

    Raises:
        UsageError: the options make no transition kernel.
    """
    how = how or SmoothingOptions()
    model = _Model.of(emission, options, how)
    n, start = len(emission.t_new), model.start()
    block = int(np.clip(np.round(np.sqrt(n)), *how.block_samples))
    blocks = -(-n // block)
    nothing = Marginals(np.zeros((7, n)), 0.0)
    ones = Message(tiled(np.ones((3, model.cells)), model.tile), np.zeros(start.values.shape[1]))
    kept = Smoothed(nothing, block, [start] * (blocks + 1), [ones] * blocks, {})
    return _worked_in(model, kept, 0, blocks)


def resmooth(
    emission: Emission,
    options: TransitionOptions,
    kept: Smoothed,
    changed: Collection[int],
    how: SmoothingOptions | None = None,
) -> Smoothed:
    """`smooth`, where the emission differs from that of `kept` in the rows `changed` only: redoes what they reach.

    Where a row was clamped before, all is done anew: of what that had ruled out the kept messages know nothing.
    """
    if any(i in kept.log_odds for i in changed):
        return smooth(emission, options, how)
    how = how or SmoothingOptions()
    waiting = sorted(changed)
    while waiting:
        near = [i for i in waiting if i - waiting[0] <= how.together_blocks * kept.block]
        waiting = waiting[len(near) :]
        so_far = {i: cells for i, cells in emission.known.items() if i not in waiting}
        model = _Model.of(replace(emission, known=so_far), options, how)
        kept = _worked_in(model, kept, near[0] // kept.block, near[-1] // kept.block + 1)
    return kept


def log_evidence_of(emission: Emission, options: TransitionOptions) -> float:
    """Natural log of how much likelier the pictures are on the trail, in this order, than if it were never ridden (the
    likelihood of the forward algorithm).
    """
    model = _Model.of(emission, options, SmoothingOptions())
    return model.through(range(len(emission.t_new)), model.start()).log_sum()


def _worked_in(model: _Model, kept: Smoothed, low: int, high: int) -> Smoothed:
    """A smoothed chain in which the rows of the blocks from `low` to before `high` are others."""
    n, block, blocks = model.samples, kept.block, len(kept.behind)
    before, behind = list(kept.before), list(kept.behind)
    model.log_odds = {i: odds for i, odds in kept.log_odds.items() if i in model.emission.known}
    end = blocks
    for b in range(low, blocks):
        message = model.through(range(b * block, min((b + 1) * block, n)), before[b])
        if high <= b + 1 < blocks and proportional(message, before[b + 1], behind[b], model.how.tolerance):
            shift = message.times(behind[b]).log_sum() - before[b + 1].times(behind[b]).log_sum()
            before[b + 1 :] = [m.shifted(shift) for m in before[b + 1 :]]
            end = b + 1
            break
        before[b + 1] = message.copy()
    found = kept.marginals.rows.copy()
    back = np.empty((block, *before[0].values.shape))
    message = behind[end - 1]
    for b in range(end - 1, -1, -1):
        if b < low and proportional(message, behind[b], before[b + 1], model.how.tolerance):
            shift = message.times(before[b + 1]).log_sum() - behind[b].times(before[b + 1]).log_sum()
            behind[: b + 1] = [m.shifted(shift) for m in behind[: b + 1]]
            break
        samples, backward = range(b * block, min((b + 1) * block, n)), [message.copy()]
        behind[b] = backward[0]
        for i, room in zip(reversed(samples), back, strict=False):
            if i:
                backward.append(model.leave(i, backward[-1], room))
        log_total = model.summarise(samples, before[b], before[b + 1], backward, found)
        message = backward[-1]
    if np.isfinite(log_total):
        log_total -= sum(model.log_odds.values())
    return Smoothed(Marginals(found, log_total), block, before, behind, model.log_odds)


@dataclass(slots=True, eq=False)
class _Model:
    """Transition kernels and emissions of all samples: `enter` one going forward, `leave` it going back."""

    emission: Emission
    kernels: Mapping[int, TransitionKernel]
    how: SmoothingOptions
    tile: int
    at_s: Floats
    room: Floats
    """Scratch space of a message; fresh memory for each would cost as much as the rest."""
    like: Floats
    """Scratch space of a sample's likelihood ratios (T, B)."""
    log_odds: dict[int, float] = field(default_factory=dict)

    @classmethod
    def of(cls, emission: Emission, options: TransitionOptions, how: SmoothingOptions) -> _Model:
        gaps = np.maximum(np.round(np.diff(emission.t_new), 3), 1e-3)
        pace = (
            np.zeros(len(gaps)) if emission.pace is None else np.round((emission.pace[1:] + emission.pace[:-1]) / 2, 1)
        )
        cells = emission.log_ratio.shape[1]
        steps = list(zip(gaps.tolist(), pace.tolist(), strict=True))
        paced = {step: replace(options, ratio=options.ratio * 2 ** step[1]) for step in set(steps)}
        tile = max(how.tile_cells, *(reach(step[0], emission.step_s, o) for step, o in paced.items()))
        kernels = {step: TransitionKernel.over(step[0], emission.step_s, cells, o, tile) for step, o in paced.items()}
        return cls(
            emission,
            {i: kernels[step] for i, step in enumerate(steps)},
            how,
            tile,
            emission.grid_s,
            tiled(np.empty((3, cells)), tile),
            tiled(np.empty(cells), tile),
        )

    @property
    def samples(self) -> int:
        return len(self.emission.t_new)

    @property
    def cells(self) -> int:
        return int(self.emission.log_ratio.shape[1])

    def start(self) -> Message:
        """Riding anywhere or away, alike: both ends are open."""
        values = tiled(np.full((3, self.cells), 0.5 / self.cells), self.tile)
        values[1] = 0.0
        return Message(values, np.zeros(values.shape[1]))

    def through(self, samples: range, message: Message) -> Message:
        """The forward message of the last of some samples from that of the sample in front of them."""
        room = np.empty((2, *message.values.shape))
        for i in samples:
            message = self.enter(i, message, room[i % 2])
        return message

    def enter(self, i: int, message: Message, out: Floats) -> Message:
        """The forward message of sample i, its values in `out`, from that of the sample before."""
        if i % self.how.rescale_samples == 0:
            message = message.rescaled(1)
        if i:
            message = self.kernels[i - 1].forward(message, out)
        else:
            np.copyto(out, message.values)
        message = Message(out, message.log_scale)
        if i in self.emission.known:
            odds = message.log_sum()
            self._clamp(i, out)
            self.log_odds[i] = message.log_sum() - odds
        self._emit(i, out, out)
        return message

    def leave(self, i: int, message: Message, out: Floats) -> Message:
        """The backward message to sample i - 1, its values in `out`, from that to sample i."""
        if i % self.how.rescale_samples == 0:
            message = message.rescaled(-1)
        self._emit(i, message.values, self.room)
        np.copyto(self.room[2], message.values[2])
        if i in self.emission.known:
            self._clamp(i, self.room)
        return self.kernels[i - 1].backward(Message(self.room, message.log_scale), out)

    def summarise(self, samples: range, before: Message, last: Message, backward: list[Message], out: Floats) -> float:
        """Fill in the rows (7, N) of the marginals for the samples of a block; the log weight of all rides.

        Places never run back: a ride that is in the corridor at both ends of the block is in it all along.

        Args:
            before: the forward message in front of the block.
            last: that of its last sample.
            backward: the backward messages to its samples, last to first, and to the one in front.
        """
        tile = self.tile
        first = int(self._corridor(before, backward[-1])[0]) if samples[0] else 0
        end = int(self._corridor(last, backward[0])[-1]) + 1
        cells = slice(first * tile, end * tile)
        known = {
            i: (max(0, low - cells.start), max(0, high - cells.start))
            for i in samples
            if i in self.emission.known
            for low, high in (self.emission.known[i],)
        }
        kernels = {kernel: kernel.within(first, end) for kernel in {self.kernels[i - 1] for i in samples if i}}
        part = replace(
            self,
            emission=replace(self.emission, log_ratio=self.emission.log_ratio[:, cells], known=known),
            kernels={i - 1: kernels[self.kernels[i - 1]] for i in samples if i},
            at_s=self.at_s[cells],
            like=self.like[first:end],
            log_odds={},
        )
        message, rooms = before.within(first, end), np.empty((2, 3, end - first, tile))
        joint = Message(np.empty((len(samples), *rooms[0].shape)), np.empty((len(samples), end - first)))
        for k, i in enumerate(samples):
            message = part.enter(i, message, rooms[i % 2])
            back = backward[len(samples) - 1 - k].within(first, end)
            np.multiply(message.values, back.values, out=joint.values[k])
            np.add(message.log_scale, back.log_scale, out=joint.log_scale[k])
        values, log_total = joint.normalised()
        riding, stopped = values[:, :2].reshape(len(samples), 2, -1)[:, :, : part.cells].transpose(1, 0, 2)
        out[:, samples.start : samples.stop] = marginal_rows(riding, stopped, part.at_s, part.emission.step_s)
        return float(log_total[-1])

    def _corridor(self, forward: Message, backward: Message) -> NDArray[np.intp]:
        """The tiles that hold a share of the posterior."""
        held = forward.times(backward).log_held()
        return np.flatnonzero(held >= held.max() + np.log(self.how.corridor_share))

    def _clamp(self, i: int, values: Floats) -> None:
        """Keep only what is known of sample i."""
        first, end = self.emission.known[i]
        flat = values.reshape(3, -1)
        flat[:2, :first] = 0
        flat[:2, end:] = 0
        if end > first:
            flat[2] = 0

    def _emit(self, i: int, values: Floats, out: Floats) -> None:
        """Weigh the states with what pictures and sensors say of sample i."""
        like = self.like.reshape(-1)[: self.cells]
        _EXP.take(self.emission.log_ratio[i].view(np.uint16), out=like, mode="clip")
        np.multiply(values[:2], self.like, out=out[:2])
        if self.emission.riding is not None:
            out[0] *= np.exp(self.emission.riding[i])
