"""Options that say how the warp is made, for the verbs that compare two recordings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mtbsync_core.errors import UsageError

if TYPE_CHECKING:
    from mtbsync_core.alignment.baselines.affine import AffineOptions
    from mtbsync_core.alignment.user_pairs import UserPair

Anchor = Annotated[
    list[str] | None,
    typer.Option(
        "--anchor",
        metavar="REF=NEW",
        help="Two moments that match, as you see them: seconds or m:ss.s, the reference first. The map goes through "
        "them. May be given again and again.",
    ),
]
WarpMethod = Annotated[
    Literal["lattice", "fastdtw", "affine"],
    typer.Option(
        "--warp-method",
        help="lattice: knows stops, gaps and open ends; use this. fastdtw: dynamic time warping, to compare with; "
        "joins both starts and both ends, come what may. affine: one straight line, as in mtbsync 0.10; it refuses "
        "nearly all real runs, since no two have the same speed all the way.",
    ),
]
WarpMaxPpm = Annotated[
    float,
    typer.Option(
        "--warp-max-ppm", min=0.0, help="affine only: refuse when the speeds differ by more; 1000 is a thousandth."
    ),
]
WarpMinInlierFrac = Annotated[
    float,
    typer.Option(
        "--warp-min-inlier-frac",
        min=0.0,
        max=1.0,
        help="affine only: refuse when a smaller share of the picture pairs lies on the line.",
    ),
]
WarpInlierThresh = Annotated[
    float, typer.Option("--warp-inlier-thresh", min=0.0, help="affine only: seconds from the line that count as on it.")
]
WarpWindowSec = Annotated[
    float,
    typer.Option(
        "--warp-window-sec", min=0.0, help="affine only: seconds from the line that count as valid in pairs.csv."
    ),
]
WarpRansacIters = Annotated[
    int, typer.Option("--warp-ransac-iters", min=1, max=1_000_000, help="affine only: lines tried (RANSAC).")
]

_TIME = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d*)?|\.\d+)", re.ASCII)


def user_pairs(texts: Sequence[str] | None) -> list[UserPair]:
    """What was given with `--anchor`.

    Raises:
        UsageError: not two times with an equals sign between them.
    """
    from mtbsync_core.alignment.user_pairs import UserPair

    found = []
    for text in texts or ():
        sides = [_TIME.fullmatch(side.strip()) for side in text.split("=")]
        if len(sides) != 2 or sides[0] is None or sides[1] is None:
            raise UsageError(
                f"--anchor {text} is not REF=NEW", "For example --anchor 12.5=13.9 or --anchor 1:02.0=1:05.3"
            )
        found.append(UserPair(*(_seconds(side) for side in sides if side is not None)))
    return found


def affine_options(
    max_ppm: float, min_inlier_frac: float, inlier_thresh: float, window_sec: float, ransac_iters: int
) -> AffineOptions:
    """The command line's gates of the straight line as the engine's."""
    from mtbsync_core.alignment.baselines.affine import AffineOptions

    return AffineOptions(
        max_ppm=max_ppm,
        min_inlier_frac=min_inlier_frac,
        inlier_thresh=inlier_thresh,
        window_sec=window_sec,
        ransac_iters=ransac_iters,
    )


def _seconds(time: re.Match[str]) -> float:
    hours, minutes, seconds = time.groups()
    return 3600 * int(hours or 0) + 60 * int(minutes or 0) + float(seconds)
