"""Projects of LosslessCut (`.llc`), out and in: each segment is a marker of the file that the project names.

    {version: 2, mediaFileName: 'GX010123.MP4', cutSegments: [{start: 10.01, end: 12.01, name: 'Gate', tags: {…}}]}

JSON5, of which JSON is a part; seconds from the first frame. Read in mifi/lossless-cut, `llcProjectV2Schema` of
`src/renderer/src/types.ts` and `loadLlcProject` of `edlStore.ts`: `start` is a number, `end` may be missing, `tags` are
texts under names of one's own (the note is `comment`, as FFmpeg calls it). Version 1 may lack `start`, too: what is
missing is the start or the end of the file (`edlFormats.ts`), and its reader looks at no number of a version. What
later programs show for a segment without `end` was not read there.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import opentimelineio as otio

from mtbsync_core.errors import FormatError
from mtbsync_core.markers import Marker
from otio_adapters import json5
from otio_adapters.by_seconds import timeline_of_seconds
from otio_adapters.content import Content, content_of
from otio_adapters.fitting import TEXTS, fit_marks, issues_of
from otio_adapters.format import Format
from otio_adapters.reading import PLAIN_READ, ReadOptions
from otio_adapters.safe_text import one_line
from otio_adapters.writing import PLAIN, WriteOptions, Written

_ISSUES = TEXTS | {
    "text_changed": "name changed: that of a segment has one line",
    "colour": "colour not written: LosslessCut colours segments by their number",
    "no_file": "the project names no file, since the markers are of none or of several: open the video first",
}


def write(timeline: otio.schema.Timeline, how: WriteOptions = PLAIN) -> Written:
    """The markers as the segments of a project."""
    content = content_of(timeline)
    counts: Counter[str] = Counter()
    marks = fit_marks(content, how, counts, one_line, str)
    segments = []
    for mark in marks:
        end = {"end": float(mark.end_s)} if mark.end_s > mark.start_s else {}
        tags = {"tags": {"comment": mark.note}} if mark.note else {}
        segments.append({"start": float(mark.start_s), **end, "name": mark.name, **tags})
    file = _file_of(content)
    counts["no_file"] += not file
    project = {"version": 2, **({"mediaFileName": file} if file else {}), "cutSegments": segments}
    return Written((json.dumps(project, indent=2) + "\n",), len(marks), issues_of(counts, _ISSUES))


def recipe(timeline: otio.schema.Timeline, names: Sequence[str], how: WriteOptions = PLAIN) -> str:
    """How LosslessCut takes it in."""
    file = _file_of(content_of(timeline)) or "the video"
    return (
        f"Put {names[0]} beside {file} and open it in LosslessCut (or open the video, then File > Import project). "
        "Markers with a length are segments. Those without have no end: older versions take these to the end of "
        "the video."
    )


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
    note = (segment.get("tags") or {}).get("comment") or ""
    return Marker(str(segment.get("name") or ""), start_s, max(0.0, end_s - start_s), comment=str(note))


def _file_of(content: Content) -> str:
    """The name of the file whose first frame is that of the timeline; empty where there is none, or are several."""
    shown = [piece for piece in content.pieces if piece.length_s]
    if len(shown) != 1 or shown[0].at_s or shown[0].media_in_s or shown[0].speed != 1 or shown[0].ramp is not None:
        return ""
    return shown[0].media.name


FORMAT = Format(
    name="losslesscut",
    title="LosslessCut: project",
    suffix=".llc",
    adapter="mtbsync_losslesscut",
    write=write,
    recipe=recipe,
    read=read,
    signature=re.compile(r"""\A\s*\{[\s\S]*?["']?\bcutSegments\b["']?\s*:\s*\["""),
    by_suffix=True,
    loses="colour",
)
