"""Markers of Resolve's timelines, timeline items and pool clips as plain data, and the stamp that ours carry.

A stamp is a short JSON text in customData, which Resolve shows nowhere, keeps with the marker, and copies with it when
a timeline is duplicated or a clip cut. It says whose marker it is and how it was written, so that what an editor did to
it since can be told.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, NamedTuple

from .calls import call_dict

FORMAT = 2
_DIGESTS = {"pair": 8, "ref_file": 4, "new_file": 4, "ref_id": 6, "new_id": 6}
"""Fields of a stamp that are digests, with their lengths."""


class ResolveMarker(NamedTuple):
    """A marker, as the arguments of `AddMarker`: `frame` and `duration` are in its owner's frames."""

    frame: int
    colour: str
    name: str
    note: str
    duration: int
    custom: str
    """The customData."""


class Stamp(NamedTuple):
    """What the customData of a marker of ours says."""

    run: str
    """The id of the run that wrote it."""
    pair: str
    """Digest of the two recordings, the same in every run."""
    ref_file: str = ""
    """Digest of the name of the reference's file; '' in stamps of format 1, like all below."""
    new_file: str = ""
    """That of the new run's file."""
    ref_id: str = ""
    """Digest of the id of the reference's clip in the media pool, which stays when its file is relinked."""
    new_id: str = ""
    """That of the new run's."""
    ref_s: float = 0.0
    """Seconds of the reference's file from which it was carried."""
    new_s: float = 0.0
    """Seconds of the new run's file at which it was written."""
    at: int = 0
    """The frame of its owner at which it was written."""
    look: str = ""
    """Digest of what could be seen of it, apart from its place."""


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


def digest(text: str, length: int = 8) -> str:
    """The first hexadecimal figures of SHA-256."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:length]


def look_of(marker: ResolveMarker) -> str:
    """Digest of name, note, colour and duration; white space does not count, since Resolve may trim it."""
    words = (" ".join(text.split()) for text in (marker.name, marker.note))
    return digest("\n".join((*words, marker.colour, str(marker.duration))))


def stamp_text(stamp: Stamp) -> str:
    """The customData of a marker that a run writes; kept short, as nobody knows how long it may be."""
    told = {"mtbsync": FORMAT, "run": stamp.run, "of": "".join(getattr(stamp, name) for name in _DIGESTS)}
    told.update({name: round(getattr(stamp, name), 3) for name in ("ref_s", "new_s")})
    return json.dumps({**told, "at": stamp.at, "look": stamp.look}, separators=(",", ":"))


def stamp_of(marker: ResolveMarker) -> Stamp | None:
    """The stamp where we wrote the marker, be it in another version; else None."""
    try:
        data = json.loads(marker.custom) if "mtbsync" in marker.custom else None
    except ValueError:
        return None
    if not isinstance(data, dict) or "mtbsync" not in data:
        return None
    run = str(data.get("run", ""))
    try:
        digests, begin = {}, 0
        for name, length in _DIGESTS.items():
            digests[name] = data["of"][begin : begin + length]
            begin += length
        seconds = float(data["ref_s"]), float(data["new_s"])
        return Stamp(run, **digests, ref_s=seconds[0], new_s=seconds[1], at=int(data["at"]), look=str(data["look"]))
    except (KeyError, TypeError, ValueError):
        # Format 1: the digest of the two recordings and a number in one text.
        return Stamp(run, str(data.get("marker", ""))[:8])
