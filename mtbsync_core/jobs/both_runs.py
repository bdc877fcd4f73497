"""An editor's timeline that shows both runs: which recordings they are, and the new markers as an EDL that fits it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mtbsync_core.errors import UsageError
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.jobs.nle import DEFAULT, for_editor, nle_engine
from mtbsync_core.markers import MovedMarker
from mtbsync_core.media.chapters import chapter_name
from mtbsync_core.mediainfo import MediaInfo

if TYPE_CHECKING:
    import opentimelineio as otio

    from otio_adapters.both_runs import FileShown
    from otio_adapters.writing import ExportReport

SUFFIXES = (".otio", ".fcpxml", ".fcpxmld", ".xml")
"""Files of editors that hold clips."""


@dataclass(frozen=True, slots=True)
class BothRuns:
    """A timeline, and the recordings of the two runs on it."""

    file: Path
    timeline: otio.schema.Timeline
    reference: Path
    new: Path

    def write_edl(self, media_new: MediaInfo, moved: Sequence[MovedMarker], target: Path) -> ExportReport:
        """Write the markers of the new run as Resolve's timeline-marker EDL for that same timeline.

        Rate, drop frame and start are the timeline's, and each marker lies where the timeline shows its moment.

        Raises:
            FormatError, UsageError: as writing a file.
        """
        with nle_engine():
            from otio_adapters.both_runs import put_back
            from otio_adapters.formats import FORMATS, write_files
            from otio_adapters.writing import PLAIN, grid_of
        made, issues = put_back(self.timeline, media_new, for_editor(moved))
        done = write_files(FORMATS[DEFAULT], made, target, known=issues)
        names = [path.name for path in done.files]
        return replace(
            done,
            recipe=f"In DaVinci Resolve: in the Media Pool right-click the timeline that {self.file.name} was made of, "
            f"choose Timelines > Import > Timeline Markers from EDL, and take {' and then '.join(names)}. The markers "
            f"lie where that timeline shows the new run; it has {grid_of(made, PLAIN).setting}.",
        )


def is_timeline(path: Path) -> bool:
    """Whether a file is an editor's timeline, by its name."""
    return path.suffix.casefold() in SUFFIXES


def both_runs(file: Path, new: Path | None, sequence: str | None, listener: Listener) -> BothRuns:
    """Find the recordings of the two runs on a timeline: the reference is the one that has the markers.

    Args:
        new: the new run, where the markers do not tell.

    Raises:
        UsageError: it cannot be told which recordings they are, or one is not where the timeline says.
        FormatError: the file is damaged.
        EngineMissingError: OpenTimelineIO is not installed.
    """
    timeline = _timeline(file, sequence)
    with nle_engine():
        from otio_adapters.both_runs import files_shown
    recordings: dict[object, list[FileShown]] = {}
    for shown in files_shown(timeline):
        recordings.setdefault(_recording(shown.name), []).append(shown)
    names = ", ".join(files[0].name for files in recordings.values())
    if new is not None and _recording(new.name) not in recordings:
        raise UsageError(f"{new.name} is not on the timeline of {file.name}", f"It shows: {names or 'no recording'}.")
    if len(recordings) < 2:
        raise UsageError(
            f"{file.name} shows {names or 'no recording'}, not two runs",
            "Put both on one timeline, or give both: mtbsync align REFERENCE NEW --markers FILE.",
        )
    others = {key: files for key, files in recordings.items() if new is None or key != _recording(new.name)}
    marked = [key for key, files in others.items() if any(file.markers for file in files)]
    if len(marked) != 1 and not (new is not None and len(others) == 1):
        said = "several recordings have" if marked else "no recording has"
        raise UsageError(
            f"which is the reference? On the timeline of {file.name} {said} markers: {names}",
            f"Name the new run: mtbsync align {file.name} NEW ..." if marked else "Set markers on the reference.",
        )
    reference = others.pop(marked[0] if len(marked) == 1 else next(iter(others)))
    if new is None and len(others) != 1:
        raise UsageError(f"which is the new run? {file.name} shows {names}", f"mtbsync align {file.name} NEW ...")
    found = BothRuns(
        file,
        timeline,
        _located(reference[0], file),
        new if new is not None and new.is_file() else _located(_of(recordings, new, others), file),
    )
    listener.note(f"{file.name}: the reference is {found.reference.name}, the new run {found.new.name}")
    return found


def _of(
    recordings: dict[object, list[FileShown]], new: Path | None, others: dict[object, list[FileShown]]
) -> FileShown:
    return next(iter(others.values()))[0] if new is None else recordings[_recording(new.name)][0]


def _recording(name: str) -> object:
    """What is alike for all chapters of a recording."""
    chapter = chapter_name(name)
    return name.casefold() if chapter is None else chapter.recording


def _timeline(file: Path, sequence: str | None) -> otio.schema.Timeline:
    with nle_engine():
        from otio_adapters.formats import format_of, load
        from otio_adapters.reading import ReadOptions
    text = load(file)
    kind = format_of(text)
    if kind is None or kind.read is None or not kind.has_clips:
        raise UsageError(f"{file} is no timeline of an editor", "Export it again, for example as .otio.")
    return kind.read(text, ReadOptions(sequence=sequence))


def _located(shown: FileShown, file: Path) -> Path:
    """A recording on this machine: where the timeline says, else beside the timeline.

    Raises:
        UsageError: it is in neither place.
    """
    with nle_engine():
        from otio_adapters.file_urls import path_of
    said = Path(str(path_of(shown.url)))
    for path in (said if said.is_absolute() else file.parent / said, file.parent / shown.name):
        if path.is_file():
            return path
    raise UsageError(f"{shown.name} is neither at {said} nor beside {file.name}", "Put it beside the timeline.")
