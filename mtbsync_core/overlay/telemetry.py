"""One picture of what sensors say of a recording: the way from above, and what happened against time.

Beside the way are speed, turning and shake; of a watch, which feels neither, speed and height. What is not known is a
faint line; stops are grey, as everywhere where nothing moves on.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.overlay.look import (
    GAP,
    GREY,
    INK,
    NEW,
    PALE,
    REF,
    bare,
    clock_label,
    legend,
    new_figure,
    save,
    says,
    text,
)
from mtbsync_core.telemetry.track import STEP_S, Motion, Telemetry, Track, enu, runs_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_KMH = 3.6
_SLOW, _FAST = "#bcd6ec", "#0b3c66"
_DASHES = (0, (2, 2))


def draw_telemetry(path: Path, telemetry: Telemetry, *, title: str, subtitle: str = "") -> None:
    """Write the picture as PNG, atomically; parts of which nothing is known say so.

    Raises:
        UsageError: the file cannot be written.
    """
    figure = new_figure(13.0, 6.6)
    motion, track = telemetry.motion, telemetry.track
    rows = 2 if motion is None else 3
    grid = figure.add_gridspec(
        rows, 2, width_ratios=(1.0, 1.45), left=0.06, right=0.975, top=0.83, bottom=0.085, wspace=0.16, hspace=0.14
    )
    way, speed = figure.add_subplot(grid[:, 0]), figure.add_subplot(grid[0, 1])
    below = [figure.add_subplot(grid[row, 1], sharex=speed) for row in range(1, rows)]
    for axes in (way, speed, *below):
        bare(axes)
    text(figure, 0.06, 0.945, title, color=INK, fontsize=14, weight="bold")
    text(figure, 0.06, 0.905, subtitle, color=INK, fontsize=10.5)
    _draw_way(way, track, motion)
    _draw_speed(speed, track)
    if motion is None:
        _draw_height(below[0], track)
    else:
        _draw_motion(below[0], below[1], motion)
        for start, end in runs_of(motion.still):
            for axes in (speed, *below):
                axes.axvspan(motion.t_s[start], motion.t_s[end - 1] + STEP_S, color=GAP, zorder=0, linewidth=0)
    for axes in (speed, *below):
        axes.margins(x=0.01)
        axes.tick_params(labelbottom=axes is below[-1])
    below[-1].xaxis.set_major_formatter(clock_label)
    below[-1].set_xlabel("time in the recording", color=INK)
    figure.align_ylabels((speed, *below))
    save(figure, path)


def _draw_way(axes: Axes, track: Track | None, motion: Motion | None) -> None:
    """The way from above, darker where it was ridden faster."""
    if track is None:
        axes.set_axis_off()
        says(axes, "no GPS")
        return
    at = enu(track, (float(track.lat_deg[0]), float(track.lon_deg[0])))
    axes.set_xlabel("metres east of the start", color=INK)
    axes.set_ylabel("metres north of the start", color=INK)
    axes.plot(*at.T, color=PALE, linewidth=1.0, linestyle=_DASHES, zorder=1)
    _draw_paces(axes, track, at)
    sign = {"linestyle": "", "markersize": 6}
    looks: list[dict[str, Any]] = [
        {"label": "start", "marker": "o", "color": "white", "mec": INK, **sign},
        {"label": "end", "marker": "o", "color": INK, **sign},
        {"label": "no fix", "color": PALE, "linestyle": _DASHES},
    ]
    if motion is not None:
        looks.insert(2, {"label": "stop", "marker": "s", "color": GREY, **sign})
        for start, end in runs_of(motion.still):
            t = (motion.t_s[start] + motion.t_s[end - 1]) / 2
            place = [float(np.interp(t, track.t_s, column)) for column in at.T]
            axes.plot(*place, "s", color=GREY, markersize=6, mec="white", zorder=3)
    axes.plot(*at[0], marker="o", markersize=7, color="white", mec=INK, zorder=4)
    axes.plot(*at[-1], marker="o", markersize=7, color=INK, mec="white", zorder=4)
    axes.set_aspect("equal", adjustable="datalim")
    axes.grid(axis="x", color="#eef0f3", linewidth=0.8)
    above = {"loc": "lower left", "bbox_to_anchor": (-0.02, 1.0)}
    legend(axes, looks, frameon=False, handletextpad=0.3, columnspacing=1.0, **above)


def _draw_paces(axes: Axes, track: Track, at: NDArray[np.float64]) -> None:
    """The known parts of the way in shades of speed, with their scale above."""
    from matplotlib.collections import LineCollection
    from matplotlib.colors import LinearSegmentedColormap

    both = track.known[1:] & track.known[:-1]
    pieces, speeds = np.stack((at[:-1], at[1:]), axis=1)[both], track.speed_mps[1:][both]
    shades = LinearSegmentedColormap.from_list("speed", [_SLOW, REF, _FAST] if track.timed else [REF, REF])
    lines = LineCollection(list(pieces), array=speeds * _KMH, cmap=shades, linewidths=2.6, capstyle="round", zorder=2)
    lines.set_clim(vmin=0)
    axes.add_collection(lines)
    if not track.timed:
        return
    bar = axes.inset_axes((0.72, 1.035, 0.26, 0.014))
    scale = axes.figure.colorbar(lines, cax=bar, orientation="horizontal")
    scale.outline.set_visible(False)
    bar.xaxis.set_ticks_position("top")
    bar.tick_params(labelsize=8, colors=GREY, length=0, pad=1)
    bar.text(-0.03, 0.5, "km/h", transform=bar.transAxes, fontsize=8, color=GREY, ha="right", va="center")


def _draw_speed(axes: Axes, track: Track | None) -> None:
    axes.set_ylabel("speed, km/h", color=INK)
    if track is None or not track.timed:
        axes.set_yticks([])
        says(axes, "no GPS" if track is None else "the file tells no times")
        return
    _draw_known(axes, track, track.speed_mps * _KMH)
    axes.set_ylim(bottom=0)


def _draw_height(axes: Axes, track: Track | None) -> None:
    axes.set_ylabel("height, m", color=INK)
    if track is None or not track.timed or np.isnan(track.alt_m).all():
        axes.set_yticks([])
        says(axes, "not known")
        return
    _draw_known(axes, track, track.alt_m)


def _draw_known(axes: Axes, track: Track, values: NDArray[np.float64]) -> None:
    axes.plot(track.t_s, values, color=PALE, linewidth=1.0, linestyle=_DASHES)
    axes.plot(track.t_s, np.where(track.known, values, np.nan), color=REF, linewidth=1.6)


def _draw_motion(turning: Axes, shake: Axes, motion: Motion) -> None:
    turning.set_ylabel("turning, °/s\nleft up", color=INK)
    turning.axhline(0, color="#c3c9d0", linewidth=0.8)
    turning.plot(motion.t_s, np.degrees(motion.yaw_rps), color=NEW, linewidth=1.0)
    shake.set_ylabel("shake, m/s²", color=INK)
    shake.plot(motion.t_s, motion.shake_mps2, color=INK, linewidth=1.0)
    shake.set_ylim(bottom=0)
