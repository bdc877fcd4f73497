"""The ladder: which files of a recording a browser may try to play, the best first.

1. The original, where every browser decodes it: 8-bit H.264 in an MP4.
2. The small copy of the camera or of Resolve, where its clock agrees with the original's: then a place in the original
   is the same place in the copy.
3. The proxy that this program makes, whole or as far as it is made.

What a browser says of itself is not asked: the page plays a frame of each and takes the first that shows.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np

from mtbsync_core.media.container import open_recording, video_stream
from mtbsync_core.media.frame_skips import on_original
from mtbsync_core.media.packets import PacketTable, scan
from mtbsync_core.media.proxy import with_proxies
from mtbsync_core.media.recording import Recording
from mtbsync_core.web.media.encoding import proxy_size
from mtbsync_core.web.media.proxy import Proxy

log = logging.getLogger(__name__)

_EIGHT_BIT = ("yuv420p", "yuvj420p")


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a rung: its number there, and the seconds of the recording at which it begins and that it lasts."""

    n: int
    path: Path
    start_s: float
    duration_s: float


@dataclass(frozen=True, slots=True)
class Rung:
    """One way to show a recording."""

    name: str
    kind: str
    label: str
    parts: tuple[Part, ...]
    size: tuple[int, int]

    def path_of(self, n: int) -> Path | None:
        """The file of that number."""
        return next((part.path for part in self.parts if part.n == n), None)

    def as_dict(self, run: str, side: str) -> dict[str, Any]:
        """For the page."""
        query = {"run": run, "side": side, "rung": self.name}
        files = [
            {
                "url": "/media/file?" + urlencode({**query, "n": part.n}),
                "start_s": part.start_s,
                "duration_s": part.duration_s,
            }
            for part in self.parts
        ]
        width, height = self.size
        return {
            "kind": self.kind,
            "label": self.label,
            "files": files,
            "width": width,
            "height": height,
            "ready": bool(files),
        }


def of_files(recording: Recording, may_show: Callable[[Path, Path], bool]) -> list[Rung]:
    """The rungs that are there already: the original and a small copy.

    Args:
        may_show: whether the copy, second, of an original, first, may be shown.

    Raises:
        MediaError: a file is no longer there or no longer readable.
    """
    media = recording.media
    originals = tuple(file.path for file in media.files)
    rungs = []
    if all(plays_anywhere(path) for path in originals):
        rungs.append(_rung("original", "the original", recording, originals, (media.width, media.height)))
    copies = tuple(file.proxy for file in with_proxies(media).files)
    found = tuple(copy for copy in copies if copy is not None)
    if len(found) == len(originals) and all(
        may_show(path, copy) and plays_anywhere(copy) and clocks_agree(path, copy)
        for path, copy in zip(originals, found, strict=True)
    ):
        table = scan(found[0])
        size = (table.height, table.width) if table.rotation in (90, 270) else (table.width, table.height)
        rungs.append(_rung("copy", f"the small copy {found[0].name}", recording, found, size))
    return rungs


def of_proxy(proxy: Proxy) -> list[Rung]:
    """The proxy whole, if it is; and its pieces as far as they are there, which a page may be playing meanwhile."""
    recording = proxy.recording
    size = proxy_size(recording.media.width, recording.media.height)
    label = f"a preview of {min(size)} lines"
    made = [(k, proxy.pieces[k]) for k in proxy.made]
    pieces = [Part(k, proxy.piece_path(k), piece.start_s, piece.end_s - piece.start_s) for k, piece in made]
    rungs = [Rung("pieces", "proxy", label, tuple(pieces), size)]
    if proxy.complete:
        starts_s = [float(recording.times_s[recording.first_frame(file)]) for file in range(len(recording.frames))]
        ends_s = [*starts_s[1:], recording.end_s]
        whole = [Part(n, proxy.whole_path(n), a, b - a) for n, (a, b) in enumerate(zip(starts_s, ends_s, strict=True))]
        rungs.insert(0, Rung("proxy", "proxy", label, tuple(whole), size))
    return rungs


def _rung(name: str, label: str, recording: Recording, paths: tuple[Path, ...], size: tuple[int, int]) -> Rung:
    starts_s = [file.start_s for file in recording.media.files]
    parts = [
        Part(n, path, at_s, _end_s(scan(path))) for n, (path, at_s) in enumerate(zip(paths, starts_s, strict=True))
    ]
    return Rung(name, name, label, tuple(parts), size)


def plays_anywhere(path: Path) -> bool:
    """Whether every browser decodes it: H.264 of 8 bits and half the colours, in an MP4 or its kin.

    Raises:
        MediaError: it cannot be opened.
    """
    with open_recording(path) as container:
        context = video_stream(container, path).codec_context
        return context.name == "h264" and context.pix_fmt in _EIGHT_BIT and "mp4" in container.format.name


def clocks_agree(original: Path, copy: Path) -> bool:
    """Whether a time in the original is the same time in its small copy, both single files.

    Every frame of the copy has to lie within half a frame of where the original shows it, by the cameras' lists of left
    out frames too, and both have to end together, to one frame of the copy.

    Raises:
        MediaError: a file is no longer there or no longer readable.
    """
    table, copied = scan(original), scan(copy)
    moved_s = on_original(original, copy, table.times_s, copied.times_s)
    off_s = float(np.abs(moved_s - copied.times_s).max())
    frame_s, copied_s = (float(np.median(np.diff(t.times_s))) for t in (table, copied))
    late_s = abs(_end_s(table) - _end_s(copied))
    agree = off_s <= frame_s / 2 and late_s <= max(frame_s, copied_s) * 1.01
    if not agree:
        log.info("%s is not played: %.3f s off, and it ends %.3f s apart", copy, off_s, late_s)
    return agree


def _end_s(table: PacketTable) -> float:
    return float(table.times_s[-1] + table.last_duration * table.time_base)
