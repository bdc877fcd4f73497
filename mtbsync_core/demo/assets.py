"""The catalogue of what stands beside a trail: trees, bushes, ferns, rocks, signs, drawn once per seed.

Goes in: a seed and a resolution.  Comes out: `Picture`s with alpha, standing on their lower edge. Few pictures are
used many times: a forest looks alike everywhere, which is what makes it hard for local features.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from mtbsync_core.demo import landmarks, plants
from mtbsync_core.demo.sheet import Picture, Sheet

# Kind and number of variants, in the order of the asset numbers.
KINDS = (
    ("spruce", 5),
    ("beech", 5),
    ("pine", 4),
    ("birch", 3),
    ("sapling", 4),
    ("bush", 5),
    ("fern", 4),
    ("grass", 3),
    ("rock", 6),
    ("stump", 2),
    ("clump", 6),
    ("gate", 1),
    ("sign", 1),
    ("log", 2),
    ("bench", 1),
    ("stake", 1),
)

PLANTS = ("spruce", "beech", "pine", "birch", "sapling", "bush", "fern", "grass", "clump")
"""Kinds with foliage: what turns in autumn and never hangs the same on two days."""


@lru_cache(maxsize=len(KINDS))
def variants(kind: str) -> range:
    """Asset numbers of one kind."""
    first = 0
    for name, count in KINDS:
        if name == kind:
            return range(first, first + count)
        first += count
    raise KeyError(kind)


# Maker and pixels per metre: what is small is seen from close by.
_MAKERS: dict[str, tuple[Callable[[np.random.Generator, float], Sheet], float]] = {
    "spruce": (plants.spruce, 44.0),
    "beech": (plants.beech, 44.0),
    "pine": (plants.pine, 44.0),
    "birch": (plants.birch, 44.0),
    "sapling": (plants.sapling, 64.0),
    "bush": (plants.bush, 88.0),
    "fern": (plants.fern, 110.0),
    "grass": (plants.grass, 110.0),
    "rock": (landmarks.rock, 110.0),
    "stump": (plants.stump, 88.0),
    "clump": (plants.clump, 14.0),
    "gate": (landmarks.gate, 60.0),
    "sign": (landmarks.sign, 88.0),
    "log": (landmarks.log, 88.0),
    "bench": (landmarks.bench, 88.0),
    "stake": (landmarks.stake, 88.0),
}


@lru_cache(maxsize=2)
def draw_assets(seed: int, detail: float) -> tuple[Picture, ...]:
    """All pictures of one look, in the order of the asset numbers; `detail` multiplies the resolution."""
    pictures = []
    for kind, count in KINDS:
        maker, ppm = _MAKERS[kind]
        for number in range(count):
            rng = np.random.default_rng([seed, 303, variants(kind)[number]])
            pictures.append(maker(rng, ppm * detail).picture())
    return tuple(pictures)
