"""The axes of GoPro's inertial sensors: data of any model as X, Y, Z of the camera's body.

| axis | direction |
|---|---|
| Z | up, with the lens level; at rest the accelerometer shows +9.8 m/s² along it |
| Y | along the lens |
| X | across it |

Labels as on GoPro's picture. Turns are positive to the left about Z: there the picture moves to the right (measured,
MAX). Which way X and Y point was not measured.

| camera | order of the data (gpmf-parser, README) |
|---|---|
| HERO7 and later, MAX | `ORIN`, or `MTRX` with `ORIO`, in the stream |
| HERO6 | Y, −X, Z |
| Fusion | −Y, X, Z |
| HERO5, Karma's camera | Z, X, Y |
| `GRAV` of all | X, Z, Y: measured, it then agrees with the slow part of `ACCL` (HERO11, MAX) |

`CORI` is left as written, w and three numbers along X, Z, Y: from one frame to the next, conj(q1) q2 is the turn that
`GYRO` sees (measured, MAX: correlation 0.995 and more about each axis, `GYRO` 12 ms late).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.media.gpmf import Stream, scaled

Floats = NDArray[np.float64]

_INERTIAL = ("ACCL", "GYRO")
_OLD = (("hero6", "YxZ"), ("fusion", "yXZ"), ("", "ZXY"))
"""By the first letters of the device's name."""


def body_axes(stream: Stream, device: str) -> Floats | None:
    """The matrix (3, 3) that turns samples of three columns to X, Y, Z; None for data that have no such axes.

    Args:
        device: the device's name, `DVNM`.
    """
    key = stream.data.key
    if key == "GRAV":
        return _columns("XZY")
    if key not in _INERTIAL:
        return None
    if (matrix := _columns(stream.text("ORIN") or "")) is not None:
        return matrix
    turn = stream.find("MTRX")
    if turn is not None and (matrix := _columns(stream.text("ORIO") or "")) is not None:
        cells = scaled(Stream((turn,)), []).ravel()
        if len(cells) == 9 and np.isfinite(cells).all():
            return np.asarray(matrix @ cells.reshape(3, 3), np.float64)
    return _columns(next(axes for start, axes in _OLD if device.casefold().startswith(start)))


def _columns(axes: str) -> Floats | None:
    """The matrix that brings columns along `axes`, such as "YxZ", to X, Y, Z; None if these are no axes."""
    if sorted(axes.upper()) != ["X", "Y", "Z"]:
        return None
    matrix = np.zeros((3, 3))
    for column, letter in enumerate(axes):
        matrix["XYZ".index(letter.upper()), column] = 1 if letter.isupper() else -1
    return matrix
