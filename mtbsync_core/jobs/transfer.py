"""`Transfer`: markers of a part of one file carried over to parts of others, as editors have them on a timeline.

Each part is looked at with `HANDLES_S` more at both ends, since editors trim; where that is too little to be sure, the
whole files are. A part that shows several rides of the reference gets the markers on each of them. How much of a file
is looked at for one ride or lap of it is in `rides`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial

from mtbsync_core.alignment.options import AlignOptions
from mtbsync_core.alignment.passes import SEVERAL, find_passes
from mtbsync_core.alignment.pipeline import align_indexes
from mtbsync_core.alignment.result import Alignment
from mtbsync_core.alignment.stopwatch import Stopwatch
from mtbsync_core.alignment.user_pairs import UserPair
from mtbsync_core.errors import EvidenceError, MediaError
from mtbsync_core.files import same_file
from mtbsync_core.jobs.excerpt import Excerpt, pace
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.jobs.options import DecodingOptions, ReviewOptions
from mtbsync_core.jobs.rides import Ride, looked_at, parts_of, reach
from mtbsync_core.markers import Marker, MovedMarker, transfer
from mtbsync_core.media.probe import probe, probe_file
from mtbsync_core.media.proxy import unfit
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.telemetry.preflight import check_pair
from mtbsync_core.telemetry.reading import read_telemetry
from mtbsync_core.telemetry.track import Telemetry
from mtbsync_core.timecode import minutes_seconds
from mtbsync_core.vision.index import FrameIndex, IndexOptions, build_index, described_again
from mtbsync_core.warp import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferOptions:
    """How runs are compared and markers judged."""

    align: AlignOptions = field(default_factory=AlignOptions)
    decoding: DecodingOptions = field(default_factory=DecodingOptions)
    review: ReviewOptions = field(default_factory=ReviewOptions)


@dataclass(frozen=True, slots=True)
class Transferred:
    """What came of one new run: no `moved` markers where it was refused.

    Times of the alignment are seconds of the files and count from `ref_from_s` and `new_from_s`. These two, `new_to_s`
    and the times of the markers, which count from the first frames, are on the clocks of the excerpts.
    """

    alignment: Alignment
    moved: Sequence[MovedMarker]
    ref_from_s: float
    new_from_s: float
    new_to_s: float
    seen: Sequence[MovedMarker] = ()
    """The markers on the clocks of the alignment."""


@dataclass(frozen=True, slots=True)
class _Part:
    """What was looked at: its samples, and where its clock begins in the file, seconds."""

    index: FrameIndex
    from_s: float
    whole: bool


class Transfer:
    """One reference with its markers, for any number of new runs; what was seen of the reference is kept."""

    def __init__(self, reference: Excerpt, markers: Sequence[Marker], options: TransferOptions | None = None) -> None:
        """Args: `markers` in seconds from the first frame of the reference's file, on the clock of `reference`."""
        self._reference = reference
        self._markers = markers
        self._options = options or TransferOptions()
        self._media: MediaInfo | None = None
        self._pace = 1.0
        self._telemetry: Telemetry | None = None
        self._parts: dict[tuple[Span, IndexOptions], _Part] = {}
        o = self._options
        again = partial(described_again, threads=o.decoding.workers)
        self._again = lru_cache(maxsize=2)(again)  # of the reference and of one new run

    def rides(self, new: Excerpt, listener: Listener) -> list[Ride]:
        """The rides of the reference in a new run, by rising time; one that is too short for two is a ride itself.

        Raises:
            MediaError: a file cannot be used, does not run in real time (TimeWarp), or the editor plays it at
                another rate in a way that cannot be calculated exactly.
            UsageError: a part is empty or goes beyond its file.
            FormatError: the GPX or FIT cannot be read.
        """
        if self._media is None:
            ref_media = _probed(self._reference, listener)
            self._pace = _pace(self._reference, ref_media, listener)
            self._reference = self._reference.in_file_seconds(ref_media, self._pace)
            self._media = ref_media
        media = _probed(new, listener)
        new_pace = _pace(new, media, listener)
        new = new.in_file_seconds(media, new_pace)
        check_pair(self._media, media)
        if self._telemetry is None:
            self._telemetry = self._sensors(self._media, self._reference)
        parts = self._searched(media, new, listener)
        if len(parts) > 1:
            places = ", ".join(minutes_seconds(part.from_s / new_pace) for part in parts)
            listener.note(f"{media.name} shows {len(parts)} rides of the reference, from {places} on")
        telemetry = self._sensors(media, new)
        return [
            Ride(part, media, new_pace, telemetry, tuple(other for other in parts if other is not part))
            for part in parts
        ]

    def run(self, ride: Ride, listener: Listener, anchors: Iterable[UserPair] = ()) -> Transferred:
        """Carry the markers to one ride, from the parts, and from all there is of it where these are not enough.

        Args:
            ride: one that `rides` gave.
            anchors: moments that match, in seconds from the first frames of both files, on the editor's clocks.

        Raises:
            MediaError: a file cannot be decoded.
            UsageError: the anchors contradict each other.
            EvidenceError: there is too little to compare.
        """
        ride, pairs = ride.with_pairs(UserPair(pair.ref_s * self._pace, pair.new_s * ride.pace) for pair in anchors)
        found, ref, part = self._aligned(ride, pairs, listener, whole=False)
        if (found is None or found.verdict == "refused") and not (ref.whole and part.whole):
            listener.note(f"{ride.new.path.name}: too little in common in these parts: looking at all of them")
            found, ref, part = self._aligned(ride, pairs, listener, whole=True)
        if found is None:
            raise EvidenceError(
                f"{ride.new.path.name} and {self._reference.path.name} show too little to be compared",
                "Leave more of both clips on the timeline.",
            )
        moved, carried = list[MovedMarker](), list[MovedMarker]()
        if found.usable:
            there = [
                replace(m, t_s=m.t_s * self._pace - ref.from_s, duration_s=m.duration_s * self._pace)
                for m in self._markers
            ]
            carried = transfer(there, found.usable_warp(), review_threshold=self._options.review.review_threshold)
            moved = [
                _in_excerpt(m, source, part.from_s, ride.pace) for m, source in zip(carried, self._markers, strict=True)
            ]
        to_s = part.from_s + part.index.media.duration_s
        return Transferred(found, moved, ref.from_s / self._pace, part.from_s / ride.pace, to_s / ride.pace, carried)

    def _searched(self, media: MediaInfo, new: Excerpt, listener: Listener) -> list[Excerpt]:
        """The parts that are rides of the reference; the part itself where it shows one or none."""
        assert self._media is not None
        laps = same_file(self._reference.path, new.path)
        beside_new, beside_ref = ((self._reference,), (new,)) if laps else ((), ())
        if new.length_s(media) < SEVERAL * self._reference.length_s(self._media):
            return [new]
        span = looked_at(media, new, beside_new)
        ref = self._look(self._media, self._reference, media, beside_ref, listener, whole=False)
        o, part = self._options, media.excerpt(*span)
        found = find_passes(ref.index, part, o.align, threads=o.decoding.workers, progress=listener.stage)
        return parts_of(new, found) or [new]

    def _sensors(self, media: MediaInfo, excerpt: Excerpt) -> Telemetry:
        """What sensors say of the whole file, on its clock."""
        if not self._options.align.telemetry:
            return Telemetry()
        return read_telemetry(media, excerpt.gpx, excerpt.gpx_offset_s)

    def _aligned(
        self, ride: Ride, pairs: Sequence[UserPair], listener: Listener, *, whole: bool
    ) -> tuple[Alignment | None, _Part, _Part]:
        """The alignment of both parts, None where there is too little in them, and the parts."""
        assert self._media is not None and self._telemetry is not None
        new, media, o = ride.new, ride.media, self._options
        laps = same_file(self._reference.path, new.path)
        beside_ref = (new, *ride.beside) if laps else ()
        beside_new = (self._reference, *ride.beside) if laps else ride.beside
        ref = self._look(self._media, self._reference, media, beside_ref, listener, whole=whole)
        part = self._look(media, new, self._media, beside_new, listener, whole=whole)
        ref_s = ref.index.media.duration_s
        moments_s = [t for t in (marker.t_s * self._pace - ref.from_s for marker in self._markers) if 0 <= t <= ref_s]
        try:
            alignment = align_indexes(
                ref.index,
                part.index,
                options=o.align,
                telemetry=(self._telemetry.since(ref.from_s), ride.telemetry.since(part.from_s)),
                user=[UserPair(pair.ref_s - ref.from_s, pair.new_s - part.from_s) for pair in pairs],
                moments_s=moments_s,
                threads=o.decoding.workers,
                clock=Stopwatch(listener.stage),
                again=self._again,
            )
        except EvidenceError:
            return None, ref, part
        return alignment, ref, part

    def _look(
        self,
        media: MediaInfo,
        excerpt: Excerpt,
        other: MediaInfo,
        beside: Sequence[Excerpt],
        listener: Listener,
        *,
        whole: bool,
    ) -> _Part:
        options = self._options.align.index_once.beside(media, other)
        widest = reach(media, excerpt, beside)
        span = widest if whole else looked_at(media, excerpt, beside)
        if excerpt is self._reference and (span, options) in self._parts:
            return self._parts[span, options]
        index = build_index(
            media if span == (0.0, media.duration_s) else media.excerpt(*span),
            options,
            threads=self._options.decoding.workers,
            progress=partial(listener.stage, f"looking at {excerpt.path.name}"),
        )
        part = _Part(index, span[0], span == widest)
        if excerpt is self._reference:
            self._parts[span, options] = part
        return part


def _probed(excerpt: Excerpt, listener: Listener) -> MediaInfo:
    """The file, with the editor's small copy of it where that fits."""
    media = probe(excerpt.path, chapters=False)
    if excerpt.proxy is None:
        return media
    try:
        reason = unfit(media, probe_file(excerpt.proxy))
    except MediaError as error:
        reason = error.message
    if reason:
        listener.note(f"the proxy {excerpt.proxy} is not used: {reason}")
        return media
    return replace(media, files=(replace(media.files[0], proxy=excerpt.proxy),))


def _pace(excerpt: Excerpt, media: MediaInfo, listener: Listener) -> float:
    """As `excerpt.pace`, and said where it is not 1."""
    found = pace(excerpt, media)
    if found != 1:
        shown, recorded = float(excerpt.fps or 0), float(media.rate)
        listener.note(
            f"{media.name}: played at {shown:g} frames a second, recorded at {recorded:g}; its times are converted"
        )
    return found


def _in_excerpt(marker: MovedMarker, source: Marker, from_s: float, new_pace: float) -> MovedMarker:
    """The same on the clocks of the excerpts, from the first frames of both files."""
    t_new, t_lo, t_hi = [
        None if t is None else (t + from_s) / new_pace for t in (marker.t_new, marker.t_lo, marker.t_hi)
    ]
    duration_s = marker.duration_new_s / new_pace
    return replace(marker, source=source, t_new=t_new, t_lo=t_lo, t_hi=t_hi, duration_new_s=duration_s)
