"""`read_hilights`: the moments that a rider tagged while recording, with GoPro's button, app or voice.

| where in the file | what | cameras |
|---|---|---|
| `moov/udta/HMMT` | 32 bits: how many tags, then a tag each, milliseconds | all until HERO5; HERO11 still writes it |
| `moov/udta/GPMF`, device `HLMT` | a stream `HLMT` of structures | HERO6 and later |
| chapters of the MP4 file | a chapter begins at each tag | some newer ones (GoPro-Highlight-Parser, issue 3) |

Chapters are tags only in a file as the camera wrote it. Copies and cuts, which may have chapters of their own (those of
`mtbsync chapters` too), name the program that wrote them (FFmpeg: `encoder`); cameras do not.

A structure (`LLLllfFff`) is time, in and out in milliseconds, latitude, longitude, height, kind, confidence in percent
and score. Kinds are `MANL`, by hand, and by the camera's own judgement `AIMU` (motion, such as a jump), `AACD` (sound)
and `FUSE` (both). Sources: superuser.com 881661 for the box, gpmf-parser, issues 21 and 173 for the stream.

Each chapter has its own tags. Whether their times count from the chapter's first frame or from the recording's is not
documented, so the tags tell, one rule for all of a recording: they count from the chapter's, unless one of them lies
behind its chapter's end and would be in it when counted from the recording's (25 s in a second chapter of 20 s). That
proves that all count from the recording's.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mtbsync_core.errors import MediaError
from mtbsync_core.media.boxes import read_box
from mtbsync_core.media.container import open_recording
from mtbsync_core.media.gpmf import Problems, read_devices, records, scaled
from mtbsync_core.media.mp4_chapters import chapter_starts
from mtbsync_core.mediainfo import MediaInfo

log = logging.getLogger(__name__)

_SAME_S = 0.05
"""A tag that stands in both places."""
_SLACK_S = 0.5
"""Tags at the very end of a chapter."""
_COLUMNS = 9
_MANUAL = "MANL"


@dataclass(frozen=True, slots=True)
class HiLight:
    """One tag; `t_s`, `in_s` and `out_s` are seconds on the recording's clock."""

    t_s: float
    in_s: float
    out_s: float
    """What the camera proposes to cut out around it; all three alike for a tag by hand."""
    kind: str = _MANUAL
    confidence: float | None = None
    """Percent."""
    score: float | None = None
    position: tuple[float, float, float] | None = None
    """Latitude and longitude in degrees, height in metres."""

    @property
    def manual(self) -> bool:
        """Whether the rider set it."""
        return self.kind == _MANUAL


def read_hilights(media: MediaInfo) -> list[HiLight]:
    """The tags of all chapters in order of time; of an excerpt those within it.

    Raises:
        MediaError: a file cannot be read.
    """
    ends = [*(file.start_s for file in media.files[1:]), media.duration_s]
    chapters = [
        (file.path.name, _of_file(file.path), file.start_s, end_s)
        for file, end_s in zip(media.files, ends, strict=True)
    ]
    first_s = media.files[0].start_s
    later = [(tag.t_s, start_s, end_s) for _, tags, start_s, end_s in chapters[1:] for tag in tags]
    from_recording = any(
        start_s + t_s > end_s + _SLACK_S and start_s <= first_s + t_s <= end_s + _SLACK_S
        for t_s, start_s, end_s in later
    )
    found: list[HiLight] = []
    for name, tags, start_s, end_s in chapters:
        zero_s = first_s if from_recording else start_s
        limit_s = media.duration_s if from_recording else end_s
        for tag in tags:
            t_s = zero_s + tag.t_s
            if t_s > limit_s + _SLACK_S:
                log.warning("%s: a HiLight at %.1f s lies behind its end and is left out", name, tag.t_s)
            elif t_s >= 0 and not any(other.kind == tag.kind and abs(other.t_s - t_s) < _SAME_S for other in found):
                found.append(replace(tag, t_s=t_s, in_s=zero_s + tag.in_s, out_s=zero_s + tag.out_s))
    return sorted(found, key=lambda tag: tag.t_s)


def _of_file(path: Path) -> list[HiLight]:
    """The tags of one file, on the clock that it gives them on."""
    try:
        with path.open("rb") as file:
            header, old = (read_box(file, b"moov", b"udta", kind) for kind in (b"GPMF", b"HMMT"))
        chapters = chapter_starts(path) if (header or old) and _is_as_recorded(path) else []
    except OSError as error:
        hint = "HiLights are read from the recording itself; is the memory card still in?"
        raise MediaError(f"{path} cannot be read: {error.strerror or error}", hint) from error
    problems: Problems = []
    tags = list(_structures(header, problems))
    for problem in problems:
        log.debug("%s: %s", path, problem)
    for t_s in _milliseconds(old):
        if not any(tag.manual and abs(tag.t_s - t_s) < _SAME_S for tag in tags):
            tags.append(HiLight(t_s, t_s, t_s))
    # The film itself is the first chapter where the list begins at 0.
    tags += [HiLight(t, t, t) for t in chapters if t > 0 and not any(abs(tag.t_s - t) < _SAME_S for tag in tags)]
    return tags


def _is_as_recorded(path: Path) -> bool:
    """Whether no program gives its name as the one that wrote the file."""
    with open_recording(path) as container:
        return "encoder" not in container.metadata


def _milliseconds(data: bytes) -> list[float]:
    words = np.frombuffer(data[: len(data) // 4 * 4], ">u4")
    return (words[1 : 1 + int(words[0])] / 1000).tolist() if len(words) else []


def _structures(header: bytes, problems: Problems) -> Iterator[HiLight]:
    streams = (s for device in read_devices(header, problems) if device.id == "HLMT" for s in device.streams)
    for stream in streams:
        values = scaled(stream, problems) if stream.data.key == "HLMT" else np.zeros((0, 0))
        if values.shape[1:] != (_COLUMNS,):
            continue
        for row, raw in zip(values.tolist(), records(stream.data, stream.text("TYPE")), strict=True):
            t_s, in_s, out_s = (ms / 1000 for ms in row[:3])
            position = (row[3], row[4], row[5]) if any(row[3:5]) else None
            yield HiLight(t_s, in_s, out_s, str(raw[6]), row[7], row[8], position)
