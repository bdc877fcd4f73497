"""The joinable best as a timeline for editors: its sectors one behind the other, and what each seam costs in speed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mtbsync_core.jobs.nle import nle_engine
from mtbsync_core.marker_times import EDITORS_START
from mtbsync_core.markers import Marker
from mtbsync_core.timing.best import Best
from mtbsync_core.timing.lines import SectorLines
from mtbsync_core.timing.runs import TimedRun

if TYPE_CHECKING:
    from otio_adapters.writing import ExportReport

FORMAT = "resolve-otio"


def stretches_of(best: Best, lines: SectorLines) -> list[tuple[int, float, float]]:
    """The stretches of one run each, (its number, from, to), trail seconds."""
    found, at = [], 0
    for run, sectors in groupby(best.run.tolist()):
        end = at + len(list(sectors))
        found.append((run, float(lines.t_ref[at]), float(lines.t_ref[end])))
        at = end
    return found


def write_best(
    best: Best, runs: Sequence[TimedRun], lines: SectorLines, title: str, target: Path
) -> ExportReport | None:
    """Write the timeline; None where a recording of it is not known.

    Raises:
        EngineMissingError: OpenTimelineIO is not installed.
        UsageError: the file cannot be written.
    """
    with nle_engine():
        from otio_adapters.formats import format_named, write_files
        from otio_adapters.joined import Part, joined_timeline
        from otio_adapters.writing import WriteOptions
    pieces, markers, at_s = [], [], 0.0
    seams = {seam.line: seam for seam in best.seams}
    for run, from_s, to_s in stretches_of(best, lines):
        media = runs[run].media
        own_from, own_to = (float(t) for t in runs[run].warp.to_new([from_s, to_s]))
        if media is None:
            return None
        line = int(np.argmin(np.abs(lines.t_ref - from_s)))
        seam = seams.get(line)
        comment = runs[run].name
        if seam is not None:
            comment += f"; speed {seam.ratio - 1:+.0%} ± {(seam.hi - seam.lo) / 2:.0%} of {runs[seam.before].name}"
        markers.append(Marker(lines.names[line], at_s, colour="Blue" if seam is None else "Yellow", comment=comment))
        pieces.append(Part(media, own_from, own_to))
        at_s += own_to - own_from
    timeline = joined_timeline(f"joinable best {title}", pieces, markers)
    return write_files(format_named(FORMAT), timeline, target, WriteOptions(start_timecode=EDITORS_START))
