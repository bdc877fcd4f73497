"""The overlay: one picture that says how two runs fit, from above to below

* the map: both recordings as strips, joined where they show the same place; every marker goes from one to the other,
* time lost and gained by the new run, with the 90 % band of the warp,
* what is left between the pairs and the warp, in the same band.

All three share the time axis, so that a marker can be followed down. Reference blue, new run orange, as everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mtbsync_core.alignment.pairs import TimePairs
from mtbsync_core.alignment.result import Alignment, SavedWarp
from mtbsync_core.markers import MovedMarker
from mtbsync_core.overlay.curves import draw_delta, draw_residuals, shade
from mtbsync_core.overlay.look import GREY, INK, STATUS, VERDICT, bare, clock_label, new_figure, save, text
from mtbsync_core.overlay.strips import draw_map

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_overlay(
    path: Path, source: Alignment | SavedWarp, *, pairs: TimePairs | None, moved: Sequence[MovedMarker] = ()
) -> None:
    """Write the overlay of a warp as PNG, atomically. A refused warp is drawn too, with its reasons.

    Raises:
        UsageError: the file cannot be written.
    """
    figure = new_figure(13.0, 9.2)
    over, under, rest = figure.subplots(3, 1, sharex=True, height_ratios=(3.3, 3.0, 2.0), gridspec_kw={"hspace": 0.1})
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
    save(figure, path)


def _title(figure: Figure, source: Alignment | SavedWarp, moved: Sequence[MovedMarker]) -> None:
    new = source.media_new.name if source.media_new is not None else "new run"
    ref = source.media_ref.name if source.media_ref is not None else "reference"
    text(figure, 0.075, 0.962, f"{new}  on  {ref}", fontsize=14, weight="bold", color=INK)
    reasons = "; ".join(source.reasons)
    reasons = reasons if len(reasons) < 120 else reasons[:118] + "…"
    _row(figure, 0.932, [(source.verdict.upper(), VERDICT[source.verdict]), (reasons, INK)])
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
        weight = "normal" if colour == INK else "bold"
        written = text(figure, x, y, words, fontsize=10.5, color=colour, weight=weight)
        x += written.get_window_extent().width / figure.bbox.width + 0.012


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
    known = zip((source.media_ref, source.media_new), (ref, new), strict=True)
    end_ref, end_new = (media.duration_s if media is not None else max(seen) for media, seen in known)
    return end_ref, end_new
