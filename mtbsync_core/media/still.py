"""`still`: one moment of a recording as a small WebP, from its small copy where there is one."""

from __future__ import annotations

import logging

import numpy as np

from mtbsync_core.errors import MtbsyncError
from mtbsync_core.media.colour import colour_picture
from mtbsync_core.media.decoder import Decoder
from mtbsync_core.media.packets import scan
from mtbsync_core.media.trail_file import is_trail
from mtbsync_core.media.webp import webp
from mtbsync_core.mediainfo import MediaInfo

WIDTH = 720
"""Pixels: half of what a page shows on a wide screen, and still as sharp on paper."""
_QUALITY = 72
"""Of WebP: 40 kB a picture, so that a page with thirty of them can be sent."""

log = logging.getLogger(__name__)


def still(media: MediaInfo, t_s: float, width: int = WIDTH) -> bytes | None:
    """The frame that is shown at a second of the recording's clock; None where it cannot be read, which is logged, and
    of a trail pack, which has none.

    A small copy shows the same moment within half a frame of the original, at a tenth of the work.
    """
    if is_trail(media.path):
        return None
    file, file_s = media.at(max(0.0, t_s) + 1e-9)
    for path in filter(None, (file.proxy, file.path)):
        try:
            table = scan(path)
            index = max(0, int(np.searchsorted(table.times_s, file_s, side="right")) - 1)
            with Decoder(path, table, threads=2) as decoder:
                frame = decoder.frame_at(int(table.order[index]))
            if frame is not None:
                return webp(colour_picture(frame, width=width, rotation=table.rotation), _QUALITY)
        except MtbsyncError as error:
            log.info("%s", error.message)
    log.warning("%s: there is no picture of %.1f s", file.path, t_s)
    return None
