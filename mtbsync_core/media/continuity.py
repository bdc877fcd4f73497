"""`why_apart`: whether a file goes on where the files before it end, by what cameras write besides the names.

Names of chapters come again when a camera's counter starts anew, and cards of two cameras are copied into one folder.

| says it | goes on when |
|---|---|
| `MUID` of GoPro's header | it is the same: one recording has one |
| start timecode | it has counted on by what has been recorded; a label that is the same tells nothing (no clock) |
| creation time | it lies between that of the first file, which some cameras repeat, and the end of the chapter |

One of them is enough, since clocks are set while recording and editors rewrite tags. Where none is told, the names
hold.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from mtbsync_core.media.camera import read_camera
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.timecode import frames_of

_SLACK_S = 120.0
"""Cameras take their time to begin and to finish a file; two recordings of one number lie days apart, not minutes."""
_TIMECODE_SLACK_S, _DRIFT = 1.0, 0.002
"""Labels that do not drop frames run 0.1 % slow against the clock, by which a camera may start each chapter's."""
_DAY_S = 86_400.0


def why_apart(first: MediaInfo, part: MediaInfo, late_s: float) -> str:
    """Why `part` is no continuation, in words; empty when it is one, or nothing tells.

    Args:
        first: the first file of a recording.
        late_s: seconds of the recording before `part` begins.
    """
    found = [check(first, part, late_s) for check in (_by_id, _by_timecode, _by_creation)]
    if "" in found:
        return ""
    return "; ".join(reason for reason in found if reason)


def _by_id(first: MediaInfo, part: MediaInfo, _late_s: float) -> str | None:
    """Empty: it goes on. None: nothing tells. Else why not; so are the next two."""
    ids = [_media_id(media.path) for media in (first, part)]
    if None in ids:
        return None
    return "" if ids[0] == ids[1] else "the camera gave them different numbers (MUID)"


def _by_timecode(first: MediaInfo, part: MediaInfo, late_s: float) -> str | None:
    if first.start_timecode is None or part.start_timecode is None or first.start_timecode == part.start_timecode:
        return None
    begun_s, goes_on_s = (_label_s(media) for media in (first, part))
    off_s = (goes_on_s - begun_s - late_s + _DAY_S / 2) % _DAY_S - _DAY_S / 2
    if abs(off_s) <= _TIMECODE_SLACK_S + _DRIFT * late_s:
        return ""
    return f"their timecodes begin at {first.start_timecode} and {part.start_timecode}"


def _by_creation(first: MediaInfo, part: MediaInfo, late_s: float) -> str | None:
    begun, goes_on = (_created(media) for media in (first, part))
    if begun is None or goes_on is None:
        return None
    slack = timedelta(seconds=_SLACK_S)
    if -slack <= goes_on - begun <= timedelta(seconds=late_s + part.duration_s) + slack:
        return ""
    return f"they were made at {begun:%Y-%m-%d %H:%M:%S} and {goes_on:%Y-%m-%d %H:%M:%S}"


def _media_id(path: Path) -> str | None:
    try:
        return read_camera(path).media_id
    except OSError:
        return None


def _label_s(media: MediaInfo) -> float:
    assert media.start_timecode is not None
    return float(media.timecode_rate.to_seconds(frames_of(media.start_timecode, media.timecode_rate)))


def _created(media: MediaInfo) -> datetime | None:
    try:
        created = datetime.fromisoformat(media.creation_time or "")
    except ValueError:
        return None
    return created.replace(tzinfo=None)
