"""`Track` and `Motion`: what sensors say of one recording, evenly ten times a second on its own clock."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

STEP_S = 0.1
"""Distance of the moments of a `Track` and of a `Motion`."""


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """Where the run went: arrays of shape (N,), `STEP_S` apart, from the first to the last usable fix.

    `t_s` seconds of the recording's clock (first frame = 0; may begin before it and end after it); `lat_deg`,
    `lon_deg`, `alt_m` WGS 84; `speed_mps` over ground, Doppler where the receiver gives it; `distance_m` that speed
    summed up, 0 at the first moment; `sigma_m` one standard deviation of the horizontal position, along each axis;
    `known` whether a usable fix lies within a second, or the fixes around are no further apart than this receiver
    usually leaves them (elsewhere the values are a guess between fixes).
    """

    t_s: Floats
    lat_deg: Floats
    lon_deg: Floats
    alt_m: Floats
    speed_mps: Floats
    distance_m: Floats
    sigma_m: Floats
    known: NDArray[np.bool_]
    source: str
    """What it was read from: "GPS9", "GPS5", "GPX" or "FIT"."""
    timed: bool = True
    """False: the file tells places without times, and `t_s` is that of an even ride. It says where, never when."""


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """How the camera moved: arrays of shape (N,), `STEP_S` apart.

    `t_s` seconds of the recording's clock; `yaw_rps` turning rate about the vertical, rad/s, positive to the left;
    `shake_mps2` root mean square of the acceleration without its slow part; `still` whether the rider stands.
    """

    t_s: Floats
    yaw_rps: Floats
    shake_mps2: Floats
    still: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Telemetry:
    """All that is known of one recording besides its pictures; None where there is no such sensor."""

    track: Track | None = None
    motion: Motion | None = None
