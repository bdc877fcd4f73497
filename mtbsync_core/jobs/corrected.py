"""The files of an alignment that a person corrected. They take the place of those in the folder, and what the
alignment itself says is kept beside them, as `NAME.aligned.SUFFIX`.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mtbsync_core import overlay
from mtbsync_core.alignment.pairs import write_pairs
from mtbsync_core.alignment.result import Alignment, save_npz
from mtbsync_core.errors import MtbsyncError
from mtbsync_core.files import read_object, replacing
from mtbsync_core.jobs.edits import edited, numbered
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.jobs.markers import overlay_path, write_markers
from mtbsync_core.jobs.nle import edl_options, say_export, write_edl
from mtbsync_core.jobs.options import MarkingOptions, ReviewOptions
from mtbsync_core.jobs.results import edl_name, set_aside
from mtbsync_core.jobs.reviewed import reviewed_edits
from mtbsync_core.markers import MovedMarker
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.moved_csv import provenance_path, read_moved, read_provenance, write_moved

CORRECTED = "corrected"
"""Among the options of a warp file: it holds what a person corrected."""


def as_aligned(path: Path) -> Path:
    """Where what the alignment itself says is kept."""
    return path.with_name(f"{path.stem}.aligned{path.suffix}")


def keep_aligned(aligned: Alignment, moved: Sequence[MovedMarker], folder: Path, timewarp: Path, markers: Path) -> None:
    """Write what the alignment itself says: its map, its pairs in `folder`, and its markers."""
    _save(aligned, as_aligned(timewarp))
    if len(aligned.pairs):
        write_pairs(as_aligned(folder / "pairs.csv"), aligned.pairs)
    if moved:
        write_moved(as_aligned(markers), moved)


def write_corrected(
    aligned: Alignment,
    carried: Sequence[MovedMarker],
    corrected: Alignment,
    moved: Sequence[MovedMarker],
    *,
    folder: Path,
    timewarp: Path | None,
    markers: Path,
    kept: bool,
    listener: Listener,
) -> bool:
    """Write the map, the pairs and the markers as they were corrected, and again the EDL where there is one. Where
    nothing is other than in the alignment, the files are its own again. For the picture there is `draw_again`.

    Args:
        aligned: the alignment, and `carried` its markers.
        corrected: the alignment as it was corrected, and `moved` its markers.
        timewarp: the file of the map; None where there is none, and then only markers are written.
        markers: the file of the markers.
        kept: whether what is in the folder was corrected, and what the alignment itself says lies beside it.

    Returns:
        `kept` from now on.

    Raises:
        UsageError: a file cannot be written.
    """
    same = corrected is aligned and list(moved) == list(carried)
    edl = _plain_edl(markers, corrected.media_new)
    files = [] if timewarp is None else [timewarp, folder / "pairs.csv"]
    if same:
        for path in files if kept else ():
            if as_aligned(path).is_file():
                as_aligned(path).replace(path)
    elif timewarp is not None:
        if not kept:
            for path in filter(Path.is_file, files):
                with replacing(as_aligned(path)) as scratch:
                    shutil.copyfile(path, scratch)
            if carried:
                write_moved(as_aligned(markers), carried)
        _save(replace(corrected, options={**corrected.options, CORRECTED: True}), timewarp)
        if len(corrected.pairs):
            write_pairs(folder / "pairs.csv", corrected.pairs)
    if corrected.usable and (moved or carried or markers.is_file()):
        _write_markers(moved, corrected, markers, timewarp, listener)
        _write_edl_again(moved, corrected, markers, edl, listener)
    if same:
        as_aligned(markers).unlink(missing_ok=True)
    return not same


def draw_again(alignment: Alignment, moved: Sequence[MovedMarker], markers: Path) -> None:
    """Draw the overlay of a marker file again, where there is one: it takes a second or more."""
    picture = overlay_path(markers)
    if picture.is_file():
        overlay.draw_overlay(picture, alignment, pairs=alignment.pairs, moved=moved)


def corrected_again(
    alignment: Alignment, carried: Sequence[MovedMarker], folder: Path, review_threshold: float, listener: Listener
) -> tuple[Alignment, Sequence[MovedMarker]]:
    """A new alignment into a folder, and its markers, with what was corrected there before; what it says itself is kept
    where that differs. Its pairs of a person are in it already (`with_reviewed_pairs`).

    Raises:
        FormatError: the review is damaged, or of a later version.
        UsageError: a file cannot be written.
    """
    edits = reviewed_edits(folder, (alignment.media_ref, alignment.media_new))
    known = numbered(carried)
    moved = edited(known, edits, alignment.warp, refitted=False, review_threshold=review_threshold)
    if moved == list(known):
        return alignment, carried
    keep_aligned(alignment, known, folder, folder / "timewarp.json", folder / "new_markers.csv")
    listener.note(f"the markers are as they were corrected in the review of {folder}")
    return replace(alignment, options={**alignment.options, CORRECTED: True}), moved


def _save(alignment: Alignment, path: Path) -> None:
    if path.suffix.lower() == ".npz":
        save_npz(alignment, path)
    else:
        alignment.save(path)


def _write_markers(
    moved: Sequence[MovedMarker], alignment: Alignment, path: Path, timewarp: Path | None, listener: Listener
) -> None:
    """With the label and the visual data that the file had."""
    origin = read_provenance(path)
    label = origin.options.get("label") if origin is not None else None
    if label is not None:
        moved = [_without_extra(m, "label") for m in moved]
    options = MarkingOptions(
        review=ReviewOptions(review_threshold=threshold_of(path)),
        label=label,
        vis_json="markers" in (read_object(provenance_path(path)) or {}),
    )
    if timewarp is None:
        write_moved(path, moved, label=label, media=alignment.media_new)
        listener.file("markers", path)
    else:
        write_markers(moved, path, alignment, timewarp, options, listener)


def threshold_of(markers: Path) -> float:
    """The confidence below which markers of this file need a look."""
    usual = ReviewOptions().review_threshold
    try:
        origin = read_provenance(markers) if markers.suffix.casefold() == ".csv" else None
        return float((origin.options if origin is not None else {}).get("review_threshold", usual))
    except (MtbsyncError, TypeError, ValueError):
        return usual


def _without_extra(moved: MovedMarker, name: str) -> MovedMarker:
    extra = {key: value for key, value in moved.source.extra.items() if key != name}
    return replace(moved, source=replace(moved.source, extra=extra))


def _plain_edl(markers: Path, media: MediaInfo | None) -> tuple[Path, bool] | None:
    """The EDL beside the markers, if there is one, and whether these give the same without further options."""
    path = markers.parent / edl_name(media.path) if media is not None else None
    if path is None or media is None or not path.is_file() or not markers.is_file():
        return None
    try:
        with tempfile.TemporaryDirectory() as scratch:
            again = Path(scratch) / path.name
            write_edl(media, read_moved(markers), again, edl_options(media, None, None, None))
            return path, again.read_bytes() == path.read_bytes()
    except (MtbsyncError, OSError):
        return path, False


def _write_edl_again(
    moved: Sequence[MovedMarker],
    alignment: Alignment,
    markers: Path,
    edl: tuple[Path, bool] | None,
    listener: Listener,
) -> None:
    if edl is not None and alignment.media_new is not None:
        path, plain = edl
        if plain:
            done = write_edl(alignment.media_new, moved, path, edl_options(alignment.media_new, None, None, None))
            say_export(listener, done, moved)
            listener.file("edl", path)
        else:
            set_aside([path], listener)
            listener.note(f"{path.name} was made for a timeline of its own: export it again")
