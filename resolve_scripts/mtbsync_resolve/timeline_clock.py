"""Frames, seconds and timecode of a timeline, in exact fractions, so that an hour at 29.97 does not drift.

Resolve names rates by rounded decimals (29.97), counts frames at the nominal whole rate, gives places of items as
absolute frames and those of timeline markers as frames from the timeline's start (facts 1.2).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .calls import call, call_int, has_method
from .errors import ScriptError
from .texts import text

_NTSC = Fraction(1000, 1001)


@dataclass(frozen=True)
class TimelineClock:
    """Rate and start of a timeline: `start` is the absolute number of its first frame."""

    rate: Fraction
    drop: bool
    start: int
    frame_for_frame: bool = False
    """Whether a clip of another rate is played frame for frame: the project's mixed frame rate format is None."""

    def seconds(self, frames: int) -> Fraction:
        """The duration of so many frames."""
        return Fraction(frames) / self.rate

    def frames(self, seconds: Fraction) -> int:
        """The whole number of frames nearest to so many seconds."""
        return nearest(seconds * self.rate)

    def label(self, frame: int) -> str:
        """Timecode of an absolute frame; drop frame (SMPTE ST 12-1) leaves out labels, never frames."""
        base = max(1, nearest(self.rate))
        if self.drop:
            skipped = base // 15
            tens, rest = divmod(frame, base * 600 - 9 * skipped)
            minutes = 0 if rest < base * 60 else 1 + (rest - base * 60) // (base * 60 - skipped)
            frame += skipped * (9 * tens + minutes)
        seconds, left = divmod(frame, base)
        hours, minutes, seconds = seconds // 3600 % 24, seconds // 60 % 60, seconds % 60
        width = 3 if base > 100 else 2
        return f"{hours:02d}:{minutes:02d}:{seconds:02d}{';' if self.drop else ':'}{left:0{width}d}"


def nearest(value: Fraction) -> int:
    """The whole number nearest to `value`; halves go up, so that neighbouring frames stay neighbours."""
    return math.floor(value + Fraction(1, 2))


def exact_rate(reported: object) -> Fraction:
    """The rate meant by 29.97, "23.976", "59.94 DF" or 24.0: n or n * 1000/1001 exactly; else raises ScriptError."""
    match = re.search(r"\d+(\.\d+)?", str(reported).replace(",", "."))
    value = Fraction(match.group(0)) if match else Fraction(0)
    if value <= 0:
        raise ScriptError(text("no_rate", reported=repr(reported)), text("no_rate_hint"))
    whole_rate = Fraction(max(1, nearest(value)))
    for candidate in (whole_rate, whole_rate * _NTSC):
        # 29.97 differs from 30000/1001 by 1e-6, 23.98 by 1.7e-4; from 30 by 1e-3.
        if abs(value / candidate - 1) < Fraction(2, 10000):
            return candidate
    return value


def frame_of(label: str, rate: Fraction, *, drop: bool) -> int:
    """Frame count of a timecode; raises ScriptError where this is none."""
    match = re.fullmatch(r"(\d{1,2}):(\d{2}):(\d{2})[:;.,](\d{2,3})", label.strip())
    if match is None:
        raise ScriptError(text("no_timecode", label=repr(label)))
    hours, minutes, seconds, left = (int(part) for part in match.groups())
    base = max(1, nearest(rate))
    minutes += 60 * hours
    dropped = (base // 15) * (minutes - minutes // 10) if drop else 0
    return (60 * minutes + seconds) * base + left - dropped


def minutes(seconds: float) -> str:
    """Minutes and seconds, such as `1:02.35`."""
    hundredths = round(abs(seconds) * 100)
    return f"{'-' if seconds < 0 else ''}{hundredths // 6000}:{hundredths % 6000 / 100:05.2f}"


def read_clock(project: Any, timeline: Any) -> TimelineClock:
    """The clock of a timeline of Resolve; raises ScriptError where that does not say its rate."""
    reported = setting(timeline, "timelineFrameRate") or setting(project, "timelineFrameRate")
    drop_frame = setting(timeline, "timelineDropFrameTimecode")
    rate = exact_rate(reported)
    drop = str(drop_frame) == "1" or "DF" in str(reported).upper().replace("NDF", "")
    drop = drop and rate.denominator == 1001 and nearest(rate) % 30 == 0
    mixed = "timelineFrameRateMismatchBehavior"
    frame_for_frame = str(setting(timeline, mixed) or setting(project, mixed)).lower() == "none"
    return TimelineClock(rate, drop, call_int(timeline, "GetStartFrame"), frame_for_frame)


def setting(owner: Any, name: str) -> object:
    """A setting of a project or timeline; None where there is none. `GetSettings` came with 21.1, where `GetSetting` is
    deprecated.
    """
    if has_method(owner, "GetSettings"):
        found = call(owner, "GetSettings")
        if isinstance(found, dict) and found.get(name) not in (None, ""):
            return found[name]
    if has_method(owner, "GetSetting"):
        answer = call(owner, "GetSetting", name)
        return answer if isinstance(answer, (str, int, float)) and not isinstance(answer, bool) else None
    return None
