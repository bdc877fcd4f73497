"""The catalogue of what stands beside a trail: trees, bushes, ferns, rocks, signs, drawn once per seed.

Few pictures are used many times: a forest looks alike everywhere, which is what makes it hard for local features.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import accumulate

import numpy as np

from mtbsync_core.demo import landmarks, plants
from mtbsync_core.demo.sheet import Picture, Sheet

_KINDS: dict[str, tuple[int, Callable[[np.random.Generator, float], Sheet], float]] = {
    "spruce": (5, plants.spruce, 44.0),
    "beech": (5, plants.beech, 44.0),
    "pine": (4, plants.pine, 44.0),
    "birch": (3, plants.birch, 44.0),
    "sapling": (4, plants.sapling, 64.0),
    "bush": (5, plants.bush, 88.0),
    "fern": (4, plants.fern, 110.0),
    "grass": (3, plants.grass, 110.0),
    "rock": (6, landmarks.rock, 110.0),
    "stump": (2, plants.stump, 88.0),
    "clump": (6, plants.clump, 14.0),
    "gate": (1, landmarks.gate, 60.0),
    "sign": (1, landmarks.sign, 88.0),
    "log": (2, landmarks.log, 88.0),
    "bench": (1, landmarks.bench, 88.0),
    "stake": (1, landmarks.stake, 88.0),
}
"""Number of variants, maker and pixels per metre (what is small is seen from close by), in the order of the assets."""
_FIRST = dict(zip(_KINDS, accumulate((count for count, _, _ in _KINDS.values()), initial=0), strict=False))

PLANTS = ("spruce", "beech", "pine", "birch", "sapling", "bush", "fern", "grass", "clump")
"""Kinds with foliage: what turns in autumn and never hangs the same on two days."""


def variants(kind: str) -> range:
    """Asset numbers of one kind."""
    return range(_FIRST[kind], _FIRST[kind] + _KINDS[kind][0])


@lru_cache(maxsize=2)
def draw_assets(seed: int, detail: float) -> tuple[Picture, ...]:
    """All pictures of one look, in the order of the asset numbers; `detail` multiplies the resolution."""
    return tuple(
        maker(np.random.default_rng([seed, 303, number]), ppm * detail).picture()
        for kind, (_, maker, ppm) in _KINDS.items()
        for number in variants(kind)
    )
