"""`PassesJob`: every ride of a reference in any number of recordings; `part_of_pass`, the part of a recording that is
one of them.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from mtbsync_core.alignment.options import AlignOptions
from mtbsync_core.alignment.passes import Pass, find_passes
from mtbsync_core.errors import MtbsyncError, RefusedError, UsageError
from mtbsync_core.files import refuse_special, replacing, same_file
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.jobs.options import DecodingOptions, RecordingOptions
from mtbsync_core.media.probe import probe
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.options import option
from mtbsync_core.table import guarded
from mtbsync_core.telemetry.preflight import check_pair
from mtbsync_core.timecode import minutes_seconds
from mtbsync_core.vision.index import FrameIndex, IndexOptions, build_index
from mtbsync_core.vision.index_file import cached_index

_COLUMNS = (
    *("recording", "pass", "from_s", "to_s", "file", "file_from_s", "ref_from_s", "ref_to_s", "covered", "verdict"),
    *("reasons", "error"),
)


@dataclass(frozen=True, slots=True)
class Searched:
    """One recording: the rides in it by rising time, none where it shows none; or why it could not be searched."""

    path: Path
    media: MediaInfo | None = None
    passes: tuple[Pass, ...] = ()
    error: MtbsyncError | None = None

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready; passes have their number, as `--pass` takes it, and where a file shows their beginning."""
        return {
            "path": str(self.path),
            "files": [str(file.path) for file in self.media.files] if self.media else [],
            "duration_s": self.media.duration_s if self.media else None,
            "passes": [{"pass": n, **found.as_dict(), **self._place(found)} for n, found in enumerate(self.passes, 1)],
            "error": self.error.as_dict() if self.error else None,
        }

    def _place(self, found: Pass) -> dict[str, Any]:
        assert self.media is not None
        file, second = self.media.at(found.from_s)
        return {"file": str(file.path), "file_from_s": round(second, 3)}


@dataclass(frozen=True, slots=True, kw_only=True)
class PassesJob:
    """A reference, and the recordings in which it may have been ridden."""

    reference: Path = option(argument="REFERENCE", help="The recording of the reference run.")
    recordings: tuple[Path, ...] = option(
        argument="RECORDING...",
        help="The recordings to search, of any length. Of chapters one stands for all.",
        read=Path,
    )
    table: Path | None = option(None, "--csv", "Also write the table as CSV.")
    ref_index: Path | None = option(None, "--index", "Index of the reference (mtbsync index); made when it is missing.")
    index: IndexOptions = field(default_factory=IndexOptions)
    recording: RecordingOptions = field(default_factory=RecordingOptions)
    decoding: DecodingOptions = field(default_factory=DecodingOptions)

    def run(self, listener: Listener) -> list[Searched]:
        """Search one recording after the other; one that cannot be searched does not keep the others from it.

        Raises:
            UsageError: the table would replace a recording, or cannot be written.
            MediaError, EvidenceError: the reference cannot be used.
        """
        if self.table is not None and any(same_file(self.table, path) for path in (self.reference, *self.recordings)):
            raise UsageError(f"{self.table} would be replaced by the table", "Choose another name with --csv.")
        media_ref = probe(self.reference, chapters=self.recording.chapters)
        options = AlignOptions(index=self.index)
        ref = reference_index(media_ref, self.ref_index, self.index, self.decoding.workers, listener)
        found: list[Searched] = []
        for path in self.recordings:
            known = [file.path for one in found if one.media for file in one.media.files]
            if any(same_file(path, file) for file in known):
                continue  # a chapter of a recording that has been searched
            found.append(self._searched(path, media_ref, ref, options, listener))
        if self.table is not None:
            _write_table(self.table, found)
            listener.file("table", self.table)
        return found

    def _searched(
        self, path: Path, media_ref: MediaInfo, ref: FrameIndex, options: AlignOptions, listener: Listener
    ) -> Searched:
        try:
            media = probe(path, chapters=self.recording.chapters)
            check_pair(media_ref, media)
            if same_file(media_ref.path, media.path):
                listener.note(f"{media.name} is the reference itself")
            return Searched(path, media, tuple(passes_in(media, ref, options, self.decoding.workers, listener)))
        except MtbsyncError as error:
            return Searched(path, error=error)


def reference_index(
    media: MediaInfo, kept: FrameIndex | Path | None, options: IndexOptions, threads: int, listener: Listener
) -> FrameIndex:
    """What the search compares with: the index that is kept, or one of the key frames. Errors as `build_index`."""
    progress = partial(listener.stage, "reference")
    if isinstance(kept, FrameIndex):
        return kept
    if kept is not None:
        return cached_index(media, kept, options, threads=threads, progress=progress)
    return build_index(media, replace(options, fast=True, n_features=0), threads=threads, progress=progress)


def passes_in(media: MediaInfo, ref: FrameIndex, options: AlignOptions, threads: int, listener: Listener) -> list[Pass]:
    """The rides in a recording. Errors as `find_passes`."""

    def told(stage: str, done: int, total: int) -> None:
        listener.stage(f"{stage} in {media.name}", done, total)

    return find_passes(ref, media, options, threads=threads, progress=told)


def part_of_pass(number: int, media: MediaInfo, passes: Sequence[Pass]) -> MediaInfo:
    """The part of a recording that is its pass of this number, from 1 on.

    Raises:
        RefusedError: there is no pass at all.
        UsageError: there are fewer.
    """
    if not passes:
        raise RefusedError(
            f"{media.name} shows no ride of the reference",
            "Check that it shows the same trail, ridden in the same direction; mtbsync passes says what it finds.",
        )
    if number > len(passes):
        known = ", ".join(f"{n} at {minutes_seconds(one.from_s)}" for n, one in enumerate(passes, 1))
        raise UsageError(f"there is no pass {number} in {media.name}", f"Its passes: {known}.")
    return media.excerpt(*passes[number - 1].window_s)


def _write_table(path: Path, found: Sequence[Searched]) -> None:
    """The table as CSV, atomically: a row for each pass, and one for each recording without any."""
    refuse_special(path)
    with replacing(path) as scratch, scratch.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, _COLUMNS, restval="", extrasaction="ignore")
        writer.writeheader()
        for one in found:
            told = [{**row, "reasons": "; ".join(row["reasons"])} for row in one.as_dict()["passes"]]
            for row in told or [{"error": one.error.message if one.error else ""}]:
                cells = {"recording": str(one.path), **row}
                writer.writerow({name: guarded(x) if isinstance(x, str) else x for name, x in cells.items()})
