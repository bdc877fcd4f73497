"""`mtbsync sync`: two recordings in, time pairs and the warp out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mtbsync_core.cli.methods import (
    Anchor,
    WarpInlierThresh,
    WarpMaxPpm,
    WarpMethod,
    WarpMinInlierFrac,
    WarpRansacIters,
    WarpWindowSec,
    affine_options,
    user_pairs,
)
from mtbsync_core.cli.options import (
    AsJson,
    Clahe,
    Fast,
    Fps,
    Index,
    Matcher,
    NFeatures,
    NoChapters,
    NoGpu,
    NoProxy,
    NoRefine,
    Strict,
    Threads,
    align_options,
    index_options,
    same_file,
    thread_count,
)
from mtbsync_core.cli.report import Report
from mtbsync_core.cli.telemetry_options import (
    GpxOffset,
    NewGpx,
    NoTelemetry,
    NoVision,
    RefGpx,
    Sidecars,
    align_by_tracks,
    read_both,
)
from mtbsync_core.errors import DoubtfulError, UsageError

if TYPE_CHECKING:
    from mtbsync_core.alignment.judge.low_confidence import WeakSegment
    from mtbsync_core.alignment.result import Alignment
    from mtbsync_core.mediainfo import MediaInfo

RUN_FILES = ("pairs.csv", "pairs_raw.csv", "timewarp.json", "perf.json")
"""What every run leaves in a results folder."""

_MOST_WEAK = 8

MARKER_FILES = ("new_markers.csv", "new_markers.json", "new_markers_overlay.png")
"""What transferring markers leaves in a results folder, besides the file for the editor."""


def sync(
    ctx: typer.Context,
    out: Annotated[Path, typer.Option("--out", help="A folder for the results, or the name of the pairs CSV.")],
    reference: Annotated[
        Path | None, typer.Option("--reference", help="The recording of the reference run; not needed with --ref-gpx.")
    ] = None,
    new: Annotated[
        Path | None,
        typer.Option("--new", help="The recording of the new run of the same trail; not needed with --new-gpx."),
    ] = None,
    ref_gpx: RefGpx = None,
    new_gpx: NewGpx = None,
    gpx_offset: GpxOffset = None,
    no_vision: NoVision = False,
    no_telemetry: NoTelemetry = False,
    index: Index = None,
    fps: Fps = None,
    matcher: Matcher = None,
    n_features: NFeatures = None,
    clahe: Clahe = False,
    no_refine: NoRefine = False,
    fast: Fast = False,
    no_proxy: NoProxy = False,
    no_chapters: NoChapters = False,
    anchor: Anchor = None,
    warp_method: WarpMethod = "lattice",
    warp_max_ppm: WarpMaxPpm = 1000.0,
    warp_min_inlier_frac: WarpMinInlierFrac = 0.25,
    warp_inlier_thresh: WarpInlierThresh = 0.08,
    warp_window_sec: WarpWindowSec = 1.0,
    warp_ransac_iters: WarpRansacIters = 500,
    threads: Threads = None,
    no_gpu: NoGpu = False,
    strict: Strict = False,
    as_json: AsJson = False,
) -> None:
    """Find which second of the new run shows the same place as which second of the reference.

    Writes pairs.csv, pairs_raw.csv, timewarp.json and perf.json beside each other. When the recordings do not show
    the same trail the command says so and ends with exit code 5; the files are still written, for a look. A map that
    needs a look (verdict check, ok false) names its weak parts; --anchor mends them, --strict makes it an error.

    GoPro's GPS and motion sensors help where the pictures show little. Two GPX or FIT files alone, without any video,
    are aligned by where they were.

    Example: mtbsync sync --reference reference.mp4 --new new.mp4 --out result
    """
    report: Report = ctx.obj
    from mtbsync_core.alignment import pipeline
    from mtbsync_core.cli.job import require_writable, set_aside, stage_seconds, write_perf, write_run

    sidecars = Sidecars.of(ref_gpx, new_gpx, gpx_offset, no_telemetry=no_telemetry, no_vision=no_vision)
    media_ref, media_new = _probe_given(report, reference, new, sidecars, chapters=not no_chapters)
    folder, name = (out.parent, out.name) if out.suffix.lower() == ".csv" else (out, "pairs.csv")
    if name in ("pairs_raw.csv", "new_markers.csv"):
        raise UsageError(f"{name} is the name of another result", "Give the pairs another name with --out.")
    user = user_pairs(anchor)
    require_writable(folder)
    workers = thread_count(threads)
    telemetry = read_both((media_ref, media_new), sidecars)
    with report.progress() as progress:
        if no_vision or media_ref is None or media_new is None:
            alignment = align_by_tracks((media_ref, media_new), telemetry, user, progress)
        else:
            alignment = pipeline.align(
                media_ref,
                media_new,
                options=align_options(
                    index_options(fps, matcher, n_features, clahe, fast=fast, proxy=not no_proxy),
                    refine=not no_refine,
                    method=warp_method,
                    affine=affine_options(
                        warp_max_ppm, warp_min_inlier_frac, warp_inlier_thresh, warp_window_sec, warp_ransac_iters
                    ),
                ),
                telemetry=telemetry,
                user=user,
                ref_index=index,
                threads=workers,
                progress=progress,
            )
    if not alignment.usable:
        say_set_aside(report, set_aside(marker_files(folder)))
    elif (folder / "new_markers.csv").exists():
        report.note(f"{folder / 'new_markers.csv'} is of an earlier warp; run transfer-markers again")
    files = write_run(alignment, folder, pairs_name=name)
    timings = stage_seconds(alignment)
    files["perf"] = write_perf(alignment, folder, threads=workers, timings=timings)
    report.wrote(files)
    say_alignment(report, alignment)
    for path in files.values():
        report.say(f"wrote {path}")
    say_timings(report, timings)
    alignment.usable_warp()
    if strict and alignment.verdict == "check":
        raise DoubtfulError(
            "the alignment needs a look: " + "; ".join(alignment.reasons), "Leave out --strict to go on."
        )


def marker_files(folder: Path) -> list[Path]:
    """What an earlier transfer left in a results folder, with the EDL of the recording that it was for."""
    from mtbsync_core.errors import FormatError
    from mtbsync_core.moved_csv import read_provenance

    found = [folder / name for name in MARKER_FILES]
    try:
        origin = read_provenance(folder / "new_markers.csv")
    except FormatError:
        origin = None
    if origin is not None:
        stem = edl_name(origin.media.path).removesuffix(".edl")
        found += [folder / f"{stem}.edl", *sorted(folder.glob(f"{stem}_[0-9]*.edl"))]
    return found


def edl_name(recording: Path) -> str:
    """The EDL of a recording: its name in letters that every system takes, ASCII letters, digits and `-_.`."""
    folded = unicodedata.normalize("NFKD", recording.stem).encode("ascii", "ignore").decode("ascii")
    return (re.sub(r"[^A-Za-z0-9_.-]+", "_", folded).strip("._-") or "new_markers") + ".edl"


def probe_both(report: Report, reference: Path, new: Path, *, chapters: bool) -> tuple[MediaInfo, MediaInfo]:
    """What the two recordings are; a note when they are one and the same."""
    from mtbsync_core.media.probe import probe

    media = probe(reference, chapters=chapters), probe(new, chapters=chapters)
    if same_file(media[0].path, media[1].path):
        report.note("reference and new run are the same recording")
    return media


def _probe_given(
    report: Report, reference: Path | None, new: Path | None, sidecars: Sidecars, *, chapters: bool
) -> tuple[MediaInfo | None, MediaInfo | None]:
    """What the recordings are; None for a side that is a track alone."""
    from mtbsync_core.media.probe import probe

    if reference is not None and new is not None:
        return probe_both(report, reference, new, chapters=chapters)
    sides = (("reference", "ref", reference, sidecars.ref), ("new", "new", new, sidecars.new))
    for option, short, recording, sidecar in sides:
        if recording is None and sidecar is None:
            raise UsageError(
                f"--{option} is missing",
                f"Give a recording with --{option}, or a GPX or FIT with --{short}-gpx. See: mtbsync sync --help",
            )
    ref, other = (probe(path, chapters=chapters) if path is not None else None for path in (reference, new))
    return ref, other


def say_alignment(report: Report, alignment: Alignment) -> None:
    """The verdict with its reasons and main figures, in words and as data."""
    data = alignment.as_dict()
    keys = ("ok", "verdict", "reasons", "weak", "method", "params", "ppm", "inlier_frac", "residuals", "quality")
    report.data.update({key: data[key] for key in keys}, pairs=len(alignment.pairs))
    for word, media in (("reference", alignment.media_ref), ("new run", alignment.media_new)):
        copies = [file.proxy.name for file in media.files if file.proxy] if media is not None else []
        if copies:
            report.say(f"looked at {', '.join(copies)} in place of the {word}")
    report.say(f"verdict: {alignment.verdict} ({'; '.join(alignment.reasons)})")
    if alignment.warp is not None and alignment.usable:
        common, sigma = alignment.quality.common_new_s, alignment.quality.median_sigma_s
        share = f"{common:.1f} s of the new run lie on the reference" if common is not None else ""
        spread = f"typically known to ±{1.645 * sigma:.2f} s (90 %)" if sigma is not None else ""
        report.say("; ".join(part for part in (share, spread) if part))
        if zoom := alignment.quality.zoom:
            wider, by = ("reference", zoom) if zoom > 1 else ("new run", 1 / zoom)
            report.say(f"the {wider} has the wider view, by {by:.2f}, as the pictures tell; taken into account")
        say_weak(report, alignment.weak)


def say_weak(report: Report, weak: Sequence[WeakSegment]) -> None:
    """The parts that are not to be trusted, and what to do about each."""
    from mtbsync_core.alignment.judge.low_confidence import clock

    for part in weak[:_MOST_WEAK]:
        report.say(f"weak: {clock(part.new_s[0])} to {clock(part.new_s[1])} of the new run: {part.text}")
        report.say(f"      {part.advice}")
    if len(weak) > _MOST_WEAK:
        report.say(f"and {len(weak) - _MOST_WEAK} more weak parts, in timewarp.json")


def say_timings(report: Report, timings: Mapping[str, float]) -> None:
    """Seconds of each stage, as in perf.json."""
    report.data["timings"] = dict(timings)
    stages = [f"{name.removesuffix('_sec')} {s:.1f} s" for name, s in timings.items() if s >= 0.05]
    report.say("took: " + ", ".join(stages))


def say_set_aside(report: Report, moved: list[tuple[Path, Path]]) -> None:
    """Say which files of an earlier run were renamed, since they are not of this one."""
    for old, target in moved:
        report.note(f"{old.name} is of an earlier run and was renamed to {target.name}")
    if moved:
        report.data["set_aside"] = [str(target) for _, target in moved]
