"""`RenderJob`: a result, or several of one reference, as a video to show people, or as an overlay for an editor."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.errors import FormatError, UsageError
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.jobs.nle import not_over
from mtbsync_core.marker_times import elapsed_s
from mtbsync_core.media.recording import Recording
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.options import option
from mtbsync_core.render import styles
from mtbsync_core.render.ghost import Registration
from mtbsync_core.render.opening import Opened, open_results
from mtbsync_core.render.overlay_clip import render_overlay
from mtbsync_core.render.playback import Kind, Show, by_clock, by_position
from mtbsync_core.render.sound import has_sound
from mtbsync_core.render.video import Video, render_video, video_rate
from mtbsync_core.timecode import minutes_seconds
from mtbsync_core.timing.runs import TimedRun
from mtbsync_core.warp import Span

Style = Literal["side-by-side", "pip", "wipe", "ghost", "grid", "overlay"]
Lock = Literal["position", "time", "sector"]
Heard = Literal["ref", "new", "none"]

MOST_RUNS = 9
"""In a grid, the reference among them."""
_LEAST_SIDE, _MOST_SIDE = 128, 4096
_SHORTEST_S = 0.2


class Size(NamedTuple):
    """Of a video, pixels."""

    width: int
    height: int


class Range(NamedTuple):
    """Of the reference, seconds; None: from where, or to where, the runs go."""

    from_s: float | None
    to_s: float | None


def read_size(text: str) -> Size:
    """Of `1920x1080`.

    Raises:
        UsageError: it is none, is odd, or cannot be encoded.
    """
    found = re.fullmatch(r"\s*(\d{1,5})\s*[xX×]\s*(\d{1,5})\s*", text)
    if found is None:
        raise UsageError(f"--size {text!r} is no size", "Write for example 1920x1080.")
    size = Size(int(found[1]), int(found[2]))
    if min(size) < _LEAST_SIDE or max(size) > _MOST_SIDE:
        raise UsageError(f"--size {text} is out of bounds", f"Each side has {_LEAST_SIDE} to {_MOST_SIDE} pixels.")
    if size.width % 2 or size.height % 2:
        even = f"{size.width // 2 * 2}x{size.height // 2 * 2}"
        raise UsageError(f"--size {text} is odd, which H.264 in usual colours cannot be", f"Take {even}.")
    return size


def read_range(text: str) -> Range:
    """Of `0:30-1:10`, `12.5-20`, `45-` or `-1:00`.

    Raises:
        UsageError: it is none, or nothing lies in it.
    """
    parts = re.split(r"[-–]", text.strip())
    try:
        from_s, to_s = (elapsed_s(part.strip()) if part.strip() else None for part in parts)
    except (FormatError, ValueError) as error:
        raise UsageError(
            f"--range {text!r} is no part of a run", "Write FROM-TO, for example 0:30-1:10, or 45- for the rest."
        ) from error
    if from_s is not None and to_s is not None and to_s - from_s < _SHORTEST_S:
        raise UsageError(f"--range {text} holds nothing", "The second time has to be later than the first.")
    return Range(from_s, to_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderJob:
    """Results, how they are shown, and the file."""

    results: tuple[Path, ...] = option(
        argument="RESULT", help="The folder that align or sync made; for a grid several, or the folder of a batch."
    )
    style: Style = option(
        "side-by-side",
        "--style",
        "side-by-side: left and right. pip: the reference small in a corner of the new run. wipe: a line goes to and "
        "fro between both. ghost: one laid over the other, half and half. grid: up to nine runs. overlay: delta, "
        "sectors and strip alone, with transparency, to lie above the new run in an editor.",
    )
    out: Path | None = option(
        None, "--out", "The video to write, .mp4; of an overlay .mov. Without it, STYLE in the folder of the result."
    )
    lock: Lock = option(
        "position",
        "--lock",
        "In step by place (position), as if all rode at once (time), or so from each sector on (sector).",
    )
    range: Range | None = option(
        None,
        "--range",
        "The part of the reference to show, such as 0:30-1:10. Default: what all runs show.",
        read=read_range,
        metavar="FROM-TO",
    )
    size: Size | None = option(
        None, "--size", "Of the video. Default: 1920x1080, upright 1080x1920.", read=read_size, metavar="WxH"
    )
    with_sound: Heard = option("ref", "--with-sound", "Whose sound goes along.")
    markers: Path | None = option(
        None, "--markers", "Markers of the reference, at which sectors begin; without it those of the result."
    )

    def run(self, listener: Listener) -> Path:
        """Make the video.

        Returns:
            Where it is.

        Raises:
            UsageError: an option cannot be acted on, or the file cannot be written.
            RefusedError: the alignment was refused.
            MediaError: a recording cannot be read.
            MtbsyncError: the disk is full.
        """
        grid = self.style == "grid"
        opened = open_results(self.results, self.markers, listener, most=MOST_RUNS - 1 if grid else None)
        if len(opened.new) > 1 and not grid:
            raise UsageError(f"--style {self.style} shows one new run", "Name one result, or take --style grid.")
        target = self._target()
        not_over(target, opened.sources)
        if self.style == "overlay":
            self._refuse_for_overlay()
            new = opened.new[0]
            size = self.size or default_size([_media(new)])
            render_overlay(new, opened.reference, opened.lines, size, target, listener)
            return target
        show = self._show(opened, listener)
        size = self.size or default_size([_media(run) for run in opened.runs])
        video = Video(
            show=show,
            lines=opened.lines,
            rate=video_rate(opened.reference),
            style=partial(self._style, size, show, listener),
            sound=self._sound(opened, listener),
        )
        render_video(video, target, listener)
        return target

    def _target(self) -> Path:
        suffix = ".mov" if self.style == "overlay" else ".mp4"
        if self.out is None:
            folder = self.results[0] if self.results[0].is_dir() else self.results[0].parent
            return folder / f"{self.style}{suffix}"
        if self.out.suffix.lower() != suffix:
            raise UsageError(f"{self.out.name} does not end with {suffix}", f"Name the video NAME{suffix}.")
        return self.out

    def _refuse_for_overlay(self) -> None:
        """An overlay is as long as the new run, plays in step with it, and is silent."""
        for flag, given in (("--range", self.range), ("--lock", self.lock != "position" or None)):
            if given is not None:
                raise UsageError(f"{flag} is not for an overlay", "It has the length and the clock of the new run.")

    def _show(self, opened: Opened, listener: Listener) -> Show:
        start_s, end_s = float(opened.lines.t_ref[0]), float(opened.lines.t_ref[-1])
        asked = self.range or Range(None, None)
        duration_s = _media(opened.reference).duration_s
        low = start_s if asked.from_s is None else asked.from_s
        high = end_s if asked.to_s is None else min(asked.to_s, duration_s)
        if high - low < _SHORTEST_S:
            raise UsageError(
                f"the reference has nothing between {minutes_seconds(low, 1)} and {minutes_seconds(high, 1)}",
                f"It lasts {minutes_seconds(duration_s, 1)}.",
            )
        if self.lock == "position":
            times = Recording.of(_media(opened.reference)).times_s
            low = float(times[min(int(np.searchsorted(times, low - 1e-4)), len(times) - 1)])
            return by_position(opened.runs, (low, high), start_s)
        low, high = _where_all_are(opened.runs, (low, high))
        inner = [t for t in opened.lines.t_ref.tolist() if low + _SHORTEST_S < t < high - _SHORTEST_S]
        if self.lock == "sector" and not inner:
            raise UsageError(
                "there is no line between two sectors here",
                "Set markers on the reference, and name them with --markers.",
            )
        return by_clock(opened.runs, [low, *(inner if self.lock == "sector" else []), high])

    def _style(self, size: Size, show: Show, listener: Listener, times_s: NDArray[np.float64]) -> styles.Styled:
        shapes = [(media.width, media.height) for media in map(_media, show.runs)]
        if self.style == "pip":
            return styles.picture_in_picture(size, shapes)
        if self.style == "wipe":
            return styles.wipe(size, shapes, times_s)
        if self.style == "ghost":
            plays = np.all([playback.at(times_s)[1] == Kind.PLAYS for playback in show.playbacks], axis=0)
            return styles.ghost(size, shapes, Registration(times_s, plays, listener))
        return styles.side_by_side(size, shapes)

    def _sound(self, opened: Opened, listener: Listener) -> int | None:
        if self.with_sound == "none":
            return None
        run = 0 if self.with_sound == "ref" else 1
        if has_sound(_media(opened.runs[run])):
            return run
        listener.note(f"{_media(opened.runs[run]).name} has no sound, and neither has the video")
        return None


def default_size(media: Sequence[MediaInfo]) -> Size:
    """1920 x 1080; where all pictures are upright, 1080 x 1920."""
    return Size(1080, 1920) if all(one.height > one.width for one in media) else Size(1920, 1080)


def _where_all_are(runs: Sequence[TimedRun], span: Span) -> Span:
    """The span, drawn in to where all runs have a place at both ends.

    Raises:
        UsageError: there is no such part.
    """
    low, high = span
    for run in runs:
        inside = [(a, b) for a, b in run.warp.mapped() if b > low]
        low = max(low, inside[0][0]) if inside else high
    for run in runs:
        inside = [(a, b) for a, b in run.warp.mapped() if a < high]
        high = min(high, inside[-1][1]) if inside else low
    if high - low < _SHORTEST_S or not all(np.isfinite(run.warp.to_new([low, high])).all() for run in runs):
        raise UsageError("the runs have no part of the trail in common here", "Choose another part with --range.")
    return low, high


def _media(run: TimedRun) -> MediaInfo:
    assert run.media is not None
    return run.media
