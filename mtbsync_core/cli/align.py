"""`mtbsync align`: all of it, from two recordings and a marker file to a folder that an editor can use."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
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
    Label,
    Matcher,
    NewStart,
    NFeatures,
    NoChapters,
    NoGpu,
    NoProxy,
    NoRefine,
    RefStart,
    ReviewThreshold,
    Strict,
    Threads,
    TimelineFps,
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
from mtbsync_core.errors import EngineMissingError, UsageError

if TYPE_CHECKING:
    from mtbsync_core.alignment.preparation import AlignOptions
    from mtbsync_core.alignment.result import Alignment
    from mtbsync_core.alignment.user_pairs import UserPair
    from mtbsync_core.cli.nle import EdlGrid
    from mtbsync_core.markers import Marker, MovedMarker


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What `align` is asked to do."""

    reference: Path
    new: Path
    markers: Path
    out: Path
    options: AlignOptions
    index: Path | None = None
    sidecars: Sidecars = field(default_factory=Sidecars)
    vision: bool = True
    chapters: bool = True
    threads: int = 2
    review_threshold: float = 0.6
    label: str | None = None
    vis_json: bool = False
    user: Sequence[UserPair] = ()
    ref_start: str | None = None
    new_start: str | None = None
    timeline_fps: str | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What came out of a job that was not refused."""

    alignment: Alignment
    moved: list[MovedMarker]
    files: dict[str, Path]
    recipe: str
    timings: dict[str, float]


def align(
    ctx: typer.Context,
    reference: Annotated[Path, typer.Argument(metavar="REFERENCE", help="The recording of the reference run.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The recording of the new run of the same trail.")],
    markers: Annotated[
        Path,
        typer.Option(
            "--markers",
            help="Reference markers: a CSV with name and t_ref, a file of your editor, or: hilights.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="The folder for the results; made when it is missing.")],
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
    ref_start: RefStart = None,
    new_start: NewStart = None,
    timeline_fps: TimelineFps = None,
    anchor: Anchor = None,
    warp_method: WarpMethod = "lattice",
    warp_max_ppm: WarpMaxPpm = 1000.0,
    warp_min_inlier_frac: WarpMinInlierFrac = 0.25,
    warp_inlier_thresh: WarpInlierThresh = 0.08,
    warp_window_sec: WarpWindowSec = 1.0,
    warp_ransac_iters: WarpRansacIters = 500,
    threads: Threads = None,
    no_gpu: NoGpu = False,
    review_threshold: ReviewThreshold = 0.6,
    label: Label = None,
    vis_json: Annotated[
        bool,
        typer.Option("--vis-json", help="Also put the markers into new_markers.json, for other programs."),
    ] = False,
    strict: Strict = False,
    as_json: AsJson = False,
) -> None:
    """Find every marker of the reference run in the new run, in one go.

    The folder gets new_markers.csv, an EDL with these markers for DaVinci Resolve, new_markers_overlay.png to see how
    well the runs fit, timewarp.json, pairs.csv, pairs_raw.csv and perf.json. When the recordings do not show the same
    trail no markers are written, the reason is printed, and the exit code is 5. A map that needs a look (verdict check,
    ok false) names its weak parts; --anchor mends them, --strict makes it an error.

    Example: mtbsync align reference.mp4 new.mp4 --markers markers.csv --out result
    """
    report: Report = ctx.obj
    job = Job(
        reference=reference,
        new=new,
        markers=markers,
        out=out,
        options=align_options(
            index_options(fps, matcher, n_features, clahe, fast=fast, proxy=not no_proxy),
            refine=not no_refine,
            method=warp_method,
            affine=affine_options(
                warp_max_ppm, warp_min_inlier_frac, warp_inlier_thresh, warp_window_sec, warp_ransac_iters
            ),
        ),
        index=index,
        sidecars=Sidecars.of(ref_gpx, new_gpx, gpx_offset, no_telemetry=no_telemetry, no_vision=no_vision),
        vision=not no_vision,
        chapters=not no_chapters,
        threads=thread_count(threads),
        review_threshold=review_threshold,
        label=label,
        vis_json=vis_json,
        user=user_pairs(anchor),
        ref_start=ref_start,
        new_start=new_start,
        timeline_fps=timeline_fps,
    )
    done = run_job(report, job)
    from mtbsync_core.cli.sync import say_timings
    from mtbsync_core.cli.transfer import require_sure, say_moved

    say_moved(report, done.moved, done.alignment.media_new)
    for path in done.files.values():
        report.say(f"wrote {path}")
    report.say(done.recipe)
    say_timings(report, done.timings)
    if strict:
        require_sure(done.alignment, done.moved)


def run_job(report: Report, job: Job) -> Done:
    """Do the whole job and write the folder. Everything that can be wrong with the inputs is found before decoding.

    Raises:
        RefusedError: not the same trail; pairs, warp and perf.json are written, marker files are not.
    """
    from mtbsync_core.alignment import pipeline
    from mtbsync_core.cli.job import require_writable, set_aside, stage_seconds, write_perf, write_run
    from mtbsync_core.cli.nle import EdlGrid
    from mtbsync_core.cli.ref_markers import read_ref_markers
    from mtbsync_core.cli.sync import edl_name, marker_files, probe_both, say_alignment, say_set_aside, say_timings
    from mtbsync_core.cli.transfer import say_problems
    from mtbsync_core.timecode import Rate

    media_ref, media_new = probe_both(report, job.reference, job.new, chapters=job.chapters)
    rate = Rate.of(job.timeline_fps) if job.timeline_fps is not None else None
    grid = EdlGrid.of(media_new, rate, job.new_start, job.ref_start)
    table = read_ref_markers(job.markers, media_ref, start=job.ref_start, rate=rate)
    say_problems(report, job.markers, table)
    edl = job.out / edl_name(media_new.path)
    _keep_inputs(job, edl)
    require_writable(job.out)
    telemetry = read_both((media_ref, media_new), job.sidecars)
    with report.progress() as progress:
        if job.vision:
            alignment = pipeline.align(
                media_ref,
                media_new,
                options=job.options,
                telemetry=telemetry,
                user=job.user,
                moments_s=[marker.t_s for marker in table.markers],
                ref_index=job.index,
                threads=job.threads,
                progress=progress,
            )
        else:
            alignment = align_by_tracks((media_ref, media_new), telemetry, job.user, progress)
    if not alignment.usable:
        say_set_aside(report, set_aside([*marker_files(job.out), edl]))
    files = write_run(alignment, job.out)
    report.wrote(files)
    say_alignment(report, alignment)
    if not alignment.usable:
        timings = stage_seconds(alignment)
        files["perf"] = write_perf(alignment, job.out, threads=job.threads, timings=timings)
        report.wrote(files)
        for path in files.values():
            report.say(f"wrote {path}")
        say_timings(report, timings)
        alignment.usable_warp()
    start = time.perf_counter()
    moved, made, recipe = _marker_files(report, job, alignment, table.markers, files["timewarp"], edl, grid)
    files.update(made)
    timings = stage_seconds(alignment, time.perf_counter() - start)
    files["perf"] = write_perf(alignment, job.out, threads=job.threads, timings=timings)
    report.wrote(files)
    return Done(alignment, moved, files, recipe, timings)


def _marker_files(
    report: Report,
    job: Job,
    alignment: Alignment,
    markers: tuple[Marker, ...],
    timewarp: Path,
    edl: Path,
    grid: EdlGrid,
) -> tuple[list[MovedMarker], dict[str, Path], str]:
    from mtbsync_core.cli.nle import say_export, write_edl
    from mtbsync_core.cli.transfer import overlay_path, write_markers
    from mtbsync_core.markers import transfer
    from mtbsync_core.overlay import draw_overlay

    moved = transfer(markers, alignment.usable_warp(), review_threshold=job.review_threshold)
    out = job.out / "new_markers.csv"
    files = write_markers(
        report,
        moved,
        out,
        alignment,
        timewarp,
        review_threshold=job.review_threshold,
        label=job.label,
        vis_json=job.vis_json,
    )
    recipe = ""
    assert alignment.media_new is not None
    try:
        done = write_edl(alignment.media_new, moved, edl, grid)
    except EngineMissingError as error:
        report.note(f"no EDL was written: {error.message}. {error.hint}")
    else:
        files["edl"] = done.files[0]
        files.update({f"edl_{n}": path for n, path in enumerate(done.files[1:], start=2)})
        recipe = done.recipe
        report.data["export"] = done.as_dict()
        say_export(report, done, moved)
    files["overlay"] = overlay_path(out)
    draw_overlay(files["overlay"], alignment, pairs=alignment.pairs, moved=moved)
    return moved, files, recipe


def _keep_inputs(job: Job, edl: Path) -> None:
    """Results never replace what they are made from.

    Raises:
        UsageError: an input lies in the results folder under the name of a result.
    """
    from mtbsync_core.cli.sync import MARKER_FILES, RUN_FILES

    for result in [*(job.out / name for name in (*RUN_FILES, *MARKER_FILES)), edl]:
        for source in (job.reference, job.new, job.markers, job.index, job.sidecars.ref, job.sidecars.new):
            if source is not None and same_file(result, source):
                raise UsageError(f"{source} would be replaced by a result", "Choose another folder with --out.")
