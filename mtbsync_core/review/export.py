"""Markers of a review as files: of editors, as a table, and as data, with the notes that are pinned to the trail."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

from mtbsync_core.alignment.result import SavedWarp, load_warp
from mtbsync_core.errors import UsageError
from mtbsync_core.files import write_text
from mtbsync_core.jobs.corrected import threshold_of
from mtbsync_core.jobs.edits import NOTE
from mtbsync_core.jobs.nle import for_editor, nle_engine
from mtbsync_core.jobs.results import edl_name
from mtbsync_core.markers import Marker, MovedMarker, transfer
from mtbsync_core.moved_csv import read_provenance, write_moved
from mtbsync_core.review.base import Sources
from mtbsync_core.review.figures import marker_delta
from mtbsync_core.review.notes import NAME as NOTES
from mtbsync_core.review.notes import Note, note_book, notes_root
from mtbsync_core.review.review import View
from mtbsync_core.review.state import state
from mtbsync_core.timecode import Rate

Which = Literal["all", "sure", "doubtful"]

NEAR_S = 0.5
"""A note that is as near to a marker, in seconds of the reference, is told in its comment; others are markers too."""


@dataclass(frozen=True, slots=True)
class Exported:
    """The files by name, how an editor takes them in, and what they do not carry."""

    texts: Mapping[str, str]
    newline: str
    recipe: str
    issues: Sequence[str]


def formats() -> list[dict[str, Any]]:
    """The formats.

    Raises:
        EngineMissingError: OpenTimelineIO is not installed.
    """
    with nle_engine():
        from otio_adapters.formats import FORMATS
    return [
        {"name": f.name, "label": f.title, "suffix": f.suffix, "recipe": "", "options": ["rate", "start"]}
        for f in FORMATS.values()
    ]


def export(view: View, *, format: str, rate: str | None, start: str | None, which: str) -> Exported:
    """The markers that have a place in the new run as a file of an editor, and what else it would be split into.

    Args:
        format: its name.
        rate: of the editor's timeline, where that is not the recording's.
        start: timecode at which that timeline begins.
        which: all, those that are sure, or those that need a look.

    Raises:
        UsageError: the new recording is not known, or a value cannot be.
        FormatError: the timecode does not exist at the rate.
        EngineMissingError: OpenTimelineIO is not installed.
    """
    with nle_engine():
        from otio_adapters.formats import export as write
        from otio_adapters.formats import format_named
        from otio_adapters.writing import WriteOptions
    kind, media = format_named(format), view.alignment.media_new
    if media is None:
        raise UsageError("it is not known which recording the new run is", "Name it: mtbsync preview REFERENCE NEW.")
    if which not in get_args(Which):
        raise UsageError(f"which is {which!r}", f"Choose one of {', '.join(get_args(Which))}.")
    moved = with_notes(view)
    if which != "all":
        moved = [m for m in moved if m.needs_review == (which == "doubtful")]
    how = WriteOptions(rate=Rate.of(rate).dropping(media.drop) if rate else None, start_timecode=start or None)
    without = sum(m.t_new is None for m in moved)
    with tempfile.TemporaryDirectory(prefix="mtbsync-") as scratch:
        target = Path(scratch) / file_name(view, kind.suffix)
        done = write(kind, media, for_editor(moved), target, how)
        texts = {path.name: path.read_text(encoding="utf-8") for path in done.files}
    issues = [str(issue) for issue in done.issues]
    if without:
        issues.insert(0, f"{without} of {len(moved)} markers have no place in the new run and are left out")
    return Exported(texts, kind.newline, done.recipe, issues)


def write_exported(made: Exported, folder: Path, inputs: Sequence[Path]) -> list[Path]:
    """Write the files into a folder.

    Raises:
        UsageError: one cannot be written, or would replace what it was made of.
    """
    paths = [folder / name for name in made.texts]
    if any(path.exists() and path.samefile(one) for path in paths for one in inputs if one.exists()):
        raise UsageError("the file would replace what it is made of", "Download it instead.")
    for path, text in zip(paths, made.texts.values(), strict=True):
        write_text(path, text, newline=made.newline)
    return paths


def file_name(view: View, suffix: str) -> str:
    """What a file of the new run is called: as its recording, and never as a file that a run of ours has."""
    media = view.alignment.media_new
    stem = edl_name(media.path).removesuffix(".edl") if media is not None else "new"
    return f"{stem}_export{suffix}" if suffix in (".csv", ".json") else f"{stem}{suffix}"


def with_notes(view: View) -> list[MovedMarker]:
    """The markers of a review, with the notes (`noted`)."""
    return noted(view.moved, view.notes, view.alignment, view.base.review_threshold)


def noted(
    moved: Sequence[MovedMarker], notes: Sequence[Note], warp: SavedWarp, review_threshold: float
) -> list[MovedMarker]:
    """The markers, notes on them and on their places in their comments; notes elsewhere as markers of their own."""
    found = [_commented(m, [m.source.extra.get(NOTE, "")]) for m in moved]
    for note in notes:
        text = note.text.strip() or "a drawing"
        said = f"{note.author}: {text}" if note.author else text
        near = [i for i, m in enumerate(found) if abs(m.source.t_s - note.t_ref) <= NEAR_S]
        if near:
            at = min(near, key=lambda i: abs(found[i].source.t_s - note.t_ref))
            found[at] = _commented(found[at], [said])
        elif warp.usable:
            title = f"Note: {text.splitlines()[0]}"
            marker = Marker(title[:60], note.t_ref, colour="Cream", comment=said, marker_id=note.id)
            found += transfer([marker], warp.usable_warp(), review_threshold=review_threshold)
    return found


def noted_in_file(markers: Path, moved: Sequence[MovedMarker]) -> list[MovedMarker]:
    """Markers of a file with the notes on the reference that they came from, where its description names the map.

    Raises:
        FormatError: the map or the notes are damaged.
    """
    origin = read_provenance(markers) if markers.suffix.casefold() == ".csv" else None
    folder = markers.absolute().parent
    if origin is None or origin.timewarp is None or not origin.timewarp.is_file():
        return list(moved)
    root = notes_root(folder, ())
    if not (root / NOTES).is_file():
        return list(moved)
    warp = load_warp(origin.timewarp)
    sources = Sources(folder=folder, timewarp=origin.timewarp)
    notes = note_book(root, warp.media_ref, sources, folder.name).notes()
    return noted(moved, notes, warp, threshold_of(markers))


def _commented(moved: MovedMarker, more: Sequence[str]) -> MovedMarker:
    parts = [moved.source.comment, *more]
    return replace(moved, source=replace(moved.source, comment="\n".join(part for part in parts if part.strip())))


def markers_csv(view: View) -> str:
    """The markers as the table that `export-markers` reads, with the time delta and the flag of each, and notes as
    markers.
    """
    warp = view.alignment.warp if view.alignment.usable else None
    flagged = {flag.marker for flag in view.edits.flags}
    rows = []
    for m in with_notes(view):
        delta = marker_delta(warp, m)
        further = {
            "delta_s": "" if delta is None or not math.isfinite(delta) else f"{delta:.4f}",
            "flagged": "true" if m.source.marker_id in flagged else "false",
        }
        rows.append(replace(m, source=replace(m.source, extra={**m.source.extra, **further})))
    with tempfile.TemporaryDirectory(prefix="mtbsync-") as scratch:
        path = Path(scratch) / "markers.csv"
        write_moved(path, rows, media=view.alignment.media_new)
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()


def markers_json(view: View) -> str:
    """What the review says about markers, as data: markers, sectors, summary, notes, flags and pairs of people."""
    said = state(view, writable=False)
    names = ("run", "title", "verdict", "reasons", "ref", "new", "markers", "sectors", "summary", "coverage")
    content = {
        "schema": "mtbsync.reviewed_markers",
        "version": 1,
        **{name: said[name] for name in (*names, "notes", "flags", "user_pairs")},
    }
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
