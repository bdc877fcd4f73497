"""`MarkersJob`: reference markers through a warp that is there already; and how moved markers are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mtbsync_core import overlay
from mtbsync_core.alignment.pairs import TimePairs, read_pairs
from mtbsync_core.alignment.result import Alignment, SavedWarp, load_warp
from mtbsync_core.errors import UsageError
from mtbsync_core.files import same_file, write_json
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.jobs.options import MarkingOptions, SourceOptions
from mtbsync_core.jobs.ref_markers import read_ref_markers
from mtbsync_core.jobs.results import set_aside
from mtbsync_core.marker_csv import MarkerTable
from mtbsync_core.markers import MovedMarker, transfer
from mtbsync_core.moved_csv import moved_as_dicts, provenance_path, write_moved, write_provenance
from mtbsync_core.options import option


@dataclass(frozen=True, slots=True)
class MovedMarkers:
    """What came out: nothing but the files `set_aside` over a warp that was refused."""

    warp: SavedWarp
    table: MarkerTable
    moved: Sequence[MovedMarker]
    files: dict[str, Path]
    set_aside: list[Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkersJob:
    """Markers, a warp, and the file for the markers on the other side of it."""

    ref_markers: Path = option(
        flag="--ref-markers --reference-markers",
        help="Reference markers: a CSV with name and t_ref, a file of your editor, or: hilights.",
    )
    timewarp_json: Path | None = option(None, "--timewarp-json", "The timewarp.json of mtbsync sync (or warp).")
    warp: Path | None = option(None, "--warp", "A warp.npz of mtbsync warp, instead of --timewarp-json.")
    source: SourceOptions = field(default_factory=SourceOptions)
    out: Path = option(Path("new_markers.csv"), "--out", "The marker file to write.")
    marking: MarkingOptions = field(default_factory=MarkingOptions)
    plot_overlay: bool = option(False, "--plot-overlay", "Also draw the overlay, NAME_overlay.png.")

    def run(self, listener: Listener) -> MovedMarkers:
        """Carry the markers over and write them; over a refused warp, set aside what lies there.

        Raises:
            UsageError: not one warp, or the markers would be replaced.
            FormatError: a file is damaged.
        """
        if (self.timewarp_json is None) == (self.warp is None):
            raise UsageError("give one warp", "Either --timewarp-json timewarp.json or --warp warp.npz.")
        source = self.timewarp_json or self.warp
        assert source is not None
        if same_file(self.out, self.ref_markers):
            raise UsageError(f"{self.out} holds the reference markers", "Choose another name with --out.")
        saved = load_warp(source)
        if saved.warp is None or saved.verdict == "refused":
            old = [self.out, provenance_path(self.out), overlay_path(self.out)] if self.out.is_file() else []
            return MovedMarkers(saved, MarkerTable((), (), ()), [], {}, set_aside(old, listener))
        table = read_ref_markers(
            self.ref_markers, saved.media_ref, start=self.source.ref_start, sequence=self.source.sequence
        )
        note_problems(listener, self.ref_markers, table)
        moved = transfer(table.markers, saved.warp, review_threshold=self.marking.review.review_threshold)
        files = write_markers(moved, self.out, saved, source, self.marking, listener)
        if self.plot_overlay:
            files["overlay"] = overlay_path(self.out)
            overlay.draw_overlay(files["overlay"], saved, pairs=pairs_beside(source), moved=moved)
            listener.file("overlay", files["overlay"])
        return MovedMarkers(saved, table, moved, files, [])


def note_problems(listener: Listener, path: Path, table: MarkerTable) -> None:
    """The oddities of a marker file, each with its line."""
    for problem in table.problems:
        listener.note(f"{path.name}, {problem}{'' if problem.kept else ' (left out)'}")


def overlay_path(markers: Path) -> Path:
    """Where the overlay of a marker file goes."""
    return markers.with_name(f"{markers.stem}_overlay.png")


def pairs_beside(warp: Path) -> TimePairs | None:
    """The pairs that sync wrote beside a warp, where there are any."""
    path = warp.parent / "pairs.csv"
    return read_pairs(path) if path.is_file() else None


def write_markers(
    moved: Sequence[MovedMarker],
    out: Path,
    source: SavedWarp | Alignment,
    timewarp: Path,
    options: MarkingOptions,
    listener: Listener,
) -> dict[str, Path]:
    """Write the marker file, and beside it where it comes from, and return both by name."""
    media = source.media_new
    write_moved(out, moved, label=options.label, media=media)
    files = {"markers": out}
    rows = moved_as_dicts(moved, media)
    visual = {"params": _straight_line(source), "markers": rows, "label": options.label} if options.vis_json else None
    if media is not None:
        files["provenance"] = write_provenance(
            out,
            media=media,
            timewarp=timewarp,
            verdict=source.verdict,
            options={"review_threshold": options.review.review_threshold, "label": options.label},
            visual=visual,
        )
    else:
        listener.note("the warp does not say which recording is the new one; export-markers will need --video")
        if visual is not None:
            files["visual"] = provenance_path(out)
            write_json(files["visual"], visual)
    for name, path in files.items():
        listener.file(name, path)
    return files


def _straight_line(source: SavedWarp | Alignment) -> dict[str, float] | None:
    """The best straight line t_ref = a * t_new + b, as users of the original know it."""
    if source.warp is None:
        return None
    a, b = np.polyfit(source.warp.new_s, source.warp.ref_s, 1)
    return {"a": float(a), "b": float(b)}
