"""One picture of what sensors say of a recording: the way from above, and against time speed, turning and shake.

What is not known is a faint line; stops are grey, as everywhere where nothing moves on.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.files import replacing
from mtbsync_core.overlay.look import GAP, GREY, INK, NEW, PALE, REF, bare, clock_label, says
from mtbsync_core.telemetry.track import STEP_S, Motion, Telemetry, Track, enu

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE_IN = (13.0, 6.6)
_DPI = 130
_KMH = 3.6
_SLOW, _FAST = "#bcd6ec", "#0b3c66"


def draw_telemetry(path: Path, telemetry: Telemetry, *, title: str, subtitle: str = "") -> None:
    """Write the picture as PNG, atomically; parts of which nothing is known say so.

    Raises:
        UsageError: the file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter

    figure = Figure(figsize=_SIZE_IN, dpi=_DPI, facecolor="white")
    canvas = FigureCanvasAgg(figure)
    grid = figure.add_gridspec(
        3, 2, width_ratios=(1.0, 1.45), left=0.06, right=0.975, top=0.83, bottom=0.085, wspace=0.16, hspace=0.14
    )
    way, speed = figure.add_subplot(grid[:, 0]), figure.add_subplot(grid[0, 1])
    turning, shake = (figure.add_subplot(grid[row, 1], sharex=speed) for row in (1, 2))
    for axes in (way, speed, turning, shake):
        bare(axes)
    figure.text(0.06, 0.945, title, color=INK, fontsize=14, weight="bold").set_parse_math(False)
    figure.text(0.06, 0.905, subtitle, color=INK, fontsize=10.5).set_parse_math(False)
    _draw_way(way, telemetry.track, telemetry.motion)
    _draw_speed(speed, telemetry.track)
    _draw_motion(turning, shake, telemetry.motion)
    for axes in (speed, turning, shake):
        if telemetry.motion is not None:
            _shade_stops(axes, telemetry.motion)
        axes.margins(x=0.01)
    for axes in (speed, turning):
        axes.tick_params(labelbottom=False)
    shake.xaxis.set_major_formatter(FuncFormatter(clock_label))
    shake.set_xlabel("time in the recording", color=INK)
    figure.align_ylabels((speed, turning, shake))
    with replacing(path) as scratch, scratch.open("wb") as file, warnings.catch_warnings():
        # Names in letters that the built-in font lacks are drawn as boxes.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        canvas.print_png(file)


def _draw_way(axes: Axes, track: Track | None, motion: Motion | None) -> None:
    """The way from above, darker where it was ridden faster."""
    from matplotlib.collections import LineCollection
    from matplotlib.colors import LinearSegmentedColormap

    if track is None:
        axes.set_axis_off()
        says(axes, "no GPS")
        return
    at = enu(track, (float(track.lat_deg[0]), float(track.lon_deg[0])))
    axes.set_xlabel("metres east of the start", color=INK)
    axes.set_ylabel("metres north of the start", color=INK)
    axes.plot(*at.T, color=PALE, linewidth=1.0, linestyle=(0, (2, 2)), zorder=1)
    both = track.known[1:] & track.known[:-1]
    pieces, speeds = np.stack((at[:-1], at[1:]), axis=1)[both], track.speed_mps[1:][both]
    shades = LinearSegmentedColormap.from_list("speed", [_SLOW, REF, _FAST])
    lines = LineCollection(list(pieces), array=speeds * _KMH, cmap=shades, linewidths=2.6, capstyle="round", zorder=2)
    axes.add_collection(lines)
    if motion is not None:
        for start, end in _spans(motion.still):
            t = (motion.t_s[start] + motion.t_s[end - 1]) / 2
            place = [float(np.interp(t, track.t_s, column)) for column in at.T]
            axes.plot(*place, "s", color=GREY, markersize=6, mec="white", zorder=3)
    axes.plot(*at[0], marker="o", markersize=7, color="white", mec=INK, zorder=4)
    axes.plot(*at[-1], marker="o", markersize=7, color=INK, mec="white", zorder=4)
    axes.set_aspect("equal", adjustable="datalim")
    axes.grid(axis="x", color="#eef0f3", linewidth=0.8)
    legend: list[tuple[str, dict[str, Any]]] = [
        ("start", {"marker": "o", "color": "white", "mec": INK}),
        ("end", {"marker": "o", "color": INK}),
        ("stop", {"marker": "s", "color": GREY}),
        ("no fix", {"color": PALE, "linestyle": (0, (2, 2))}),
    ]
    _legend(axes, legend)
    lines.set_clim(vmin=0)
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
    speed = track.speed_mps * _KMH
    axes.plot(track.t_s, speed, color=PALE, linewidth=1.0, linestyle=(0, (2, 2)))
    axes.plot(track.t_s, np.where(track.known, speed, np.nan), color=REF, linewidth=1.6)
    axes.set_ylim(bottom=0)


def _draw_motion(turning: Axes, shake: Axes, motion: Motion | None) -> None:
    turning.set_ylabel("turning, °/s\nleft up", color=INK)
    shake.set_ylabel("shake, m/s²", color=INK)
    if motion is None:
        for axes in (turning, shake):
            axes.set_yticks([])
            says(axes, "no gyroscope and accelerometer")
        return
    turning.axhline(0, color="#c3c9d0", linewidth=0.8)
    turning.plot(motion.t_s, np.degrees(motion.yaw_rps), color=NEW, linewidth=1.0)
    shake.plot(motion.t_s, motion.shake_mps2, color=INK, linewidth=1.0)
    shake.set_ylim(bottom=0)


def _shade_stops(axes: Axes, motion: Motion) -> None:
    for start, end in _spans(motion.still):
        axes.axvspan(motion.t_s[start], motion.t_s[end - 1] + STEP_S, color=GAP, zorder=0, linewidth=0)


def _spans(flags: NDArray[np.bool_]) -> list[list[int]]:
    edges: list[list[int]] = np.flatnonzero(np.diff(flags.astype(np.int8), prepend=0, append=0)).reshape(-1, 2).tolist()
    return edges


def _legend(axes: Axes, looks: list[tuple[str, dict[str, Any]]]) -> None:
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], **{"linestyle": "", "markersize": 6, **look}, label=word) for word, look in looks]
    axes.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=len(handles), fontsize=8.5,
        frameon=False, handletextpad=0.3, columnspacing=1.0,
    )  # fmt: skip
