"""`clip`: a few seconds of two runs side by side, small enough to lie in a page."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from mtbsync_core.errors import UsageError
from mtbsync_core.jobs.listener import Listener, Notes
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.render import styles
from mtbsync_core.render.playback import by_position
from mtbsync_core.render.video import Video, render_video, video_rate
from mtbsync_core.timing.lines import SectorLines
from mtbsync_core.timing.runs import TimedRun, common_span
from mtbsync_core.warp import Span

SIZE = (960, 540)
_MOST_RATE = Fraction(30)


def clip(
    first: TimedRun,
    other: TimedRun,
    span: Span,
    out: Path,
    *,
    lines: SectorLines | None = None,
    listener: Listener | None = None,
) -> None:
    """Write an MP4, without sound, of `first` as it was recorded and `other` in step by place. Small copies of the
    recordings are looked at where there are any: they show the same moment within half a frame.

    Args:
        span: of the trail, seconds; cut to what both have.
        lines: at which sectors begin. The delta counts from the first of them, else from where both have a place.

    Raises:
        UsageError: a recording is not known, both have nothing of the span, or the file cannot be written.
        MediaError: a recording cannot be read.
        MtbsyncError: the disk is full.
    """
    runs = tuple(with_small_copies(run) for run in (first, other))
    both = common_span(runs)
    low, high = max(span[0], both[0]), min(span[1], both[1])
    # Where the first run has a gap at an end of the span, the clip begins or ends beside it.
    own = runs[0].warp.clip(ref=(low, high)) if high > low else None
    if own is None:
        raise UsageError("the two runs have nothing of this part in common", "Choose another one.")
    start_s = both[0] if lines is None else float(lines.t_ref[0])
    lines = lines or SectorLines.of_markers((), start_s=both[0], end_s=both[1])
    show = by_position(runs, (float(own.ref_s[0]), float(own.ref_s[-1])), start_s)
    shapes = [(run.media.width, run.media.height) for run in runs if run.media is not None]
    rate = min(video_rate(runs[0]), _MOST_RATE)
    video = Video(show=show, lines=lines, rate=rate, style=lambda _: styles.side_by_side(SIZE, shapes))
    render_video(video, out, listener or Notes())


def with_small_copies(run: TimedRun) -> TimedRun:
    """The same run, its recording being read from the small copies where every file has one that is still there.

    Raises:
        UsageError: its recording is not known.
    """
    if run.media is None:
        raise UsageError(f"the recording of {run.name} is not known", "Align it again.")
    return replace(run, media=_small(run.media))


def _small(media: MediaInfo) -> MediaInfo:
    copies = [file.proxy for file in media.files if file.proxy is not None and file.proxy.is_file()]
    return media.with_paths(copies) if len(copies) == len(media.files) else media
