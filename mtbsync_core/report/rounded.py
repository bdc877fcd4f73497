"""Numbers as they stand in files: a tenth of a millisecond, and None for what is not known."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def rounded(value: float, digits: int = 4) -> float | None:
    """The number; None where it is not finite."""
    return round(float(value), digits) + 0.0 if math.isfinite(value) else None


def all_rounded(values: NDArray[np.float64], digits: int = 3) -> list[float | None]:
    """The same of many."""
    return [rounded(value, digits) for value in values.tolist()]
