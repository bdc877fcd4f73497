"""`mtbsync index`: look at the reference once, keep what was seen."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mtbsync_core.cli.options import (
    AsJson,
    Clahe,
    Fast,
    Fps,
    Matcher,
    NFeatures,
    NoChapters,
    NoProxy,
    Threads,
    index_options,
    thread_count,
)
from mtbsync_core.cli.report import Report


def index(
    ctx: typer.Context,
    reference: Annotated[Path, typer.Option("--reference", help="The recording of the reference run.")],
    out: Annotated[Path, typer.Option("--out", help="Where the index goes, for example reference.npz.")],
    fps: Fps = None,
    matcher: Matcher = None,
    n_features: NFeatures = None,
    clahe: Clahe = False,
    fast: Fast = False,
    no_proxy: NoProxy = False,
    no_chapters: NoChapters = False,
    threads: Threads = None,
    as_json: AsJson = False,
) -> None:
    """Look at a reference recording once and keep what was seen, to align many new runs with it.

    The file also serves again after a rename of the recording; of another recording or other options it is made anew.

    Example: mtbsync index --reference reference.mp4 --out reference.npz
    """
    report: Report = ctx.obj
    from mtbsync_core.cli.job import require_writable
    from mtbsync_core.media.probe import probe
    from mtbsync_core.vision.index import cached_index

    media = probe(reference, chapters=not no_chapters)
    require_writable(out.parent)
    with report.progress() as progress:
        made = cached_index(
            media,
            out,
            index_options(fps, matcher, n_features, clahe, fast=fast, proxy=not no_proxy),
            threads=thread_count(threads),
            progress=lambda done, total: progress("reference", done, total),
        )
    corners = sum(len(f.xy) for f in made.features)
    report.data.update(reference=made.media.as_dict(), samples=len(made.t_s), features=corners)
    report.wrote({"index": out})
    report.say(f"{len(made.t_s)} pictures and {corners} features of {media.name} ({media.duration_s:.1f} s)")
    report.say(f"wrote {out}")
