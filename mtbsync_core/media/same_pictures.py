"""`why_unlike`: whether two files show the same pictures at the same times, by a handful of them.

Length, shape and rate say little: looping cameras cut all files to one length, two cards are copied into one folder,
and what an editor trimmed or retimed is called as the original. Each picture is reduced to `_SIZE` and loses its slow
changes of brightness, so that exposure, compression and scaling do not matter. The correlation coefficient of what is
left is 0.99 and more for one picture in two files, up to 0.6 for two rides past the same place, and for a slow walk
0.9 at a fifth of a second and 0.7 at half a second (measured on the laps and the walkway of `tests/data`).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from mtbsync_core.media.decoder import Decoder
from mtbsync_core.media.luma import luma_picture
from mtbsync_core.media.packets import PacketTable, scan
from mtbsync_core.mediainfo import MediaInfo

_SHARES = (0.1, 0.3, 0.5, 0.7, 0.9)
"""Where in the original to look: at the nearest key frames, which are the cheapest, or near there without them."""
_KEY_S = 2.0
_SIZE, _BLUR = (64, 36), 6.0
_LEAST_CONTRAST = 2.0
"""Standard deviation, in levels of 256, of a picture that shows anything."""
_ALIKE = 0.85
_NOTHING = -1.0
_NEAR_S = 0.12
"""Small copies may lack some frames."""
_ASIDE_S = 0.4
_BETTER = 0.5
"""A moment `_ASIDE_S` aside fits better when this share of the difference is left there."""


def why_unlike(original: MediaInfo, copy: MediaInfo) -> str:
    """Why `copy` does not show what `original` shows at the same times, both single files; empty when it does.

    Raises:
        MediaError: a file is no longer there or no longer readable.
    """
    table, copied = scan(original.path), scan(copy.path)
    times_s, shown_s = table.times_s, copied.times_s
    looked_at = _places(times_s, table.key[table.order], min(original.duration_s, copy.duration_s))
    seen = damaged = unlike = shifted = 0
    with Decoder(original.path, table) as whole, Decoder(copy.path, copied) as small:
        for number in looked_at:
            here = _detail(whole, table, number)
            if here is None or here.std() < _LEAST_CONTRAST:
                continue
            late_s = shown_s - times_s[number]
            aside = np.abs(np.subtract.outer((-_ASIDE_S, _ASIDE_S), late_s)).argmin(axis=1)
            near = np.flatnonzero(np.abs(late_s) <= _NEAR_S)
            like = {n: _likeness(here, _detail(small, copied, n)) for n in np.union1d(near, aside)}
            best, best_aside = (max((like[n] for n in found), default=_NOTHING) for found in (near, aside))
            seen += 1
            damaged += best == _NOTHING
            unlike += _NOTHING < best < _ALIKE
            shifted += best > _NOTHING and 1 - best_aside < _BETTER * (1 - best)
    enough = max(1, min(seen, 2))
    if damaged >= enough:
        return f"{damaged} of {seen} places that were looked at are damaged in it"
    return "its pictures are not those of the original" if max(unlike, shifted) >= enough else ""


def _places(times_s: NDArray[np.float64], key: NDArray[np.bool_], duration_s: float) -> NDArray[np.intp]:
    """The numbers of the frames to look at."""
    away_s = np.abs(np.subtract.outer(np.array(_SHARES) * duration_s, times_s))
    # A key frame counts for nearer than it is; any frame will do where none is near.
    return np.unique((away_s - _KEY_S * key).argmin(axis=1))


def _detail(decoder: Decoder, table: PacketTable, number: int) -> NDArray[np.float32] | None:
    """The detail of the shown frame with this number; None where it cannot be decoded."""
    frame = decoder.frame_at(int(table.order[number]))
    if frame is None:
        return None
    picture = luma_picture(frame, width=640, rotation=table.rotation)
    small = cv2.resize(picture, _SIZE, interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(small - cv2.GaussianBlur(small, (0, 0), _BLUR), np.float32)


def _likeness(a: NDArray[np.float32], b: NDArray[np.float32] | None) -> float:
    """The correlation coefficient; `_NOTHING` where there is no second picture."""
    if b is None:
        return _NOTHING
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / scale if scale else 0.0
