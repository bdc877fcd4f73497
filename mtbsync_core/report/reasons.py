"""Why time was lost at a place, in words for the rider; only what is sure."""

from __future__ import annotations

from mtbsync_core.report.words import percent
from mtbsync_core.timecode import minutes_seconds
from mtbsync_core.timing.why import Why


def said_of(found: Why) -> list[str]:
    """A sentence for each cause, the plainest first."""
    lines, slowed_s, margin_s = found.lines, found.slowed_s, found.slowed_margin_s
    said = {
        "stop": f"stood for {found.stood_s:.1f} s",
        "another line": f"took line {lines[0]}, the faster run line {lines[1]}" if lines else "",
        "slower entry": f"came into the sector slower: {percent(found.entry.ratio)} of the faster run's speed",
        "slowed down earlier": f"slowed down against the faster run from {minutes_seconds(slowed_s, 1)} on "
        f"(± {max(margin_s, 0.1):.1f} s)"
        if slowed_s is not None and margin_s is not None
        else "",
        "slower in the middle": f"slowest at {minutes_seconds(found.lowest.t_ref, 1)}: {percent(found.lowest.ratio)} "
        "of the faster run's speed",
        "slower exit": f"left the sector slower: {percent(found.exit.ratio)} of the faster run's speed",
    }
    return [said[cause] for cause in found.causes]
