"""Two runs on one timeline of an editor: which files it shows and which have markers, and markers put back onto it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import opentimelineio as otio

from mtbsync_core.markers import Marker
from mtbsync_core.mediainfo import MediaInfo
from otio_adapters.build import KEY, marker_at, rate_metadata, rate_of, time_range
from otio_adapters.content import Piece
from otio_adapters.levels import level_of
from otio_adapters.recordings import recording_in
from otio_adapters.writing import Issue


@dataclass(slots=True)
class FileShown:
    """A file that a timeline shows."""

    name: str
    url: str
    markers: int = 0
    """On its clips, and of the timeline where it is shown."""


def files_shown(timeline: otio.schema.Timeline) -> list[FileShown]:
    """The files of the pictures of a timeline, as they follow each other, each with the number of its markers."""
    found: dict[str, FileShown] = {}
    level = level_of(timeline.tracks)
    for one in level.all():
        for piece in one.clips:
            if piece.media.url:
                file = found.setdefault(piece.media.name.casefold(), FileShown(piece.media.name, piece.media.url))
                file.markers += len(piece.marks)
        for mark in one.marks:
            for name in {piece.media.name.casefold() for piece in one.seen if piece.covers(mark.start_s)}:
                if name in found:
                    found[name].markers += 1
    return list(found.values())


def put_back(
    timeline: otio.schema.Timeline, media: MediaInfo, markers: Iterable[Marker]
) -> tuple[otio.schema.Timeline, list[Issue]]:
    """A timeline like this one, with nothing but these markers of a recording, each where the recording shows it.

    Args:
        media: the recording, which `timeline` shows.
        markers: in seconds of its clock.

    Returns:
        The timeline, and what is not on it: markers at moments that no clip shows.

    Raises:
        UsageError: the recording is not in the timeline.
    """
    rate, known = rate_of(timeline)
    level = level_of(timeline.tracks)
    issues: list[Issue] = []
    recording = recording_in(level, media, issues)
    pieces = sorted(filter(recording.has, level.seen), key=lambda piece: (not piece.enabled, piece.at_s, -piece.track))
    about = rate_metadata(rate) if known else {}
    made = otio.schema.Timeline(timeline.name, global_start_time=timeline.global_start_time, metadata={KEY: about})
    unseen = 0
    for marker in markers:
        start_s, end_s = Fraction(marker.t_s), Fraction(marker.t_s) + Fraction(marker.duration_s)
        piece = next((piece for piece in pieces if piece.shows(recording.media_second(piece, start_s))), None)
        if piece is None:
            unseen += 1
            continue
        at, to = (rate.to_frames(_on(piece, recording.media_second(piece, t_s))) for t_s in (start_s, end_s))
        made.tracks.markers.append(marker_at(time_range(at, max(0, to - at), rate), marker))
    if unseen:
        issues.append(Issue("unseen", unseen, "marker left out: the timeline does not show that moment of the new run"))
    return made, issues


def _on(piece: Piece, media_s: Fraction) -> Fraction:
    """Where a clip shows a second of its file; the end of a marker that ends behind it is its own end."""
    return min(piece.on_sequence(media_s), piece.at_s + piece.length_s)
