"""`Base`: what lies in a folder of results as the alignment left it, whatever was corrected and saved since."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from mtbsync_core.alignment.judge.low_confidence import WeakSegment
from mtbsync_core.alignment.judge.verdict import Quality
from mtbsync_core.alignment.pairs import TimePairs, read_pairs
from mtbsync_core.alignment.result import Alignment, load_warp
from mtbsync_core.errors import FormatError, MtbsyncError
from mtbsync_core.files import stamp
from mtbsync_core.jobs.corrected import CORRECTED, as_aligned, threshold_of
from mtbsync_core.jobs.edits import numbered
from mtbsync_core.jobs.options import ReviewOptions
from mtbsync_core.jobs.ref_markers import read_ref_markers
from mtbsync_core.jobs.reviewed import NAME
from mtbsync_core.marker_csv import read_markers
from mtbsync_core.markers import Marker, MovedMarker, transfer
from mtbsync_core.media.probe import probe
from mtbsync_core.mediainfo import MediaInfo, beside
from mtbsync_core.moved_csv import NoNewTimesError, read_moved
from mtbsync_core.review.refit import NOTHING
from mtbsync_core.runs.run_file import load_run


def _anywhere(path: Path) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The files of a review. `ref` and `new` are recordings in place of those that the warp names."""

    folder: Path
    timewarp: Path | None
    ref: Path | None = None
    new: Path | None = None
    ref_markers: Path | None = None
    new_markers: Path | None = None
    shows: Callable[[Path], bool] = field(default=_anywhere, compare=False)
    """Whether a file that was not named by the user may be read."""

    def has(self, path: Path) -> bool:
        """Whether there is such a file to be read."""
        given = (self.timewarp, self.ref, self.new, self.ref_markers, self.new_markers)
        return path.is_file() and (path in given or self.shows(path))

    def located(self, media: MediaInfo | None) -> MediaInfo | None:
        """A recording with its files where they are: as the warp names them, or beside it, where the folder was moved.
        None where one is not there.
        """
        if media is None or media.path in (self.ref, self.new):
            return media
        paths = []
        for file in media.files:
            path = beside(file.path, self.folder, self.has)
            if path is None:
                return None
            paths.append(path)
        return media.with_paths(paths)

    @property
    def markers(self) -> Path:
        """The file of moved markers that is read."""
        return self.new_markers or self.folder / "new_markers.csv"

    @property
    def saved_markers(self) -> Path:
        """That which is written: the same where it lies in the folder."""
        inside = self.markers.absolute().parent == self.folder.absolute()
        return self.markers if inside else self.folder / "new_markers.csv"

    @property
    def pairs(self) -> Path:
        """The pairs that the warp was made from."""
        return self.folder / "pairs.csv"

    def stamp(self) -> tuple[tuple[int, int] | None, ...]:
        """What changes when the folder is aligned anew, or another program saves its review."""
        files = (self.timewarp, self.pairs, self.markers, self.folder / NAME)
        return tuple(stamp(path) for path in files)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Base:
    """The alignment with its pairs, and its markers where they were carried to."""

    alignment: Alignment
    moved: tuple[MovedMarker, ...]
    corrected: bool
    """Whether the files of the folder are those of a saved review."""
    reference: MediaInfo | None
    """The recording of the reference where its files are; None where they are not there."""
    review_threshold: float
    """Confidence below which markers need a look, as they were carried over with."""
    notes: tuple[str, ...] = ()
    """What is odd about the files, in words."""


def open_base(sources: Sources) -> Base:
    """Read the folder.

    Raises:
        FormatError: the warp or the pairs are damaged.
    """
    raw = _raw(sources.timewarp) if sources.timewarp is not None else {}
    timewarp, pairs_file, notes = sources.timewarp, sources.pairs, []
    corrected = timewarp is not None and bool((raw.get("options") or {}).get(CORRECTED))
    corrected = corrected and timewarp is not None and sources.has(as_aligned(timewarp))
    if corrected and timewarp is not None:
        timewarp = as_aligned(timewarp)
        raw = _raw(timewarp)
        pairs_file = as_aligned(sources.pairs) if sources.has(as_aligned(sources.pairs)) else sources.pairs
    pairs = read_pairs(pairs_file) if sources.has(pairs_file) else _NO_PAIRS
    alignment = _alignment(timewarp, raw, pairs)
    alignment = replace(
        alignment,
        media_ref=_recording(sources.ref, alignment.media_ref),
        media_new=_recording(sources.new, alignment.media_new),
    )
    moved: tuple[MovedMarker, ...] = ()
    threshold = threshold_of(sources.markers) if sources.has(sources.markers) else ReviewOptions().review_threshold
    try:
        moved = _moved(sources, alignment, corrected=corrected, review_threshold=threshold)
    except MtbsyncError as error:
        notes.append(f"the markers cannot be read: {error.message}")
    return Base(
        alignment=alignment,
        moved=moved,
        corrected=corrected,
        reference=sources.located(alignment.media_ref),
        review_threshold=threshold,
        notes=tuple(notes),
    )


def _recording(given: Path | None, own: MediaInfo | None) -> MediaInfo | None:
    return own if given is None else probe(given, chapters=own is None or len(own.files) > 1)


def _moved(
    sources: Sources, alignment: Alignment, *, corrected: bool, review_threshold: float
) -> tuple[MovedMarker, ...]:
    """The markers as they were carried over; where only those of the reference are known, or where the map is newer
    than they are, carried over now.
    """
    file, kept = sources.markers, as_aligned(sources.markers)
    if sources.new_markers is not None:
        return numbered(_given(sources, alignment))
    if sources.ref_markers is not None:
        markers: Sequence[Marker] = read_ref_markers(sources.ref_markers, alignment.media_ref).markers
    elif corrected and sources.has(kept):
        return numbered(read_moved(kept))
    elif sources.has(file) and not _older(file, sources.timewarp):
        return numbered(read_moved(file))
    elif sources.has(file):
        markers = [m.source for m in read_moved(kept if sources.has(kept) else file)]
    else:
        run = load_run(sources.folder)
        if run is None or run.markers is None or not sources.has(Path(run.markers)):
            return ()
        markers = read_ref_markers(Path(run.markers), alignment.media_ref).markers
    if not alignment.usable:
        return numbered([MovedMarker(m, "outside", None, None, None, m.duration_s, 0.0, True) for m in markers])
    return numbered(transfer(markers, alignment.usable_warp(), review_threshold=review_threshold))


def _given(sources: Sources, alignment: Alignment) -> list[MovedMarker]:
    """Markers that were carried over by whatever means; of a plain list those that the reference's are called like."""
    assert sources.new_markers is not None
    kept = as_aligned(sources.new_markers)
    try:
        return read_moved(kept if sources.has(kept) else sources.new_markers)
    except NoNewTimesError:
        if sources.ref_markers is None:
            raise
    placed = {m.name: m.t_s for m in read_markers(sources.new_markers, media=alignment.media_new).markers}
    return [
        MovedMarker(m, "outside", None, None, None, m.duration_s, 0.0, True)
        if (t_new := placed.get(m.name)) is None
        else MovedMarker(m, "moved", t_new, None, None, m.duration_s, 1.0, False)
        for m in read_ref_markers(sources.ref_markers, alignment.media_ref).markers
    ]


def _older(markers: Path, timewarp: Path | None) -> bool:
    """Whether markers are of an earlier map; a copied folder has them within moments of each other, in any order."""
    if timewarp is None:
        return False
    return markers.stat().st_mtime + _COPIED_S < timewarp.stat().st_mtime


def _alignment(path: Path | None, raw: Mapping[str, Any], pairs: TimePairs) -> Alignment:
    if path is None:
        return Alignment(
            warp=None,
            verdict="refused",
            reasons=("nothing has aligned the two runs; show two moments that match, and they run in step",),
            pairs=_NO_PAIRS,
            quality=Quality(),
            method=NOTHING,
        )
    saved = load_warp(path)
    known = {f.name for f in fields(Quality)}
    quality = {name: value for name, value in (raw.get("quality") or {}).items() if name in known}
    try:
        weak = tuple(_weak(part) for part in raw.get("weak", ()))
    except (KeyError, TypeError, ValueError) as error:
        raise FormatError(f"{path} is damaged: {error!r}") from error
    return Alignment(
        warp=saved.warp,
        verdict=saved.verdict,
        reasons=saved.reasons,
        media_ref=saved.media_ref,
        media_new=saved.media_new,
        pairs=pairs,
        quality=Quality(**quality),
        options=raw.get("options") or {},
        method=str(raw.get("method", "affine")),
        weak=weak,
    )


def _weak(part: Mapping[str, Any]) -> WeakSegment:
    ref_s = part["ref_s"]
    return WeakSegment(
        part["why"],
        (float(part["new_s"][0]), float(part["new_s"][1])),
        (float(ref_s[0]), float(ref_s[1])) if ref_s else None,
        str(part["text"]),
        str(part["advice"]),
    )


def _raw(path: Path) -> dict[str, Any]:
    """All that a warp file says; what is wrong with it is said by `load_warp`."""
    try:
        if path.suffix.lower() == ".npz":
            with np.load(path, allow_pickle=False) as data:
                found = json.loads(data["timewarp"].tobytes())
        else:
            found = json.loads(path.read_text(encoding="utf-8-sig"))
    except Exception:
        load_warp(path)
        raise
    return found if isinstance(found, dict) else {}


_COPIED_S = 2.0
_NO_PAIRS = TimePairs.of(*(np.zeros(0) for _ in range(3)))
