"""Small copies ("proxies") of a recording, which camera or editor made: decoding them costs a tenth.

| who | where |
|---|---|
| GoPro since HERO6 | `GL010123.LRV` beside `GX010123.MP4` or `GH010123.MP4` |
| GoPro before, DJI | `GOPR0123.LRV`, `DJI_..._D.LRF`: the name with another ending |
| GoPro Labs for Premiere | `Proxies/GX010123_Proxy.MP4` |
| DaVinci Resolve, and GoPro Labs for it | `Proxy/NAME.MP4` or `.MOV` |
| Insta360 | `LRV_..._01_007.lrv` or `.mp4` beside `VID_..._00_007.mp4` |

A small copy is taken for the original only where it is one: as long, of one shape, begun at the same time, and showing
the same pictures. These are placed by time, see `frame_skips`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from mtbsync_core.errors import MediaError
from mtbsync_core.media.probe import probe_file
from mtbsync_core.media.same_pictures import why_unlike
from mtbsync_core.mediainfo import MediaFile, MediaInfo

log = logging.getLogger(__name__)

_SMALL_SUFFIXES = (".lrv", ".lrf")
_GOPRO = re.compile(r"(?P<prefix>(?:.*-)?g)[hx](?P<number>\d{6})")
_INSTA360 = re.compile(r"vid_(?P<time>\d{8}_\d{6})_(?P<lens>\d)\d_(?P<number>\d{3})")
_SPARE_FRAMES = 3
"""HERO9 was seen to write small copies two frames shorter."""
_SHAPE_SPREAD = 0.02
_LEAST_WIDTH = 320
_WORTH = 0.5
"""A copy with more than this share of the original's pixels a second saves too little."""
_CLOCK_S = 1


def with_proxies(media: MediaInfo) -> MediaInfo:
    """The recording with, for each of its files, the small copy that may be looked at in its place, if there is one.

    Candidates that do not fit are named in the log with the reason.
    """
    return replace(media, files=tuple(replace(file, proxy=_find(file)) for file in media.files))


def candidates(path: Path) -> list[Path]:
    """Files that by name are small copies of the recording at `path`, the camera's own first."""
    stem = path.stem.casefold()
    if path.suffix.casefold() in _SMALL_SUFFIXES:
        return []
    name = re.escape(stem)
    beside = [rf"{name}\.lr[vf]"]
    if found := _GOPRO.fullmatch(stem):
        beside.append(rf"{re.escape(found['prefix'])}l{found['number']}\.lrv")
    if found := _INSTA360.fullmatch(stem):
        beside.append(rf"lrv_{found['time']}_{found['lens']}\d_{found['number']}\.(lrv|mp4|insv)")
    places = [(path.parent, "|".join(beside))]
    for folder in _entries(path.parent):
        if folder.name.casefold() in ("proxy", "proxies"):
            places.append((folder, rf"{name}(_proxy)?\.(mp4|mov|lrv)"))
    return [f for place, pattern in places for f in _entries(place) if re.fullmatch(pattern, f.name.casefold())]


def unfit(original: MediaInfo, proxy: MediaInfo) -> str:
    """Why `proxy` cannot stand for `original`, both single files, by what they are and show; empty when it can.

    Raises:
        MediaError: a file is no longer there or no longer readable.
    """
    return why_not(original, proxy) or why_unlike(original, proxy)


def why_not(original: MediaInfo, proxy: MediaInfo) -> str:
    """Why `proxy` cannot stand for `original`, both single files, by what they are; empty when it can."""
    late_s = abs(proxy.duration_s - original.duration_s)
    if late_s > _SPARE_FRAMES / min(proxy.rate, original.rate):
        return f"it is {proxy.duration_s:.2f} s long, the original {original.duration_s:.2f} s"
    if abs(proxy.width * original.height / (proxy.height * original.width) - 1) > _SHAPE_SPREAD:
        shapes = (f"{m.width} x {m.height}" for m in (proxy, original))
        return "its shape is another: {} and {}".format(*shapes)
    if proxy.width * proxy.height * proxy.rate > _WORTH * original.width * original.height * original.rate:
        return "it is not much smaller"
    if max(proxy.width, proxy.height) < _LEAST_WIDTH:
        return f"its pictures are only {proxy.width} x {proxy.height}"
    starts = proxy.start_timecode, original.start_timecode
    if starts[0] and starts[1] and abs(_clock_s(starts[0]) - _clock_s(starts[1])) > _CLOCK_S:
        return f"it begins at {starts[0]}, the original at {starts[1]}"
    return ""


def _clock_s(label: str) -> int:
    """Whole seconds of a timecode label; rates and drop-frame counting may differ between the two files."""
    hours, minutes, seconds = (int(part) for part in re.split("[:;.,]", label)[:3])
    return 3600 * hours + 60 * minutes + seconds


def _find(file: MediaFile) -> Path | None:
    found = candidates(file.path)
    original = probe_file(file.path) if found else None
    for path in found:
        try:
            reason = unfit(original, probe_file(path)) if original else ""
        except MediaError as error:
            reason = error.message
        if not reason:
            return path
        log.warning("the small copy %s is not used in place of %s: %s", path, file.path.name, reason)
    return None


def _entries(folder: Path) -> Iterator[Path]:
    yield from sorted(folder.iterdir()) if folder.is_dir() else ()
