"""The joinable best as a timeline for editors: its sectors one behind the other, and what each seam costs in speed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mtbsync_core.jobs.nle import nle_engine
from mtbsync_core.marker_times import EDITORS_START
from mtbsync_core.markers import Marker
from mtbsync_core.render.film import segments_of
from mtbsync_core.timing.best import Best
from mtbsync_core.timing.lines import SectorLines
from mtbsync_core.timing.runs import TimedRun

if TYPE_CHECKING:
    from otio_adapters.writing import ExportReport

FORMAT = "resolve-otio"


def write_best(best: Best, runs: Sequence[TimedRun], lines: SectorLines, title: str, target: Path) -> ExportReport:
    """Write the timeline of a best time of runs whose recordings are known.

    Raises:
        EngineMissingError: OpenTimelineIO is not installed.
        UsageError: the file cannot be written.
    """
    with nle_engine():
        from otio_adapters.formats import format_named, write_files
        from otio_adapters.joined import Part, joined_timeline
        from otio_adapters.writing import WriteOptions
    parts, markers, at_s = [], [], 0.0
    for n, segment in enumerate(segments_of(best, runs, lines)):
        assert segment.run.media is not None
        line = lines.names[int(np.argmin(np.abs(lines.t_ref - segment.span[0])))]
        comment = f"{segment.run.name}; {segment.seam}".rstrip("; ")
        markers.append(Marker(line, at_s, colour="Yellow" if n else "Blue", comment=comment))
        parts.append(Part(segment.run.media, *segment.own))
        at_s += segment.length_s
    timeline = joined_timeline(f"joinable best {title}", parts, markers)
    start = EDITORS_START[:-3] + (";" if parts[0].media.timecode_rate.drop else ":") + EDITORS_START[-2:]
    return write_files(format_named(FORMAT), timeline, target, WriteOptions(start_timecode=start))
