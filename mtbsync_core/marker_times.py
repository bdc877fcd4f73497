"""Times in marker tables: seconds, clock time since the first frame, and timecodes of a timeline.

Timecodes are those of the recording where they fit it, else of a timeline on which the recording sits at the place that
the user says, or where editors start a timeline. `;` before the frames is drop frame (SMPTE ST 12-1), whatever the
recording counts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mtbsync_core.errors import FormatError
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.table import parse_number
from mtbsync_core.timecode import Rate, cutting_rate, frames_of, is_drop_label, past_midnight

EDITORS_START = "01:00:00:00"
"""Where editors start a timeline unless told otherwise."""

_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{1,2}(?:[.,]\d*)?)", re.ASCII)
_FRAME_LABEL = re.compile(r"\d{1,2}[:;]\d{1,2}[:;]\d{1,2}[:;]\d{1,3}", re.ASCII)
_UNIT = re.compile(r"(?<=\d)\s*s(ec)?\.?$", re.IGNORECASE | re.ASCII)
_HALF = (
    "the file does not say its rate and was read at the recording's {:.2f} fps, but no timecode in it uses the upper "
    "half of these frames: if its timeline runs at {:.2f} fps, say so (align: --timeline-fps, import-markers: --fps), "
    "else the markers are misplaced"
)
_ENOUGH = 5
"""Timecodes from which chance is no likely reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineClock:
    """What is known of the timeline that times come from; None stands for what the recording says."""

    start: str | None = None
    """Its timecode at the first frame of the recording."""
    rate: Rate | None = None
    drop: bool | None = None


UNKNOWN_CLOCK = TimelineClock()
"""Nothing but what the recording says."""


def is_timecode(said: str) -> bool:
    """Whether a time counts frames."""
    return _FRAME_LABEL.fullmatch(said) is not None


def elapsed_s(said: str, *, decimal_comma: bool = False) -> float:
    """Seconds of a number, or of clock time without frames.

    Raises:
        FormatError: it is neither.
    """
    clock = _CLOCK.fullmatch(said)
    if clock is None:
        return parse_number(_UNIT.sub("", said), decimal_comma=decimal_comma)
    hh, mm, ss = int(clock[1] or 0), int(clock[2]), float(clock[3].replace(",", "."))
    if ss >= 60 or (clock[1] is not None and mm >= 60):
        raise FormatError(f"the time {said} does not exist", "Minutes and seconds go up to 59.")
    return hh * 3600 + mm * 60 + ss


class Timecodes:
    """The timecodes of one table, in seconds of the recording.

    Args:
        said: all of them, in file order.

    Raises:
        FormatError: `clock.start` is no timecode at the rate.
    """

    def __init__(self, said: Sequence[str], media: MediaInfo | None, clock: TimelineClock) -> None:
        self.media, self.start = media, clock.start
        self.rate = _rate_of(said, media, clock)
        self.notes: list[str] = []
        """What had to be taken for granted of the whole table."""
        self._own = self._zero = None
        if self.rate is None:
            return
        self._own = _own_start(media, self.rate)
        if clock.start is not None:
            self._zero = frames_of(clock.start, self.rate)
        elif self._fit_editors_start(said, self.rate):
            self._zero = frames_of(EDITORS_START, self.rate)
            self.notes.append(
                f"the first frame of the recording is taken to sit at {EDITORS_START}, where editors start a timeline"
            )
        self._look(said, self.rate, clock)

    def seconds(self, said: str) -> tuple[float, str]:
        """Seconds of the recording at a timecode, and from where it was counted.

        Raises:
            FormatError: it does not exist, or the rate is not known.
        """
        rate = self._known(said)
        frames = frames_of(said, rate)
        if self._zero is None:
            frames, origin = self._from_own_start(frames, rate)
            return float(rate.to_seconds(frames)), origin
        after = past_midnight(frames - self._zero, rate)
        if after < 0:
            at = self.start or EDITORS_START
            raise FormatError(f"the timecode {said} lies before the first frame of the recording at {at}")
        return float(rate.to_seconds(after)), "the start of the recording"

    def length_s(self, said: str) -> float:
        """A length that is written as a timecode."""
        rate = self._known(said)
        return float(rate.to_seconds(frames_of(said, rate)))

    def _known(self, said: str) -> Rate:
        if self.rate is None:
            raise FormatError(
                f"the timecode {said} counts frames, and the frame rate is not known",
                "Give the reference video too, or write times in seconds.",
            )
        return self.rate

    def _from_own_start(self, frames: int, rate: Rate) -> tuple[int, str]:
        """Frames from the recording's start timecode where they are not before it, else from zero."""
        start = self._own or 0
        length = rate.to_frames(self.media.duration_s) if self.media is not None else 0
        if frames >= start:
            return frames - start, "the start timecode"
        if frames < start + length - rate.frames_per_day:
            return frames + rate.frames_per_day - start, "the start timecode"
        return frames, "zero"

    def _fit_editors_start(self, said: Sequence[str], rate: Rate) -> bool:
        """Whether timecodes that do not all lie in the recording otherwise do so on a timeline of editors."""
        if self.media is None or not self.media.duration_s:
            return False
        length, zero = rate.to_frames(self.media.duration_s), frames_of(EDITORS_START, rate)
        frames = [frames_of(label, rate) for label in said if _exists(label, rate)]
        beyond = any(self._from_own_start(frame, rate)[0] > length for frame in frames)
        return beyond and all(0 <= frame - zero <= length for frame in frames)

    def _look(self, said: Sequence[str], rate: Rate, clock: TimelineClock) -> None:
        """Note what speaks against the way in which the table is counted."""
        signed = next((label for label in said if is_drop_label(label)), None)
        if signed is not None and not rate.drop:
            self.notes.append(f"the timecode {signed} is written as drop frame; it is counted as non-drop")
        elif signed is not None and clock.drop is None and self.media is not None and not self.media.drop:
            self.notes.append(f"the timecode {signed} is written as drop frame and counted so; the video is non-drop")
        if clock.rate is None:
            self.notes += half_rate_notes([int(re.split("[:;]", label)[3]) for label in said], rate)


def half_rate_notes(frames: Sequence[int], rate: Rate) -> list[str]:
    """A note where timecodes look like those of half the rate, such as 29.97 for 59.94.

    Args:
        frames: the last field of each.
        rate: that at which they are read, which nobody said.
    """
    if rate.nominal < 48 or len(frames) < _ENOUGH or max(frames) >= rate.nominal / 2:
        return []
    return [_HALF.format(float(rate.fps), float(rate.fps) / 2)]


def _rate_of(said: Sequence[str], media: MediaInfo | None, clock: TimelineClock) -> Rate | None:
    """The rate of a timeline; its drop flag is the user's, else that of the labels, the start, or the recording."""
    rate = clock.rate
    if rate is None and media is not None:
        own = media.timecode_rate
        rate = own if any(len(label) > len(EDITORS_START) for label in said) else cutting_rate(own)
    if rate is None:
        return None
    if clock.drop is not None:
        return Rate(rate.num, rate.den, clock.drop)
    if any(map(is_drop_label, said)):
        return rate.dropping(True)
    return rate if clock.start is None else rate.dropping(is_drop_label(clock.start))


def _own_start(media: MediaInfo | None, rate: Rate) -> int | None:
    """The start timecode of a recording, counted as the timeline counts; None where there is no such label."""
    label = media.start_timecode if media is not None else None
    return frames_of(label, rate) if label is not None and _exists(label, rate) else None


def _exists(label: str, rate: Rate) -> bool:
    try:
        frames_of(label, rate)
    except FormatError:
        return False
    return True
