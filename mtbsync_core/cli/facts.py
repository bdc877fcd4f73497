"""Facts of a recording as JSON-ready data, rounded, and in words: templates of which those are said that are known."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mtbsync_core.telemetry.track import runs_of
from mtbsync_core.timecode import minutes_seconds

_MOST_NAMED = 12
"""Stops and gaps that are named one by one."""
_DIGITS = {
    **dict.fromkeys(("start_deg", "end_deg"), 7),
    **dict.fromkeys(("from_s", "to_s"), 4),
    **dict.fromkeys(("rate_hz", "mean_mps", "top_mps"), 3),
    **dict.fromkeys(("dop", "sigma_m", "turning_rms_deg_s", "shake_mps2"), 2),
    **dict.fromkeys(("length_m", "heights_m"), 1),
}
"""Decimals of facts as data; words are made of the facts as they are."""


def as_data(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts as data, rounded."""
    rounded = {n: np.round(v, _DIGITS[n]).tolist() for n, v in facts.items() if n in _DIGITS and v is not None}
    return {**facts, **rounded}


def in_words(facts: Mapping[str, Any], templates: Sequence[str], between: str = ", ") -> str:
    """The templates filled in, without those that name a fact that is not known."""
    known = {name: value for name, value in facts.items() if value is not None}
    said = [text for text in templates if set(re.findall(r"\{(\w+)", text)) <= known.keys()]
    return between.join(text.format_map(known) for text in said)


def spans_of(t_s: Any, flags: Any) -> list[tuple[float, float]]:
    """Begin and end of each run of flags, seconds."""
    return [(round(float(t_s[start]), 1), round(float(t_s[end - 1]) + 0.1, 1)) for start, end in runs_of(flags)]


def named(spans: list[tuple[float, float]]) -> str:
    """The first few spans as times of the recording, and how many more there are."""
    first = ", ".join(f"{clock_of(start)}–{clock_of(end)}" for start, end in spans[:_MOST_NAMED])
    return first + (f" and {len(spans) - _MOST_NAMED} more" if len(spans) > _MOST_NAMED else "")


def clock_of(seconds: float) -> str:
    """A time of the recording, as `m:ss.t`."""
    return minutes_seconds(seconds, 1, hours=True)
