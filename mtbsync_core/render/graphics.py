"""`Graphics`: names, delta, sector and the strip of the trail, laid on each picture."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mtbsync_core.media.colour import Planes
from mtbsync_core.overlay.look import GREY, NEW, REF, STATUS
from mtbsync_core.render.layout import Layout
from mtbsync_core.render.playback import Kind
from mtbsync_core.render.score import Score
from mtbsync_core.render.stickers import Line, Sticker, board, dot, font, plate, rgb, shortened, text_width
from mtbsync_core.timecode import minutes_seconds
from mtbsync_core.timing.lines import SectorLines
from mtbsync_core.warp import Span

COLOURS = (REF, NEW, "#2a8c55", "#8a5cc2", "#c2255c", "#b7791f", "#1c9aa8", "#7a6a5a", "#d65fa8")
"""Of the runs: reference blue, new run orange, as everywhere, and those of a grid."""
_SAYS = {
    Kind.GAP: "does not show this part",
    Kind.OUTSIDE: "no recording here",
    Kind.WAITS: "at the line",
    Kind.PLAYS: "",
}
EACH_S = 0.1
"""How often figures change: faster ones cannot be read."""

Lay = Callable[[Sticker, int, int], None]


class Graphics:
    """For one video.

    Args:
        names: of the runs, the first one's first.
        lines: where sectors begin.
        span: from where to where the strip goes, seconds of the trail's clock.
    """

    def __init__(self, layout: Layout, names: Sequence[str], lines: SectorLines, span: Span) -> None:
        self._layout, self._lines, self._span = layout, lines, span
        self._names = [self._short(name, n) for n, name in enumerate(names)]
        self._strip = self._drawn_strip()
        self.dot_size = max(10, round(layout.unit * 2.6) // 2 * 2)

    def lay(self, lay: Lay, score: Score, k: int, said: int, kinds: Sequence[int] | NDArray[np.int_]) -> None:
        """Everything of moment k of a score, with the figures of moment `said`, and the kinds of what the runs show."""
        for run, (x, y) in enumerate(self._layout.names):
            name = self._name(run, score, said, Kind(kinds[run]))
            if name is not None:
                lay(name, x if x >= 0 else self._layout.size[0] + x - name.size[0], y)
        self.lay_head(lay, score, said)
        self.lay_strip(lay)
        self.lay_places(lay, score, k)

    def lay_head(self, lay: Lay, score: Score, k: int) -> None:
        """Who leads, and the sector."""
        head = self._layout.head
        if not head.height:
            return
        delta_s = float(score.delta_s[1, k])
        room = head.width
        if math.isfinite(delta_s):
            lead = self._delta(delta_s, float(score.margin_s[1, k]))
            x = (head.width - lead.size[0]) // 2
            lay(lead, head.x + x, head.y + (head.height - lead.size[1]) // 2)
            room = x - round(self._layout.unit * 2)
        sector = self._sector(float(score.compared_s[1, k]), room)
        if sector is not None:
            lay(sector, head.x, head.y + (head.height - sector.size[1]) // 2)

    def lay_strip(self, lay: Lay) -> None:
        """The trail, which is always the same."""
        lay(self._strip, self._layout.strip.x, self._layout.strip.y)

    def places(self, score: Score, k: int) -> list[tuple[int, int]]:
        """Left upper corners of the dots of all runs."""
        strip, half = self._layout.strip, self.dot_size // 2
        y = strip.y + self._line_y - half
        return [(strip.x + self._on_strip(float(at)) - half, y - y % 2) for at in score.place_s[:, k]]

    def lay_places(self, lay: Lay, score: Score, k: int) -> None:
        """The dots; the first run's on top."""
        for run, (x, y) in reversed([*enumerate(self.places(score, k))]):
            lay(dot(self.dot_size, COLOURS[run]), x, y)

    def _name(self, run: int, score: Score, k: int, kind: Kind) -> Sticker | None:
        unit = self._layout.unit
        small = round(unit * (2.4 if not self._layout.many else 1.9))
        lines = [Line(self._names[run], small, "bold")] if self._names[run] else []
        if said := _SAYS[kind]:
            lines.append(Line(said, round(small * 0.9), colour="#ffd9a8"))
        if self._layout.many and run and math.isfinite(score.delta_s[run, k]):
            lines.append(self._lead(float(score.delta_s[run, k]), float(score.margin_s[run, k]), small))
        return plate(tuple(lines), pad=round(small * 0.5), align="left", edge=COLOURS[run]) if lines else None

    def _lead(self, delta_s: float, margin_s: float, size: int) -> Line:
        colour, _ = _verdict(delta_s, margin_s)
        return Line(signed(delta_s), round(size * 1.25), "bold", _light(colour))

    def _delta(self, delta_s: float, margin_s: float) -> Sticker:
        unit = self._layout.unit
        colour, word = _verdict(delta_s, margin_s)
        margin = f"  ±{margin_s:.2f}" if math.isfinite(margin_s) else ""
        large = Line(signed(delta_s), round(unit * 6.2), "bold")
        small = Line(word + margin, round(unit * 2.1))
        width = text_width("+88.88 s", large.size, "bold") + round(unit * 3)
        return plate((large, small), back=colour, opacity=0.88, width=width, pad=round(unit))

    def _sector(self, at_s: float, most: int) -> Sticker | None:
        name = self.sector_at(at_s)
        if not name or most < self._layout.unit * 8:
            return None
        size = round(self._layout.unit * 3.2)
        text = shortened(name, size, most - size, "bold")
        opacity = 0.72 if self._layout.over_pictures else 0.0
        return plate((Line(text, size, "bold"),), opacity=opacity, align="left", pad=round(size * 0.4))

    def sector_at(self, at_s: float) -> str:
        """The name of the sector that a place is in; empty before the first and where the place is not known."""
        n = int(np.searchsorted(self._lines.t_ref, at_s + 1e-6, side="right")) - 1
        return self._lines.names[n] if math.isfinite(at_s) and n >= 0 else ""

    def _short(self, name: str, run: int) -> str:
        box = self._layout.pictures[run] if run < len(self._layout.pictures) else self._layout.head
        size = round(self._layout.unit * (1.9 if self._layout.many else 2.4))
        most = box.width if self._layout.many or not self._layout.over_pictures else self._layout.size[0] // 2
        return shortened(name, size, max(60, round(most * 0.8)), "bold")

    @property
    def _line_y(self) -> int:
        return round(self._layout.strip.height * 0.68)

    def _on_strip(self, at_s: float) -> int:
        low, high = self._span
        pad = self._layout.unit * 2
        share = min(1.0, max(0.0, (at_s - low) / max(high - low, 1e-9)))
        return round(pad + share * (self._layout.strip.width - 2 * pad))

    def _drawn_strip(self) -> Sticker:
        """The trail as a line, with a tick where each sector begins and the names that have room."""
        strip, unit = self._layout.strip, self._layout.unit
        back = Image.new("RGBA", (strip.width, strip.height), (0, 0, 0, 0))
        if self._layout.over_pictures:
            back = board(strip.width, strip.height, round(unit * 1.2))
        draw = ImageDraw.Draw(back)
        y, thick = self._line_y, max(2, round(unit * 0.5))
        first, last = self._on_strip(self._span[0]), self._on_strip(self._span[1])
        draw.rounded_rectangle((first, y - thick // 2, last, y + thick // 2), thick // 2, fill=(*rgb("#aab2ba"), 255))
        size = max(9, round(unit * 2.0))
        low, high = self._span
        shown = [
            (t, name) for t, name in zip(self._lines.t_ref.tolist(), self._lines.names, strict=True) if low <= t <= high
        ]
        ends = [*(t for t, _ in shown), high]
        for (t, name), (_, end) in zip(shown, pairwise(ends), strict=True):
            x, x_end = self._on_strip(t), self._on_strip(end)
            tall = round(unit * 1.3)
            draw.line((x, y - tall, x, y + tall), fill=(255, 255, 255, 255), width=max(2, round(unit * 0.25)))
            text = shortened(name, size, x_end - x - round(unit * 1.2))
            if len(text) > 2:
                _write(draw, (x, round(y - unit * 3.6)), text, size)
        return Sticker.of(back)


def signed(delta_s: float) -> str:
    """A difference with its sign, as it is shown.

    >>> signed(-1.236), signed(0.5), signed(83.25)
    ('−1.24 s', '+0.50 s', '+1:23.2')
    """
    size = f"{abs(delta_s):.2f} s" if abs(delta_s) < 60 else minutes_seconds(abs(delta_s), 1)
    return ("−" if delta_s < 0 else "+") + size


def _verdict(delta_s: float, margin_s: float) -> tuple[str, str]:
    """The colour of a lead, and the word for it; grey where it is no larger than what is known."""
    if abs(delta_s) <= margin_s:
        return GREY, "too close to tell"
    return (STATUS["moved"], "ahead") if delta_s < 0 else (STATUS["doubtful"], "behind")


def _light(colour: str) -> str:
    return {STATUS["moved"]: "#7fe3aa", STATUS["doubtful"]: "#ff9db8"}.get(colour, "#d5dae0")


def _write(draw: ImageDraw.ImageDraw, at: tuple[int, int], text: str, size: int) -> None:
    draw.text(at, text, font=font(text, size), fill=(235, 238, 241, 255), anchor="ls")


def onto(planes: Planes) -> Lay:
    """Lays stickers on a video picture."""
    return lambda sticker, x, y: sticker.lay(planes, x, y)


def onto_rgba(canvas: NDArray[np.uint8]) -> Lay:
    """Lays stickers on a picture with transparency."""
    return lambda sticker, x, y: sticker.lay_rgba(canvas, x, y)
