"""`CompareTimeline`: two runs side by side and in step, with the time delta at each marker, as a timeline for DaVinci
Resolve.

The map is that of a transfer, the file that of `export-timeline`; its picture has the size of the editor's, so each run
fills one half of the screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from mtbsync_core.alignment.result import Alignment
from mtbsync_core.alignment.user_pairs import UserPair
from mtbsync_core.errors import EvidenceError, MediaError, UsageError
from mtbsync_core.jobs.excerpt import Excerpt, frame_rate, pace
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.jobs.nle import nle_engine, not_over
from mtbsync_core.jobs.transfer import Transfer, TransferOptions
from mtbsync_core.marker_times import EDITORS_START
from mtbsync_core.markers import Marker
from mtbsync_core.media.probe import probe
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.options import option
from mtbsync_core.timecode import Rate, frames_of, is_drop_label, label_of
from mtbsync_core.timing.compare import delta
from mtbsync_core.timing.runs import TimedRun
from mtbsync_core.warp import Span, TimeWarp

BEHIND, AHEAD, EVEN, START = "Red", "Green", "Yellow", "Blue"
"""Colours of the markers: surely behind, surely ahead, neither is sure, and where the delta is zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineFile:
    """The file to write, and the editor's timeline that it is for."""

    path: Path
    fps: Fraction = option(read=frame_rate)
    drop: bool = False
    """Whether its timecode is drop frame."""
    width: int = option(minimum=16)
    height: int = option(minimum=16)
    ref_timecode: str = ""
    """Of the first frame of the reference's file, as the editor has it; without it, what the file says."""
    new_timecode: str = ""
    """Likewise of the new run's."""


@dataclass(frozen=True, slots=True)
class MarkerDelta:
    """How much longer than the reference the new run took from the first marker to this one, seconds, and half of the
    90 % interval.
    """

    marker: Marker
    """In seconds of the reference's file; its name tells the delta."""
    delta_s: float
    half90_s: float


@dataclass(frozen=True, slots=True)
class Shown:
    """A clip of the timeline: `length` frames from its frame `at` on, and the part of the file that they show."""

    track: int
    """0 is the reference's, 1 that of the new run."""
    at: int
    length: int
    path: Path
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True)
class Compared:
    """What was written: clips in the order of tracks and time, markers that have a place in both runs, and the zoom
    (of the reference and of the new run) with which each picture fits into its half of the screen.
    """

    alignment: Alignment
    clips: tuple[Shown, ...]
    deltas: tuple[MarkerDelta, ...]
    zoom: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareTimeline:
    """Two parts of recordings as they lie on an editor's timeline, the reference's markers, and the file to write."""

    reference: Excerpt
    new: Excerpt
    markers: Sequence[Marker]
    """In seconds of the reference's file."""
    file: TimelineFile
    anchors: Sequence[UserPair] = ()
    options: TransferOptions = field(default_factory=TransferOptions)

    def run(self, listener: Listener) -> Compared:
        """Align the runs and write the timeline.

        Raises:
            MediaError: a file cannot be used, or the editor plays it at another rate than it was recorded at.
            RefusedError: the alignment was refused.
            FormatError: a timecode does not exist.
            EvidenceError: the parts have nothing in common, or there is too little to compare.
            UsageError: a part is empty or goes beyond its file, or shows several rides of the reference.
            EngineMissingError: OpenTimelineIO is not installed.
        """
        not_over(self.file.path, (self.reference.path, self.new.path))
        ref = _in_real_time(self.reference, self.file.ref_timecode)
        new = _in_real_time(self.new, self.file.new_timecode)
        transfer = Transfer(self.reference, self.markers, self.options)
        ride, *others = transfer.rides(self.new, listener)
        if others:
            raise UsageError(
                f"{new.name} shows {1 + len(others)} rides of the reference, and only one can be beside it",
                "Trim the clip to one of them.",
            )
        found = transfer.run(ride, listener, self.anchors)
        warp = found.alignment.usable_warp()
        warp = replace(warp, ref_s=warp.ref_s + found.ref_from_s, new_s=warp.new_s + found.new_from_s)
        span = max(0.0, self.reference.from_s), min(self.reference.to_s, ref.duration_s)
        here = warp.clip(ref=span, new=(self.new.from_s, self.new.to_s))
        if here is None:
            raise EvidenceError(
                f"what the timeline shows of {new.name} and of {ref.name} has nothing in common",
                "Leave more of both clips on the timeline.",
            )
        rate = Rate.of(self.file.fps).dropping(self.file.drop)
        deltas = _deltas(here, self.markers)
        clips = self._write(here, ref, new, span, rate, [one.marker for one in deltas])
        return Compared(found.alignment, clips, deltas, self._zooms(ref, new))

    def _write(
        self, warp: TimeWarp, ref: MediaInfo, new: MediaInfo, span: Span, rate: Rate, markers: Sequence[Marker]
    ) -> tuple[Shown, ...]:
        with nle_engine():
            from otio_adapters.content import content_of
            from otio_adapters.formats import FORMATS, write_files
            from otio_adapters.retime import retimed_timeline
            from otio_adapters.writing import WriteOptions
        timeline = retimed_timeline(warp, ref, new, "side-by-side", markers, rate=rate, span=span)
        start = label_of(frames_of(EDITORS_START, rate), rate)
        how = WriteOptions(start_timecode=start, size=(self.file.width, self.file.height))
        write_files(FORMATS["resolve-otio"], timeline, self.file.path, how)
        return tuple(
            Shown(
                piece.track,
                rate.to_frames(piece.at_s),
                rate.to_frames(piece.at_s + piece.length_s) - rate.to_frames(piece.at_s),
                (new if piece.track else ref).path,
                float(piece.media_in_s),
                float(piece.media_in_s + piece.length_s * piece.speed),
            )
            for piece in sorted(content_of(timeline).pieces, key=lambda piece: (piece.track, piece.at_s))
        )

    def _zooms(self, ref: MediaInfo, new: MediaInfo) -> tuple[float, float]:
        with nle_engine():
            from otio_adapters.formats.resolve_otio import zoom_into_half
        screen = self.file.width, self.file.height
        return zoom_into_half(screen, (ref.width, ref.height)), zoom_into_half(screen, (new.width, new.height))


def _in_real_time(excerpt: Excerpt, timecode: str) -> MediaInfo:
    """The file with the editor's timecode, played at the rate at which it was recorded: no .otio says another one.

    Raises:
        MediaError: it does not.
    """
    media = probe(excerpt.path, chapters=False)
    if pace(excerpt, media) != 1:
        raise MediaError(
            f"the editor plays {media.name} at {float(excerpt.fps or 0):g} frames a second, recorded were"
            f" {float(media.rate):g}: a timeline file cannot say so",
            f"Set the clip's frame rate back to {float(media.rate):g} (in DaVinci Resolve: Clip Attributes).",
        )
    return replace(media, start_timecode=timecode, drop=is_drop_label(timecode)) if timecode else media


def _deltas(warp: TimeWarp, markers: Sequence[Marker]) -> tuple[MarkerDelta, ...]:
    """The delta at each marker that both runs have; it is zero at the first of these."""
    there = sorted((one for one in markers if warp.place(one.t_s) == "inside"), key=lambda one: one.t_s)
    if not there:
        return ()
    t_ref = np.array([one.t_s for one in there])
    clock = TimedRun.reference("", float(warp.ref_s[-1]))
    found = delta(TimedRun(name="", warp=warp), clock, t_ref, start_s=float(t_ref[0]))
    half90_s = (found.hi - found.lo) / 2
    told = []
    for n, one in enumerate(there):
        lost_s, half_s = float(found.seconds[n]), float(half90_s[n])
        name, colour = one.name or "Marker", START
        if n:
            name = f"{name} {lost_s:+.2f} \u00b1{half_s:.2f} s"
            colour = (BEHIND if lost_s > 0 else AHEAD) if abs(lost_s) > half_s else EVEN
        comment = f"mtbsync: lost (+) or won (-) since {there[0].name or 'the first marker'}"
        marker = Marker(name, one.t_s, 0.0, colour, comment, marker_id=one.marker_id)
        told.append(MarkerDelta(marker, lost_s, half_s))
    return tuple(told)
