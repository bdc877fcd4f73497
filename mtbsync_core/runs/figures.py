"""What a results folder says of its run, in figures: one row for each `timewarp.json`, whoever wrote it.

`timewarp.json` of mtbsync 0.10 is read too; what it does not say is None.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from mtbsync_core.alignment.pairs import read_pairs
from mtbsync_core.errors import MtbsyncError
from mtbsync_core.files import read_object
from mtbsync_core.markers import Z90
from mtbsync_core.warp import TimeWarp

USED = ("fps", "cpu_pct", "gpu_util", "gpu_mem_mb", "rss_mb")
"""What is taken from `perf.json`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of one run; None is what its files do not say."""

    run_id: str
    changed: str
    """When `timewarp.json` was written, UTC."""
    verdict: str | None = None
    ok: bool = False
    ppm: float | None = None
    """Drift of the best straight line, (a - 1) 10^6: how unlike in speed two rides were, or two clocks of one ride."""
    inlier_frac: float | None = None
    """Share of the pairs that agree with the map."""
    res_mae: float | None = None
    """Mean of what these pairs lie off the map, seconds of the reference."""
    res_p90: float | None = None
    """90th percentile of the same."""
    coverage: float | None = None
    """Share of the reference that has a place in the new run by the pictures."""
    p90_s: float | None = None
    """Seconds within which 90 % of the map's errors are expected, by its calibrated standard deviations."""
    used: Mapping[str, float | None] = field(default_factory=dict)
    """From `perf.json`, by the names there."""
    fault: str | None = None
    """Why the files could not be read."""

    @property
    def has_map(self) -> bool:
        """Whether there is a map that may be applied."""
        return self.fault is None and self.verdict != "refused" and self.ppm is not None


def read_figures(folder: Path, run_id: str, used: Sequence[str] = USED) -> Figures:
    """The figures of a results folder that holds a `timewarp.json`; of one that cannot be read, why."""
    path = folder / "timewarp.json"
    try:
        changed = datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="milliseconds")
    except OSError as error:
        return Figures(run_id=run_id, changed="", fault=f"timewarp.json: {error.strerror}")
    changed = changed.replace("+00:00", "Z")
    perf = read_object(folder / "perf.json", "utf-8-sig") or {}
    measured = {name: _number(perf.get(name)) for name in used}
    data = read_object(path, "utf-8-sig")
    if data is None:
        return Figures(run_id=run_id, changed=changed, used=measured, fault="timewarp.json is damaged")
    try:
        return of_timewarp(data, folder, run_id=run_id, changed=changed, used=measured)
    except (MtbsyncError, TypeError, ValueError, KeyError) as error:
        return Figures(run_id=run_id, changed=changed, used=measured, fault=f"timewarp.json is damaged: {error}")


def of_timewarp(
    data: Mapping[str, Any], folder: Path | None, *, run_id: str, changed: str, used: Mapping[str, float | None]
) -> Figures:
    """The figures of the content of a `timewarp.json`; residuals that it lacks are those of `folder`'s pairs.

    Raises:
        FormatError: its knots are no map.
        TypeError, ValueError, KeyError: a part of it is of another type.
    """
    knots = data.get("knots")
    warp = TimeWarp.from_knots(knots, data.get("gaps", ()), data.get("bridges", ())) if knots else None
    residuals = _part(data, "residuals")
    mae, p90 = _number(residuals.get("mae")), _number(residuals.get("p90"))
    verdict = data.get("verdict") or ("check" if data.get("ok") else "refused")
    if folder is not None and verdict != "refused" and (mae is None or p90 is None):
        off = _off_the_map(folder / "pairs.csv", warp, data.get("params"))
        if len(off):
            mae, p90 = float(off.mean()), float(np.percentile(off, 90))
    duration_s = _number(_part(data, "ref").get("duration_s"))
    return Figures(
        run_id=run_id,
        changed=changed,
        verdict=str(verdict),
        ok=data.get("ok") is True,
        ppm=_number(data.get("ppm")),
        inlier_frac=_number(data.get("inlier_frac")),
        res_mae=mae,
        res_p90=p90,
        coverage=coverage(warp, duration_s) if warp is not None and duration_s else None,
        p90_s=expected_p90_s(warp) if warp is not None else None,
        used=used,
    )


def coverage(warp: TimeWarp, ref_duration_s: float) -> float:
    """Share of the reference that is mapped by the pictures: neither in a gap nor on a bridge."""
    return min(1.0, float(np.diff(warp.ref_s)[warp.kinds == "seen"].sum()) / ref_duration_s)


def expected_p90_s(warp: TimeWarp) -> float | None:
    """Seconds h of the new clock with P(|error| <= h) = 0.9 over the mapped reference, by bisection.

    Errors at a place are normal with the map's standard deviation there, so that this is the 0.9 quantile of a scale
    mixture, weighted by reference seconds. None where nothing is mapped.
    """
    weight = np.diff(warp.ref_s) * (warp.kinds != "gap")
    sigma = (warp.sigma_s[:-1] + warp.sigma_s[1:]) / 2
    weight, sigma = weight[weight > 0], np.maximum(sigma[weight > 0], 1e-9)
    if not len(sigma):
        return None
    weight /= weight.sum()
    low, high = Z90 * float(sigma.min()), Z90 * float(sigma.max())  # of one normal distribution it is Z90 sigma
    for _ in range(20 if high > low else 0):  # to a millionth of what lies between
        half = (low + high) / 2
        if float(np.dot(weight, erf(half / (sigma * math.sqrt(2))))) < 0.9:
            low = half
        else:
            high = half
    return high


def _off_the_map(path: Path, warp: TimeWarp | None, params: Any) -> NDArray[np.float64]:
    """What the valid pairs of a file lie off the map, or off the straight line of mtbsync 0.10, reference seconds."""
    if not path.is_file():
        return np.zeros(0)
    pairs = read_pairs(path)
    t_new, t_ref = pairs.t_new[pairs.valid], pairs.t_ref[pairs.valid]
    if warp is not None:
        off = np.abs(warp.to_ref(t_new) - t_ref)
    elif isinstance(params, Mapping):
        off = np.abs(float(params["a"]) * t_new + float(params["b"]) - t_ref)
    else:
        return np.zeros(0)
    return off[np.isfinite(off)]


def _part(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = data.get(name) or {}
    if not isinstance(part, Mapping):
        raise TypeError(f"{name} is {part!r}, not an object")
    return part


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) and value is not True else None
