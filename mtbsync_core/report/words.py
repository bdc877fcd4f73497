"""How the race report writes times, intervals and speeds: the same on the page as everywhere."""

from __future__ import annotations

from mtbsync_core.timecode import minutes_seconds

UNKNOWN = "–"


def seconds(value: float | None, *, sign: bool = False, unit: bool = True) -> str:
    """Seconds with two decimals and a true minus.

    >>> seconds(0.618, sign=True), seconds(-0.2, sign=True, unit=False), seconds(None)
    ('+0.62 s', '−0.20', '–')
    """
    if value is None:
        return UNKNOWN
    rounded = round(value, 2) + 0.0
    text = f"{rounded:+.2f}" if sign and rounded else f"{rounded:.2f}"
    return text.replace("-", "−") + (" s" if unit else "")


def plus_minus(half: float | None, *, unit: bool = False) -> str:
    """Half of a 90 % interval, at least a hundredth; nothing of what is exact, the reference's own times.

    >>> plus_minus(0.084), plus_minus(0.001, unit=True), plus_minus(0.0)
    ('± 0.08', '± 0.01 s', '')
    """
    return "" if not half else f"± {max(half, 0.01):.2f}{' s' if unit else ''}"


def standing(gap_s: float | None, *, sure: bool) -> str:
    """How a run stands to another one, as words between their names."""
    if gap_s is None:
        return "against"
    return ("behind" if gap_s > 0 else "ahead of") if sure else "about level with"


def lap(value: float | None) -> str:
    """A time as people write one: `48.31`, from a minute on `1:12.04`.

    >>> lap(48.312), lap(72.04), lap(None)
    ('48.31', '1:12.04', '–')
    """
    if value is None:
        return UNKNOWN
    return minutes_seconds(value, 2) if round(value, 2) >= 60 else f"{value:.2f}"


def clock(value: float) -> str:
    """A moment of the reference."""
    return minutes_seconds(value)


def kilometres_an_hour(value: float) -> str:
    """A speed."""
    return f"{value:.0f} km/h"


def percent(ratio: float | None) -> str:
    """A ratio of speeds."""
    return UNKNOWN if ratio is None else f"{100 * ratio:.0f} %"
