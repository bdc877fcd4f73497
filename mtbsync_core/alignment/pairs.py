"""`TimePairs`: moments of the new run with their moments of the reference, and the CSV that people know."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.errors import FormatError
from mtbsync_core.files import refuse_special, replacing
from mtbsync_core.warp import TimeWarp

Floats = NDArray[np.float64]

_FORMATS = {
    "t_new": ".6f",
    "t_ref": ".6f",
    "sigma_s": ".6f",
    "score": ".4f",
    "n_inliers": "d",
    "on_trail": ".4f",
    "source": "",
    "valid": "d",
}
"""How the columns of `pairs.csv` are written, in their order."""


@dataclass(frozen=True, slots=True, eq=False)
class TimePairs:
    """Arrays of shape (N,), by rising `t_new`; times in seconds of each file's clock.

    `sigma_s` spread of t_ref; `score` contrast of the two pictures; `n_inliers` geometric inliers of the best
    picture pair (-1: not looked for); `on_trail` posterior probability that the moment is on the common trail;
    `source` "sequence" (whole pictures), "anchor" (local features), "unrefined" (local features were looked at and
    gave no better time), "path" (dynamic time warping), "picture" (each picture alone), "gps" or "user";
    `valid` whether the warp was fitted to it and agrees with it.
    """

    t_new: Floats
    t_ref: Floats
    sigma_s: Floats
    score: Floats
    n_inliers: NDArray[np.int32]
    on_trail: Floats
    source: NDArray[np.str_]
    valid: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.t_new)

    @classmethod
    def of(
        cls,
        t_new: Floats,
        t_ref: Floats,
        sigma_s: Floats,
        *,
        score: NDArray[np.floating] | None = None,
        n_inliers: NDArray[np.int32] | None = None,
        on_trail: Floats | None = None,
        source: str | NDArray[np.str_] = "sequence",
        valid: NDArray[np.bool_] | None = None,
    ) -> TimePairs:
        """Pairs of one source, with the usual values in the columns that are not given."""
        n = len(t_new)
        return cls(
            t_new,
            t_ref,
            sigma_s,
            np.zeros(n) if score is None else score.astype(np.float64),
            np.full(n, -1, np.int32) if n_inliers is None else n_inliers,
            np.ones(n) if on_trail is None else on_trail,
            np.full(n, source, dtype="<U12"),
            np.ones(n, bool) if valid is None else valid,
        )

    @classmethod
    def joined(cls, parts: Sequence[TimePairs]) -> TimePairs:
        """All the pairs of several sets, by rising new time."""
        columns = [np.concatenate([getattr(p, name) for p in parts]) for name in cls.__dataclass_fields__]
        order = np.argsort(columns[0], kind="stable")
        return cls(*(column[order] for column in columns))

    @property
    def of_user(self) -> list[tuple[float, float]]:
        """Those that a person gave: moments of the reference and of the new run."""
        theirs = self.source == "user"
        return list(zip(self.t_ref[theirs].tolist(), self.t_new[theirs].tolist(), strict=True))

    def with_user(self, user: Sequence[tuple[float, float]], sigma_s: float) -> TimePairs:
        """The pairs with exactly these of a person, each of this spread."""
        others = self.source != "user"
        kept = TimePairs(*(getattr(self, name)[others] for name in self.__dataclass_fields__))
        if not user:
            return kept
        ref_s, new_s = np.array(user).T
        given = TimePairs.of(new_s, ref_s, np.full(len(user), sigma_s), source="user")
        return TimePairs.joined([kept, given])

    def off_s(self, warp: TimeWarp | None) -> Floats:
        """How far each pair lies off a warp, seconds of the reference clock, (N,); NaN where that has no place."""
        return np.abs(warp.to_ref(self.t_new) - self.t_ref) if warp is not None else np.full(len(self), np.nan)

    def checked(self, warp: TimeWarp | None) -> TimePairs:
        """The pairs, valid being those that were used and that the warp agrees with, within three of their deviations
        (30 ms at the least).
        """
        agreed = self.off_s(warp) <= 3 * np.maximum(self.sigma_s, 0.03)
        return replace(self, valid=self.valid & (self.on_trail > 0.5) & agreed)


def write_pairs(path: Path, pairs: TimePairs) -> None:
    """Write `pairs.csv`, atomically."""
    _write(path, pairs, tuple(_FORMATS))


def write_raw_pairs(path: Path, pairs: TimePairs) -> None:
    """Write `pairs_raw.csv`, the columns of mtbsync 0.10 and no more, atomically."""
    _write(path, pairs, ("t_new", "t_ref", "score", "n_inliers"))


def _write(path: Path, pairs: TimePairs, names: Sequence[str]) -> None:
    columns = [[format(value, _FORMATS[name]) for value in getattr(pairs, name).tolist()] for name in names]
    with replacing(path) as scratch, scratch.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([names, *zip(*columns, strict=True)])


def read_pairs(path: Path) -> TimePairs:
    """Read a pairs CSV, ours or the original's (`t_new,t_ref,score,n_inliers`).

    Raises:
        FormatError: no such file, a missing column, or a cell that is no number, with its line.
    """
    refuse_special(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            names = set(reader.fieldnames or ())
            if not {"t_new", "t_ref"} <= names:
                raise FormatError(
                    f"{path} has no columns t_new and t_ref, but {', '.join(sorted(names)) or 'nothing'}",
                    "Give the pairs.csv that mtbsync sync writes.",
                )
            rows = [_read_row(row, path, reader.line_num) for row in reader]
    except OSError as error:
        raise FormatError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise FormatError(f"{path} is not a text file: {error}") from error
    if not rows:
        raise FormatError(f"{path} holds no pairs")
    rows.sort(key=lambda row: row[0])
    pairs = TimePairs(*(np.array(column) for column in zip(*rows, strict=True)))
    return replace(pairs, n_inliers=pairs.n_inliers.astype(np.int32))


def _read_row(row: dict[str, str], path: Path, line: int) -> tuple[Any, ...]:
    def number(name: str, default: float | None = None) -> float:
        text = (row.get(name) or "").strip()
        if not text and default is not None:
            return default
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise FormatError(f"{path}, line {line}: {name} is {text!r}, not a number")
        return value

    sigma = number("sigma_s", 0.1)
    if sigma <= 0:
        raise FormatError(f"{path}, line {line}: sigma_s is {sigma}, it must be positive")
    return (
        number("t_new"),
        number("t_ref"),
        sigma,
        number("score", 0.0),
        int(number("n_inliers", -1)),
        number("on_trail", 1.0),
        (row.get("source") or "sequence").strip(),
        number("valid", 1.0) > 0,
    )
