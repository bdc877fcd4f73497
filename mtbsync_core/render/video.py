"""`render_video`: a show as an MP4. A thread for each run decodes ahead, this one composes, FFmpeg's encode."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.jobs.listener import Listener
from mtbsync_core.media.colour import Planes
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.render.graphics import EACH_S, Graphics, onto
from mtbsync_core.render.movie import writing
from mtbsync_core.render.pictures import Pictures, ahead
from mtbsync_core.render.playback import Kind, Show
from mtbsync_core.render.score import score
from mtbsync_core.render.sound import Sound
from mtbsync_core.render.styles import Styled, blank, dimmed
from mtbsync_core.timecode import Rate, cutting_rate
from mtbsync_core.timing.lines import SectorLines
from mtbsync_core.timing.runs import TimedRun, common_span

TOLD_EVERY = 15
"""Frames between two words on how far it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Video:
    """What is made of a show."""

    show: Show
    lines: SectorLines
    rate: Fraction
    style: Callable[[NDArray[np.float64]], Styled]
    """Made for the seconds of the frames."""
    sound: int | None = None
    """The run whose sound goes along."""

    @property
    def media(self) -> tuple[MediaInfo, ...]:
        """The recordings of its runs, which are known."""
        return tuple(run.media for run in self.show.runs if run.media is not None)

    @property
    def times_s(self) -> NDArray[np.float64]:
        """Of the frames, seconds of the video."""
        return np.arange(max(1, round(self.show.length_s * self.rate))) / float(self.rate)


def render_video(video: Video, target: Path, listener: Listener) -> None:
    """Write it. Memory does not grow with the length.

    Raises:
        MediaError: a recording cannot be read.
        UsageError: the target cannot be written.
        MtbsyncError: the disk is full.
    """
    times = video.times_s
    style = video.style(times)
    layout = style.layout
    runs = [
        Pictures(media, (box.width, box.height), threads=threads_each(len(video.media)))
        for media, box in zip(video.media, layout.pictures, strict=True)
    ]
    shown = [playback.at(times) for playback in video.show.playbacks]
    kinds = np.stack([kind for _, kind in shown])
    points = score(video.show, times)
    said = first_of_tick(times)
    graphics = Graphics(layout, [run.name for run in video.show.runs], video.lines, common_span(video.show.runs))
    with ExitStack() as stack:
        movie = stack.enter_context(writing(target, layout.size, video.rate, sound=video.sound is not None))
        pictures = [
            stack.enter_context(ahead(run.read(run.nearest(own).tolist())))
            for run, (own, _) in zip(runs, shown, strict=True)
        ]
        sound = None
        if video.sound is not None:
            playback = video.show.playbacks[video.sound]
            sound = stack.enter_context(Sound(video.media[video.sound], playback))
        for k, seen in enumerate(style.ahead(zip(*pictures, strict=True))):
            frame, planes = movie.canvas()
            blank(planes)
            style.compose(planes, [_as_shown(p, kind) for p, kind in zip(seen, kinds[:, k], strict=True)], k)
            graphics.lay(onto(planes), points, k, int(said[k]), kinds[:, k])
            movie.put(frame)
            for samples in sound.upto((k + 1) / float(video.rate)) if sound is not None else ():
                movie.put_sound(samples)
            if k % TOLD_EVERY == 0 or k + 1 == len(times):
                listener.stage("video", k + 1, len(times))
    for run, media in zip(runs, video.media, strict=True):
        if run.damaged:
            listener.note(f"{media.name}: {run.damaged} damaged frames; the one before stands in their place")
    listener.file("video", target)


def video_rate(run: TimedRun) -> Fraction:
    """Frames a second of a video of a run: its own, and above 100 half of them."""
    assert run.media is not None
    return cutting_rate(Rate.of(run.media.rate)).fps


def threads_each(runs: int) -> int:
    """FFmpeg's threads of each of so many decoders."""
    return max(1, (os.cpu_count() or 2) // runs)


def first_of_tick(times_s: NDArray[np.float64]) -> NDArray[np.intp]:
    """For each moment the one whose figures it shows."""
    ticks = np.floor(times_s / EACH_S + 1e-6)
    return np.searchsorted(ticks, ticks).astype(np.intp)


def _as_shown(picture: Planes, kind: int) -> Planes:
    return dimmed(picture) if kind in (Kind.GAP, Kind.OUTSIDE) else picture
