"""Turning as a source: normalised correlation of how the gyroscopes' headings change around a moment of either run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.emission.grid import Contribution, Floats, Moments, Singles, effective_share
from mtbsync_core.telemetry.track import STEP_S, Motion, Telemetry, Track
from mtbsync_core.vision.inner_products import inner_products


@dataclass(frozen=True, slots=True, kw_only=True)
class TurningOptions:
    """Windows of the heading, and what their correlation is worth."""

    reach_m: float = 25.0
    reach_s: float = 4.0
    """How far a window goes before and behind a moment, by distance where both runs know it, else by time in motion:
    about one bend. Half of it holds too few bends to tell places apart."""
    lags: int = 51
    """Samples of a window, one a metre."""
    least_bend_rad: float = 0.15
    """Root mean square of the heading within a window below which there is no bend to compare."""
    fit: float = 0.5
    """Correlation from which bends have nothing against a place. On simulated runs 99 of 100 true places have 0.78 by
    distance and 0.61 by time, strange ones -0.84 to 0.8."""
    against: float = -1.0
    """Nats a sample where the correlation is 0 or less."""


def turning(ref: Telemetry, new: Telemetry, at: Moments, options: TurningOptions | None = None) -> Contribution | None:
    """What the correlation of the bends has against each place, from 0 down to `against` nats.

    The heading is held against the way gone: distance where both runs know it, else time in motion, so that pace and
    stops do not come in between.
    """
    if ref.motion is None or new.motion is None:
        return None
    o = options or TurningOptions()
    metres = ref.track is not None and new.track is not None
    reach, scale = (o.reach_m, 1.0) if metres else (o.reach_s, float(np.sqrt(at.ratio)))
    here, bends_here = _windows(new.motion, new.track if metres else None, at.new_s, reach / scale, o)
    there, bends_there = _windows(ref.motion, ref.track if metres else None, at.ref_s, reach * scale, o)
    share = effective_share(at.new_s, at.independent_s).astype(np.float32)

    def places(rows: slice) -> Singles:
        nats = np.clip(1 - inner_products(here[rows], there) / o.fit, 0, 1) * np.float32(o.against)
        return np.where(bends_here[rows, None] & bends_there, nats, np.float32(0)) * share[rows, None]

    return Contribution(places)


def _windows(
    motion: Motion, track: Track | None, t_s: Floats, reach: float, o: TurningOptions
) -> tuple[Singles, NDArray[np.bool_]]:
    """How the heading changes up to `reach` before and behind each time, by the track's distance or else in seconds of
    motion: (N, lags), of unit length; and whether it does so at all, and is known.
    """
    heading = np.cumsum(motion.yaw_rps) * STEP_S
    if track is not None:
        way = np.interp(motion.t_s, track.t_s, track.distance_m)
    else:
        way = np.cumsum(~motion.still, dtype=np.float64) * STEP_S
    way += 1e-6 * motion.t_s
    at = np.add.outer(np.interp(t_s, motion.t_s, way), np.linspace(-reach, reach, o.lags))
    known = (at[:, 0] > way[0]) & (at[:, -1] < way[-1])
    turned = np.interp(at, way, heading)
    turned -= turned.mean(axis=1, keepdims=True)
    size = np.linalg.norm(turned, axis=1, keepdims=True)
    bends = size[:, 0] > o.least_bend_rad * np.sqrt(o.lags)
    return (turned / np.maximum(size, 1e-9)).astype(np.float32), np.asarray(known & bends)
