"""Projects of LosslessCut (`.llc`), in: each segment is a marker of the file that the project names.

    {version: 1, mediaFileName: 'GX010123.MP4', cutSegments: [{start: 10.01, end: 12.01, name: 'Gate'}]}

JSON5; seconds from the first frame. A segment without `start` begins with the file, one without `end` is a point.
(Its segments as CSV or TSV have no header; `mtbsync_core.marker_columns` knows them.)
"""

from __future__ import annotations

import math
import re
from typing import Any

import opentimelineio as otio

from mtbsync_core.errors import FormatError
from mtbsync_core.markers import Marker
from otio_adapters import json5
from otio_adapters.by_seconds import timeline_of_seconds
from otio_adapters.format import Format
from otio_adapters.reading import PLAIN_READ, ReadOptions


def read(text: str, how: ReadOptions = PLAIN_READ) -> otio.schema.Timeline:
    """A timeline with the segments of a project on a clip of its file."""
    try:
        data = json5.loads(text.removeprefix("\ufeff"))
        file = str(data.get("mediaFileName") or "")
        markers = [_marker(segment) for segment in data["cutSegments"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise FormatError("the file is no project of LosslessCut, or damaged", "Save the project again.") from error
    return timeline_of_seconds(markers, how, file=file)


def _marker(segment: dict[str, Any]) -> Marker:
    start, end = segment.get("start"), segment.get("end")
    start_s = 0.0 if start is None else float(start)
    end_s = start_s if end is None else float(end)
    if not math.isfinite(start_s) or not math.isfinite(end_s):
        raise ValueError("a time that is no number")
    return Marker(str(segment.get("name") or ""), start_s, max(0.0, end_s - start_s))


FORMAT = Format(
    name="losslesscut",
    suffix=".llc",
    adapter="mtbsync_losslesscut",
    read=read,
    signature=re.compile(r"""\A\s*\{[\s\S]*?["']?\bcutSegments\b["']?\s*:\s*\["""),
)
