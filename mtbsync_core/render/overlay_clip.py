"""`render_overlay`: delta, sectors and the strip of the trail alone, with transparency, to lie above the new run in an
editor: PNG in MOV, of the length and rate of its clip.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import av
import numpy as np
from av.packet import Packet

from mtbsync_core.files import replacing
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.render.graphics import Graphics, Lay, onto_rgba
from mtbsync_core.render.layout import Layout, overlaid
from mtbsync_core.render.movie import said_of_disk
from mtbsync_core.render.png import BandedPng
from mtbsync_core.render.score import Score, score_on
from mtbsync_core.render.video import first_of_tick
from mtbsync_core.timing.lines import SectorLines
from mtbsync_core.timing.runs import TimedRun, common_span

_TOLD_EVERY = 150


def render_overlay(
    new: TimedRun, reference: TimedRun, lines: SectorLines, size: tuple[int, int], target: Path, listener: Listener
) -> None:
    """Write it; memory does not grow with the length.

    Args:
        new: with its recording.

    Raises:
        UsageError: the target cannot be written.
        MtbsyncError: the disk is full.
    """
    media = new.media
    assert media is not None
    times = np.arange(media.n_frames) / float(media.rate)
    points, said = score_on(new, reference, times), first_of_tick(times)
    layout = overlaid(size, [size])
    graphics = Graphics(layout, (), lines, common_span((reference, new)))
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
