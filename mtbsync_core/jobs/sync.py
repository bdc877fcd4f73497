"""`SyncJob`: two recordings, or two tracks, in; time pairs and the warp out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mtbsync_core.alignment.result import Alignment
from mtbsync_core.errors import UsageError
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.jobs.options import MeasuringOptions
from mtbsync_core.jobs.pair import Media, PairOptions, align_pair, probe_pair
from mtbsync_core.jobs.resources import Resources
from mtbsync_core.jobs.results import marker_files, require_writable, set_aside, stage_seconds, write_perf, write_run
from mtbsync_core.jobs.reviewed import with_reviewed_pairs
from mtbsync_core.media.probe import probe
from mtbsync_core.options import option


@dataclass(frozen=True, slots=True)
class Synced:
    """What came out, also of a refusal; `set_aside` are files of an earlier run under their new names."""

    alignment: Alignment
    files: Mapping[str, Path]
    timings: Mapping[str, float]
    set_aside: list[Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncJob:
    """Two runs, and the folder for what they have in common."""

    out: Path = option(flag="--out", help="A folder for the results, or the name of the pairs CSV.")
    reference: Path | None = option(
        None, "--reference", "The recording of the reference run; not needed with --ref-gpx."
    )
    new: Path | None = option(
        None, "--new", "The recording of the new run of the same trail; not needed with --new-gpx."
    )
    pair: PairOptions = field(default_factory=PairOptions)
    measuring: MeasuringOptions = field(default_factory=MeasuringOptions)

    def run(self, listener: Listener) -> Synced:
        """Align and write the folder.

        Raises:
            UsageError: options contradict each other, or the folder cannot be written.
            MediaError, EvidenceError, FormatError: as `align_pair`.
        """
        self.pair.check()
        media = self._probed(listener)
        folder, name = (
            (self.out.parent, self.out.name) if self.out.suffix.lower() == ".csv" else (self.out, "pairs.csv")
        )
        if name in ("pairs_raw.csv", "new_markers.csv"):
            raise UsageError(f"{name} is the name of another result", "Give the pairs another name with --out.")
        require_writable(folder)
        with Resources(gpu=self.measuring.gpu) as used:
            alignment = align_pair(media, with_reviewed_pairs(self.pair, folder, media, listener), listener)
        aside: list[Path] = []
        if not alignment.usable:
            aside = set_aside(marker_files(folder), listener)
        elif (folder / "new_markers.csv").exists():
            listener.note(f"{folder / 'new_markers.csv'} is of an earlier warp; run transfer-markers again")
        files = write_run(alignment, folder, listener, pairs_name=name)
        timings = stage_seconds(alignment)
        files["perf"] = write_perf(
            alignment, folder, listener, threads=self.pair.decoding.workers, timings=timings, usage=used.usage
        )
        return Synced(alignment, files, timings, aside)

    def _probed(self, listener: Listener) -> Media:
        """What the recordings are; None for a side that is a track alone."""
        recording, known = self.pair.recording, self.pair.known
        if self.reference is not None and self.new is not None:
            return probe_pair(self.reference, self.new, recording, listener)
        sides = (("reference", "ref", self.reference, known.ref_gpx), ("new", "new", self.new, known.new_gpx))
        for flag, short, path, sidecar in sides:
            if path is None and sidecar is None:
                raise UsageError(
                    f"--{flag} is missing",
                    f"Give a recording with --{flag}, or a GPX or FIT with --{short}-gpx. See: mtbsync sync --help",
                )
        ref, new = (
            probe(path, chapters=recording.chapters) if path is not None else None
            for path in (self.reference, self.new)
        )
        return ref, new
