"""Markers of Resolve's timelines, timeline items and pool clips as plain data, and which of them are ours.

Ours carry a stamp, a short JSON text in customData, which Resolve shows nowhere:
`{"mtbsync": 1, "run": "...", "marker": "..."}`.
`marker` begins with a digest of the two recordings, so that a later run of the same two replaces only these.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from .calls import call_dict

FORMAT = 1


class ResolveMarker(NamedTuple):
    """A marker, as the arguments of `AddMarker`: `frame` and `duration` are in its owner's frames."""

    frame: int
    colour: str
    name: str
    note: str
    duration: int
    custom: str
    """The customData."""


def read_markers(owner: Any) -> list[ResolveMarker]:
    """All markers of a timeline, item or pool clip, in the order of frames, which are floats in some versions."""
    return sorted(
        ResolveMarker(
            frame=round(float(frame)),
            colour=str(info.get("color") or "Blue"),
            name=str(info.get("name") or ""),
            note=str(info.get("note") or ""),
            duration=max(1, round(float(info.get("duration") or 1))),
            custom=str(info.get("customData") or ""),
        )
        for frame, info in call_dict(owner, "GetMarkers").items()
    )


def stamp_text(run: str, marker: str) -> str:
    """The customData of a marker that a run writes."""
    return json.dumps({"mtbsync": FORMAT, "run": run, "marker": marker}, separators=(",", ":"))


def is_stamped(marker: ResolveMarker, digest: str = "") -> bool:
    """Whether we wrote it, be it in a newer version; with `digest`, for the two recordings that have it."""
    try:
        stamp = json.loads(marker.custom) if "mtbsync" in marker.custom else None
    except ValueError:
        return False
    return isinstance(stamp, dict) and "mtbsync" in stamp and str(stamp.get("marker", "")).startswith(digest)


def read_users_markers(owner: Any) -> list[ResolveMarker]:
    """The markers that people made; those that we wrote are never read as markers of a reference."""
    return [marker for marker in read_markers(owner) if not is_stamped(marker)]
