"""`mtbsync markers-from-hilights`: the tags that the rider set while recording, as a marker file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mtbsync_core.cli.report import Report
from mtbsync_core.cli.summary import write_ref_markers
from mtbsync_core.errors import UsageError
from mtbsync_core.files import same_file
from mtbsync_core.jobs.options import RecordingOptions
from mtbsync_core.jobs.ref_markers import hilight_markers
from mtbsync_core.media.probe import probe


def markers_from_hilights(
    report: Report,
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A GoPro's recording; it stands for all its chapters.")],
    out: Annotated[Path, typer.Option("--out", help="The marker file to write.")] = Path("ref_markers.csv"),
    automatic: Annotated[
        bool, typer.Option("--automatic", help="Also those that the camera set by itself: jumps, loud noises.")
    ] = False,
    recording: RecordingOptions,
) -> None:
    """Take a GoPro's HiLight tags as reference markers, a marker file for --ref-markers.

    (align and transfer-markers take them directly, too: --markers hilights, --ref-markers hilights.)

    Example: mtbsync markers-from-hilights GX010123.MP4 --out ref_markers.csv
    """

    media = probe(file, chapters=recording.chapters)
    if any(same_file(out, part.path) for part in media.files):
        raise UsageError(f"{out} is the recording", "Choose another name with --out.")
    markers = hilight_markers(media, automatic=automatic)
    write_ref_markers(report, out, markers, "HiLights")
