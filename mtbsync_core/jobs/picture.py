"""`PictureJob`: how two runs fit, drawn from what is on disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mtbsync_core import overlay
from mtbsync_core.alignment.pairs import read_pairs
from mtbsync_core.alignment.result import SavedWarp, load_warp
from mtbsync_core.errors import UsageError
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.jobs.markers import note_problems, pairs_beside
from mtbsync_core.jobs.options import ReviewOptions
from mtbsync_core.jobs.ref_markers import read_ref_markers
from mtbsync_core.marker_csv import MarkerTable
from mtbsync_core.markers import MovedMarker, transfer
from mtbsync_core.moved_csv import read_moved
from mtbsync_core.options import option


@dataclass(frozen=True, slots=True)
class Picture:
    """What was drawn; `table` are the reference markers, where any were read."""

    warp: SavedWarp
    moved: Sequence[MovedMarker]
    table: MarkerTable | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureJob:
    """A warp, with markers on either side of it or none, and the file for the picture."""

    timewarp_json: Path | None = option(None, "--timewarp-json", "The timewarp.json of mtbsync sync.")
    out_png: Path = option(Path("overlay.png"), "--out-png", "The picture to write.")
    ref_markers: Path | None = option(None, "--ref-markers", "Reference markers, carried over for the picture.")
    new_markers: Path | None = option(None, "--new-markers", "Transferred markers, instead of --ref-markers.")
    pairs: Path | None = option(None, "--pairs", "The time pairs; without it, pairs.csv beside the warp.")
    review: ReviewOptions = field(default_factory=ReviewOptions)

    def run(self, listener: Listener) -> Picture:
        """Draw it.

        Raises:
            UsageError: there is no warp, or the picture's name cannot be.
            FormatError: a file is damaged.
        """
        if self.timewarp_json is None:
            raise UsageError("the warp is missing", "Give the timewarp.json of mtbsync sync with --timewarp-json.")
        if self.out_png.suffix.lower() != ".png":
            raise UsageError(f"{self.out_png.name} is not called .png", "Name the picture NAME.png with --out-png.")
        saved = load_warp(self.timewarp_json)
        pairs = read_pairs(self.pairs) if self.pairs is not None else pairs_beside(self.timewarp_json)
        table, moved = self._markers(saved, listener)
        overlay.draw_overlay(self.out_png, saved, pairs=pairs, moved=moved)
        listener.file("overlay", self.out_png)
        return Picture(saved, moved, table)

    def _markers(self, saved: SavedWarp, listener: Listener) -> tuple[MarkerTable | None, Sequence[MovedMarker]]:
        if self.new_markers is not None:
            return None, read_moved(self.new_markers)
        if self.ref_markers is None:
            return None, []
        table = read_ref_markers(self.ref_markers, saved.media_ref)
        note_problems(listener, self.ref_markers, table)
        if saved.warp is None or saved.verdict == "refused":
            listener.note("the alignment was refused, so no marker is carried over")
            return table, []
        return table, transfer(table.markers, saved.warp, review_threshold=self.review.review_threshold)
