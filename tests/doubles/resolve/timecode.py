"""Timecode labels as Resolve writes them: absolute, `;` before the frames when dropping, frames counted at the
nominal whole rate (59.94 counts as 60). Facts 1.2; the 29.97 DF label 01:00:00;00 is frame 107892.

Not shared with `mtbsync_core.timecode`: the double runs under Pythons that the package does not, and a second writing
of the rules finds mistakes in the first.
"""

from __future__ import annotations

from fractions import Fraction


def nominal(rate: Fraction) -> int:
    """Labels in a second: 30 for 30000/1001."""
    return round(rate)


def as_resolve_says(rate: Fraction) -> float:
    """The rounded decimal under which Resolve knows a rate: 23.976, 29.97, 59.94, 119.88, or a whole one."""
    return round(float(rate), 3)


def _dropped(rate: Fraction, drop: bool) -> int:
    return nominal(rate) // 15 if drop else 0


def label_of(frame: int, rate: Fraction, drop: bool) -> str:
    """The label of an absolute frame."""
    base, skip = nominal(rate), _dropped(rate, drop)
    if skip:
        # Each minute but every tenth lacks `skip` labels: add those that were passed.
        tens, rest = divmod(frame, base * 600 - 9 * skip)
        minutes = 0 if rest < base * 60 else 1 + (rest - base * 60) // (base * 60 - skip)
        frame += skip * (9 * tens + minutes)
    seconds, ff = divmod(frame, base)
    hh, mm, ss = seconds // 3600, seconds // 60 % 60, seconds % 60
    return f"{hh:02d}:{mm:02d}:{ss:02d}{';' if drop else ':'}{ff:0{3 if base > 100 else 2}d}"


def frame_of(label: str, rate: Fraction, drop: bool) -> int:
    """The absolute frame of a label.

    Raises:
        ValueError: this is no label.
    """
    hh, mm, ss, ff = (int(part) for part in label.replace(";", ":").split(":"))
    minutes = 60 * hh + mm
    skipped = _dropped(rate, drop) * (minutes - minutes // 10)
    return (60 * minutes + ss) * nominal(rate) + ff - skipped
