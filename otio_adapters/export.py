"""Markers of a recording to a file for an editor: a preset says which format, and the user may override."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mtbsync_core.markers import Marker
from mtbsync_core.mediainfo import MediaInfo
from otio_adapters.build import Owner, build_timeline
from otio_adapters.formats import Format, write_files
from otio_adapters.writing import PLAIN, ExportReport, Issue, WriteOptions, cutting_rate


def export(
    format: Format,
    media: MediaInfo,
    markers: Sequence[Marker],
    target: Path,
    how: WriteOptions = PLAIN,
    *,
    owner: Owner = "timeline",
    strict: bool = False,
) -> ExportReport:
    """Write markers, seconds of the recording's clock, to `target`.

    Raises:
        LossError: with `strict`, when anything would be lost or assumed; then nothing is written.
        UsageError: a file cannot be written.
        FormatError: a start timecode does not exist at its rate.
    """
    issues = _oddities(media)
    own = media.timecode_rate
    if how.rate is None and format.by_timecode and cutting_rate(own) != own:
        how = replace(how, rate=cutting_rate(own))
        assert how.rate is not None
        fps = f"{float(own.fps):.3f} fps; the file counts {float(how.rate.fps):.3f}, as its timeline must"
        issues.append(Issue("half_rate", 1, f"the video runs at {fps}"))
    timeline = build_timeline(media, markers, owner=owner)
    return write_files(format, timeline, target, how, strict=strict, known=issues)


def _oddities(media: MediaInfo) -> list[Issue]:
    issues = []
    if media.variable_rate:
        text = "the video has a variable frame rate: markers lie on the grid of its mean rate"
        issues.append(Issue("variable_rate", 1, text))
    if media.drop and not media.timecode_rate.drop:
        # Apple's camera app marks 30 fps files so.
        text = f"the video says drop frame, which {float(media.rate):.3f} fps does not have: counted as non-drop"
        issues.append(Issue("drop_ignored", 1, text))
    if len(media.files) > 1:
        text = f"the recording has {len(media.files)} files; the export names the first and counts on through all"
        issues.append(Issue("chapters", len(media.files), text))
    return issues
