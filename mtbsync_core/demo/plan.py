"""What a pair will be, before anything is rendered: the options of the user become two `RunPlan`s.

One seed gives one plan, and with it one truth, on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

import numpy as np

from mtbsync_core.demo.difficulty import Difficulty, RunStyle, new_style, reference_style
from mtbsync_core.demo.encode import Encoding
from mtbsync_core.demo.lens import Optics
from mtbsync_core.demo.rider import Body, Ride, Schedule, make_ride, make_schedule, standing
from mtbsync_core.demo.trail import LEAD_IN_M, LOOK_AHEAD_M, MEAN_PACE_MPS, Trail, make_trail
from mtbsync_core.errors import UsageError
from mtbsync_core.options import option

_OTHER_TRAIL = 500_009
_FASTEST = 1.45
"""A trail must be this much longer than the mean pace needs, so that a fast run does not come to its end."""
_REF_CLOCK, _NEW_CLOCK = "10:00:00", "11:30:00"
"""When the two runs start: time of day, as a camera's timecode and creation time tell it."""
_DROPOUT_EVERY_S, _DROPOUT_S = 25.0, (2.0, 4.0)
"""A receiver under trees loses its fix about once in so many seconds, for so long."""

GpsKind = Literal["GPS9", "GPS5"]
"""How fixes are written: ten a second, each with time and lock (from HERO11 on), or eighteen a second (HERO5 to 11)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Starts and ends of a pair: how long (s) each run stands before it rides and after it has ridden, by how much of
    the trail's pace (s) the new run starts before the reference's first place and rides on behind its last one; the
    latter two are negative where it starts later or ends earlier.
    """

    ref_stands_s: tuple[float, float] = (0.0, 0.0)
    new_stands_s: tuple[float, float] = (0.0, 0.0)
    new_early_s: float = 0.0
    new_on_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """One pair. `seconds` is the length of the reference; `overlap` the share of the trail that both show (the new run
    then starts later and goes on further); stops are seconds per 100 s of clip, None for those of the difficulty.
    """

    seed: int = option(1, "--seed", "Another number, another trail.", minimum=0)
    seconds: float = option(30.0, "--seconds", "Length of the reference run.", minimum=6.0, maximum=1800.0)
    difficulty: Difficulty = option("easy", "--difficulty", "hard: other line, light, season and camera angle.")
    overlap: float = option(1.0, "--overlap", "Share of the trail that both runs show.", minimum=0.2, maximum=1.0)
    different_trail: bool = option(
        False, "--different-trail", "The new run is on another trail: has to be refused (exit 5)."
    )
    look: int | None = None
    """Seed of the textures and of the pictures of plants and rocks, for all trails of the pair; None: each its own."""
    width: int = 640
    height: int = 360
    rate: Fraction = Fraction(30000, 1001)
    codec: str = "h264"
    bit_rate: int | None = None
    key_frame_s: float = 0.3
    ref_stops_s: tuple[float, ...] = ()
    new_stops_s: tuple[float, ...] | None = None
    telemetry: bool = True
    """Whether the cameras write what their sensors measure."""
    gps: GpsKind | None = "GPS9"
    """Their receiver; None: gyroscope and accelerometer alone, as in a HERO12."""
    gps_bias_m: float = 0.0
    """How much further along the trail (eastwards) the new run's fixes lie, beside the usual errors of both runs."""
    blackout_s: tuple[float, float] | None = None
    """From when to when the new run's picture is black; its sensors go on."""
    hilights_s: tuple[float, ...] = ()
    """When the rider of the reference tapped the HiLight button."""
    pace: float = 1.0
    """Of both runs, against a trail's own of 6 m/s: 0.17 is walking."""
    speed_ratio: float | None = None
    """Of the new run to the trail's own pace; None: that of the difficulty."""
    scenes: int | None = None
    """Seed of the types of scene along the trail, in their order; None: mixed forest throughout."""
    optics: tuple[Optics | None, Optics | None] = (None, None)
    """Lenses of the reference and of the new run; None: the usual one."""
    ends: Ends | None = None
    """How the runs start and end; None: both riding, at the same places."""

    def __post_init__(self) -> None:
        if not 2 <= self.seconds <= 1800:
            raise UsageError(f"a demo of {self.seconds} s cannot be made", "Choose 2 to 1800 seconds.")
        if not 0.2 <= self.overlap <= 1:
            raise UsageError(f"an overlap of {self.overlap} cannot be made", "Choose a share from 0.2 to 1.")
        if self.difficulty not in ("easy", "hard"):
            raise UsageError(f"there is no difficulty {self.difficulty!r}", "Choose easy or hard.")
        if self.seed < 0 or self.width % 2 or self.height % 2 or self.codec not in ("h264", "hevc"):
            raise UsageError("a demo needs a seed of 0 or more, an even picture size, and h264 or hevc")


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorPlan:
    """What a camera measures and writes beside its pictures."""

    gps: GpsKind | None = "GPS9"
    bias_m: tuple[float, float] = (0.0, 0.0)
    """A planted offset of all fixes, east and north, beside the errors that every receiver has."""
    dropouts_s: tuple[tuple[float, float], ...] = ()
    """From when to when there is no fix."""
    hilights_s: tuple[float, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    """Texts of the file's header by their keys, in place of or beside the usual ones, such as ("RATE", "2X")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """All that makes one run, small enough to be sent to another process."""

    trail_seed: int
    trail_m: float
    look: int | None
    style: RunStyle
    schedule: Schedule
    run_seed: tuple[int, ...]
    width: int
    height: int
    encoding: Encoding
    sensors: SensorPlan | None = None
    blackout_s: tuple[float, float] | None = None
    scenes: int | None = None
    optics: Optics | None = None

    def trail(self) -> Trail:
        """The world of this run."""
        return make_trail(self.trail_seed, self.trail_m, self.look, self.scenes)

    def ride(self, trail: Trail | None = None) -> Ride:
        """The run's state at each frame."""
        return make_ride(self.body(trail), self.encoding.rate)

    def body(self, trail: Trail | None = None) -> Body:
        """The same rider, at any moment."""
        return Body(trail or self.trail(), self.style, self.schedule, np.random.default_rng([*self.run_seed, 1]))


def plan(o: DemoOptions) -> tuple[RunPlan, RunPlan]:
    """The two runs of a pair; nothing is rendered."""
    pace_mps = MEAN_PACE_MPS * o.pace
    length = LEAD_IN_M + o.seconds * pace_mps * _FASTEST * (2 - o.overlap) + LOOK_AHEAD_M
    trail = make_trail(o.seed, length)
    other = make_trail(o.seed + _OTHER_TRAIL, length) if o.different_trail else trail
    end = length - LOOK_AHEAD_M
    ref_style, new = reference_style(o.seconds, o.ref_stops_s), new_style(o.difficulty, o.seconds, o.new_stops_s)
    if o.speed_ratio is not None:
        new = replace(new, speed_ratio=o.speed_ratio)
    if o.pace != 1:
        ref_style, new = (replace(style, speed_ratio=style.speed_ratio * o.pace) for style in (ref_style, new))
    ref_ride = make_schedule(trail, ref_style, run_rng(o, 1), LEAD_IN_M, end, o.seconds)
    ridden = float(ref_ride.s_m[-1]) - LEAD_IN_M
    start = LEAD_IN_M + (1 - o.overlap) * ridden
    goal = start + ridden if o.overlap < 1 else float(ref_ride.s_m[-1])
    ends = o.ends or Ends()
    start, goal = start - ends.new_early_s * pace_mps, goal + ends.new_on_s * pace_mps
    new_ride = make_schedule(other, new, run_rng(o, 2), start, min(goal, end), None)
    if o.ends is not None:
        ref_ride, new_ride = standing(ref_ride, *ends.ref_stands_s), standing(new_ride, *ends.new_stands_s)

    def run(number: int, world: Trail, style: RunStyle, schedule: Schedule, clock: str) -> RunPlan:
        return RunPlan(
            trail_seed=world.seed,
            trail_m=length,
            look=o.look,
            style=style,
            schedule=schedule,
            run_seed=(o.seed, 7, number),
            width=o.width,
            height=o.height,
            encoding=_encoding(o, style, clock),
            sensors=_sensors(o, number, schedule.duration_s) if o.telemetry else None,
            blackout_s=o.blackout_s if number else None,
            scenes=o.scenes,
            optics=o.optics[number],
        )

    return run(0, trail, ref_style, ref_ride, _REF_CLOCK), run(1, other, new, new_ride, _NEW_CLOCK)


def _encoding(o: DemoOptions, style: RunStyle, clock: str) -> Encoding:
    drop = o.rate.denominator == 1001 and o.rate.numerator % 30000 == 0  # 29.97 and its multiples; not 23.976
    return Encoding(
        rate=o.rate,
        codec=o.codec,
        crf=style.crf,
        bit_rate=o.bit_rate,
        key_frame_s=o.key_frame_s,
        timecode=f"{clock}{';' if drop else ':'}00",
        creation_time=f"2026-06-14T{clock}Z",
    )


def _sensors(o: DemoOptions, number: int, duration_s: float) -> SensorPlan:
    rng = np.random.default_rng([o.seed, 41, number])
    count = int(duration_s / _DROPOUT_EVERY_S) if o.gps else 0
    starts = duration_s * (np.arange(count) + rng.uniform(0.2, 0.8, count)) / max(count, 1)
    lengths = rng.uniform(*_DROPOUT_S, count)
    return SensorPlan(
        gps=o.gps,
        bias_m=(o.gps_bias_m, 0.0) if number else (0.0, 0.0),
        dropouts_s=tuple((float(start), float(start + length)) for start, length in zip(starts, lengths, strict=True)),
        hilights_s=() if number else o.hilights_s,
    )


def run_rng(o: DemoOptions, purpose: int) -> np.random.Generator:
    """Randomness of a pair's riding: 1 is the reference's, 2 the new run's, 3 and more those of further laps."""
    return np.random.default_rng([o.seed, 11, purpose])
