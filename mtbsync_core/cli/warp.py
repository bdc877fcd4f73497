"""`mtbsync warp`: a pairs file in, a warp out, without any recording."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mtbsync_core.cli.options import AsJson, Strict, same_file
from mtbsync_core.cli.report import Report
from mtbsync_core.cli.sync import say_alignment
from mtbsync_core.errors import DoubtfulError, UsageError

if TYPE_CHECKING:
    from mtbsync_core.alignment.result import Alignment


def warp(
    ctx: typer.Context,
    pairs: Annotated[Path, typer.Option("--pairs", help="The pairs.csv of mtbsync sync, as it is or edited by you.")],
    out: Annotated[Path, typer.Option("--out", help="The warp to write: NAME.npz or NAME.json.")],
    strict: Strict = False,
    as_json: AsJson = False,
) -> None:
    """Fit the warp again from the pairs alone, for example after deleting lines or adding your own.

    Lines with valid = 0 are left out. Pairs of your own need only the columns t_new and t_ref; with "user" in the
    column source the map goes through them exactly. A timewarp.json beside the pairs tells which recordings they are
    of; a refused one stays refused.

    Example: mtbsync warp --pairs result/pairs.csv --out result/warp.npz
    """
    report: Report = ctx.obj
    from mtbsync_core.alignment.from_pairs import alignment_from_pairs
    from mtbsync_core.alignment.pairs import read_pairs
    from mtbsync_core.alignment.result import save_npz

    if out.suffix.lower() not in (".npz", ".json"):
        raise UsageError(f"{out.name} is neither .npz nor .json", "Name the warp warp.npz or timewarp.json.")
    if same_file(pairs, out):
        raise UsageError(f"{out} is the pairs file itself", "Choose another name with --out.")
    alignment = _with_neighbour(report, alignment_from_pairs(read_pairs(pairs)), pairs.parent / "timewarp.json")
    if out.suffix.lower() == ".npz":
        save_npz(alignment, out)
    else:
        alignment.save(out)
    report.wrote({"timewarp": out})
    say_alignment(report, alignment)
    report.say(f"wrote {out}")
    alignment.usable_warp()
    if strict and alignment.verdict == "check":
        raise DoubtfulError("the warp needs a look: " + "; ".join(alignment.reasons), "Leave out --strict to go on.")


def _with_neighbour(report: Report, alignment: Alignment, neighbour: Path) -> Alignment:
    """Take over the recordings, and a refusal, from the timewarp.json that sync wrote beside the pairs."""
    from mtbsync_core.alignment.result import load_warp

    if not neighbour.is_file():
        return alignment
    saved = load_warp(neighbour)
    alignment = replace(alignment, media_ref=saved.media_ref, media_new=saved.media_new)
    if saved.media_new is not None:
        report.note(f"the recordings are those named in {neighbour}")
    if saved.verdict == "refused" and alignment.verdict != "refused":
        report.note(f"{neighbour} was refused, so this warp is too")
        alignment = replace(alignment, verdict="refused", reasons=saved.reasons)
    return alignment
