"""Seeded noise: periodic pictures for textures and band-limited signals for riders.

Float32 tiles that wrap without a seam, and `Signal`s, smooth functions of time (or of distance) that can be evaluated
anywhere, in any order, with the same answer: one seed gives one world on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Image = NDArray[np.float32]
Picture8 = NDArray[np.uint8]

_PAD = 3  # cells copied around the lattice: a cubic kernel reaches two


def image_of(result: NDArray[Any]) -> Image:
    """What OpenCV or NumPy gives as some numeric array and is float32; no copy."""
    return np.asarray(result, np.float32)


def picture_of(result: NDArray[Any]) -> Picture8:
    """The same for 8-bit pictures."""
    return np.asarray(result, np.uint8)


def tile_noise(rng: np.random.Generator, size: int, cells: int) -> Image:
    """Smooth periodic value noise, shape (size, size), in about 0..1, with `cells` lattice cells per side."""
    lattice = rng.random((cells, cells), dtype=np.float32)
    padded = np.pad(lattice, _PAD, mode="wrap")
    step = size / cells
    full = round((cells + 2 * _PAD) * step)
    big = cv2.resize(padded, (full, full), interpolation=cv2.INTER_CUBIC)
    start = round(_PAD * step)
    return image_of(big[start : start + size, start : start + size])


def fractal(rng: np.random.Generator, size: int, cells: int, octaves: int, gain: float = 0.55) -> Image:
    """Sum of `octaves` of `tile_noise`, each twice as fine and `gain` as strong, rescaled to 0..1."""
    total = np.zeros((size, size), np.float32)
    amplitude = 1.0
    for octave in range(octaves):
        total += np.float32(amplitude) * tile_noise(rng, size, min(cells << octave, size))
        amplitude *= gain
    low, high = float(total.min()), float(total.max())
    return image_of((total - low) / (high - low))


@dataclass(frozen=True, slots=True)
class Signal:
    """A band-limited random function: a sum of sinusoids, so that it needs no state and no sampling grid.

    Arrays have shape (n,): angular frequency (rad per unit of the argument), amplitude, phase (rad).
    """

    omega: Floats
    amplitude: Floats
    phase: Floats

    def __call__(self, t: Floats) -> Floats:
        """Value at each `t` (seconds for shake, metres for line and pace), same shape as `t`."""
        angles = np.multiply.outer(t, self.omega) + self.phase
        return np.asarray(np.sin(angles) @ self.amplitude, np.float64)


def make_signal(rng: np.random.Generator, low: float, high: float, rms: float, terms: int = 14) -> Signal:
    """A `Signal` with frequencies between `low` and `high` (cycles per unit) and the given root mean square."""
    frequency = np.exp(rng.uniform(np.log(low), np.log(high), terms))
    weight = rng.uniform(0.5, 1.0, terms)
    # A sinusoid of amplitude a has mean square a^2 / 2.
    amplitude = weight * rms * np.sqrt(2.0 / np.sum(weight**2))
    return Signal(2 * np.pi * frequency, amplitude, rng.uniform(0, 2 * np.pi, terms))
