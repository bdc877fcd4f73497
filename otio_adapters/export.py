"""Moved markers to an editor's file: which markers go in, under which colour and note, and by which writer.

Rules, the same for every format: `moved` and `doubtful` markers are written; `outside` and `gap` ones have no place
and are named in the report. The name stays as it was. The note gets the accuracy (`± 0.12 s, confidence 97 %`). A
doubtful marker says `please check` there, and is yellow unless colours are to be kept.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import opentimelineio as otio

from mtbsync_core.errors import RefusedError, UsageError
from mtbsync_core.marker_csv import read_moved, read_provenance
from mtbsync_core.markers import Marker, MovedMarker
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.timecode import Rate
from otio_adapters import resolve_edl
from otio_adapters.build import build_timeline, rate_of
from otio_adapters.report import ExportReport, Issue

DOUBTFUL_COLOUR = "Yellow"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """What a user may override; None stands for what the new recording says."""

    rate: Rate | None = None
    start_timecode: str | None = None
    keep_colours: bool = False
    """Leave doubtful markers in their own colour."""
    ascii: bool = False
    crlf: bool = False


Writer = Callable[[otio.schema.Timeline, Path, ExportOptions], ExportReport]


def export_markers(
    source: Path | Sequence[MovedMarker],
    out: Path,
    *,
    media: MediaInfo | None = None,
    preset: str = "resolve-edl",
    how: ExportOptions = ExportOptions(),
) -> ExportReport:
    """Write the markers that have a place in the new run to `out`, in the format of `preset`.

    Args:
        source: `new_markers.csv` or its markers.
        media: the new recording; without it, the one in the file's provenance.

    Raises:
        UsageError: the preset is unknown, the recording is not known, or a file cannot be read or written.
        RefusedError: the markers come from a warp that was refused.
        FormatError: the marker file is damaged, or a start timecode does not exist at its rate.
    """
    if preset not in PRESETS:
        raise UsageError(f"there is no preset {preset!r}", f"Presets: {', '.join(PRESETS)}.")
    if isinstance(source, Path):
        provenance = read_provenance(source)
        if provenance is not None and provenance.verdict == "refused":
            raise RefusedError(
                f"{source} comes from a refused alignment",
                "The two recordings do not show the same trail: see timewarp.json.",
            )
        media = media or (provenance.media if provenance else None)
        source = read_moved(source)
    if media is None:
        raise UsageError("the frame rate and start timecode of the new video are not known", "Give it with --video.")
    issues = [*_unplaced(source), *_media_issues(media)]
    markers = [annotated(m, keep_colours=how.keep_colours) for m in source if m.t_new is not None]
    if not markers:
        return ExportReport(
            (), 0, (*issues, Issue("nothing", 0, "no marker has a place in the new run: no file is written"))
        )
    report = PRESETS[preset](build_timeline(media, markers), out, how)
    return replace(report, issues=(*issues, *report.issues))


def annotated(moved: MovedMarker, *, keep_colours: bool = False) -> Marker:
    """A moved marker as one of the new run, with its accuracy in the comment and its doubt in the colour."""
    marker = moved.on_new()
    doubtful = moved.status == "doubtful"
    colour = DOUBTFUL_COLOUR if doubtful and not keep_colours else marker.colour
    comment = " / ".join(part for part in (marker.comment, _accuracy(moved)) if part)
    return replace(marker, colour=colour, comment=comment)


def _accuracy(moved: MovedMarker) -> str:
    parts = []
    if moved.t_lo is not None and moved.t_hi is not None:
        percent = math.floor(moved.confidence * 100)
        sure = f"{percent} %" if percent < 99 else "99 % or more"
        parts = [f"± {(moved.t_hi - moved.t_lo) / 2:.2f} s", f"confidence {sure}"]
    return ", ".join([*parts, *(["please check"] if moved.status == "doubtful" else [])])


def _unplaced(moved: Sequence[MovedMarker]) -> list[Issue]:
    reasons = {
        "outside": "lies outside what both runs show and is not written",
        "gap": "lies in a stretch that the new run does not show and is not written",
    }
    issues = []
    for status, text in reasons.items():
        names = [m.source.name for m in moved if m.status == status]
        if names:
            listed = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
            issues.append(Issue(status, len(names), f"marker {text}: {listed}"))
    return issues


def _media_issues(media: MediaInfo) -> list[Issue]:
    issues = []
    if media.variable_rate:
        text = "the new video has a variable frame rate: markers lie on the grid of its mean rate"
        issues.append(Issue("variable_rate", 1, text))
    if media.drop and not media.timecode_rate.drop:
        # Apple's camera app marks 30 fps files so.
        text = f"the new video says drop frame, which {float(media.rate):.3f} fps does not have: counted as non-drop"
        issues.append(Issue("drop_ignored", 1, text))
    return issues


def _resolve_edl(timeline: otio.schema.Timeline, out: Path, how: ExportOptions) -> ExportReport:
    rate, own = how.rate, rate_of(timeline)[0]
    issues: tuple[Issue, ...] = ()
    if rate is None and own.nominal > 100:
        # Frames of three digits; what Resolve makes of them in an EDL is not known. Editors cut at half the rate.
        rate = own
        while rate.nominal > 100:
            rate = Rate(rate.num, rate.den * 2, False) if rate.num % 2 else Rate(rate.num // 2, rate.den, rate.drop)
        text = f"the video runs at {float(own.fps):.3f} fps; the EDL counts {float(rate.fps):.3f}, as its timeline must"
        issues = (Issue("half_rate", 1, text),)
    options = resolve_edl.EdlOptions(rate=rate, start_timecode=how.start_timecode, ascii=how.ascii, crlf=how.crlf)
    report = resolve_edl.write_files(timeline, out, options)
    return replace(report, issues=(*issues, *report.issues))


PRESETS: dict[str, Writer] = {"resolve-edl": _resolve_edl}
"""The formats by the name that users give them."""
