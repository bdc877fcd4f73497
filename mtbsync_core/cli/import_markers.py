"""`mtbsync import-markers`: the markers of a recording out of a file of an editor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mtbsync_core.cli.report import Report
from mtbsync_core.cli.summary import say_problems, write_ref_markers
from mtbsync_core.jobs.nle import not_over
from mtbsync_core.jobs.options import SourceOptions
from mtbsync_core.jobs.ref_markers import read_ref_markers
from mtbsync_core.media.probe import probe
from mtbsync_core.timecode import Rate


def import_markers(
    report: Report,
    *,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="A file of an editor, such as .edl, .fcpxml, .xml, .otio, Avid .txt, .csv."
        ),
    ],
    video: Annotated[
        Path | None, typer.Option("--video", help="The recording that the markers are for: the reference.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="The marker file to write; without it, FILE's name with .csv.")
    ] = None,
    format: Annotated[
        str | None, typer.Option("--format", help="What FILE is, where its content does not tell: edl, avid, ...")
    ] = None,
    fps: Annotated[
        str | None, typer.Option("--fps", help="Frame rate of the timeline, if not the video's, where FILE is silent.")
    ] = None,
    drop: Annotated[
        bool | None, typer.Option("--drop/--non-drop", help="How the timeline counts, whatever FILE says.")
    ] = None,
    source: SourceOptions,
) -> None:
    """Take the markers of a recording out of a file of your editor, as a marker file for --ref-markers.

    Times come out in seconds of the recording. Markers on its clips are its own; markers of the timeline count where
    the timeline shows it. (align and transfer-markers take these files directly, too.)

    Example: mtbsync import-markers timeline.fcpxml --video reference.mp4 --out ref_markers.csv
    """

    target = out or file.with_suffix(".csv")
    not_over(target, (file, video))
    media = probe(video) if video is not None else None
    rate = Rate.of(fps) if fps is not None else None
    table = read_ref_markers(file, media, start=source.ref_start, rate=rate, drop=drop, format=format)
    say_problems(report, file, table)
    write_ref_markers(report, target, table.markers, "markers")
