"""`render_overlay`: delta, sectors and the strip of the trail alone, with transparency, on the clock of the new run: PNG
in MOV, frame for frame as long as the new run's own clip, to lie on the track above it in an editor.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import av
import numpy as np
from av.packet import Packet
from numpy.typing import NDArray

from mtbsync_core.files import replacing
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.render.graphics import Graphics, Lay, Lines, onto_rgba
from mtbsync_core.render.layout import Layout, overlaid
from mtbsync_core.render.movie import said_of_disk
from mtbsync_core.render.png import BandedPng
from mtbsync_core.render.score import Score, delta
from mtbsync_core.render.video import first_of_tick
from mtbsync_core.warp import TimeWarp

_TOLD_EVERY = 150


def render_overlay(
    media: MediaInfo, warp: TimeWarp, lines: Lines, size: tuple[int, int], target: Path, listener: Listener
) -> None:
    """Write it; memory does not grow with the length.

    Args:
        media: the new run.
        warp: from the reference's clock to the new run's.
        lines: the sectors, on the reference's clock.

    Raises:
        UsageError: the target cannot be written.
        MtbsyncError: the disk is full.
    """
    times = np.arange(media.n_frames) / float(media.rate)
    points, said = score_on_new(warp, times), first_of_tick(times)
    layout = overlaid(size, [size])
    graphics = Graphics(layout, (), lines, (float(warp.ref_s[0]), float(warp.ref_s[-1])))
    with replacing(target) as path, said_of_disk(target), av.open(str(path), "w", format="mov") as file:
        stream = file.add_stream("png", rate=media.rate)
        stream.width, stream.height, stream.pix_fmt = *size, "rgba"
        stream.time_base = 1 / media.rate
        pictures = _Pictures(layout, graphics, points)
        for k in range(len(times)):
            packet = Packet(pictures.picture(k, int(said[k])))
            packet.stream, packet.time_base = stream, 1 / media.rate
            packet.pts = packet.dts = k
            packet.duration, packet.is_keyframe = 1, True
            file.mux(packet)
            if k % _TOLD_EVERY == 0 or k + 1 == len(times):
                listener.stage("overlay", k + 1, len(times))
    listener.file("overlay", target)


def score_on_new(warp: TimeWarp, new_s: NDArray[np.float64]) -> Score:
    """The score at moments of the new run, (N,): counting begins where the map does. NaN where the new run is not on
    the reference's trail.
    """
    start = np.full(len(new_s), warp.ref_s[0])
    at = warp.to_ref(new_s)
    elapsed = new_s - warp.new_s[0]
    lead, margin = delta(warp, start, at)
    places = np.stack([start + elapsed, np.interp(new_s, warp.new_s, warp.ref_s)])
    unknown = np.full(len(new_s), np.nan)
    return Score(elapsed, places, np.stack([unknown, lead]), np.stack([unknown, margin]), np.stack([at, at]))


class _Pictures:
    """The pictures one after the other, of which only what changes is drawn again."""

    def __init__(self, layout: Layout, graphics: Graphics, points: Score) -> None:
        self._layout, self._graphics, self._points = layout, graphics, points
        self._plain = np.zeros((layout.size[1], layout.size[0], 4), np.uint8)
        graphics.lay_strip(onto_rgba(self._plain))
        self._canvas = self._plain.copy()
        self._png = BandedPng(self._canvas)
        self._said, self._places = -1, [(-1, -1)]
        self._bytes = b""

    def picture(self, k: int, said: int) -> bytes:
        """Moment k, with the figures of moment `said`."""
        head, places = self._layout.head, self._graphics.places(self._points, k)
        changed = False
        if said != self._said:
            self._redraw(range(head.y, head.y + head.height), partial(self._graphics.lay_head, k=said))
            self._said, changed = said, True
        if places != self._places:
            rows = range(places[0][1], places[0][1] + self._graphics.dot_size)
            self._redraw(rows, partial(self._graphics.lay_places, k=k))
            self._places, changed = places, True
        if changed:
            self._bytes = self._png.bytes()
        return self._bytes

    def _redraw(self, rows: range, draw: Callable[[Lay, Score], None]) -> None:
        span = slice(rows.start, rows.stop)
        self._canvas[span] = self._plain[span]
        draw(onto_rgba(self._canvas), self._points)
        self._png.changed(self._canvas, rows)
