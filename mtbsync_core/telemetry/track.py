"""`Track` and `Motion`: what sensors say of one recording, evenly ten times a second on its own clock."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

STEP_S = 0.1
"""Distance of the moments of a `Track` and of a `Motion`."""
TOO_FAR = 3.0
"""Standard deviations of the distance of two tracks beyond which they are not of one place."""
EQUATOR_M, ECCENTRICITY2 = 6378137.0, 6.69437999014e-3
"""WGS 84: semi-major axis in metres, first eccentricity squared (NGA.STND.0036, tables 3.1 and 3.2)."""


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
    """What it was read from: "GPS9", "GPS5", "GPX", "TCX" or "FIT"."""
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
    """All that is known of one recording besides its pictures; None where there is no such sensor.

    `track` is that of a file beside the recording, `sidecar`, where there is one that could be laid beside it, to
    `sidecar_sigma_s` seconds; `own` is that of the recording's own receiver.
    """

    track: Track | None = None
    motion: Motion | None = None
    own: Track | None = None
    sidecar: str | None = None
    sidecar_sigma_s: float = 0.0

    def without_sidecar(self) -> Telemetry:
        """What the recording knows by itself."""
        return self if self.sidecar is None else Telemetry(self.own, self.motion, self.own)

    def without_place(self) -> Telemetry:
        """What does not tell where it was."""
        return Telemetry(motion=self.motion)

    def since(self, from_s: float) -> Telemetry:
        """The same on a clock that begins at `from_s`."""
        track, motion, own = self.track, self.motion, self.own
        return replace(
            self,
            track=track and replace(track, t_s=track.t_s - from_s),
            motion=motion and replace(motion, t_s=motion.t_s - from_s),
            own=own and replace(own, t_s=own.t_s - from_s),
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known."""
        return self.track is None and self.motion is None


def runs_of(flags: NDArray[np.bool_]) -> list[list[int]]:
    """First and one past the last of each run of true flags."""
    return np.flatnonzero(np.diff(flags.astype(np.int8), prepend=0, append=0)).reshape(-1, 2).tolist()


def enu(track: Track, origin: tuple[float, float]) -> Floats:
    """East and north of `origin` (latitude, longitude, degrees), metres, shape (N, 2).

    The tangent plane with the radii of curvature of WGS 84 there: good to 0.1 m over 10 km, also over the date line.
    """
    lat, lon = origin
    bend = 1 - ECCENTRICITY2 * np.sin(np.radians(lat)) ** 2
    north_m = EQUATOR_M * (1 - ECCENTRICITY2) / bend**1.5
    east_m = EQUATOR_M / np.sqrt(bend) * np.cos(np.radians(lat))
    east_deg = (track.lon_deg - lon + 180.0) % 360.0 - 180.0
    return np.column_stack([np.radians(east_deg) * east_m, np.radians(track.lat_deg - lat) * north_m])


def origin_of(track: Track) -> tuple[float, float]:
    """The track's first moment, as the origin for this and other tracks."""
    return float(track.lat_deg[0]), float(track.lon_deg[0])


def apart_m(one: Track, other: Track, one_s: Floats, other_s: Floats) -> float:
    """Metres in the median between one track at `one_s` and another at `other_s`, (N,) seconds of their own clocks."""
    origin = origin_of(one)
    places = ((track.t_s, enu(track, origin), at_s) for track, at_s in ((one, one_s), (other, other_s)))
    here, there = ([np.interp(at_s, t_s, place[:, k]) for k in (0, 1)] for t_s, place, at_s in places)
    return float(np.median(np.hypot(here[0] - there[0], here[1] - there[1])))


def explained_m(one: Track, other: Track, bias_m: float) -> float:
    """How far apart one ride may be in two tracks: `TOO_FAR` standard deviations of both receivers and their bias."""
    return TOO_FAR * math.hypot(*(float(np.median(track.sigma_m[track.known])) for track in (one, other)), bias_m)
