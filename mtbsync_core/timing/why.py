"""Where in a sector time was lost, and what the speeds say of why: only what is sure is named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from mtbsync_core.markers import Z90
from mtbsync_core.timing.compare import Losses, losses
from mtbsync_core.timing.lines import SectorLines
from mtbsync_core.timing.runs import Floats, Stack, TimedRun
from mtbsync_core.timing.sectors import sector_times
from mtbsync_core.timing.speed import SpeedRatio, kmh, pace_at
from mtbsync_core.warp import Span

_STEP_S = 0.1
_BEFORE_S, _CLIP_S = 3.0, 6.0
"""A clip of a place starts so long before it, and lasts so long, trail seconds."""
_KNOWN_S = 0.5
"""Largest half width of the 90 % interval with which it is told when slowing down began."""

Cause = Literal["slower entry", "slower in the middle", "slower exit", "slowed down", "stop", "another line"]


@dataclass(frozen=True, slots=True)
class Speed:
    """The speed of the run over the other one's at a trail second, with the ends of the 90 % interval."""

    t_ref: float
    ratio: float
    lo: float
    hi: float

    @classmethod
    def of(cls, ratio: SpeedRatio, t_ref: Floats, at: int) -> Speed:
        """One moment of a curve."""
        return cls(float(t_ref[at]), float(ratio.value[at]), float(ratio.lo[at]), float(ratio.hi[at]))


@dataclass(frozen=True, slots=True)
class Why:
    """The figures of a loss: speeds of the run over the other one's where the sector begins, where the run was slowest
    against the other, and where the sector ends; when it slowed down (braking or coasting) against the other, trail
    seconds, with half the width of the 90 % interval, None where that is not known to half a second, and that in metres
    too where either run has GPS; how long it stood; the lines that both rode, where they are told and differ.
    """

    entry: Speed
    lowest: Speed
    exit: Speed
    slowed_s: float | None
    slowed_margin_s: float | None
    slowed_margin_m: float | None
    stood_s: float
    lines: tuple[str, str] | None
    causes: tuple[Cause, ...]
    """What is sure."""


@dataclass(frozen=True, slots=True)
class Place:
    """A sector in which time was surely lost: `lost_s` with half the width of its 90 % interval, from when to when most
    of it was lost, and what to look at, trail seconds.
    """

    sector: int
    lost_s: float
    margin_s: float
    span: Span
    clip: Span
    why: Why


def places(a: TimedRun, b: TimedRun, lines: SectorLines, *, most: int = 3, pauses: bool = True) -> list[Place]:
    """The sectors in which `a` lost most to `b`, of those where the loss is sure, the largest first."""
    found = losses(a, b, lines, pauses=pauses)
    rank = np.argsort(-found.seconds)
    return [_place(a, b, lines, found, int(n)) for n in rank if found.sure[n] and found.seconds[n] > 0][:most]


def why(a: TimedRun, b: TimedRun, lines: SectorLines, sector: int) -> Why:
    """The figures of a sector."""
    start, end = (float(t) for t in lines.t_ref[sector : sector + 2])
    t = _moments(start, end)
    pace = pace_at(Stack.of([a, b]), t)
    ratio = pace.ratio(0, 1)
    known = np.isfinite(ratio.value)
    slowest = int(np.nanargmin(np.where(known, ratio.value, np.inf)))
    entry, lowest, exit_ = (Speed.of(ratio, t, at) for at in (0, slowest, len(t) - 1))
    slowed = _slowed(ratio, t, slowest)
    times = sector_times([a, b], SectorLines(lines.t_ref[sector : sector + 2], lines.names[sector : sector + 2]))
    stood = float(times.stood_s[0, 0] - times.stood_s[1, 0])
    name = lines.sectors[sector]
    tags = a.tags.get(name, ""), b.tags.get(name, "")
    other_line = tags if all(tags) and tags[0] != tags[1] else None
    named: dict[Cause, bool] = {
        "stop": stood > 0,
        "another line": other_line is not None,
        "slower entry": entry.hi < 1,
        "slowed down": slowed is not None,
        "slower in the middle": lowest.hi < 1 and lowest.hi < min(entry.lo, exit_.lo),
        "slower exit": exit_.hi < 1,
    }
    at_s, margin_s = slowed or (None, None)
    margin_m = None
    if at_s is not None and margin_s is not None:
        # Metres in a trail second are the run's own speed times its own seconds in one.
        m_per_s = float(kmh([a, b], np.array([at_s]))[0, 0] / 3.6 * np.interp(at_s, t, pace.value[0]))
        margin_m = margin_s * m_per_s if np.isfinite(m_per_s) else None
    causes = tuple(cause for cause, sure in named.items() if sure)
    return Why(entry, lowest, exit_, at_s, margin_s, margin_m, max(0.0, stood), other_line, causes)


def _moments(start: float, end: float) -> Floats:
    return np.linspace(start, end, max(3, round((end - start) / _STEP_S) + 1))


def _place(a: TimedRun, b: TimedRun, lines: SectorLines, found: Losses, sector: int) -> Place:
    t = _moments(*(float(t) for t in lines.t_ref[sector : sector + 2]))
    own, _ = Stack.of([a, b]).at(t)
    lost = own[0] - own[1]
    lost = np.interp(t, t[np.isfinite(lost)], lost[np.isfinite(lost)])
    # The stretch over which most was lost: the largest rise from a moment to a later one.
    rise = lost - np.minimum.accumulate(lost)
    last = int(np.argmax(rise))
    first = int(np.argmin(lost[: last + 1]))
    begin = float(t[first])
    clip = max(0.0, begin - _BEFORE_S), max(0.0, begin - _BEFORE_S) + _CLIP_S
    span = begin, float(t[last])
    return Place(
        sector, float(found.seconds[sector]), float(found.margin_s[sector]), span, clip, why(a, b, lines, sector)
    )


def _slowed(ratio: SpeedRatio, t: Floats, slowest: int) -> tuple[float, float] | None:
    """When the ratio was half-way, in logarithms, from its highest before the slowest moment down to that, and half the
    width of the 90 % interval of it.

    None where there was no fall that is sure, where another moment may have been the slowest, or where it is not known
    when.
    """
    if slowest < 2 or not np.isfinite(ratio.value).all():
        return None
    highest = int(np.argmax(ratio.value[:slowest]))
    if ratio.lo[highest] <= ratio.hi[slowest] or ratio.hi[slowest] >= 1:
        return None
    log_ratio = np.log(ratio.value)
    half = (log_ratio[highest] + log_ratio[slowest]) / 2
    above = np.flatnonzero(log_ratio >= half)
    before = int(above[above < slowest][-1])
    behind = int(above[above > slowest][0]) if (above > slowest).any() else len(t)
    elsewhere = np.r_[0:before, behind : len(t)]
    error = Z90 * np.hypot(ratio.log_sd[elsewhere], ratio.log_sd[slowest])
    if (log_ratio[elsewhere] - log_ratio[slowest] < error).any():
        return None
    fall = log_ratio[before : before + 2]
    at = float(np.interp(-half, -fall, t[before : before + 2]))
    steep = (log_ratio[highest] - log_ratio[slowest]) / max(_STEP_S, float(t[slowest] - t[highest]))
    margin = float(np.hypot(Z90 * ratio.log_sd[before] / steep, _STEP_S))
    return (at, margin) if margin <= _KNOWN_S else None
