"""Trees, bushes, ferns and grass, each drawn from its own random numbers."""

from __future__ import annotations

import numpy as np

from mtbsync_core.demo.noise import Floats
from mtbsync_core.demo.sheet import Colour, Palette, Sheet

_NEEDLES: Palette = ((16, 38, 22), (62, 128, 92))
_LEAVES: Palette = ((18, 52, 30), (70, 178, 140))
_FERN: Palette = ((18, 66, 34), (72, 190, 132))
_GRASS: Palette = ((24, 70, 50), (92, 178, 156))


def spruce(rng: np.random.Generator, ppm: float) -> Sheet:
    height, half = rng.uniform(11, 14), rng.uniform(1.5, 2.1)
    sheet = Sheet(rng, 2 * half + 0.6, height, ppm)
    sheet.trunk(height * 0.97, rng.uniform(0.13, 0.2), (58, 76, 96), contrast=0.55)
    skirt = rng.uniform(0.6, 3.2)
    n = 3400
    level = skirt + (height - skirt) * rng.random(n) ** 1.15
    level = level - 0.35 * ((level * 1.7) % 1.0)  # whorls
    reach = half * np.clip((height - level) / (height - skirt), 0.02, 1) * rng.uniform(0.75, 1.1, n)
    side = rng.choice([-1.0, 1.0], n)
    out = rng.random(n) ** 0.7
    x = side * reach * out
    y = level - 0.28 * np.abs(x) + rng.normal(0, 0.05, n)
    shade = 0.22 + 0.35 * out + 0.25 * ((level * 1.7) % 1.0) - 0.1 * side + rng.normal(0, 0.13, n)
    angle = np.where(side > 0, -0.5, np.pi + 0.5) + rng.normal(0, 0.35, n)
    sheet.leaves(np.stack((x, y), 1), rng.uniform(0.09, 0.22, n), angle, shade, _NEEDLES, 0.3)
    return sheet


def beech(rng: np.random.Generator, ppm: float) -> Sheet:
    height, half = rng.uniform(11, 14), rng.uniform(2.2, 3.0)
    sheet = Sheet(rng, 2 * half + 0.8, height, ppm)
    sheet.trunk(height * 0.8, rng.uniform(0.16, 0.27), (104, 116, 120), bend_m=rng.uniform(-0.3, 0.3), contrast=0.35)
    _branches(sheet, 12, height * 0.3, height * 0.75, 2.0, (70, 80, 84))
    _crown(sheet, rng.uniform(2.4, 4.2), height, half, 44, 70, _LEAVES, 0.11)
    return sheet


def pine(rng: np.random.Generator, ppm: float) -> Sheet:
    height, half = rng.uniform(12, 15), rng.uniform(1.4, 1.9)
    sheet = Sheet(rng, 2 * half + 0.6, height, ppm)
    sheet.trunk(height * 0.95, rng.uniform(0.14, 0.24), (62, 88, 122), bend_m=rng.uniform(-0.2, 0.2), contrast=0.7)
    _branches(sheet, 14, 2.0, height * 0.7, 0.8, (58, 70, 84))
    _crown(sheet, height * 0.6, height, half, 26, 60, _NEEDLES, 0.13)
    return sheet


def birch(rng: np.random.Generator, ppm: float) -> Sheet:
    height, half = rng.uniform(9, 12), rng.uniform(1.3, 1.8)
    sheet = Sheet(rng, 2 * half + 0.6, height, ppm)
    sheet.trunk(height * 0.9, rng.uniform(0.08, 0.13), (196, 206, 206), bend_m=0.25, contrast=0.15, bands=True)
    _crown(sheet, height * 0.35, height, half, 30, 50, _LEAVES, 0.09)
    return sheet


def sapling(rng: np.random.Generator, ppm: float) -> Sheet:
    height, half = rng.uniform(2.2, 3.8), rng.uniform(0.6, 1.0)
    sheet = Sheet(rng, 2 * half + 0.5, height + 0.2, ppm)
    sheet.trunk(height * 0.9, 0.035, (72, 86, 92), bend_m=rng.uniform(-0.2, 0.2), contrast=0.2)
    _branches(sheet, 7, 0.6, height * 0.8, 0.6, (60, 74, 80))
    _crown(sheet, 0.7, height, half, 16, 30, _LEAVES, 0.08)
    return sheet


def bush(rng: np.random.Generator, ppm: float) -> Sheet:
    height, half = rng.uniform(1.0, 1.7), rng.uniform(0.8, 1.2)
    sheet = Sheet(rng, 2 * half + 0.5, height + 0.25, ppm)
    angle = rng.uniform(0.05, np.pi - 0.05, 30)
    radius = np.sqrt(rng.random(30))
    centres = np.stack((half * 0.8 * radius * np.cos(angle), 0.1 + height * 0.8 * radius * np.sin(angle)), 1)
    _clusters(sheet, centres[np.argsort(centres[:, 1])], 0.17, 46, 0.055, _LEAVES)
    return sheet


def fern(rng: np.random.Generator, ppm: float) -> Sheet:
    sheet = Sheet(rng, 1.7, 0.95, ppm)
    for frond in rng.permutation(13):
        lean = (frond - 6) / 6 * 1.25 + rng.normal(0, 0.08)
        length = rng.uniform(0.6, 0.9)
        t = np.linspace(0.12, 1, 26)
        x = length * np.sin(lean) * t
        y = length * np.cos(lean * 0.75) * t - 0.42 * length * t**2 * abs(np.sin(lean)) + 0.03
        width = 0.13 * np.sin(np.pi * np.clip(t, 0.02, 0.98)) ** 0.7 * (1.05 - 0.5 * t) + 0.012
        for side in (-1.0, 1.0):
            normal = lean + side * 1.2
            centre = np.stack((x + side * width * np.cos(lean) * 0.5, y - side * width * np.sin(lean) * 0.5), 1)
            shade = 0.25 + 0.5 * t - 0.12 * side * np.sign(lean) + rng.normal(0, 0.08, len(t))
            sheet.leaves(centre, width * 0.62, np.pi / 2 - np.full(len(t), normal), shade, _FERN, 0.26)
    return sheet


def grass(rng: np.random.Generator, ppm: float) -> Sheet:
    sheet = Sheet(rng, 0.9, 0.55, ppm)
    n = 70
    foot, lean, length = rng.normal(0, 0.12, n), rng.normal(0, 0.5, n), rng.uniform(0.2, 0.5, n)
    centre = np.stack((foot + np.sin(lean) * length / 2, np.cos(lean) * length / 2), 1)
    sheet.leaves(centre, length / 2, np.pi / 2 - lean, rng.uniform(0.15, 0.95, n), _GRASS, 0.06)
    return sheet


def stump(rng: np.random.Generator, ppm: float) -> Sheet:
    sheet = Sheet(rng, 1.1, 0.7, ppm)
    sheet.trunk(0.5, 0.3, (64, 84, 104), flare=0.8, contrast=0.6)
    return sheet


def clump(rng: np.random.Generator, ppm: float) -> Sheet:
    """Several distant trees with their undergrowth in one picture."""
    sheet = Sheet(rng, 13.0, 14.0, ppm)
    for foot in rng.permutation(np.linspace(-5.4, 5.4, 7)):
        maker = (spruce, beech, pine)[int(rng.integers(3))]
        tree = maker(rng, ppm)
        left = int((foot + sheet.width_m / 2) * sheet.k) - tree.columns // 2
        x0, x1 = max(left, 0), min(left + tree.columns, sheet.columns)
        rows = min(tree.rows, sheet.rows)
        source = tree.canvas[tree.rows - rows :, x0 - left : x1 - left]
        target = sheet.canvas[sheet.rows - rows :, x0:x1]
        np.copyto(target, source, where=source[..., 3:] > 0)
    low = np.stack((rng.uniform(-5.6, 5.6, 60), rng.uniform(0.1, 1.5, 60)), 1)
    _clusters(sheet, low, 0.4, 22, 0.14, _LEAVES)
    return sheet


def _clusters(sheet: Sheet, centres: Floats, spread: float, per: int, leaf: float, palette: Palette) -> None:
    rng = sheet.rng
    n = len(centres) * per
    owner = np.repeat(np.arange(len(centres)), per)
    offset = rng.normal(0, 1, (n, 2)) * spread * np.array([1.0, 0.7])
    # Light from above left: a leaf at the top of its cluster and of the crown is bright.
    height = centres[owner, 1]
    rank = (height - height.min()) / max(float(np.ptp(height)), 0.1)
    shade = 0.32 + 0.22 * offset[:, 1] / spread - 0.12 * offset[:, 0] / spread + 0.22 * rank
    shade = shade + rng.normal(0, 0.12, n)
    size = leaf * rng.uniform(0.6, 1.4, n)
    sheet.leaves(centres[owner] + offset, size, rng.uniform(0, np.pi, n), shade, palette)


def _crown(
    sheet: Sheet, base: float, top: float, half: float, clusters: int, per: int, palette: Palette, leaf: float
) -> None:
    rng = sheet.rng
    angle = rng.uniform(0, 2 * np.pi, clusters)
    radius = np.sqrt(rng.random(clusters))
    centres = np.stack(
        (half * 0.85 * radius * np.cos(angle), (base + top) / 2 + (top - base) / 2 * 0.85 * radius * np.sin(angle)), 1
    )
    _clusters(sheet, centres[np.argsort(centres[:, 1])], half * 0.2, per, leaf, palette)


def _branches(sheet: Sheet, count: int, low: float, high: float, length: float, colour: Colour) -> None:
    rng = sheet.rng
    for _ in range(count):
        y, side, size = rng.uniform(low, high), rng.choice([-1.0, 1.0]), length * rng.uniform(0.4, 1.0)
        tip = (side * size, y + size * rng.uniform(0.1, 0.9))
        sheet.polygon([(0.0, y - 0.05), (0.0, y + 0.05), tip], colour)
