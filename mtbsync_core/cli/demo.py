"""`mtbsync demo`: a pair of recordings made on the spot, the whole job on it, and how far off it was."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np

from mtbsync_core.cli.report import Report
from mtbsync_core.cli.summary import marker_row, put_table, say_alignment, say_files, say_moved, say_timings
from mtbsync_core.jobs.demo import DemoJob, Demonstrated


def demo(report: Report, job: DemoJob) -> None:
    """Try everything without a recording of your own: two runs of a simulated trail, with markers and the exact truth.

    Nothing is downloaded. The runs are made as video files with the sensors of an action camera, aligned like real
    ones, and the markers found are held against the truth.

    Example: mtbsync demo --out mtbsync-demo --difficulty hard
    """
    o = job.demo
    report.say(f"Making two runs of a trail in {job.out} ({o.difficulty}, {o.seconds:g} s, seed {o.seed}) ...")
    done = job.run(report)
    alignment = done.aligned.alignment
    put_table(report, done.aligned.table)
    say_alignment(report, alignment)
    if not alignment.usable:
        say_files(report, done.aligned.files.values(), done.aligned.set_aside)
        say_timings(report, done.aligned.timings)
        if o.different_trail:
            report.note("the demo was asked for two different trails, so this is the right answer")
    alignment.usable_warp()
    _say_errors(report, done)
    _say_files(report, done)


def _say_errors(report: Report, done: Demonstrated) -> None:
    """The table of markers with their true errors."""
    aligned, errors = done.aligned, done.errors_s
    say_moved(report, aligned.moved, aligned.alignment.media_new, table=False)
    if aligned.export is not None:
        report.data["export"] = aligned.export.as_dict()
    for row, found in zip(report.data["markers"], errors, strict=True):
        row["true_error_s"] = None if found is None else round(found, 6)
    columns = ("marker", ">t_ref", ">t_new", ">± 90 %", ">confidence", "status", ">true error")
    rows = [(*marker_row(m), "–" if e is None else f"{e:+.3f} s") for m, e in zip(aligned.moved, errors, strict=True)]
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


def _say_files(report: Report, done: Demonstrated) -> None:
    """Which files there are now, and what to do with them."""
    report.say()
    for name, path in {**done.recordings, **done.aligned.files}.items():
        report.say(f"  {path!s:<48} {_WHAT.get(name, '')}".rstrip())
    program = _program()
    report.say()
    report.say("What to do next")
    report.say(f"  look at      {done.aligned.files['overlay']}")
    report.say(f"  try          {program} demo --difficulty hard")
    report.say(f"  your runs    {program} align reference.mp4 new.mp4 --markers markers.csv --out result")
    if done.aligned.export is not None:
        report.say(f"  in Resolve   {done.aligned.export.recipe}")


def _program() -> str:
    """How this program is started here: by name where it is found, else in full."""
    if shutil.which("mtbsync"):
        return "mtbsync"
    beside = shutil.which("mtbsync", path=str(Path(sys.executable).parent))
    words = [beside] if beside else [sys.executable, "-m", "mtbsync_core"]
    return " ".join(f'"{word}"' if " " in word else word for word in words)
