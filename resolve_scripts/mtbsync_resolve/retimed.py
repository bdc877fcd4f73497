"""How fast an item of a timeline runs, and where in its file it begins.

Both can be read in several ways that differ by version, rate and speed (facts 1.5), so the readings are compared, and a
clip on which they disagree is left out rather than carried wrongly. A speed ramp cannot be read, but shows in the part
of the file that the item takes.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from .media_files import UnusableError
from .timeline_clock import TimelineClock

_AGREE_FRAMES = 2
_INSTEAD = "Set it back to 100 % for the transfer, or carry the markers in the Media Pool"


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
            raise UnusableError("it is a freeze frame")
        if speed < 0:
            raise UnusableError(f"it runs backwards ({found.per_cent:g} %). {_INSTEAD}")
    frame_for_frame = clock.frame_for_frame and media_rate != clock.rate
    at_its_rate = UnusableError(
        f"its {float(media_rate):g} frames a second run at the timeline's {float(clock.rate):g}, since the project's"
        " mixed frame rate format is None; set another one, or give the clip the timeline's rate in Clip Attributes"
    )
    if found.first is None or found.last is None:
        if frame_for_frame:
            raise at_its_rate
        if found.per_cent is None:
            remarks.append(
                "This version of Resolve does not tell whether the clip is retimed; it is taken to be at 100 %."
            )
        return speed
    # Where the rates differ, the last frame is inside the span. Both ends are whole frames.
    span_s = (found.last - found.first + (1 if media_rate != clock.rate else 0)) / media_rate
    if span_s < 0:
        raise UnusableError(f"it runs backwards. {_INSTEAD}")
    if abs(span_s - length_s * speed) <= _allowed_s(media_rate, clock, speed):
        return speed
    if frame_for_frame:
        raise at_its_rate
    takes = f"{float(span_s):.2f} s of its file take {float(length_s):.2f} s"
    if found.per_cent is None:
        raise UnusableError(
            f"it is retimed: {takes}, and only DaVinci Resolve 21.1 and newer tell scripts whether the speed is one"
            f" throughout. {_INSTEAD}"
        )
    raise UnusableError(
        f"its speed changes on the way: {takes}, which is not the {found.per_cent:g} % that Resolve tells. {_INSTEAD}"
    )


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
            remarks.append(
                "File and timeline differ in frame rate, and this version of Resolve gives only one reading of where"
                " the clip begins: check the first marker."
            )
        return in_timeline_frames
    first = found.first / media_rate
    for reading in (in_timeline_frames, media_first_s + found.left_offset * speed / media_rate):
        if abs(first - reading) <= _allowed_s(media_rate, clock, speed):
            # At one rate and 100 % the offset is exact, and the source frame may be one low; else both are rounded
            # down.
            return reading if media_rate == clock.rate and speed == 1 else max(first, reading)
    raise UnusableError(
        f"Resolve gives two places for where it begins in its file ({float(first):.2f} s and"
        f" {float(in_timeline_frames):.2f} s); is it retimed or nested?"
    )


def _allowed_s(media_rate: Fraction, clock: TimelineClock, speed: Fraction) -> Fraction:
    """By which readings may differ, seconds of the file."""
    return _AGREE_FRAMES * max(1 / media_rate, clock.seconds(1) * speed)
