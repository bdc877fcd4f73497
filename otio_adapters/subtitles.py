"""Subtitles as markers: SubRip and WebVTT, as players and editors read them.

A cue is a line with `-->` and the lines below it up to a blank one; its first line is the name, the others are the
note. Hours and the number above may be missing; settings behind the times, style and entities are taken away.
"""

from __future__ import annotations

import html
import re
from itertools import takewhile

from mtbsync_core.errors import FormatError
from mtbsync_core.markers import Marker

TIMES = r"(?:(\d+):)?([0-5]?\d):([0-5]?\d)[,.](\d{1,3})"
_CUE = re.compile(rf"\s*{TIMES}\s*-->\s*{TIMES}(?:\s.*)?")
_STYLE = re.compile(r"</?[A-Za-z\d][^<>]*>|\{\\[^{}]*\}")


def cues_in(text: str, *, entities: bool) -> list[Marker]:
    """The cues of a subtitle file as markers, seconds from the beginning of the video.

    Args:
        entities: whether `&lt;` and the like stand for letters, as in WebVTT.

    Raises:
        FormatError: there is no cue in it.
    """
    lines = re.sub(r"\r\n?", "\n", text.removeprefix("\ufeff")).split("\n")
    cues = [(n, match) for n, line in enumerate(lines) if (match := _CUE.fullmatch(line))]
    if not cues:
        raise FormatError("there is no subtitle in the file", "A subtitle begins with a line of times and an arrow.")
    found = []
    for (at, match), following in zip(cues, [*(n for n, _ in cues[1:]), len(lines)], strict=True):
        below = list(takewhile(str.strip, lines[at + 1 : following]))
        if at + 1 + len(below) == following < len(lines) and below and below[-1].strip().isdigit():
            below.pop()  # the number of the next, with no blank line before it
        start_s, end_s = _seconds(*match.groups()[:4]), _seconds(*match.groups()[4:])
        said = [_STYLE.sub("", line).strip() for line in below]
        name, *note = [html.unescape(line) if entities else line for line in said] or [""]
        found.append(Marker(name, start_s, max(0.0, end_s - start_s), comment="\n".join(note).strip()))
    return found


def _seconds(hours: str | None, minutes: str, seconds: str, part: str) -> float:
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + int(part.ljust(3, "0")) / 1000
