"""Markers of Resolve's timelines, timeline items and pool clips as plain data, and which of them are ours.

Ours carry a short JSON text as customData, which Resolve shows nowhere:
`{"mtbsync": 1, "run": "...", "marker": "..."}`.
The marker's id begins with a digest of the two recordings, so that a later run of the same two replaces only these.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from .calls import ask, table

FORMAT = 1


class ResolveMarker(NamedTuple):
    """One marker; `frame` and `duration` count as its owner counts."""

    frame: int
    colour: str
    name: str
    note: str
    duration: int
    custom: str

    def looks_like(self, other: ResolveMarker) -> bool:
        """Whether a person could not tell them apart."""
        return self[:5] == other[:5]


class Stamp(NamedTuple):
    """What customData of ours says."""

    run: str
    marker: str


def read_markers(owner: Any) -> list[ResolveMarker]:
    """All markers of a timeline, item or pool clip, in the order of frames.

    Frames and durations come as floats or ints, by version.

    Raises:
        Problem: Resolve does not answer.
    """
    found = []
    for frame, info in table(owner, "GetMarkers").items():
        found.append(
            ResolveMarker(
                frame=round(float(frame)),
                colour=str(info.get("color") or "Blue"),
                name=str(info.get("name") or ""),
                note=str(info.get("note") or ""),
                duration=max(1, round(float(info.get("duration") or 1))),
                custom=str(info.get("customData") or ""),
            )
        )
    return sorted(found)


def add_marker(owner: Any, marker: ResolveMarker) -> None:
    """Asks for a marker; only reading back tells whether it came to be.

    Raises:
        Problem: the call fails.
    """
    ask(
        owner,
        "AddMarker",
        marker.frame,
        marker.colour,
        marker.name,
        marker.note,
        marker.duration,
        marker.custom,
    )


def delete_marker(owner: Any, frame: int) -> None:
    """Asks for the end of a marker; only reading back tells whether it is gone.

    Raises:
        Problem: the call fails.
    """
    ask(owner, "DeleteMarkerAtFrame", frame)


def stamp_text(run: str, marker: str) -> str:
    """The customData of a marker that a run writes."""
    return json.dumps({"mtbsync": FORMAT, "run": run, "marker": marker}, separators=(",", ":"))


def read_stamp(custom: str) -> Stamp | None:
    """What customData says, or None where the marker is not ours. One from a newer version of us is ours too."""
    if "mtbsync" not in custom:
        return None
    try:
        data = json.loads(custom)
    except ValueError:
        return None
    if not isinstance(data, dict) or "mtbsync" not in data:
        return None
    return Stamp(str(data.get("run", "")), str(data.get("marker", "")))


def of_users(markers: list[ResolveMarker]) -> list[ResolveMarker]:
    """Those that people made: ours are never read as markers of a reference."""
    return [marker for marker in markers if read_stamp(marker.custom) is None]
