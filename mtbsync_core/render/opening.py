"""`open_results`: the runs of results that are to be shown, and the lines of the trail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mtbsync_core.alignment.result import SavedWarp, load_warp
from mtbsync_core.errors import UsageError
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.jobs.ref_markers import read_ref_markers
from mtbsync_core.markers import Marker
from mtbsync_core.mediainfo import MediaInfo, beside
from mtbsync_core.moved_csv import read_moved
from mtbsync_core.runs.run_file import load_run
from mtbsync_core.timing.lines import SectorLines
from mtbsync_core.timing.runs import TimedRun, common_span

WARP = "timewarp.json"


@dataclass(frozen=True, slots=True)
class Opened:
    """The reference and the new runs, each with its recording, and the lines between which sectors lie."""

    reference: TimedRun
    new: tuple[TimedRun, ...]
    lines: SectorLines
    sources: tuple[Path, ...]
    """All files that are read."""

    @property
    def runs(self) -> tuple[TimedRun, ...]:
        """The reference first."""
        return self.reference, *self.new


def open_results(
    results: Sequence[Path], markers: Path | None, listener: Listener, *, most: int | None = None
) -> Opened:
    """Read the folders of results, or those in a folder that holds some. Refused ones are left out, which is told.

    Args:
        markers: of the reference; None: those that were carried over in the first of the results that has some.
        most: new runs, at most; further ones are left out, which is told.

    Raises:
        UsageError: a folder is no result, a recording is not where it was, or the references are not one recording.
        RefusedError: all of them were refused.
        FormatError: a file is damaged.
    """
    folders = [folder for result in results for folder in _results_in(result)]
    opened, refused = [], []
    for folder in folders:
        saved = load_warp(folder / WARP)
        if saved.usable:
            opened.append((folder, saved))
        else:
            refused.append((folder, saved))
    if not opened:
        refused[0][1].usable_warp()
    for folder, saved in refused:
        listener.note(f"{folder.name} is left out: {'; '.join(saved.reasons)}")
    if most is not None and len(opened) > most:
        left = ", ".join(folder.name for folder, _ in opened[most:])
        listener.note(f"only {most} new runs are shown; left out: {left}")
        opened = opened[:most]
    for folder, saved in opened:
        if saved.verdict == "check":
            listener.note(f"{folder.name} needs a look: {'; '.join(saved.reasons)}")
    return _opened(opened, markers)


def _opened(opened: Sequence[tuple[Path, SavedWarp]], markers: Path | None) -> Opened:
    folder, first = opened[0]
    media = _located(first.media_ref, folder)
    reference = TimedRun.reference("Reference", media.duration_s, media=media)
    runs = []
    for place, saved in opened:
        if saved.media_ref is None or not _same(saved.media_ref, media):
            raise UsageError(
                f"{place} is held against another reference than {folder}", "Runs of one picture share a reference."
            )
        found = load_run(place)
        new = _located(saved.media_new, place)
        rider, date = (found.whose.rider, found.whose.date) if found is not None else (None, None)
        name = " · ".join(part for part in (rider, date) if part) or new.path.stem
        runs.append(TimedRun(name=name, warp=saved.usable_warp(), rider=rider or "", date=date or "", media=new))
    low, high = common_span((reference, *runs))
    if high <= low:
        raise UsageError("the runs have no part of the trail in common", "Show fewer of them in one picture.")
    lines = SectorLines.of_markers(_markers(opened, markers, media), start_s=low, end_s=high)
    sources = [f.path for run in (reference, *runs) if run.media is not None for f in run.media.files]
    sources += [place / WARP for place, _ in opened]
    return Opened(reference, tuple(runs), lines, (*sources, *([markers] if markers else [])))


def _results_in(result: Path) -> Iterator[Path]:
    """The folder, or those in it that hold results."""
    if result.name == WARP:
        result = result.parent
    if (result / WARP).is_file():
        yield result
        return
    inside = sorted(path.parent for path in result.glob(f"*/{WARP}")) if result.is_dir() else []
    if not inside:
        raise UsageError(f"{result} is not a result", "Give the folder that mtbsync align or sync made.")
    yield from inside


def _located(media: MediaInfo | None, folder: Path) -> MediaInfo:
    if media is None:
        raise UsageError(f"{folder / WARP} does not name its recordings", "Make it with mtbsync align or sync.")
    paths = []
    for file in media.files:
        path = beside(file.path, folder)
        if path is None:
            raise UsageError(
                f"{file.path} is not there", "Connect its disk, or put the recording into the folder of the result."
            )
        paths.append(path)
    return media.with_paths(paths)


def _same(a: MediaInfo, b: MediaInfo) -> bool:
    return [f.path.name for f in a.files] == [f.path.name for f in b.files] and a.n_frames == b.n_frames


def _markers(opened: Sequence[tuple[Path, SavedWarp]], markers: Path | None, media: MediaInfo) -> list[Marker]:
    if markers is not None:
        return list(read_ref_markers(markers, media).markers)
    for folder, _ in opened:
        carried = folder / "new_markers.csv"
        if carried.is_file():
            return [moved.source for moved in read_moved(carried)]
    return []
