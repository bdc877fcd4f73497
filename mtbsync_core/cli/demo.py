"""`mtbsync demo`: a pair of recordings made on the spot, the whole job on it, and how far off it was."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mtbsync_core.cli.align import Done, Job, run_job
from mtbsync_core.cli.options import AsJson, NoRefine, Threads, align_options, index_options, thread_count
from mtbsync_core.cli.report import Report
from mtbsync_core.cli.transfer import marker_row, say_moved
from mtbsync_core.errors import RefusedError

if TYPE_CHECKING:
    from mtbsync_core.demo.pair import DemoPair


def demo(
    ctx: typer.Context,
    out: Annotated[Path, typer.Option("--out", help="The folder for recordings and results.")] = Path("mtbsync-demo"),
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another number, another trail.")] = 1,
    seconds: Annotated[
        float, typer.Option("--seconds", min=6.0, max=1800.0, help="Length of the reference run.")
    ] = 30.0,
    difficulty: Annotated[
        Literal["easy", "hard"], typer.Option("--difficulty", help="hard: other line, light, season and camera angle.")
    ] = "easy",
    overlap: Annotated[
        float, typer.Option("--overlap", min=0.2, max=1.0, help="Share of the trail that both runs show.")
    ] = 1.0,
    different_trail: Annotated[
        bool,
        typer.Option("--different-trail", help="The new run is on another trail: has to be refused (exit 5)."),
    ] = False,
    no_refine: NoRefine = False,
    threads: Threads = None,
    as_json: AsJson = False,
) -> None:
    """Try everything without a recording of your own: two runs of a simulated trail, with markers and the exact truth.

    Nothing is downloaded. The runs are made as video files with the sensors of an action camera, aligned like real
    ones, and the markers found are held against the truth.

    Example: mtbsync demo --out mtbsync-demo --difficulty hard
    """
    report: Report = ctx.obj
    from mtbsync_core.cli.job import require_writable
    from mtbsync_core.demo.pair import write_pair
    from mtbsync_core.demo.plan import DemoOptions

    options = DemoOptions(
        seed=seed, seconds=seconds, difficulty=difficulty, overlap=overlap, different_trail=different_trail
    )
    require_writable(out)
    report.say(f"Making two runs of a trail in {out} ({difficulty}, {seconds:g} s, seed {seed}) ...")
    with report.progress() as progress:
        pair = write_pair(out, options, progress=lambda done, total: progress("demo runs", done, total))
    recordings = {
        "reference": pair.reference,
        "new": pair.new,
        "reference_markers": pair.markers,
        "truth": pair.truth,
        "reference_gpx": pair.gpx[0],
        "new_gpx": pair.gpx[1],
    }
    report.wrote(recordings)
    job = Job(
        reference=pair.reference,
        new=pair.new,
        markers=pair.markers,
        out=out,
        options=align_options(index_options(None, None, None, clahe=False), refine=not no_refine),
        threads=thread_count(threads),
    )
    try:
        done = run_job(report, job)
    except RefusedError:
        if different_trail:
            report.note("the demo was asked for two different trails, so this is the right answer")
        raise
    _say_errors(report, done, pair)
    _say_files(report, recordings, done)


def _say_errors(report: Report, done: Done, pair: DemoPair) -> None:
    """The table of markers with their true errors."""
    import numpy as np

    def error(t_ref: float, t_new: float | None) -> float | None:
        known = len(pair.ref_s) and pair.ref_s[0] <= t_ref <= pair.ref_s[-1]
        return t_new - float(np.interp(t_ref, pair.ref_s, pair.new_s)) if known and t_new is not None else None

    errors = [error(m.source.t_s, m.t_new) for m in done.moved]
    say_moved(report, done.moved, done.alignment.media_new, table=False)
    for row, found in zip(report.data["markers"], errors, strict=True):
        row["true_error_s"] = None if found is None else round(found, 6)
    columns = ("marker", ">t_ref", ">t_new", ">± 90 %", ">confidence", "status", ">true error")
    rows = [(*marker_row(m), "–" if e is None else f"{e:+.3f} s") for m, e in zip(done.moved, errors, strict=True)]
    report.table("Markers of the reference in the new run", columns, rows)
    known = np.abs([e for e in errors if e is not None])
    if len(known):
        median, worst = float(np.median(known)), float(known.max())
        report.data["true_error"] = {"median_s": round(median, 4), "worst_s": round(worst, 4), "markers": len(known)}
        report.say(f"true error of {len(known)} markers: {median:.3f} s in the median, {worst:.3f} s at worst")


_WHAT = {
    "reference": "the reference run, with GPS and gyroscope in it: mtbsync telemetry",
    "new": "the new run, likewise",
    "reference_markers": "markers of the reference run",
    "truth": "which second is which, exactly",
    "reference_gpx": "what a GPS watch would have recorded",
    "new_gpx": "likewise",
    "markers": "the markers found in the new run",
    "provenance": "where they come from; export-markers reads it",
    "edl": "the markers for DaVinci Resolve",
    "overlay": "a picture of how the runs fit: look at this first",
    "timewarp": "the map between the two clocks",
    "pairs": "the moments it was made from",
    "pairs_raw": "the same before any thought",
    "perf": "how long each step took",
}


def _say_files(report: Report, recordings: dict[str, Path], done: Done) -> None:
    """Which files there are now, and what to do with them."""
    report.say()
    for name, path in {**recordings, **done.files}.items():
        report.say(f"  {path!s:<48} {_WHAT.get(name, '')}".rstrip())
    program = _program()
    report.say()
    report.say("What to do next")
    report.say(f"  look at      {done.files['overlay']}")
    report.say(f"  try          {program} demo --difficulty hard")
    report.say(f"  your runs    {program} align reference.mp4 new.mp4 --markers markers.csv --out result")
    if done.recipe:
        report.say(f"  in Resolve   {done.recipe}")


def _program() -> str:
    """How this program is started here: by name where it is found, else in full."""
    if shutil.which("mtbsync"):
        return "mtbsync"
    beside = shutil.which("mtbsync", path=str(Path(sys.executable).parent))
    words = [beside] if beside else [sys.executable, "-m", "mtbsync_core"]
    return " ".join(f'"{word}"' if " " in word else word for word in words)
