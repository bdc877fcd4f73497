"""`Alignment`: where each moment of one run is in the other; and `timewarp.json`, which is the same thing on disk.

The file is a superset of what users of mtbsync 0.10 know (`ok`, `model`, `params {a, b}` with t_ref = a * t_new + b,
`ppm`, `inlier_frac`, `residuals`), plus the knots, which are what counts.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.alignment.judge.low_confidence import WeakSegment
from mtbsync_core.alignment.judge.verdict import Quality, Verdict
from mtbsync_core.alignment.pairs import TimePairs
from mtbsync_core.errors import FormatError, RefusedError
from mtbsync_core.files import refuse_special, replacing, write_json
from mtbsync_core.markers import Z90
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.version import __version__
from mtbsync_core.warp import TimeWarp

SCHEMA = "mtbsync.timewarp"
VERSION = 1

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SavedWarp:
    """How the clocks of two recordings map (None when nothing could be fitted), and how far that is to be trusted: what
    whoever applies it needs.

    `media_ref` or `media_new` is None where the warp was fitted from a pairs file alone.
    """

    warp: TimeWarp | None
    verdict: Verdict
    reasons: tuple[str, ...]
    media_ref: MediaInfo | None = None
    media_new: MediaInfo | None = None

    @property
    def usable(self) -> bool:
        """Whether the warp may be applied at all: not refused."""
        return self.verdict != "refused" and self.warp is not None

    def usable_warp(self) -> TimeWarp:
        """The warp.

        Raises:
            RefusedError: the alignment was refused.
        """
        if self.warp is None or self.verdict == "refused":
            raise RefusedError(
                "the two runs could not be aligned: " + "; ".join(self.reasons),
                "Check that both recordings show the same trail, ridden in the same direction.",
            )
        return self.warp


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Alignment(SavedWarp):
    """A map of two clocks, and all that it was made of."""

    pairs: TimePairs
    quality: Quality
    options: Mapping[str, Any] = field(default_factory=dict)
    timings: Mapping[str, float] = field(default_factory=dict)
    """Seconds of each stage, and of all under "total"."""
    raw_pairs: TimePairs | None = None
    """For each new sample the reference sample that looks most like it, taken alone; None without pictures."""
    frames: int | None = None
    """Samples of both recordings that were compared; None without pictures."""
    method: str = "lattice"
    """`lattice`, `fastdtw`, `affine`, `tracks`, or `pairs` where it was fitted from a pairs file."""
    weak: tuple[WeakSegment, ...] = ()
    """Parts that are not to be trusted, by rising new time; on the clock of the recording also where the new run is a
    part of one."""

    @property
    def ok(self) -> bool:
        """Whether the warp may be applied without a look: never over one that is refused or doubtful."""
        return self.verdict == "good" and self.warp is not None

    def fps(self, seconds: float) -> float | None:
        """How many samples were compared in a second of this many; None without pictures."""
        return round(self.frames / seconds, 2) if self.frames and seconds > 0 else None

    def on_clock_of(self, recording: MediaInfo) -> Alignment:
        """The same of the whole recording of which the new run is a part: new times count from its first frame."""
        assert self.media_new is not None
        from_s = self.media_new.from_s
        user = [[ref_s, new_s + from_s] for ref_s, new_s in self.options.get("user", ())]
        return replace(
            self,
            media_new=recording,
            warp=self.warp and replace(self.warp, new_s=self.warp.new_s + from_s),
            pairs=replace(self.pairs, t_new=self.pairs.t_new + from_s),
            raw_pairs=self.raw_pairs and replace(self.raw_pairs, t_new=self.raw_pairs.t_new + from_s),
            options={**self.options, "user": user} if user else self.options,
        )

    def as_dict(self) -> dict[str, Any]:
        """The content of `timewarp.json`."""
        return {
            "schema": SCHEMA,
            "version": VERSION,
            "mtbsync": __version__,
            "ok": self.ok,
            "verdict": self.verdict,
            "reasons": list(self.reasons),
            "weak": [part.as_dict() for part in self.weak],
            "model": "affine" if self.method == "affine" else "monotone",
            "method": self.method,
            **_familiar(self.warp, self.pairs),
            "knots": self.warp.knots() if self.warp else [],
            "gaps": sorted(self.warp.gaps) if self.warp else [],
            "bridges": sorted(self.warp.bridges) if self.warp else [],
            "quality": self.quality.as_dict(),
            "ref": self.media_ref.as_dict() if self.media_ref else None,
            "new": self.media_new.as_dict() if self.media_new else None,
            "options": dict(self.options),
        }

    def save(self, path: Path) -> None:
        """Write `timewarp.json`, atomically."""
        write_json(path, self.as_dict())


def load_warp(path: Path) -> SavedWarp:
    """Read `timewarp.json` (ours, or the affine one of mtbsync 0.10) or a `warp.npz`.

    Raises:
        FormatError: no such file, no warp in it, or a newer version than this program knows.
    """
    refuse_special(path)
    if path.suffix.lower() == ".npz":
        return _load_npz(path)
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise FormatError(f"cannot read {path}: {error.strerror}", "Make it with mtbsync sync or align.") from error
    except ValueError as error:
        raise FormatError(f"{path} is not JSON: {error}") from error
    return _saved(data, path)


def _saved(data: Any, path: Path) -> SavedWarp:
    if not isinstance(data, dict):
        raise FormatError(f"{path} holds no time warp")
    if "schema" not in data and isinstance(data.get("params"), dict):
        return _from_affine(data, path)
    if data.get("schema") != SCHEMA:
        raise FormatError(f"{path} is not a time warp file", "Give the timewarp.json that mtbsync sync writes.")
    if data.get("version") != VERSION:
        raise FormatError(
            f"{path} is of version {data.get('version')}, this program reads {VERSION}", "Update mtbsync."
        )
    try:
        knots = data["knots"]
        return SavedWarp(
            warp=TimeWarp.from_knots(knots, data.get("gaps", ()), data.get("bridges", ())) if knots else None,
            verdict=data["verdict"],
            reasons=tuple(data.get("reasons", ())),
            media_ref=MediaInfo.from_dict(data["ref"]) if data.get("ref") else None,
            media_new=MediaInfo.from_dict(data["new"]) if data.get("new") else None,
        )
    except (KeyError, TypeError) as error:
        raise FormatError(f"{path} is damaged: {error!r}") from error


def save_npz(alignment: Alignment, path: Path) -> None:
    """Write `warp.npz`: the same content as `timewarp.json`, as one JSON text, plus the knots as an array."""
    knots = np.array(alignment.warp.knots() if alignment.warp else np.zeros((0, 3)))
    text = json.dumps(alignment.as_dict(), allow_nan=False)
    with replacing(path) as scratch, scratch.open("wb") as file:
        np.savez(file, knots=knots, timewarp=np.frombuffer(text.encode(), np.uint8))


def _load_npz(path: Path) -> SavedWarp:
    try:
        with np.load(path, allow_pickle=False) as data:
            return _saved(json.loads(data["timewarp"].tobytes()), path)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        reason = getattr(error, "strerror", None) or error
        raise FormatError(f"{path} is not a readable warp: {reason}", "Make it with mtbsync warp.") from error


def _from_affine(data: dict[str, Any], path: Path) -> SavedWarp:
    """The original's file: one straight line, valid where both clocks are positive; its residuals are the spread."""
    try:
        a, b = float(data["params"]["a"]), float(data["params"]["b"])
        sigma = max(0.05, float((data.get("residuals") or {}).get("p90") or 1.0) / Z90)
        if a <= 0:
            raise ValueError(f"slope {a} is not positive")
        end = 24 * 3600.0
        new = np.array([max(0.0, -b / a), end])
        warp = TimeWarp(a * new + b, new, np.full(2, sigma))
    except (KeyError, TypeError, ValueError) as error:
        raise FormatError(f"{path} is damaged: {error!r}") from error
    ok = bool(data.get("ok"))
    reason = "a straight-line warp of mtbsync 0.10" if ok else "mtbsync 0.10 did not accept this warp"
    return SavedWarp(warp=warp, verdict="check" if ok else "refused", reasons=(reason,))


def _familiar(warp: TimeWarp | None, pairs: TimePairs) -> dict[str, Any]:
    """The fields of mtbsync 0.10: best straight line through the warp, and residuals of the valid pairs to the warp."""
    if warp is None:
        return {"params": None, "ppm": None, "inlier_frac": 0.0, "residuals": None}
    a, b = np.polyfit(warp.new_s, warp.ref_s, 1)
    used = pairs.valid & np.isfinite(warp.to_new(pairs.t_ref))
    away = np.abs(warp.to_ref(pairs.t_new[used]) - pairs.t_ref[used])
    away = away[np.isfinite(away)]
    residuals = None
    if len(away):
        p50, p90, p95 = np.percentile(away, [50, 90, 95])
        residuals = {"mae": float(away.mean()), "p50": float(p50), "p90": float(p90), "p95": float(p95)}
    return {
        "params": {"a": float(a), "b": float(b)},
        "ppm": float((a - 1) * 1e6),
        "inlier_frac": float(pairs.valid.mean()) if len(pairs) else 0.0,
        "residuals": residuals,
    }
