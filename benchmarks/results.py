"""Measured results, kept as JSON: a long benchmark goes on where it was, and tables are made from what is there."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.score import Errors, Floats
from mtbsync_core.files import write_json


@dataclass(frozen=True, slots=True)
class Result:
    """One method on one pair. `label` says which version of the method; `day` when, as an ISO date."""

    of_set: str
    pair: str
    key: str
    method: str
    label: str
    day: str
    verdict: str
    seconds: float
    peak_mb: float
    floor_s: float
    errors: Errors | None
    """Against the right answer that the map chose; None where nothing is common to the two runs."""


def result_path(cache: Path, key: str, method: str, label: str) -> Path:
    """Where a result is kept."""
    return cache / "results" / f"{key}-{method}-{label}.json"


def save_result(cache: Path, result: Result) -> None:
    """Keep a result."""
    path = result_path(cache, result.key, result.method, result.label)
    path.parent.mkdir(parents=True, exist_ok=True)
    data = asdict(result)
    if not math.isfinite(result.peak_mb):
        del data["peak_mb"]
    if result.errors is not None:
        data["errors"] = {name: _numbers(values) for name, values in data["errors"].items()}
    write_json(path, data)


def load_result(cache: Path, key: str, method: str, label: str) -> Result | None:
    """A kept result, or None where there is none."""
    path = result_path(cache, key, method, label)
    if not path.exists():
        return None
    data: dict[str, Any] = {"peak_mb": float("nan"), **json.loads(path.read_text(encoding="utf-8"))}
    errors = data.pop("errors")
    return Result(**data, errors=errors and Errors(**{k: np.array(v, np.float64) for k, v in errors.items()}))


def _numbers(values: Floats) -> list[float | None]:
    return [round(float(v), 6) if np.isfinite(v) else None for v in values]
