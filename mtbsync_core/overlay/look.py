"""How the overlay looks: colours, axes, and texts of people set as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mtbsync_core.timecode import minutes_seconds

if TYPE_CHECKING:
    from matplotlib.axes import Axes

REF, NEW = "#1f6fb4", "#e8731a"
INK, GREY, PALE, GAP = "#22262b", "#5d656e", "#8b939c", "#e9ebee"
STATUS = {"moved": "#2a8c55", "doubtful": "#c2255c", "outside": PALE, "gap": PALE}
VERDICT = {"good": "#2a8c55", "check": "#b7791f", "refused": "#c2255c"}


def bare(axes: Axes) -> None:
    """Only what carries meaning: no box, a faint grid."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color("#c3c9d0")
    axes.tick_params(colors="#4b535c", labelsize=9)
    axes.yaxis.label.set_fontsize(9.5)
    axes.grid(axis="y", color="#eef0f3", linewidth=0.8)
    axes.set_axisbelow(True)


def legend(axes: Axes, looks: Sequence[dict[str, Any]]) -> None:
    """What the lines mean, top left, in one row."""
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], **look) for look in looks]
    axes.legend(
        handles=handles,
        loc="upper left",
        ncols=len(handles),
        fontsize=8.5,
        frameon=True,
        framealpha=0.9,
        edgecolor="none",
    )


def says(axes: Axes, text: str) -> None:
    """Say in the middle why there is nothing to see."""
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", fontsize=11, color=GREY)


def text(axes: Axes, x: float, y: float, text: str, **look: Any) -> None:
    """People's text: a $ in a name is a dollar."""
    axes.text(x, y, text, **look).set_parse_math(False)


def short(name: str) -> str:
    """A name that fits between its neighbours."""
    line = " ".join(name.split())
    return line if len(line) <= 24 else line[:23] + "…"


def clock_label(seconds: float, _position: int | None = None) -> str:
    """Minutes and seconds at a tick."""
    return minutes_seconds(seconds) if seconds >= 0 else ""
