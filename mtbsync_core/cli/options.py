"""Options that several verbs share, so that they are called and explained alike everywhere."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from mtbsync_core.alignment.baselines.affine import AffineOptions
    from mtbsync_core.alignment.preparation import AlignOptions, WarpMethod
    from mtbsync_core.vision.index import IndexOptions

AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON object and nothing else, for programs. Errors too.")
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Fail (exit 6) when the result, or any marker in it, needs a look.")
]
Index = Annotated[
    Path | None, typer.Option("--index", help="Index of the reference (mtbsync index); made when it is missing.")
]
Fps = Annotated[
    float | None,
    typer.Option(
        "--fps",
        min=0.1,
        max=60.0,
        help="Pictures looked at per second. Default: the key frames, which is fastest; ten of a small file.",
    ),
]
Matcher = Annotated[
    str | None,
    typer.Option(
        "--matcher",
        metavar="orb|sift|xfeat",
        help="What finds and pairs local features. Default: sift. xfeat, a network, needs `install.py --with learned`.",
    ),
]
NFeatures = Annotated[
    int | None,
    typer.Option(
        "--n-features",
        min=0,
        max=10_000,
        help="Local features (corners) kept per picture, 500, with orb 800; 0 switches them off.",
    ),
]
Clahe = Annotated[bool, typer.Option("--clahe/--no-clahe", help="Even out local contrast first; for dark forest.")]
Threads = Annotated[
    int | None,
    typer.Option("--threads", min=1, max=256, help="Parts decoded at once. Default: the cores, at most 8."),
]
NoGpu = Annotated[
    bool, typer.Option("--no-gpu", help="Accepted for older scripts; does nothing, since no GPU is used.")
]
Fast = Annotated[
    bool,
    typer.Option(
        "--fast",
        help="Look at key frames only, however far apart (up to 2 s). Less exact where that is a second or so.",
    ),
]
NoProxy = Annotated[
    bool,
    typer.Option("--no-proxy", help="Look at the recording itself, also where a small copy (.LRV) lies beside it."),
]
NoChapters = Annotated[
    bool, typer.Option("--no-chapters", help="Take each file for itself; do not join the chapters of its recording.")
]
NoRefine = Annotated[bool, typer.Option("--no-refine", help="Skip the check by local features: faster, less exact.")]
RefStart = Annotated[
    str | None,
    typer.Option(
        "--ref-start",
        help="Timecode of the editor's timeline at which the reference's first frame sits, for markers from an EDL.",
    ),
]
NewStart = Annotated[
    str | None,
    typer.Option(
        "--new-start",
        help="Timecode of the editor's timeline at which the new run's first frame sits, for an EDL that fits there.",
    ),
]
TimelineFps = Annotated[
    str | None,
    typer.Option(
        "--timeline-fps",
        help="Frame rate of the editor's timeline, for EDLs in and out, such as 29.97, if not that of the recordings.",
    ),
]
Label = Annotated[str | None, typer.Option("--label", help="A text for the column `label`, for example the rider.")]
ReviewThreshold = Annotated[
    float,
    typer.Option(
        "--review-threshold",
        min=0.0,
        max=1.0,
        help="Markers whose confidence (chance of lying within 0.3 s) is below this are marked for review.",
    ),
]


def thread_count(threads: int | None) -> int:
    """What was asked for, or the cores of this machine, at most 8."""
    return threads or min(8, os.cpu_count() or 2)


def index_options(
    fps: float | None,
    matcher: str | None,
    n_features: int | None,
    clahe: bool,
    *,
    fast: bool = False,
    proxy: bool = True,
) -> IndexOptions:
    """The command line's options of an index as the engine's.

    Raises:
        UsageError: there is no such matcher.
    """
    from mtbsync_core.vision.index import IndexOptions
    from mtbsync_core.vision.matchers import DEFAULT, checked_name

    name = checked_name(matcher or DEFAULT)
    return IndexOptions(fps=fps, matcher=name, n_features=n_features, clahe=clahe, fast=fast, proxy=proxy)


def align_options(
    index: IndexOptions, *, refine: bool, method: WarpMethod = "lattice", affine: AffineOptions | None = None
) -> AlignOptions:
    """The command line's options of an alignment as the engine's."""
    from mtbsync_core.alignment.baselines.affine import AffineOptions
    from mtbsync_core.alignment.preparation import AlignOptions

    return AlignOptions(index=index, refine=refine, method=method, affine=affine or AffineOptions())


def same_file(a: Path, b: Path) -> bool:
    """Whether two paths are one file on disk."""
    try:
        return a.samefile(b)
    except OSError:
        return False
