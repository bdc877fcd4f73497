"""`film`: the best sectors of several runs as one run, each as it was recorded, with what each seam costs in speed."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.errors import UsageError
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.media.colour import Planes
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.overlay.look import NEW, VERDICT
from mtbsync_core.render.graphics import EACH_S, Graphics, Lay, onto
from mtbsync_core.render.layout import Box, Layout, overlaid
from mtbsync_core.render.movie import SOUND_RATE, writing
from mtbsync_core.render.pictures import Pictures, ahead
from mtbsync_core.render.playback import Kind, Playback
from mtbsync_core.render.score import Score
from mtbsync_core.render.sound import Samples, Sound, has_sound
from mtbsync_core.render.stickers import Line, plate
from mtbsync_core.render.styles import blank, put
from mtbsync_core.render.video import TOLD_EVERY, threads_each, video_rate
from mtbsync_core.timecode import minutes_seconds
from mtbsync_core.timing.best import Best
from mtbsync_core.timing.lines import SectorLines
from mtbsync_core.timing.runs import TimedRun
from mtbsync_core.warp import Span

SIZE = (1920, 1080)
_SEAM_S = 2.0
"""How long a seam is told."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of one run: `span` seconds of the trail, `own` those of the run's clock. At its beginning `seam` tells how
    its speed differs from the segment before, in words; empty where the run goes on.
    """

    run: TimedRun
    span: Span
    own: Span
    seam: str = ""

    @property
    def length_s(self) -> float:
        """As it was ridden."""
        return self.own[1] - self.own[0]


def segments_of(best: Best, runs: Sequence[TimedRun], lines: SectorLines) -> list[Segment]:
    """The sectors of a best time, one after the other, those of one run that follow each other joined.

    Raises:
        UsageError: a sector has no run.
    """
    if (best.run < 0).any():
        raise UsageError("there is no clean run of some sector", "A film needs one of each.")
    seams = {seam.line: seam for seam in best.seams}
    starts = [0, *(int(line) for line in np.flatnonzero(np.diff(best.run)) + 1), len(best.run)]
    segments = []
    for first, end in pairwise(starts):
        run, span = runs[int(best.run[first])], (float(lines.t_ref[first]), float(lines.t_ref[end]))
        seam, said = seams.get(first), ""
        if seam is not None and math.isfinite(seam.ratio):
            said = f"speed {seam.ratio - 1:+.0%} ±{(seam.hi - seam.lo) / 2:.0%}".replace("-", "−")
        own = run.warp.to_new(span).tolist()
        segments.append(Segment(run, span, (own[0], own[1]), said))
    return segments


def film(
    segments: Sequence[Segment], lines: SectorLines, out: Path, listener: Listener, *, size: tuple[int, int] = SIZE
) -> None:
    """Write an MP4 with sound: every segment in full, with the rider, the sector, the time so far, and the seams.

    Raises:
        UsageError: a recording is not known, or the file cannot be written.
        MediaError: a recording cannot be read.
        MtbsyncError: the disk is full.
    """
    media = [_media(segment.run) for segment in segments]
    rate = video_rate(segments[0].run)
    starts_s = np.concatenate([[0.0], np.cumsum([segment.length_s for segment in segments])])
    times = np.arange(max(1, round(starts_s[-1] * rate))) / float(rate)
    part = np.clip(np.searchsorted(starts_s, times + 1e-9, side="right") - 1, 0, len(segments) - 1)
    own, place = np.zeros(len(times)), np.zeros((1, len(times)))
    for n, segment in enumerate(segments):
        here = part == n
        own[here] = segment.own[0] + times[here] - starts_s[n]
        place[0, here] = np.interp(own[here], segment.run.warp.new_s, segment.run.warp.ref_s)
    unknown = np.full((1, len(times)), math.nan)
    points = Score(place, unknown, unknown, place)
    layout = overlaid(size, [size])
    graphics = Graphics(layout, (), lines, (float(lines.t_ref[0]), float(lines.t_ref[-1])))
    sounds = _Sounds(segments, media, starts_s) if any(map(has_sound, media)) else None
    with ExitStack() as stack:
        if sounds is not None:
            stack.enter_context(sounds)
        movie = stack.enter_context(writing(out, size, rate, sound=sounds is not None))
        shown = stack.enter_context(ahead(_pictures(media, size, part, own)))
        for k, (t, n) in enumerate(zip(times.tolist(), part.tolist(), strict=True)):
            frame, planes = movie.canvas()
            blank(planes)
            put(planes, *next(shown))
            lay = onto(planes)
            graphics.lay_strip(lay)
            graphics.lay_places(lay, points, k)
            _lay_head(lay, graphics, layout, segments[n], float(place[0, k]), t, t - float(starts_s[n]))
            movie.put(frame)
            for samples in sounds.upto((k + 1) / float(rate)) if sounds is not None else ():
                movie.put_sound(samples)
            if k % TOLD_EVERY == 0 or k + 1 == len(times):
                listener.stage("film", k + 1, len(times))
    listener.file("film", out)


def _media(run: TimedRun) -> MediaInfo:
    if run.media is None:
        raise UsageError(f"the recording of {run.name} is not known", "Align it again.")
    return run.media


def _pictures(
    media: Sequence[MediaInfo], size: tuple[int, int], part: NDArray[np.intp], own_s: NDArray[np.float64]
) -> Iterator[tuple[Box, Planes]]:
    """The picture of every frame, and where it goes, segment by segment."""
    for n, one in enumerate(media):
        pictures = Pictures(one, size, threads=threads_each(1))
        wide, high = pictures.size
        box = Box((size[0] - wide) // 4 * 2, (size[1] - high) // 4 * 2, wide, high)
        for picture in pictures.read(pictures.nearest(own_s[part == n]).tolist()):
            yield box, picture


def _lay_head(
    lay: Lay, graphics: Graphics, layout: Layout, segment: Segment, at_s: float, t_s: float, since_s: float
) -> None:
    """Sector and rider on the left, the time so far on the right, a seam in the middle."""
    head, unit = layout.head, layout.unit
    large, small = round(unit * 3.2), round(unit * 2.3)
    lines = [Line(name, large, "bold") for name in [graphics.sector_at(at_s)] if name]
    left = plate((*lines, Line(segment.run.rider or segment.run.name, small)), align="left", pad=small // 2, edge=NEW)
    lay(left, head.x, head.y)
    tick = math.floor(t_s / EACH_S + 1e-6) * EACH_S
    clock = plate((Line(minutes_seconds(tick, 1), large, "bold"),), pad=small // 2)
    lay(clock, head.x + head.width - clock.size[0], head.y)
    if segment.seam and since_s < _SEAM_S:
        seam = plate((Line(segment.seam, large, "bold"), Line("at this seam", small)), back=VERDICT["check"])
        lay(seam, head.x + (head.width - seam.size[0]) // 2, head.y)


class _Sounds:
    """The sounds of all segments, one after the other, in a `with` statement; a run without any is silent."""

    def __init__(self, segments: Sequence[Segment], media: Sequence[MediaInfo], starts_s: NDArray[np.float64]) -> None:
        self._segments, self._media = segments, media
        self._ends = np.round(starts_s[1:] * SOUND_RATE).astype(int).tolist()
        self._given, self._segment = 0, -1
        self._opened = ExitStack()
        self._sound: Sound | None = None

    def __enter__(self) -> _Sounds:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def upto(self, t_s: float) -> Iterator[Samples]:
        """Blocks (2, M) that are missing up to a second of the film."""
        while self._given < min(round(t_s * SOUND_RATE), self._ends[-1]):
            segment = bisect_right(self._ends, self._given)
            if segment != self._segment:
                self._begin(segment)
            block = self._sound.block() if self._sound is not None else np.zeros((2, SOUND_RATE // 50), np.float32)
            block = block[:, : self._ends[segment] - self._given]
            self._given += block.shape[1]
            yield block

    def _begin(self, n: int) -> None:
        self._opened.close()
        self._segment, self._sound = n, None
        if has_sound(self._media[n]):
            own = np.array([self._segments[n].own])
            playback = Playback(own[0] - own[0, 0], own, np.array([int(Kind.PLAYS)]))
            self._sound = self._opened.enter_context(Sound(self._media[n], playback))
