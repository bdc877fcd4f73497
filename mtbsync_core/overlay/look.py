"""How the pictures look: colours, axes, and texts of people set as they are."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtbsync_core.files import replacing
from mtbsync_core.timecode import minutes_seconds

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

REF, NEW = "#1f6fb4", "#e8731a"
INK, GREY, PALE, GAP = "#22262b", "#5d656e", "#8b939c", "#e9ebee"
STATUS = {"moved": "#2a8c55", "doubtful": "#c2255c", "outside": PALE, "gap": PALE}
VERDICT = {"good": "#2a8c55", "check": "#b7791f", "refused": "#c2255c"}


def new_figure(width_in: float, height_in: float) -> Figure:
    """An empty white figure."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width_in, height_in), dpi=130, facecolor="white")


def save(figure: Figure, path: Path) -> None:
    """Write a PNG, atomically.

    Raises:
        UsageError: the file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    with replacing(path) as scratch, scratch.open("wb") as file, warnings.catch_warnings():
        # Names in letters that the built-in font lacks are drawn as boxes.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        FigureCanvasAgg(figure).print_png(file)


def bare(axes: Axes) -> None:
    """Only what carries meaning: no box, a faint grid."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color("#c3c9d0")
    axes.tick_params(colors="#4b535c", labelsize=9)
    axes.yaxis.label.set_fontsize(9.5)
    axes.grid(axis="y", color="#eef0f3", linewidth=0.8)
    axes.set_axisbelow(True)


def legend(axes: Axes, looks: Sequence[dict[str, Any]], **how: Any) -> None:
    """What the signs mean, in one row; top left unless `how` says otherwise."""
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], **look) for look in looks]
    usual: dict[str, Any] = {"loc": "upper left", "fontsize": 8.5, "framealpha": 0.9, "edgecolor": "none"}
    axes.legend(handles=handles, ncols=len(handles), **usual | how)


def says(axes: Axes, text: str) -> None:
    """Say in the middle why there is nothing to see."""
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", fontsize=11, color=GREY)


def text(on: Axes | Figure, x: float, y: float, text: str, **look: Any) -> Any:
    """People's text: a $ in a name is a dollar."""
    written = on.text(x, y, text, **look)
    written.set_parse_math(False)
    return written


def short(name: str) -> str:
    """A name that fits between its neighbours."""
    line = " ".join(name.split())
    return line if len(line) <= 24 else line[:23] + "…"


def clock_label(seconds: float, _position: float | None = None) -> str:
    """Minutes and seconds at a tick."""
    return minutes_seconds(seconds) if seconds >= 0 else ""
