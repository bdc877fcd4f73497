"""Standard deviations that wild values do not move."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

_MAD_TO_SD = 1.4826
"""1 / Phi^-1(3/4): the standard deviation of a normal distribution over its median absolute deviation (Hampel 1974)."""


def mad_sd(values: ArrayLike, *, about: ArrayLike | None = None, axis: int | None = None) -> Any:
    """Standard deviation by the median absolute deviation (MAD), as a normal distribution would have it.

    Args:
        values: any shape.
        about: what they deviate from; None: their own median.
        axis: along which the median is taken, kept with length 1; None: over all, which gives one number.
    """
    x = np.asarray(values)
    keep = axis is not None
    middle = np.median(x, axis=axis, keepdims=keep) if about is None else about
    return _MAD_TO_SD * np.median(np.abs(x - middle), axis=axis, keepdims=keep)
