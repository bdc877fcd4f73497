"""Lists without timecodes (subtitles, chapters, segments) as timelines: they count from a first frame."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable
from fractions import Fraction
from io import StringIO
from typing import Literal

import opentimelineio as otio

from mtbsync_core.errors import FormatError
from mtbsync_core.markers import Marker
from mtbsync_core.timecode import Rate
from otio_adapters.build import KEY, marker_at, rate_metadata, time_at, time_range
from otio_adapters.reading import ReadOptions
from otio_adapters.safe_text import storable

COUNTS_FROM = "counts_from"
"""Among our metadata of a timeline: what its second 0 is the first frame of, `recording` or `timeline`."""

_ANY_LENGTH_S = 86400
_FINE = Rate(1000)
"""For timelines whose rate nobody says; markers lie between its frames, too."""


def milliseconds(seconds: Fraction) -> int:
    """Whole milliseconds, half of one rounded up."""
    return math.floor(seconds * 1000 + Fraction(1, 2))


def rows_of_seconds(text: str, delimiter: str) -> list[Marker]:
    """The markers of a table `start, end, name` in seconds without a header; the end may be empty.

    Raises:
        FormatError: a line is something else, or there is none.
    """
    markers = []
    for n, row in enumerate(csv.reader(StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=delimiter), 1):
        if not row or row[0] == "\\":
            continue
        try:
            start, end, name = row
            start_s = float(start)
            length_s = float(end) - start_s if end else 0.0
            if not (math.isfinite(start_s) and math.isfinite(length_s)):
                raise ValueError
        except ValueError as error:
            raise FormatError(f"line {n} is not start, end and name in seconds", "Export the file again.") from error
        markers.append(Marker(name, start_s, max(0.0, length_s)))
    if not markers:
        raise FormatError("the file holds no marker", "Each line is start, end and name, in seconds.")
    return markers


def timeline_of_seconds(
    markers: Iterable[Marker],
    how: ReadOptions,
    *,
    title: str = "",
    file: str = "",
    counts_from: Literal["recording", "timeline"] = "recording",
) -> otio.schema.Timeline:
    """A timeline with markers whose seconds count from its first frame, between two frames where they lie there.

    Args:
        file: the name of the file that they are of, where it is told: then they are on a clip of it.
    """
    rate = how.rate or _FINE
    timeline = otio.schema.Timeline(
        name=storable(title), metadata={KEY: {**rate_metadata(rate), COUNTS_FROM: counts_from}}
    )
    found = [marker_at(_range(marker, rate), marker) for marker in markers]
    if not file:
        timeline.tracks.markers.extend(found)
        return timeline
    whole = time_range(0, rate.to_frames(_ANY_LENGTH_S), rate)
    clip = otio.schema.Clip(storable(file), otio.schema.ExternalReference(storable(file), whole), whole)
    clip.markers.extend(found)
    timeline.tracks.append(otio.schema.Track(kind=otio.schema.TrackKind.Video, children=[clip]))
    return timeline


def _range(marker: Marker, rate: Rate) -> otio.opentime.TimeRange:
    start, length = Fraction(marker.t_s), Fraction(marker.duration_s)
    return otio.opentime.TimeRange(time_at(start, rate), time_at(length, rate))
