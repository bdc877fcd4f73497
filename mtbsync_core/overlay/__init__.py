"""The overlay: one picture that says how two runs fit, from above to below

* the map: both recordings as strips, joined where they show the same place; every marker goes from one to the other,
* time lost and gained by the new run, with the 90 % band of the warp,
* what is left between the pairs and the warp, in the same band.

All three share the time axis, so that a marker can be followed down. Reference blue, new run orange, as everywhere.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mtbsync_core.alignment.pairs import TimePairs
from mtbsync_core.alignment.result import Alignment, SavedWarp
from mtbsync_core.files import replacing
from mtbsync_core.markers import MovedMarker
from mtbsync_core.overlay.curves import draw_delta, draw_residuals, shade
from mtbsync_core.overlay.look import GREY, INK, STATUS, VERDICT, bare, clock_label
from mtbsync_core.overlay.strips import draw_map

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SIZE_IN = (13.0, 9.2)
_DPI = 130


def draw_overlay(
    path: Path, source: Alignment | SavedWarp, *, pairs: TimePairs | None, moved: Sequence[MovedMarker] = ()
) -> None:
    """Write the overlay of a warp as PNG, atomically. A refused warp is drawn too, with its reasons.

    Raises:
        UsageError: the file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=_SIZE_IN, dpi=_DPI, facecolor="white")
    canvas = FigureCanvasAgg(figure)
    over, under, rest = figure.subplots(
        3, 1, sharex=True, gridspec_kw={"height_ratios": (3.3, 3.0, 2.0), "hspace": 0.1}
    )
    figure.subplots_adjust(left=0.075, right=0.975, top=0.865, bottom=0.065)
    for axes in (over, under, rest):
        bare(axes)
    ends = _ends(source, pairs, moved)
    warp = source.warp if source.verdict != "refused" else None
    _title(figure, source, moved)
    draw_map(over, warp, source, pairs, moved, ends)
    draw_delta(under, warp, pairs, moved)
    draw_residuals(rest, source.warp, pairs, moved, refused=warp is None)
    for axes in (under, rest):
        shade(axes, warp, ends[0])
    rest.set_xlim(-0.015 * max(ends), 1.015 * max(ends))
    rest.xaxis.set_major_formatter(clock_label)
    rest.set_xlabel("time in the reference run (of the new run: upper strip)", color=INK)
    with replacing(path) as scratch, scratch.open("wb") as file, warnings.catch_warnings():
        # Names in letters that the built-in font lacks are drawn as boxes.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        canvas.print_png(file)


def _title(figure: Figure, source: Alignment | SavedWarp, moved: Sequence[MovedMarker]) -> None:
    names = [m.name if m is not None else word for m, word in
             ((source.media_new, "new run"), (source.media_ref, "reference"))]  # fmt: skip
    head = figure.text(0.075, 0.962, f"{names[0]}  on  {names[1]}", fontsize=14, weight="bold", color=INK)
    head.set_parse_math(False)
    reasons = "; ".join(source.reasons)
    pieces = [(source.verdict.upper(), VERDICT[source.verdict])]
    pieces.append((reasons if len(reasons) < 120 else reasons[:118] + "…", INK))
    _row(figure, 0.932, pieces)
    counts = []
    for status, words in (("moved", "moved"), ("doubtful", "to look at"), ("lost", "not in the new run")):
        n = sum((m.status if m.t_new is not None else "lost") == status for m in moved)
        if n:
            counts.append((f"{n} {words}", STATUS.get(status, GREY)))
    _row(figure, 0.903, [(f"{len(moved)} markers:", INK), *counts] if counts else [])


def _row(figure: Figure, y: float, pieces: Sequence[tuple[str, str]]) -> None:
    """Texts of different colours in one line, each where the one before ends."""
    x = 0.075
    for words, colour in pieces:
        text = figure.text(x, y, words, fontsize=10.5, color=colour, weight="normal" if colour == INK else "bold")
        text.set_parse_math(False)
        x += text.get_window_extent().width / figure.bbox.width + 0.012


def _ends(source: Alignment | SavedWarp, pairs: TimePairs | None, moved: Sequence[MovedMarker]) -> tuple[float, float]:
    """Where each recording ends; without its description, the last second that anything is known about."""
    ref, new = [1.0], [1.0]
    if source.warp is not None and source.warp.ref_s[-1] < 86400:
        ref.append(float(source.warp.ref_s[-1]))
        new.append(float(source.warp.new_s[-1]))
    if pairs is not None and len(pairs):
        ref.append(float(pairs.t_ref.max()))
        new.append(float(pairs.t_new.max()))
    ref += [m.source.t_s for m in moved]
    new += [m.t_new for m in moved if m.t_new is not None]
    return (
        source.media_ref.duration_s if source.media_ref is not None else max(ref),
        source.media_new.duration_s if source.media_new is not None else max(new),
    )
