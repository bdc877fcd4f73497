"""`TrailPack`: what is in a trail pack, for people; and its markers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtbsync_core.markers import Marker
from mtbsync_core.media.camera import CameraSettings, read_camera
from mtbsync_core.media.probe import probe
from mtbsync_core.media.trail_file import open_trail
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.telemetry.track import Telemetry
from mtbsync_core.telemetry.trail_sensors import trail_telemetry
from mtbsync_core.vision.trail_index import trail_samples

KEPT = (
    *("rate", "width", "height", "duration_s", "n_frames", "codec"),
    *("start_timecode", "drop", "creation_time", "variable_rate"),
)
"""Of a recording's `MediaInfo`: neither names nor places of files."""
_TEXTS = {"name": "name", "colour": "colour", "comment": "comment", "marker_id": "id"}
"""Of a marker, and their names in `trail.json`. What editors and other programs keep with it (`custom`, `extra`) may
name people and files."""


@dataclass(frozen=True, slots=True, eq=False)
class TrailPack:
    """What a trail pack holds. `thumbnails`: JPEG by the number of the marker, from 0."""

    media: MediaInfo
    camera: CameraSettings
    telemetry: Telemetry
    markers: list[Marker]
    thumbnails: dict[int, bytes]
    samples: int
    size: int
    """Of the file, bytes."""
    made_by: str
    """Version of mtbsync."""


def thumbnail_name(number: int) -> str:
    """What the thumbnail of a marker is called in a pack, by its number, from 0."""
    return f"thumbnails/{number + 1:04d}.jpg"


def marker_about(marker: Marker) -> dict[str, Any]:
    """What `trail.json` says of a marker."""
    texts = {said: getattr(marker, name) for name, said in _TEXTS.items()}
    return {"t_s": marker.t_s, "duration_s": marker.duration_s, **{said: text for said, text in texts.items() if text}}


def trail_markers(path: Path) -> list[Marker]:
    """The markers of a trail pack, in the order in which they were given. Errors as `open_trail`."""
    trail = open_trail(path)
    try:
        return [_marker(said) for said in trail.about["markers"]]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise trail.damaged("markers") from error


def read_trail(path: Path) -> TrailPack:
    """All of a trail pack; whoever reads it all knows that it is whole. Errors as `open_trail`."""
    trail, media = open_trail(path), probe(path)
    markers = trail_markers(path)
    pictures = {n: thumbnail_name(n) for n in range(len(markers))}
    return TrailPack(
        media=media,
        camera=read_camera(path),
        telemetry=trail_telemetry(path),
        markers=markers,
        thumbnails={n: trail.read(name) for n, name in pictures.items() if name in trail.names},
        samples=len(trail_samples(media).t_s),
        size=path.stat().st_size,
        made_by=_plain(str(trail.about.get("mtbsync", ""))),
    )


def _marker(said: dict[str, Any]) -> Marker:
    t_s, duration_s = float(said["t_s"]), float(said["duration_s"])
    name, colour, comment, marker_id = (_plain(said.get(key, "")) for key in _TEXTS.values())
    if not 0 <= t_s < math.inf or not 0 <= duration_s < math.inf:
        raise ValueError("a marker has no place")
    return Marker(name, t_s, duration_s, colour, comment, marker_id)


def _plain(text: str) -> str:
    """Without control characters, with which a text could change what a terminal shows."""
    return "".join(c for c in text if c.isprintable() or c == "\n")
