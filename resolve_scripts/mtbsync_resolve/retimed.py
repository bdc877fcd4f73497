"""How fast an item of a timeline runs, and where in its file it begins.

Both can be read in several ways that differ by version, rate and speed (facts 1.5), so the readings are compared, and a
clip on which they disagree is left out rather than carried wrongly. A speed ramp cannot be read, but shows in the part
of the file that the item takes.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from .media_files import UnusableError
from .texts import text
from .timeline_clock import TimelineClock

_AGREE_FRAMES = 2


class Readings(NamedTuple):
    """All that Resolve says of an item's place and content; it stays the same while nobody edits the clip."""

    start: int
    """Its first frame on the timeline, an absolute number."""
    end: int
    """The frame after its last one."""
    left_offset: int
    """Frames before it, of its clip in the media pool, counted in the rate of the timeline and at the item's speed."""
    first: int | None
    """Its first frame in the file, at the rate of the file, 0 or 1 too low; None before 19.0.2."""
    last: int | None
    """Where it ends in the file, likewise."""
    per_cent: float | None
    """Its speed; None before 21.1."""
    media_id: str
    path: str
    fps: str
    frames: int
    """Of its clip in the media pool: of a subclip, its own."""
    media_first: int
    """Of a subclip, its first frame in the file (gyroflow/gyroflow-plugins issue 25); else 0."""


def speed_of(found: Readings, media_rate: Fraction, clock: TimelineClock, remarks: list[str]) -> Fraction:
    """Seconds of the file in a second of the timeline: 1 at 100 %. Adds to `remarks` where it cannot be told.

    Raises UnusableError for a clip that stands still, runs backwards, or whose speed changes or is not told.
    """
    length_s = clock.seconds(found.end - found.start)
    speed = Fraction(1)
    if found.per_cent is not None:
        speed = Fraction(found.per_cent).limit_denominator(10000) / 100
        if speed == 0:
            raise UnusableError(text("why_freeze_frame"))
        if speed < 0:
            per_cent = f"{found.per_cent:g}"
            raise UnusableError(text("why_backwards_at", per_cent=per_cent, instead=text("instead")))
    frame_for_frame = clock.frame_for_frame and media_rate != clock.rate
    fps, timeline_fps = f"{float(media_rate):g}", f"{float(clock.rate):g}"
    at_its_rate = UnusableError(text("why_frame_for_frame", fps=fps, timeline_fps=timeline_fps))
    if found.first is None or found.last is None:
        if frame_for_frame:
            raise at_its_rate
        if found.per_cent is None:
            remarks.append(text("speed_not_told"))
        return speed
    # Where the rates differ, the last frame is inside the span. Both ends are whole frames.
    span_s = (found.last - found.first + (1 if media_rate != clock.rate else 0)) / media_rate
    if span_s < 0:
        raise UnusableError(text("why_backwards", instead=text("instead")))
    if abs(span_s - length_s * speed) <= _allowed_s(media_rate, clock, speed):
        return speed
    if frame_for_frame:
        raise at_its_rate
    takes = text("takes", span=f"{float(span_s):.2f}", length=f"{float(length_s):.2f}")
    if found.per_cent is None:
        raise UnusableError(text("why_retimed", takes=takes, instead=text("instead")))
    raise UnusableError(text("why_ramp", takes=takes, per_cent=f"{found.per_cent:g}", instead=text("instead")))


def source_start(
    found: Readings, media_rate: Fraction, clock: TimelineClock, speed: Fraction, remarks: list[str]
) -> Fraction:
    """Seconds of the file at the item's first frame; raises UnusableError where the readings disagree.

    The offset counts from the first frame of the clip in the media pool, which is within the file for a subclip. On a
    retimed clip it counts frames of the timeline at its speed.
    """
    media_first_s = found.media_first / media_rate
    in_timeline_frames = media_first_s + clock.seconds(found.left_offset) * speed
    if found.first is None:
        if media_rate != clock.rate:
            remarks.append(text("one_reading"))
        return in_timeline_frames
    first = found.first / media_rate
    for reading in (in_timeline_frames, media_first_s + found.left_offset * speed / media_rate):
        if abs(first - reading) <= _allowed_s(media_rate, clock, speed):
            # At one rate and 100 % the offset is exact, and the source frame may be one low; else both are rounded
            # down.
            return reading if media_rate == clock.rate and speed == 1 else max(first, reading)
    other = f"{float(in_timeline_frames):.2f}"
    raise UnusableError(text("why_two_places", first=f"{float(first):.2f}", other=other))


def _allowed_s(media_rate: Fraction, clock: TimelineClock, speed: Fraction) -> Fraction:
    """By which readings may differ, seconds of the file."""
    return _AGREE_FRAMES * max(1 / media_rate, clock.seconds(1) * speed)
