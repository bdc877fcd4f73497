"""`open_results`: the runs of results that are to be shown, and the lines of the trail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mtbsync_core.errors import UsageError
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.jobs.ref_markers import read_ref_markers
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.runs.result import WARP, Result, carried_markers, read_result, result_folders
from mtbsync_core.timing.lines import SectorLines
from mtbsync_core.timing.runs import TimedRun, common_span


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
        markers: of the reference; None: those that were carried over, of the result that has the most.
        most: new runs, at most; further ones are left out, which is told.

    Raises:
        UsageError: a folder is no result, a recording is not where it was, or the references are not one recording.
        RefusedError: all of them were refused.
        FormatError: a file is damaged.
    """
    found = [read_result(folder) for result in results for folder in _folders_in(result)]
    opened = [one for one in found if one.saved.usable]
    if not opened:
        found[0].saved.usable_warp()
    for one in found:
        if one not in opened:
            listener.note(f"{one.name} is left out: {'; '.join(one.saved.reasons)}")
    if most is not None and len(opened) > most:
        left = ", ".join(one.name for one in opened[most:])
        listener.note(f"only {most} new runs are shown; left out: {left}")
        opened = opened[:most]
    for one in opened:
        if one.saved.verdict == "check":
            listener.note(f"{one.name} needs a look: {'; '.join(one.saved.reasons)}")
    return _opened(opened, markers)


def _opened(opened: Sequence[Result], markers: Path | None) -> Opened:
    media = opened[0].media_there("ref")
    reference = TimedRun.reference("Reference", media.duration_s, media=media)
    runs = []
    for one in opened:
        if one.saved.media_ref is None or not _same(one.saved.media_ref, media):
            raise UsageError(
                f"{one.folder} is held against another reference than {opened[0].folder}",
                "Runs of one picture share a reference.",
            )
        new = one.media_there("new")
        runs.append(one.timed(new, " · ".join(filter(None, (one.whose.rider, one.whose.date))) or new.path.stem))
    low, high = common_span((reference, *runs))
    if high <= low:
        raise UsageError("the runs have no part of the trail in common", "Show fewer of them in one picture.")
    told = read_ref_markers(markers, media).markers if markers is not None else carried_markers(opened)
    lines = SectorLines.of_markers(told, start_s=low, end_s=high)
    sources = [f.path for run in (reference, *runs) if run.media is not None for f in run.media.files]
    sources += [one.folder / WARP for one in opened]
    return Opened(reference, tuple(runs), lines, (*sources, *([markers] if markers else [])))


def _folders_in(result: Path) -> list[Path]:
    """The folder, or those in it that hold results."""
    if result.name == WARP:
        result = result.parent
    if (result / WARP).is_file():
        return [result]
    inside = result_folders(result) if result.is_dir() else []
    if not inside:
        raise UsageError(f"{result} is not a result", "Give the folder that mtbsync align or sync made.")
    return inside


def _same(a: MediaInfo, b: MediaInfo) -> bool:
    return [f.path.name for f in a.files] == [f.path.name for f in b.files] and a.n_frames == b.n_frames
