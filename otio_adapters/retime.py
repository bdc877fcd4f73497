"""The new run in step with the reference: a timeline on the clock of the reference in which the new run is retimed.

An editor carries constant speeds between formats, and little else. So the new run is cut into pieces of constant
speed, from whole frames to whole frames both of the sequence and of the file: nothing is left for a format to round.
(Where the file has clearly fewer frames a second than the sequence, a half, a third ... of its frames counts as whole,
and a format that knows only whole ones rounds once more.) What the warp does not map is a gap of the track.

At every frame of the sequence that the warp maps, the piece is at most half a frame of the sequence off the exact warp,
in seconds of the new run's clock (of 60 and 59.94 fps and their like, half of the longer frame). This pays for both
grids and for the straightness of the pieces together. Along each stretch the walk counts the pieces up and keeps the
furthest frames that so many can reach; so a straight warp is one piece however long it is, and a crooked one has as few
as can be found (against all ways to cut: one too many at times).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Literal

import numpy as np
import opentimelineio as otio
from numpy.typing import NDArray

from mtbsync_core.errors import FormatError
from mtbsync_core.markers import Marker
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.timecode import Rate, cutting_rate, frames_of
from mtbsync_core.warp import Span, TimeWarp
from otio_adapters.build import KEY, clip_of, frame_time, marker_on, rate_metadata, same_second, stretches, time_range
from otio_adapters.ramp import Ramp
from otio_adapters.safe_text import storable

Style = Literal["side-by-side", "stacked", "new-only"]
"""How the two runs lie: each in one half of a picture of double width (`place` "left" or "right" in the metadata of
the clips; a writer that cannot place pictures says so), or the new run above the reference, to be switched off and on
in the editor, or the new run alone."""

Floats = NDArray[np.float64]

_NEAR = Fraction(1, 4)
"""Frames that a clip with key frames may be off the warp between them."""
_SLACK = 1e-9
"""Frames; what floats lose."""
_FIRST_LOOK = 256
"""Frames looked ahead at first; the look is doubled as long as it is not far enough."""
_CHOICES = 8
"""Ends that are tried for each piece: the furthest is not always on a good step for the next piece."""


@dataclass(frozen=True, slots=True)
class Cut:
    """`length` frames of the sequence, from its frame `at` on, run evenly through `media_length` frames of a file."""

    at: int
    length: int
    file: int
    """Which of the new run's files."""
    media_in: Fraction
    """Frames from the start of that file."""
    media_length: Fraction

    def speed(self, sequence: Rate, media: Rate) -> Fraction:
        """Media seconds per sequence second."""
        return self.media_length / media.fps / (self.length / sequence.fps)


def retimed_timeline(
    warp: TimeWarp,
    ref: MediaInfo,
    new: MediaInfo,
    style: Style,
    markers: Iterable[Marker] = (),
    *,
    rate: Rate | None = None,
    key_frames: bool = False,
    span: Span | None = None,
) -> otio.schema.Timeline:
    """The new run in step with the reference, from the reference's start timecode on.

    Args:
        warp: reference seconds to new seconds.
        markers: in reference seconds; they lie on the timeline.
        rate: of the sequence; without it the reference's, or half of that above 100 fps.
        key_frames: each stretch that is shown without a gap of one file is one clip whose speed has key frames.
        span: the part of the reference to show, seconds; None is all of it. The timeline begins with it.

    Raises:
        FormatError: the warp maps no frame of the reference to one of the new run, or a start timecode does not exist.
    """
    rate = rate or cutting_rate(ref.timecode_rate)
    files = stretches(ref, rate)
    begin, end = (0, files[-1][1]) if span is None else (max(0, rate.to_frames(span[0])), rate.to_frames(span[1]))
    length = min(end, files[-1][1]) - begin
    # From here on second 0 of the reference is the first of the timeline.
    warp = replace(warp, ref_s=warp.ref_s - float(rate.to_seconds(begin)))
    cuts = cuts_of(warp, new, rate, length)
    if not cuts:
        raise FormatError(
            f"the warp leads from no frame of {ref.name} to a frame of {new.name}", "Is it the warp of these two?"
        )
    beside = style == "side-by-side"
    shape = new if style == "new-only" else ref
    own, start = ref.timecode_rate, None
    if ref.start_timecode is not None:
        start = frame_time(same_second(frames_of(ref.start_timecode, own), own, rate) + begin, rate)
    timeline = otio.schema.Timeline(
        name=storable(f"{new.path.stem} in step with {ref.path.stem}"),
        global_start_time=start,
        metadata={KEY: rate_metadata(rate, (shape.width * (1 + beside), shape.height))},
    )
    if style != "new-only":
        shown = [(n, at, max(at, begin), min(end, begin + length)) for n, (at, end) in enumerate(files)]
        whole = [
            Cut(first - begin, last - first, n, (first - at) * own.fps / rate.fps, (last - first) * own.fps / rate.fps)
            for n, at, first, last in shown
            if first < last
        ]
        timeline.tracks.append(_track("Reference", ref, whole, rate, length, "left" if beside else ""))
    place = "right" if beside else ""
    if key_frames:
        timeline.tracks.append(_remapped_track("New run", new, cuts, warp, rate, length, place))
    else:
        timeline.tracks.append(_track("New run", new, cuts, rate, length, place))
    timeline.tracks.markers.extend(marker_on(rate, marker, -begin) for marker in markers)
    return timeline


def cuts_of(warp: TimeWarp, new: MediaInfo, rate: Rate, length: int) -> list[Cut]:
    """The pieces that play the new run in step with the first `length` frames of a reference at `rate`, in order."""
    fps = new.timecode_rate.fps
    # Of a frame of the file, that count as whole; 59.94 is as good as 60.
    parts = max(1, math.ceil(rate.fps / fps - Fraction(1, 100)))
    step_s = 1 / (parts * fps)
    wanted = warp.to_new(np.arange(length) * float(1 / rate.fps))
    bounds = stretches(new)
    starts = np.array([file.start_s for file in new.files])
    file = np.clip(np.searchsorted(starts, wanted + float(step_s / 2), side="right") - 1, 0, len(starts) - 1)
    steps = (wanted - starts[file]) / float(step_s)
    ends = np.array([(end - start) * parts for start, end in bounds])
    shown = np.isfinite(steps) & (steps >= -0.5) & (steps < ends[file] - 0.5)
    tolerance = max(0.5, float(1 / (2 * rate.fps * step_s)))
    found = []
    for first, last in _runs(np.where(shown, file, -1)):
        number = int(file[first])
        pieces = _pieces(steps[first:last], tolerance, int(ends[number]), step_s * rate.fps)
        found += [
            Cut(first + at, n, number, Fraction(begin, parts), Fraction(count, parts)) for at, n, begin, count in pieces
        ]
    return found


def _pieces(steps: Floats, tolerance: float, end: int, real_time: Fraction) -> list[tuple[int, int, int, int]]:
    """First frame, frames, first step and number of steps of each piece along a stretch without gaps.

    Args:
        steps: where each frame ought to be.
        end: number of steps in the file.
        real_time: frames per step at speed 1.
    """
    # For each number of pieces the frames that so many can end at, furthest first, and the last piece.
    reached: list[dict[int, tuple[int, int, int, int]]] = [{0: (0, 0, 0, 0)}]
    while len(steps) not in reached[-1]:
        ends: dict[int, tuple[int, int, int, int]] = {}
        for at in reached[-1]:
            nearest = int(np.clip(np.floor(steps[at] + 0.5), 0, end - 1))
            near = range(math.ceil(steps[at] - tolerance), math.floor(steps[at] + tolerance) + 1)
            for begin in sorted({nearest, *(n for n in near if 0 <= n < end)}, key=lambda n: abs(n - steps[at])):
                for n, count in _ways(steps[at:], begin, tolerance, end, real_time):
                    ends.setdefault(at + n, (at, n, begin, count))
        reached.append({at: ends[at] for at in sorted(ends, reverse=True)[:_CHOICES]})
    found = []
    at = len(steps)
    for last in reversed(reached[1:]):
        found.append(last[at])
        at = last[at][0]
    return found[::-1]


def _ways(steps: Floats, begin: int, tolerance: float, end: int, real_time: Fraction) -> Iterator[tuple[int, int]]:
    """Frames that one speed can hold when it starts at step `begin`, the most first, and the steps that it makes."""
    look = _FIRST_LOOK
    while True:
        ahead = steps[1:look]
        frame = np.arange(1, len(ahead) + 1)
        # Speeds, in steps per frame, that are right at this frame and at all before it.
        slowest = np.maximum.accumulate((ahead - tolerance - begin) / frame)
        fastest = np.minimum.accumulate((ahead + tolerance - begin) / frame)
        if len(ahead) == len(steps) - 1 or (slowest > fastest + _SLACK).any():
            break
        look *= 2
    length = frame + 1
    fewest = np.maximum(1, np.ceil(slowest * length - _SLACK))
    most = np.minimum(end - begin, np.floor(fastest * length + _SLACK))
    possible = np.flatnonzero((slowest <= fastest + _SLACK) & (fewest <= most))
    for i in possible[: -_CHOICES - 1 : -1]:
        n, low, high = int(length[i]), int(fewest[i]), int(most[i])
        plain = n / real_time
        if plain.denominator == 1 and low <= plain <= high:
            yield n, int(plain)  # no change of speed where none is needed
        else:
            yield n, min(high, max(low, round(n * (slowest[i] + fastest[i]) / 2)))
    yield 1, min(end - begin, max(1, round(1 / real_time)))


def _runs(values: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """First and end of each run of equal values that are not negative."""
    edges = [0, *(np.flatnonzero(np.diff(values)) + 1).tolist(), len(values)]
    for first, last in pairwise(edges):
        if first < last and values[first] >= 0:
            yield first, last


def _track(name: str, media: MediaInfo, cuts: list[Cut], rate: Rate, length: int, place: str) -> otio.schema.Track:
    own = media.timecode_rate
    # The timecode of a recording in chapters runs on from file to file.
    start = frames_of(media.start_timecode, own) if media.start_timecode else 0
    bounds = stretches(media)
    track = otio.schema.Track(name=name, kind=otio.schema.TrackKind.Video)
    at = 0
    for cut in [*cuts, Cut(length, 0, 0, Fraction(0), Fraction(0))]:
        if cut.at > at:
            track.append(otio.schema.Gap(source_range=time_range(0, cut.at - at, rate)))
        if cut.length:
            first, end = bounds[cut.file]
            available = time_range(start + first, end - first, own)
            track.append(_clip(media, cut, available, rate, place))
        at = cut.at + cut.length
    return track


def _remapped_track(
    name: str, media: MediaInfo, cuts: list[Cut], warp: TimeWarp, rate: Rate, length: int, place: str
) -> otio.schema.Track:
    """As `_track`, with the pieces that follow one another joined to clips with key frames on the exact warp."""
    stretches_of: list[list[Cut]] = []
    for cut in cuts:
        last = stretches_of[-1][-1] if stretches_of else None
        if last is None or last.file != cut.file or last.at + last.length != cut.at:
            stretches_of.append([])
        stretches_of[-1].append(cut)
    own, bounds = media.timecode_rate, stretches(media)
    joined = []
    keys: dict[int, list[tuple[int, float]]] = {}
    for stretch in stretches_of:
        at, end = stretch[0].at, stretch[-1].at + stretch[-1].length
        whole_s = float(own.to_seconds(bounds[stretch[0].file][1] - bounds[stretch[0].file][0]))
        wanted = warp.to_new(np.arange(at, end) * float(1 / rate.fps)) - media.files[stretch[0].file].start_s
        steps = np.diff(wanted)
        ahead = np.append(wanted, wanted[-1] + (steps[-1] if len(steps) else float(1 / rate.fps)))
        shown = np.clip(ahead, 0.0, whole_s)
        keys[at] = [(n, float(shown[n])) for n in _corners(shown, float(_NEAR / rate.fps))]
        joined.append(Cut(at, end - at, stretch[0].file, Fraction(0), Fraction(end - at)))
    track = _track(name, media, joined, rate, length, place)
    clips = [item for item in track if isinstance(item, otio.schema.Clip)]
    for clip, cut in zip(clips, joined, strict=True):
        since_s = own.to_seconds(int(clip.media_reference.available_range.start_time.value))
        points = tuple((rate.to_seconds(n), since_s + Fraction(media_s)) for n, media_s in keys[cut.at])
        begin = otio.opentime.RationalTime(float(points[0][1] * own.fps), float(own.fps))
        clip.source_range = otio.opentime.TimeRange(begin, clip.source_range.duration)
        clip.effects[:] = [Ramp(points).effect()]
    return track


def _corners(values: Floats, tolerance: float) -> list[int]:
    """The points of a polyline that is nowhere further than this from the values (Douglas & Peucker 1973)."""
    kept, parts = {0, len(values) - 1}, [(0, len(values) - 1)]
    while parts:
        first, last = parts.pop()
        if last - first < 2:
            continue
        line = np.linspace(values[first], values[last], last - first + 1)
        off = np.abs(values[first : last + 1] - line)
        worst = first + int(off.argmax())
        if off.max() > tolerance:
            kept.add(worst)
            parts += [(first, worst), (worst, last)]
    return sorted(kept)


def _clip(media: MediaInfo, cut: Cut, available: otio.opentime.TimeRange, rate: Rate, place: str) -> otio.schema.Clip:
    own = media.timecode_rate
    first = frame_time(Fraction(available.start_time.value) + cut.media_in, own)
    shown = otio.opentime.TimeRange(first, frame_time(cut.length, rate))
    clip = clip_of(media, media.files[cut.file].path, available, shown)
    if place:
        clip.metadata[KEY] = {"place": place}
    speed = cut.speed(rate, own)
    if speed != 1:
        clip.effects.append(otio.schema.LinearTimeWarp(time_scalar=float(speed)))
    return clip
