"""`AlignJob`: all of it, from two recordings and a marker file to a folder that an editor can use."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtbsync_core import overlay
from mtbsync_core.alignment.result import Alignment
from mtbsync_core.errors import EngineMissingError, UsageError
from mtbsync_core.files import same_file
from mtbsync_core.jobs.both_runs import BothRuns, both_runs, is_timeline
from mtbsync_core.jobs.corrected import corrected_again
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.jobs.markers import note_problems, overlay_path, write_markers
from mtbsync_core.jobs.nle import edl_options, say_export, write_edl
from mtbsync_core.jobs.options import MarkingOptions, MeasuringOptions, SourceOptions, TimelineOptions
from mtbsync_core.jobs.pair import PairOptions, align_pair, probe_pair
from mtbsync_core.jobs.ref_markers import read_ref_markers
from mtbsync_core.jobs.resources import Resources
from mtbsync_core.jobs.results import (
    MARKER_FILES,
    RUN_FILES,
    edl_name,
    marker_files,
    require_writable,
    set_aside,
    stage_seconds,
    write_perf,
    write_run,
)
from mtbsync_core.jobs.reviewed import with_reviewed_pairs
from mtbsync_core.marker_csv import MarkerTable
from mtbsync_core.markers import MovedMarker, transfer
from mtbsync_core.media.trail_file import is_trail
from mtbsync_core.options import option
from mtbsync_core.timecode import Rate
from mtbsync_core.vision.index import FrameIndex

if TYPE_CHECKING:  # OpenTimelineIO is not there for every Python on every machine
    from otio_adapters.writing import ExportReport


@dataclass(frozen=True, slots=True)
class Aligned:
    """What came out, also of a refusal, which has no `moved` markers; `export` is None where there is no EDL.

    `set_aside` are files of an earlier run under their new names.
    """

    alignment: Alignment
    table: MarkerTable
    moved: Sequence[MovedMarker]
    export: ExportReport | None
    files: Mapping[str, Path]
    timings: Mapping[str, float]
    set_aside: list[Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignJob:
    """Two recordings, the markers of the first, and the folder for all that comes of them."""

    reference: Path = option(
        argument="REFERENCE",
        help="The recording of the reference run, or its trail pack (.mtbtrail); or a timeline of your editor (.otio, "
        ".fcpxml, .xml) with both runs on it, which also has the markers and says where the new ones belong.",
    )
    new: Path | None = option(
        None,
        argument="NEW",
        help="The recording of the new run of the same trail. Of a timeline, only where the markers do not tell.",
    )
    markers: Path | None = option(
        None,
        "--markers",
        "Reference markers: a CSV with name and t_ref, a file of your editor, or: hilights. Of a timeline or a trail "
        "pack, its own.",
    )
    out: Path = option(flag="--out", help="The folder for the results; made when it is missing.")
    pair: PairOptions = field(default_factory=PairOptions)
    source: SourceOptions = field(default_factory=SourceOptions)
    timeline: TimelineOptions = field(default_factory=TimelineOptions)
    marking: MarkingOptions = field(default_factory=MarkingOptions)
    measuring: MeasuringOptions = field(default_factory=MeasuringOptions)

    def run(self, listener: Listener) -> Aligned:
        """Do it and write the folder. Everything that can be wrong with the inputs is found before decoding.

        Raises:
            UsageError: options contradict each other, or an input would be replaced.
            MediaError, EvidenceError, FormatError: as `align_pair` and `read_ref_markers`.
        """
        self.pair.check()
        both = self._timeline(listener)
        reference, new = (self.reference, self.new) if both is None else (both.reference, both.new)
        own = self.reference if is_trail(self.reference) else None
        source = self.markers or (own if both is None else both.file)
        if new is None or source is None:
            what = "the recording of the new run" if new is None else "the markers of the reference"
            raise UsageError(f"{what} is missing", "mtbsync align REFERENCE NEW --markers FILE --out FOLDER")
        media = media_ref, media_new = probe_pair(reference, new, self.pair.recording, listener)
        rate = Rate.of(self.timeline.timeline_fps) if self.timeline.timeline_fps is not None else None
        edl_how = edl_options(media_new, rate, self.timeline.new_start, self.source.ref_start)
        table = read_ref_markers(
            source, media_ref, start=self.source.ref_start, rate=rate, sequence=self.source.sequence
        )
        note_problems(listener, source, table)
        edl = self.out / edl_name(media_new.path)
        self._keep_inputs(edl, (reference, new, source))
        require_writable(self.out)
        with Resources(gpu=self.measuring.gpu) as used:
            pair = with_reviewed_pairs(self.pair, self.out, media, listener)
            alignment = align_pair(media, pair, listener, [marker.t_s for marker in table.markers])
        aside = [] if alignment.usable else set_aside([*marker_files(self.out), edl], listener)
        start, export, out = time.perf_counter(), None, self.out / "new_markers.csv"
        moved: Sequence[MovedMarker] = []
        if alignment.usable:
            threshold = self.marking.review.review_threshold
            carried = transfer(table.markers, alignment.usable_warp(), review_threshold=threshold)
            alignment, moved = corrected_again(alignment, carried, self.out, threshold, listener)
        files = write_run(alignment, self.out, listener)
        if alignment.usable:
            files |= write_markers(moved, out, alignment, files["timewarp"], self.marking, listener)
            export = _exported(both, alignment, moved, edl, edl_how, listener)
            for n, path in enumerate(export.files if export is not None else (), start=1):
                files["edl" if n == 1 else f"edl_{n}"] = path
                listener.file("edl" if n == 1 else f"edl_{n}", path)
            files["overlay"] = overlay_path(out)
            overlay.draw_overlay(files["overlay"], alignment, pairs=alignment.pairs, moved=moved)
            listener.file("overlay", files["overlay"])
        timings = stage_seconds(alignment, time.perf_counter() - start if alignment.usable else 0.0)
        files["perf"] = write_perf(
            alignment, self.out, listener, threads=self.pair.decoding.workers, timings=timings, usage=used.usage
        )
        return Aligned(alignment, table, moved, export, files, timings, aside)

    def _timeline(self, listener: Listener) -> BothRuns | None:
        """The timeline with both runs, where one is given."""
        if not is_timeline(self.reference):
            return None
        for flag, given in (
            ("--ref-start", self.source.ref_start),
            ("--new-start", self.timeline.new_start),
            ("--timeline-fps", self.timeline.timeline_fps),
        ):
            if given is not None:
                raise UsageError(f"{flag} {given}: the timeline says that itself", f"Leave out {flag}.")
        return both_runs(self.reference, self.new, self.source.sequence, listener)

    def _keep_inputs(self, edl: Path, read: tuple[Path, ...]) -> None:
        """Results never replace what they are made from."""
        index = self.pair.ref_index
        inputs = (*read, self.reference, index.kept if isinstance(index, FrameIndex) else index)
        for result in [*(self.out / name for name in (*RUN_FILES, *MARKER_FILES)), edl]:
            for source in (*inputs, self.pair.known.ref_gpx, self.pair.known.new_gpx):
                if source is not None and same_file(result, source):
                    raise UsageError(f"{source} would be replaced by a result", "Choose another folder with --out.")


def _exported(
    both: BothRuns | None,
    alignment: Alignment,
    moved: Sequence[MovedMarker],
    edl: Path,
    how: Mapping[str, Any],
    listener: Listener,
) -> ExportReport | None:
    """The EDL; without OpenTimelineIO a note that there is none."""
    assert alignment.media_new is not None
    try:
        if both is None:
            done = write_edl(alignment.media_new, moved, edl, how)
        else:
            done = both.write_edl(alignment.media_new, moved, edl)
    except EngineMissingError as error:
        listener.note(f"no EDL was written: {error.message}. {error.hint}")
        return None
    say_export(listener, done, moved)
    return done
