"""How two runs of one trail differ: the rider's and the camera's parameters per difficulty.

The figures of `easy` and `hard` are those with which the alignment design was measured (speed, stops, line,
light, season, camera attitude, compression); motion blur, fisheye, rolling shutter and auto exposure come on top
in every run, and sun flecks that lie elsewhere: without them local features find a simulated forest too easy.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Difficulty = Literal["easy", "hard"]

_STOP_CLIP_S = 100.0  # stops are stated for clips of this length and shrink with shorter ones


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStyle:
    """One run: how it is ridden and how it looks. Angles in degrees, distances in metres, times in seconds."""

    speed_ratio: float = 1.0  # against the trail's own pace
    stops_s: tuple[float, ...] = ()  # length of each stop
    line_mean_m: float = 0.0  # lateral offset from the trail's middle, left positive
    line_sd_m: float = 0.12
    shake: float = 1.0
    pitch_deg: float = 0.0  # extra camera pitch, up positive
    roll_deg: float = 0.0
    brightness: float = 1.0
    contrast: float = 1.0
    gamma: float = 1.0
    white_balance: tuple[float, float, float] = (1.0, 1.0, 1.0)  # blue, green, red gains
    season: float = 0.0  # 0 = summer, 1 = all foliage has turned
    gone: float = 0.0  # share of the objects that are no longer there
    dapple: float = 0.25  # contrast of the sun flecks, which lie elsewhere in each run
    shutter_s: float = 1 / 110  # exposure time: the length of the motion blur
    noise: float = 2.2  # sensor noise, 1 sd in 8-bit luma steps
    crf: int = 24


_NEW: dict[Difficulty, RunStyle] = {
    "easy": RunStyle(
        speed_ratio=1.10, stops_s=(6.0,), line_mean_m=0.15, line_sd_m=0.35, shake=1.1, brightness=0.94, crf=25
    ),
    "hard": RunStyle(
        speed_ratio=0.87,
        stops_s=(5.0, 8.0),
        line_mean_m=0.7,
        line_sd_m=0.5,
        shake=1.4,
        pitch_deg=3.0,
        roll_deg=2.0,
        brightness=0.72,
        contrast=1.35,
        gamma=1.4,
        white_balance=(0.86, 1.0, 1.12),
        season=0.45,
        dapple=0.4,
        gone=0.18,
        shutter_s=1 / 70,
        noise=4.0,
        crf=30,
    ),
}


def reference_style(seconds: float, stops_s: tuple[float, ...]) -> RunStyle:
    """The reference run of `seconds` length: the trail's own pace, a steady line, plain daylight."""
    return RunStyle(stops_s=_scaled(stops_s, seconds))


def new_style(difficulty: Difficulty, seconds: float, stops_s: tuple[float, ...] | None) -> RunStyle:
    """The new run; `stops_s` replaces the stops of the difficulty where given (seconds per 100 s of clip)."""
    style = _NEW[difficulty]
    return replace(style, stops_s=_scaled(style.stops_s if stops_s is None else stops_s, seconds))


def _scaled(stops_s: tuple[float, ...], seconds: float) -> tuple[float, ...]:
    # A 40 s clip with 13 s of standing still would be a third stop: shrink, but keep a stop a stop.
    factor = min(1.0, max(0.3, seconds / _STOP_CLIP_S * 1.5))
    return tuple(stop * factor for stop in stops_s)
