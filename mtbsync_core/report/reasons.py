"""Why time was lost at a place, in words for the rider; only what is sure."""

from __future__ import annotations

from mtbsync_core.report.words import percent
from mtbsync_core.timecode import minutes_seconds
from mtbsync_core.timing.why import Speed, Why


def said_of(found: Why) -> list[str]:
    """A sentence for each cause, the plainest first."""
    lines = found.lines or ("", "")
    said = {
        "stop": f"stood for {found.stood_s:.1f} s",
        "another line": f"took line {lines[0]}, the faster run line {lines[1]}",
        "slower entry": f"came into the sector slower: {_of_other(found.entry)}",
        "slowed down": _slowed(found),
        "slower in the middle": f"slowest at {minutes_seconds(found.lowest.t_ref, 1)}: {_of_other(found.lowest)}",
        "slower exit": f"left the sector slower: {_of_other(found.exit)}",
    }
    return [said[cause] for cause in found.causes]


def _of_other(speed: Speed) -> str:
    return f"{percent(speed.ratio)} of the faster run's speed"


def _slowed(found: Why) -> str:
    """When braking or coasting began, in seconds, in metres too where they are known."""
    if found.slowed_s is None or found.slowed_margin_s is None:
        return ""
    margin = f"± {max(found.slowed_margin_s, 0.1):.1f} s"
    if found.slowed_margin_m is not None:
        margin += f" or {max(found.slowed_margin_m, 1.0):.0f} m"
    return f"slowed down against the faster run from {minutes_seconds(found.slowed_s, 1)} on ({margin})"
