"""Types of scene that a trail leads through: meadow, spruce forest, beech forest, rocks, birch thicket.

What type a place is of does not tell which trail it is on: two trails can share the order of their types and nothing
else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from mtbsync_core.demo.noise import Floats

_TREES = ("spruce", "beech", "pine", "birch", "sapling")
_TRANSITION_M = 6.0
"""Over this much of the way one type becomes the next."""


class Row(NamedTuple):
    """Things of a kind `u_m` to the left of the trail, one in `every_m`: an alley, a hedge, a wall of rocks."""

    kind: str
    u_m: float
    every_m: float


@dataclass(frozen=True, slots=True)
class SceneType:
    """How densely each kind grows against the mixed forest (1 where it is not named, trees as `trees`), a factor on the
    colour of the ground (blue, green, red), and on its light; and what stands in rows, which whole pictures see.
    """

    trees: float
    tint: tuple[float, float, float]
    light: float
    crops: dict[str, float] = field(default_factory=dict)
    rows: tuple[Row, ...] = ()

    def density(self, kind: str) -> float:
        """Of one kind."""
        return self.crops.get(kind, self.trees if kind in _TREES else 1.0)


_OPEN = {"bush": 0.0, "fern": 0.0, "rock": 0.0, "stump": 0.0, "clump": 0.0}
TYPES = (
    SceneType(0.0, (0.7, 1.6, 1.35), 1.25, {**_OPEN, "grass": 5.0}),
    SceneType(
        0.0, (0.75, 0.7, 0.8), 0.7, {**_OPEN, "spruce": 4.0}, (Row("spruce", 2.6, 2.0), Row("spruce", -2.6, 2.0))
    ),
    SceneType(0.0, (0.8, 1.0, 1.7), 1.0, {**_OPEN, "beech": 3.0}, (Row("beech", 2.2, 2.5),)),
    SceneType(0.0, (1.9, 1.5, 1.35), 1.15, {**_OPEN, "rock": 8.0}, (Row("rock", 1.3, 0.5), Row("rock", 1.9, 0.5))),
    SceneType(
        0.0,
        (0.7, 1.2, 0.9),
        0.9,
        {**_OPEN, "birch": 3.0, "fern": 4.0},
        (Row("bush", -1.7, 0.7), Row("bush", -2.5, 0.7)),
    ),
)


@dataclass(frozen=True, slots=True)
class Scenes:
    """The types along a trail: `edges_m` (K + 1,) arc lengths between them, `order` (K,) numbers in `TYPES`."""

    edges_m: Floats
    order: tuple[int, ...]

    def shares(self, s_m: Floats) -> Floats:
        """How much of each type there is at arc lengths (N,), shape (N, types); rows sum to 1."""
        shares = np.zeros((len(s_m), len(TYPES)))
        for k, number in enumerate(self.order):
            first, last = self.edges_m[k], self.edges_m[k + 1]
            begun = np.clip((s_m - first) / _TRANSITION_M + 0.5, 0, 1) if k else np.ones(len(s_m))
            ended = np.clip((s_m - last) / _TRANSITION_M + 0.5, 0, 1) if k + 1 < len(self.order) else np.zeros(len(s_m))
            shares[:, number] += begun - ended
        return shares

    def density(self, kind: str, s_m: Floats) -> Floats:
        """Of one kind of what grows, against the mixed forest, at arc lengths (N,)."""
        return np.asarray(self.shares(s_m) @ np.array([one.density(kind) for one in TYPES]), np.float64)

    def ground(self, s_m: Floats) -> Floats:
        """The factor on the colour of the ground, blue, green, red, at arc lengths of any shape (..., 3)."""
        table = np.array([np.array(one.tint) * one.light for one in TYPES])
        return np.asarray(self.shares(s_m.ravel()) @ table, np.float64).reshape(*s_m.shape, 3)


def make_scenes(seed: int, length_m: float) -> Scenes:
    """Seven scenes, neighbours of different types, over shares of the length that differ by up to two."""
    rng = np.random.default_rng([seed, 505])
    lengths = rng.uniform(20.0, 40.0, 7)
    order = [int(rng.integers(len(TYPES)))]
    while len(order) < len(lengths):
        order.append(int((order[-1] + rng.integers(1, len(TYPES))) % len(TYPES)))
    edges = np.concatenate(([0.0], np.cumsum(lengths))) / lengths.sum() * length_m
    return Scenes(edges, tuple(order))
