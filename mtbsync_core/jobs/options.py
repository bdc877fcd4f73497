"""Groups of options that several jobs share, so that they are called and explained alike everywhere."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from mtbsync_core.markers import REVIEW_THRESHOLD
from mtbsync_core.options import option


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingOptions:
    """What a recording is."""

    chapters: bool = option(
        True, "--no-chapters", "Take each file for itself; do not join the chapters of its recording."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodingOptions:
    """How much of the machine is used."""

    threads: int | None = option(
        None, "--threads", "Parts decoded at once. Default: the cores, at most 8.", minimum=1, maximum=256
    )

    @property
    def workers(self) -> int:
        """What was asked for, or the cores of this machine, at most 8."""
        return self.threads or min(8, os.cpu_count() or 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuringOptions:
    """What perf.json says of the machine."""

    gpu: bool = option(
        True,
        "--no-gpu",
        "Do not ask NVIDIA's driver for perf.json how busy the GPU was (extra `gpu`). The engine itself uses none.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOptions:
    """Where the markers of the reference lie."""

    ref_start: str | None = option(
        None,
        "--ref-start",
        "Timecode of the editor's timeline at which the reference's first frame sits, "
        "for lists and tables of timecodes.",
    )
    sequence: str | None = option(
        None, "--sequence", "The timeline to read, by its name, where the file of the editor holds several."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineOptions:
    """The editor's timeline that an EDL is for."""

    new_start: str | None = option(
        None,
        "--new-start",
        "Timecode of the editor's timeline at which the new run's first frame sits, for an EDL that fits there.",
    )
    timeline_fps: str | None = option(
        None,
        "--timeline-fps",
        "Frame rate of the editor's timeline, for EDLs in and out, such as 29.97, if not that of the recordings.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewOptions:
    """Which markers need a look."""

    review_threshold: float = option(
        REVIEW_THRESHOLD,
        "--review-threshold",
        "Markers whose confidence (chance of lying within 0.3 s) is below this are marked for review.",
        minimum=0.0,
        maximum=1.0,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkingOptions:
    """How moved markers are written."""

    review: ReviewOptions = field(default_factory=ReviewOptions)
    label: str | None = option(None, "--label", "A text for the column `label`, for example the rider.")
    vis_json: bool = option(
        False, "--vis-json", "Also put the markers and the straight-line fit into the .json beside the marker file."
    )
