"""What stands beside the trail: trees, bushes, ferns, rocks and the landmarks of the named places.

Positions depend on the trail's seed only; a run may miss some of them and may see part of the foliage in autumn
colours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.demo.assets import PLANTS, variants
from mtbsync_core.demo.difficulty import RunStyle
from mtbsync_core.demo.noise import Floats, make_signal
from mtbsync_core.demo.scenes import TYPES
from mtbsync_core.demo.trail import Trail


@dataclass(frozen=True, slots=True)
class Things:
    """Billboards, shape (n,) each, sorted by `s_m`: position (m), size factor, asset number, how far they are drawn
    (m), whether mirrored, whether in this run their foliage has turned, and the brightness that light and shade give
    them in this run."""

    s_m: Floats
    x_m: Floats
    y_m: Floats
    z_m: Floats
    scale: Floats
    asset: NDArray[np.intp]
    reach_m: Floats
    mirrored: NDArray[np.bool_]
    turned: NDArray[np.bool_]
    tone: Floats


@dataclass(frozen=True, slots=True)
class _Crop:
    """How one kind grows: number per metre of trail (both sides), nearest and farthest distance from the middle (m),
    exponent of the distance distribution (1 = even, more = nearer), size range, drawing distance (m)."""

    kind: str
    per_m: float
    near_m: float
    far_m: float
    bunching: float
    size: tuple[float, float]
    reach_m: float


_CROPS = (
    _Crop("spruce", 0.55, 1.7, 26.0, 1.25, (0.75, 1.25), 48.0),
    _Crop("beech", 0.45, 1.8, 26.0, 1.25, (0.75, 1.2), 48.0),
    _Crop("pine", 0.30, 1.6, 26.0, 1.2, (0.85, 1.25), 48.0),
    _Crop("birch", 0.14, 1.6, 18.0, 1.3, (0.8, 1.15), 40.0),
    _Crop("sapling", 0.30, 1.5, 12.0, 1.4, (0.7, 1.3), 26.0),
    _Crop("bush", 0.55, 1.6, 14.0, 1.5, (0.6, 1.3), 28.0),
    _Crop("fern", 1.5, 1.0, 6.5, 1.3, (0.7, 1.3), 15.0),
    _Crop("grass", 1.0, 0.85, 3.5, 1.3, (0.7, 1.3), 10.0),
    _Crop("rock", 0.30, 1.0, 6.0, 1.4, (0.5, 1.3), 18.0),
    _Crop("stump", 0.05, 1.5, 8.0, 1.2, (0.8, 1.2), 22.0),
    _Crop("clump", 0.34, 24.0, 60.0, 1.0, (0.9, 1.3), 78.0),
)


_STAKES = (("stake", 0.0, 1.1, 24.0), ("stake", 0.0, -1.1, 24.0))
_BESIDE = {
    "gate": (("gate", 0.0, 0.0, 45.0),),
    "sign": (("sign", 0.0, 1.7, 32.0),),
    "log": (("log", 0.0, 2.4, 30.0), ("log", 0.6, -2.3, 30.0)),
    "bench": (("bench", 0.0, -2.3, 30.0),),
    "jump": _STAKES,
    "drop": _STAKES,
}
"""Landmarks of a kind of place: what, how much further (m), how far to the left (m), drawing distance (m)."""


def scatter(trail: Trail, run_rng: np.random.Generator, style: RunStyle) -> Things:
    """All things along the trail; what is gone, turned or in the shade is chosen with the run's own generator."""
    rng = np.random.default_rng([trail.seed, 202])
    table = np.concatenate([*(_grow(trail, rng, crop) for crop in _CROPS), *_landmarks(trail, rng), *_rows(trail)])
    table = table[np.argsort(table[:, 0], kind="stable")]
    plant = np.isin(table[:, 4], [number for kind in PLANTS for number in variants(kind)])
    lost = run_rng.random(len(table)) < style.gone
    turned = plant & (run_rng.random(len(table)) < style.season)
    tone = run_rng.uniform(0.68, 1.1, len(table))
    keep = (table[:, 6] >= 1.0) | ~lost  # landmarks stay
    table, turned, tone = table[keep], turned[keep], tone[keep]
    x, y = table[:, 1], table[:, 2]
    z = trail.height(x, y) - 0.06  # a little into the ground: a billboard has no foot
    return Things(
        s_m=table[:, 0],
        x_m=x,
        y_m=y,
        z_m=z,
        scale=table[:, 3],
        asset=table[:, 4].astype(np.intp),
        reach_m=table[:, 5],
        mirrored=table[:, 7] > 0.5,
        turned=turned,
        tone=tone,
    )


def _row(
    trail: Trail, s: Floats, u: Floats, scale: Floats, asset: Floats, reach: float, landmark: float, mirrored: Floats
) -> NDArray[np.float64]:
    x, y = trail.ground_point(s, u)
    fixed = np.ones_like(s)
    return np.stack((s, x, y, scale, asset, reach * fixed, landmark * fixed, mirrored), axis=1)


def _grow(trail: Trail, rng: np.random.Generator, crop: _Crop) -> NDArray[np.float64]:
    dense = 1.0 if trail.scenes is None else max(1.0, *(one.density(crop.kind) for one in TYPES))
    count = int(trail.s_m[-1] * crop.per_m * 1.7 * dense)
    s = rng.uniform(0.0, trail.s_m[-1], count)
    # Stands: each kind has stretches where it is dense and others where it hardly grows.
    stand = make_signal(rng, 1 / 110, 1 / 30, 0.75)
    keep = rng.random(count) < np.clip(1 / 1.7 * np.exp(stand(s) - 0.28), 0.0, 1.0)
    if trail.scenes is not None and count:
        types = np.random.default_rng([trail.seed, 203, *crop.kind.encode()])
        keep &= types.random(count) < trail.scenes.density(crop.kind, s) / dense
    distance = crop.near_m + (crop.far_m - crop.near_m) * rng.random(count) ** crop.bunching
    side = np.where(rng.random(count) < 0.5, -1.0, 1.0)
    scale = rng.uniform(*crop.size, count)
    asset = variants(crop.kind)[0] + rng.integers(0, len(variants(crop.kind)), count)
    mirrored = (rng.random(count) < 0.5).astype(np.float64)
    table = _row(trail, s, side * distance, scale, asset.astype(np.float64), crop.reach_m, 0.0, mirrored)
    # Inside a bend a point beside one stretch may lie on another: nothing may stand on the tread.
    u = trail.terrain.lookup(trail.terrain.u_m, table[None, :, 1], table[None, :, 2])[0]
    clear = 9.0 if crop.kind == "clump" else min(crop.near_m, 1.4)
    return np.asarray(table[keep & (np.abs(u) >= clear)], np.float64)


def _rows(trail: Trail) -> Iterator[NDArray[np.float64]]:
    """What stands in rows along scenes of its type."""
    if trail.scenes is None:
        return
    rng = np.random.default_rng([trail.seed, 204])
    for number, kind in enumerate(TYPES):
        for row in kind.rows:
            s = np.arange(0.0, float(trail.s_m[-1]), row.every_m)
            s = s[trail.scenes.shares(s)[:, number] > 0.5]
            asset = variants(row.kind)[0] + rng.integers(0, len(variants(row.kind)), len(s))
            u, scale = row.u_m + rng.normal(0, 0.1, len(s)), rng.uniform(0.9, 1.1, len(s))
            mirrored = (rng.random(len(s)) < 0.5).astype(np.float64)
            yield _row(trail, s, u, scale, asset.astype(np.float64), 30.0, 0.0, mirrored)


def _landmarks(trail: Trail, rng: np.random.Generator) -> Iterator[NDArray[np.float64]]:
    for place in trail.places:
        if place.kind == "rocks":
            for offset in rng.uniform(-0.5, 0.5, 16) * place.length_m:
                side = 1.0 if rng.random() < 0.5 else -1.0
                aside, scale = side * rng.uniform(0.75, 2.4), rng.uniform(0.5, 1.2)
                yield _landmark(trail, rng, "rock", place.s_m + offset, aside, 20.0, scale)
        for kind, offset, aside, reach in _BESIDE.get(place.kind, ()):
            yield _landmark(trail, rng, kind, place.s_m + offset, aside, reach)


def _landmark(
    trail: Trail, rng: np.random.Generator, kind: str, s_m: float, u_m: float, reach_m: float, scale: float = 1.0
) -> NDArray[np.float64]:
    asset = variants(kind)[int(rng.integers(len(variants(kind))))]
    mirrored = float(rng.random() < 0.5) if kind not in ("gate", "sign") else 0.0
    s, u, size, number, side = (np.array([float(value)]) for value in (s_m, u_m, scale, asset, mirrored))
    return _row(trail, s, u, size, number, reach_m, 1.0, side)
