"""What does not grow: rocks, sawn trunks and what people put beside a trail."""

from __future__ import annotations

import cv2
import numpy as np

from mtbsync_core.demo.noise import fractal
from mtbsync_core.demo.sheet import Sheet


def rock(rng: np.random.Generator, ppm: float) -> Sheet:
    half, height = rng.uniform(0.3, 0.6), rng.uniform(0.3, 0.6)
    sheet = Sheet(rng, 2 * half + 0.1, height + 0.05, ppm)
    angle = np.linspace(0, np.pi, 12)
    radius = rng.uniform(0.82, 1.0, 12)
    outline = [(half * r * np.cos(a), height * r * np.sin(a)) for a, r in zip(angle, radius, strict=True)]
    sheet.polygon(outline, (120, 126, 130))
    noise = fractal(rng, 256, 5, 4)
    y, x = np.mgrid[0 : sheet.rows, 0 : sheet.columns]
    grey = noise[(y * 3) % 256, (x * 3) % 256]
    # Facets: a few random half planes, brighter where they face the light (up and left).
    shade = 0.5 + 0.5 * (1 - y / sheet.rows) - 0.15 * (x / sheet.columns - 0.5)
    for _ in range(5):
        normal = rng.uniform(0, 2 * np.pi)
        edge = np.cos(normal) * (x / sheet.columns - 0.5) + np.sin(normal) * (y / sheet.rows - 0.5)
        shade = shade + np.where(edge > rng.uniform(-0.2, 0.3), rng.uniform(-0.22, 0.16), 0.0)
    shade = np.maximum(shade, 0.42)
    colour = sheet.canvas[..., :3] * (shade * (0.6 + 0.8 * grey))[..., None]
    mossy = ((grey > 0.5) & (y < sheet.rows * 0.55))[..., None]
    colour = np.where(mossy, np.array((46, 108, 84)) * (shade * (0.5 + grey))[..., None], colour)
    sheet.canvas[..., :3] = np.clip(colour, 0, 255) * (sheet.canvas[..., 3:] > 0)
    return sheet


def gate(rng: np.random.Generator, ppm: float) -> Sheet:
    sheet = Sheet(rng, 5.0, 3.4, ppm)
    for x in (-2.1, 2.1):
        sheet.polygon([(x - 0.09, 0), (x + 0.09, 0), (x + 0.09, 3.3), (x - 0.09, 3.3)], (60, 66, 74))
    sheet.polygon([(-2.2, 2.6), (2.2, 2.6), (2.2, 3.25), (-2.2, 3.25)], (40, 60, 196))
    for k in range(1, 11, 2):
        x = -2.0 + 0.4 * k
        sheet.polygon([(x - 0.14, 2.72), (x + 0.14, 2.72), (x + 0.14, 3.12), (x - 0.14, 3.12)], (222, 226, 228))
    return sheet


def sign(rng: np.random.Generator, ppm: float) -> Sheet:
    sheet = Sheet(rng, 1.5, 2.2, ppm)
    sheet.polygon([(-0.05, 0), (0.05, 0), (0.05, 2.15), (-0.05, 2.15)], (70, 92, 116))
    for y, colour in ((1.85, (40, 190, 232)), (1.5, (226, 228, 228))):
        sheet.polygon([(-0.6, y - 0.12), (0.45, y - 0.12), (0.65, y), (0.45, y + 0.12), (-0.6, y + 0.12)], colour)
        sheet.polygon([(-0.45, y - 0.03), (0.3, y - 0.03), (0.3, y + 0.03), (-0.45, y + 0.03)], (40, 44, 44))
    return sheet


def log(rng: np.random.Generator, ppm: float) -> Sheet:
    sheet = Sheet(rng, 2.6, 0.75, ppm)
    sheet.polygon([(-1.25, 0.0), (1.2, 0.05), (1.2, 0.6), (-1.25, 0.5)], (52, 70, 86))
    sheet.polygon([(-1.25, 0.33), (1.2, 0.4), (1.2, 0.6), (-1.25, 0.5)], (74, 104, 104))
    disc = sheet.pixels(np.array([1.2, 0.32]))
    axes = (int(0.16 * sheet.k), int(0.28 * sheet.k))
    for scale, colour in ((1.0, (110, 160, 196)), (0.6, (90, 138, 176)), (0.25, (70, 112, 146))):
        size = (int(axes[0] * scale), int(axes[1] * scale))
        cv2.ellipse(sheet.canvas, tuple(map(int, disc)), size, 0, 0, 360, (*colour, 255), -1)
    return sheet


def bench(rng: np.random.Generator, ppm: float) -> Sheet:
    sheet = Sheet(rng, 2.0, 1.1, ppm)
    for x in (-0.75, 0.75):
        sheet.polygon([(x - 0.06, 0), (x + 0.06, 0), (x + 0.06, 0.95), (x - 0.06, 0.95)], (58, 64, 70))
    for y in (0.45, 0.7, 0.88):
        sheet.polygon([(-0.95, y - 0.06), (0.95, y - 0.06), (0.95, y + 0.06), (-0.95, y + 0.06)], (84, 128, 164))
    return sheet


def stake(rng: np.random.Generator, ppm: float) -> Sheet:
    sheet = Sheet(rng, 0.3, 1.2, ppm)
    sheet.polygon([(-0.05, 0), (0.05, 0), (0.05, 1.15), (-0.05, 1.15)], (70, 70, 210))
    sheet.polygon([(-0.05, 0.75), (0.05, 0.75), (0.05, 0.95), (-0.05, 0.95)], (230, 230, 230))
    return sheet
