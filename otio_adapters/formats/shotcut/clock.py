"""How MLT writes a frame of a project as a time, which is not its second.

Read in mltframework/mlt, `time_clock_from_frames`, `time_clock_to_frames` and `time_code_to_frames` of
`src/framework/mlt_property.c`. `h` hours and `m` minutes are floor(fps * 3600 h) and floor(fps * 60 m) frames long;
what is left are seconds. So at 29.97 frames a second `00:01:00.033` is frame 1799, which is shown at 60.027 s.
"""

from __future__ import annotations

import re
from fractions import Fraction
from math import ceil, floor

from mtbsync_core.errors import FormatError
from mtbsync_core.timecode import Rate

_TIME = re.compile(r"(?:(?:(\d+):)?(\d+))?:(\d+(?:[.,]\d+)?)", re.ASCII)
_LABEL = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+)[:;](\d+)", re.ASCII)


def clock_of(frames: int, rate: Rate) -> str:
    """A frame as MLT writes it.

    >>> clock_of(1800, Rate(30000, 1001))
    '00:01:00.067'
    """
    hours = floor(frames / (rate.fps * 3600))
    frames -= floor(hours * 3600 * rate.fps)
    minutes = floor(frames / (rate.fps * 60))
    frames -= floor(minutes * 60 * rate.fps)
    return f"{hours:02d}:{minutes:02d}:{float(frames / rate.fps):06.3f}"


def frames_of_clock(text: str, rate: Rate) -> int:
    """The frame that MLT reads in a text: a number of frames, a clock with a point, or a timecode.

    Raises:
        FormatError: it is none of them.
    """
    text = text.strip()
    if re.fullmatch(r"-?\d+", text, re.ASCII):
        return int(text)
    label = None if re.search("[.,]", text) else _LABEL.fullmatch(text)
    match = label or _TIME.fullmatch(text)
    if match is None:
        raise FormatError(f"{text!r} is no time of a project of Shotcut", "Save the project again.")
    hours, minutes = (int(part or 0) for part in match.groups()[:2])
    whole = floor(rate.fps * hours * 3600) + floor(rate.fps * minutes * 60)
    if label is not None:
        return whole + ceil(rate.fps * int(label[3])) + int(label[4])
    return whole + round(rate.fps * Fraction(match[3].replace(",", ".")))
