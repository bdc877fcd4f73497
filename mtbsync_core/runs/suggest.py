"""`SuggestMarkersJob`: places of a reference that are worth a sector line, as a marker file to edit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from mtbsync_core.errors import MtbsyncError
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.jobs.nle import not_over
from mtbsync_core.jobs.options import DecodingOptions, RecordingOptions
from mtbsync_core.marker_csv import write_markers
from mtbsync_core.media.probe import probe
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.options import option
from mtbsync_core.runs.result import read_result, result_folders
from mtbsync_core.runs.run_file import content_digest
from mtbsync_core.telemetry.reading import read_telemetry
from mtbsync_core.trail_pack.suggest import FEWEST_RUNS, Line, Turning, as_markers, suggest_lines, usual_count
from mtbsync_core.vision.index import IndexOptions, build_index
from mtbsync_core.warp import TimeWarp


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestMarkersJob:
    """A reference, what is known of runs of it, and the marker file to make."""

    reference: Path = option(argument="REFERENCE", help="The recording of the reference run, or its trail pack.")
    out: Path = option(Path("ref_markers.csv"), "--out", "The marker file to write.")
    count: int | None = option(
        None, "--count", "How many lines. Default: 3 to 6, one for each half minute.", minimum=1, maximum=99
    )
    root: Path | None = option(
        None, "--root", "A folder of results of this reference: where many runs gain or lose comes first."
    )
    recording: RecordingOptions = field(default_factory=RecordingOptions)
    decoding: DecodingOptions = field(default_factory=DecodingOptions)

    def run(self, listener: Listener) -> list[Line]:
        """Write the marker file and return the lines, by rising time.

        Raises:
            UsageError: the file would replace the recording, or there is no such folder.
            MediaError, EvidenceError: as `build_index`.
        """
        not_over(self.out, (self.reference,))
        media = probe(self.reference, chapters=self.recording.chapters)
        runs = [*self._runs(media)] if self.root is not None else []
        if self.root is not None:
            more = "" if len(runs) >= FEWEST_RUNS else f"; {FEWEST_RUNS} tell where a trail is decided"
            listener.note(f"{len(runs)} runs of {media.name} below {self.root}{more}")
        lines = suggest_lines(
            media.duration_s, self.count or usual_count(media.duration_s), self._turning(media, listener), runs
        )
        write_markers(self.out, as_markers(lines))
        listener.file("markers", self.out)
        return lines

    def _turning(self, media: MediaInfo, listener: Listener) -> Turning:
        motion = read_telemetry(media).motion
        if motion is not None:
            return Turning.of_motion(motion)
        progress = partial(listener.stage, "reference")
        return Turning.of_pictures(build_index(media, IndexOptions(), threads=self.decoding.workers, progress=progress))

    def _runs(self, media: MediaInfo) -> Iterator[TimeWarp]:
        """The maps of the runs that were aligned with this reference and not refused."""
        assert self.root is not None
        own = content_digest([media.files[0].path])
        for folder in result_folders(self.root):
            try:
                one = read_result(folder)
            except MtbsyncError:
                continue
            told, ref = one.run.inputs.get("reference") if one.run is not None else None, one.saved.media_ref
            alike = ref is not None and (ref.path.name, ref.n_frames) == (media.path.name, media.n_frames)
            if one.saved.usable and (told == own if told else alike):
                yield one.saved.usable_warp()
