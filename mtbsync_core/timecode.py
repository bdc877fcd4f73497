"""SMPTE timecode and frame rates, exact: integers and Fractions, never floats.

A `Rate` is a real frame rate (30000/1001) with its drop flag. Frames are counted from zero; a label
(`HH:MM:SS:FF`, `;` before FF when dropping) names a frame of the 24-hour day. Drop frame skips the labels
FF < 2 (at nominal 30; 4 at 60, 8 at 120) in each minute not divisible by ten: SMPTE ST 12-1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from mtbsync_core.errors import FormatError

TWO_DIGITS = 100
"""Frames a second up to which labels have two digits for the frame, as editors take them."""

_LABEL = re.compile(r"(\d{1,2})[:;](\d{2})[:;](\d{2})([:;.,])(\d{1,3})")


@dataclass(frozen=True, slots=True)
class Rate:
    """Frames per second as `num`/`den`, with the drop-frame flag of its labels.

    Raises:
        FormatError: the rate is not positive, or drop frame is asked for at a rate that has none.
    """

    num: int
    den: int = 1
    drop: bool = False

    def __post_init__(self) -> None:
        if self.num <= 0 or self.den <= 0:
            raise FormatError(f"frame rate {self.num}/{self.den} is not positive")
        if self.drop and not self.has_drop_frame:
            raise FormatError(
                f"drop-frame timecode does not exist at {float(self.fps):.3f} fps",
                "Drop frame is for 29.97, 59.94 and 119.88 fps only.",
            )

    @classmethod
    def of(cls, fps: Fraction | float | str, *, drop: bool = False) -> Rate:
        """Take a rate as people write it, or a measured mean: 29.97 and 23.976 become the exact x/1001 rates.

        Raises:
            FormatError: the text is no number, or the rate is not positive.
        """
        try:
            exact = Fraction(fps)
        except (ValueError, ArithmeticError) as error:
            raise FormatError(f"{fps!r} is not a frame rate", "Write for example 29.97 or 30000/1001.") from error
        nominal = max(1, round(exact))  # a mean of 30.0002 is 30 as well
        for candidate in (Fraction(nominal), Fraction(nominal * 1000, 1001)):
            # 29.97 is 1e-6 away from 30000/1001 in relative terms, 23.976 is 1e-6, 23.98 is 1.7e-4.
            if abs(exact / candidate - 1) < Fraction(2, 10000):
                exact = candidate
                break
        return cls(exact.numerator, exact.denominator, drop)

    @property
    def fps(self) -> Fraction:
        """Frames per second, exact."""
        return _fraction(self.num, self.den)

    @property
    def nominal(self) -> int:
        """Frames in a labelled second: 30 for 29.97, and for a mean rate of 30.01."""
        return max(1, (2 * self.num + self.den) // (2 * self.den))

    @property
    def has_drop_frame(self) -> bool:
        """Whether drop-frame labels exist at this rate: at 30000/1001 and its multiples only."""
        return self.den == 1001 and self.nominal % 30 == 0

    def dropping(self, drop: bool) -> Rate:
        """The same rate with drop-frame labels where they are asked for and exist, else without."""
        return Rate(self.num, self.den, drop and self.has_drop_frame)

    @property
    def dropped_per_minute(self) -> int:
        """Labels skipped in each minute that is not a tenth one; 0 without drop frame."""
        return self.nominal // 15 if self.drop else 0

    @property
    def frames_per_day(self) -> int:
        """Labels in 24 hours."""
        return self.nominal * 86400 - self.dropped_per_minute * (24 * 54)

    def to_frames(self, seconds: Fraction | float) -> int:
        """The frame nearest to `seconds` after frame 0; rounded once, halves away from zero."""
        exact = Fraction(seconds)
        # In integers, since Fractions look for common divisors at every step.
        above, below = exact.numerator * self.num, exact.denominator * self.den
        whole = (2 * abs(above) + below) // (2 * below)
        return whole if above >= 0 else -whole

    def to_seconds(self, frames: int) -> Fraction:
        """Start of a frame in seconds after frame 0, exact."""
        return Fraction(frames) / self.fps


@lru_cache(maxsize=64)
def _fraction(num: int, den: int) -> Fraction:
    return Fraction(num, den)


def label_of(frames: int, rate: Rate) -> str:
    """SMPTE label of a frame count; counts past 24 hours wrap around, as on a recorder.

    >>> label_of(1800, Rate(30000, 1001, drop=True))
    '00:01:00;02'
    """
    frames %= rate.frames_per_day
    if rate.drop:
        per_minute = rate.nominal * 60 - rate.dropped_per_minute
        tens, rest = divmod(frames, per_minute * 10 + rate.dropped_per_minute)
        full_minute = rate.nominal * 60
        minutes = 0 if rest < full_minute else 1 + (rest - full_minute) // per_minute
        frames += rate.dropped_per_minute * (9 * tens + minutes)
    seconds, ff = divmod(frames, rate.nominal)
    minutes_total, ss = divmod(seconds, 60)
    hh, mm = divmod(minutes_total, 60)
    width = 3 if rate.nominal > 100 else 2
    return f"{hh:02d}:{mm:02d}:{ss:02d}{';' if rate.drop else ':'}{ff:0{width}d}"


def frames_of(label: str, rate: Rate) -> int:
    """Frame count of a SMPTE label. Either separator is read; the rate's own drop flag decides the counting. Up to ten
    frames a second one digit may name the frame, as FFmpeg writes it.

    Raises:
        FormatError: the text is no timecode, or names a label that does not exist at this rate.
    """
    match = _LABEL.fullmatch(label.strip())
    if match is None or (len(match[5]) == 1 and rate.nominal > 10):
        raise FormatError(f"{label!r} is not a timecode", "Write HH:MM:SS:FF, or HH:MM:SS;FF for drop frame.")
    hh, mm, ss, ff = int(match[1]), int(match[2]), int(match[3]), int(match[5])
    if hh > 23 or mm > 59 or ss > 59 or ff >= rate.nominal:
        raise FormatError(f"timecode {label} does not exist at {float(rate.fps):.3f} fps")
    if rate.drop and ff < rate.dropped_per_minute and ss == 0 and mm % 10:
        raise FormatError(f"timecode {label} is one of the labels that drop frame skips")
    minutes = hh * 60 + mm
    dropped = rate.dropped_per_minute * (minutes - minutes // 10)
    return (minutes * 60 + ss) * rate.nominal + ff - dropped


def cutting_rate(rate: Rate, most: int = TWO_DIGITS) -> Rate:
    """The rate of the timeline on which a recording is cut: its own, and above `most` fps half of it.

    Above 100 fps labels have frames of three digits, which few editors take.
    """
    while rate.nominal > most:
        rate = Rate(rate.num, rate.den * 2, False) if rate.num % 2 else Rate(rate.num // 2, rate.den, rate.drop)
    return rate


def past_midnight(frames: int, rate: Rate) -> int:
    """The frames between two labels of a recorder's day, of which one may lie past midnight: the shorter way.

    >>> past_midnight(frames_of("00:00:10:00", Rate(25)) - frames_of("23:59:50:00", Rate(25)), Rate(25))
    500
    """
    half = rate.frames_per_day // 2
    return (frames + half) % rate.frames_per_day - half


def minutes_seconds(seconds: float, decimals: int = 0, *, hours: bool = False) -> str:
    """A time as `m:ss`, rounded once; with `hours` as `h:mm:ss` from one hour on.

    >>> minutes_seconds(83.25, 2), minutes_seconds(59.96, 1), minutes_seconds(3725, hours=True)
    ('1:23.25', '1:00.0', '1:02:05')
    """
    whole, part = divmod(round(abs(seconds) * 10**decimals), 10**decimals)
    minutes, ss = divmod(whole, 60)
    clock = f"{minutes // 60}:{minutes % 60:02d}" if hours and minutes >= 60 else f"{minutes}"
    return f"{'-' if seconds < 0 else ''}{clock}:{ss:02d}{f'.{part:0{decimals}d}' if decimals else ''}"


def is_drop_label(label: str) -> bool:
    """Whether a label is written the drop-frame way, with `;` (or the older `,` or `.`) before the frames."""
    match = _LABEL.fullmatch(label.strip())
    return match is not None and match[4] != ":"
