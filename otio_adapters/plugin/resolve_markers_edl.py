"""OpenTimelineIO adapter `mtbsync_resolve_markers_edl`: the timeline-marker EDL of DaVinci Resolve.

    otio.adapters.write_to_file(timeline, "markers.edl", adapter_name="mtbsync_resolve_markers_edl")
    otio.adapters.read_from_file("markers.edl", adapter_name="mtbsync_resolve_markers_edl", rate=29.97)

OpenTimelineIO runs this file as `opentimelineio.adapters.NAME`, so it imports by full name only.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import opentimelineio as otio

from otio_adapters import resolve_edl


def write_to_string(input_otio: otio.schema.Timeline, **options: Any) -> str:
    """The text of one EDL; keywords as in `resolve_edl.options`. More than 999 markers need `write_to_file`."""
    return resolve_edl.write_text(input_otio, resolve_edl.options(**options))


def write_to_file(input_otio: otio.schema.Timeline, filepath: str, **options: Any) -> str:
    """Write the EDL, and with more than 999 markers further ones beside it. Line ends are written as they are."""
    report = resolve_edl.write_files(input_otio, Path(filepath), resolve_edl.options(**options))
    return str(report.files[0])


def read_from_string(
    input_str: str,
    rate: float | str | None = None,
    drop: bool | None = None,
    start_timecode: str | None = None,
) -> otio.schema.Timeline:
    """A timeline with the markers of an EDL; `rate` is required, since the file does not say it."""
    return resolve_edl.read_text(input_str, rate=rate, drop=drop, start_timecode=start_timecode)
