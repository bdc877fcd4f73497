"""What the verbs share that hand markers to editors: the engine, the recording, the markers as an editor sees them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtbsync_core.alignment.result import load_warp
from mtbsync_core.errors import EngineMissingError, FormatError, UsageError
from mtbsync_core.files import same_file
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.marker_csv import read_markers
from mtbsync_core.markers import Marker, MovedMarker
from mtbsync_core.media.probe import probe
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.moved_csv import NoNewTimesError, read_moved, read_provenance
from mtbsync_core.timecode import Rate, frames_of, is_drop_label

if TYPE_CHECKING:
    from otio_adapters.formats import Format
    from otio_adapters.writing import ExportReport

DEFAULT = "resolve-edl"
"""What `align` writes, and `export-markers` without further words."""


@contextmanager
def nle_engine() -> Iterator[None]:
    """Around imports of OpenTimelineIO, which is not there for every Python on every machine.

    Raises:
        EngineMissingError: it is not installed.
    """
    try:
        yield
    except ImportError as error:
        raise EngineMissingError(
            f"files of editors need OpenTimelineIO: {error}",
            "pip install opentimelineio; Intel Macs have it for Python 3.11 and 3.12 only.",
        ) from error


def edl_options(media: MediaInfo, rate: Rate | None, start: str | None, like: str | None) -> dict[str, Any]:
    """What is known of the editor's timeline that an EDL is for: keywords of `WriteOptions`.

    Args:
        rate: its rate, if not the recording's.
        start: its timecode where the recording begins.
        like: another timecode of it; in both, `;` stands for drop frame.

    Raises:
        FormatError: a timecode does not exist at the rate, or one is drop frame and the other is not.
    """
    labels = [label for label in (start, like) if label is not None]
    if not labels or (rate is None and start is None):
        return {"rate": rate}
    drop = is_drop_label(labels[0])
    if is_drop_label(labels[-1]) != drop:
        raise FormatError(
            f"of the timecodes {start} and {like} one is drop frame (;) and the other is not",
            "Both are of the editor's timelines: write both as they are shown there.",
        )
    counting = rate or media.timecode_rate
    for label in labels:
        frames_of(label, Rate(counting.num, counting.den, drop))
    return {"rate": rate, "drop": drop, "start_timecode": start}


def write_edl(media: MediaInfo, moved: Sequence[MovedMarker], target: Path, options: Mapping[str, Any]) -> ExportReport:
    """Write the markers that have a place in the new run as Resolve's timeline-marker EDL.

    Raises:
        EngineMissingError: OpenTimelineIO is not installed.
    """
    with nle_engine():
        from otio_adapters.formats import FORMATS, export
        from otio_adapters.writing import WriteOptions
    return export(FORMATS[DEFAULT], media, for_editor(moved), target, WriteOptions(**options))


def not_over(target: Path, sources: Iterable[Path | None]) -> None:
    """Nothing is written over what is read.

    Raises:
        UsageError: the target is one of the sources.
    """
    if any(source is not None and same_file(target, source) for source in sources):
        raise UsageError(f"{target} is one of the files to read", "Choose another name with --out.")


def say_export(report: Listener, done: ExportReport, moved: Sequence[MovedMarker]) -> None:
    """What the file does not carry."""
    without = sum(m.t_new is None for m in moved)
    if without:
        report.note(f"{without} of {len(moved)} markers have no place in the new run and are not in the export")
    for issue in done.issues:
        report.note(str(issue))


def for_editor(moved: Sequence[MovedMarker]) -> list[Marker]:
    """The markers that have a place, on the new clock."""
    return [m.on_new() for m in moved if m.t_new is not None]


def read_any(path: Path, media: MediaInfo) -> list[MovedMarker]:
    """Moved markers, or plain ones of a recording, which lie where they say."""
    try:
        return read_moved(path)
    except NoNewTimesError:
        plain = read_markers(path, media=media).markers
        return [MovedMarker(m, "moved", m.t_s, m.t_s, m.t_s, m.duration_s, 1.0, False) for m in plain]


def recording_of(
    report: Listener, markers: Path, video: Path | None, timewarp_json: Path | None, fps: str | None, kind: Format
) -> tuple[MediaInfo, bool]:
    """The recording of the markers, and whether it is more than a rate: from `--video`, else the given warp, else the
    provenance, else `--fps`; never over a refused warp.

    Raises:
        RefusedError: the warp was refused.
        UsageError: nothing says which recording it is.
    """
    origin = read_provenance(markers)
    source = timewarp_json
    if source is None and origin is not None and origin.timewarp is not None and origin.timewarp.is_file():
        source = origin.timewarp
    saved = load_warp(source) if source is not None else None
    if saved is not None:
        saved.usable_warp()
    if video is not None:
        if origin is not None and video.name not in [file.path.name for file in origin.media.files]:
            report.note(f"the markers are of {origin.media.name}; frame rate and timecode come from {video.name}")
        return probe(video, chapters=origin is None or len(origin.media.files) > 1), True
    if timewarp_json is not None and saved is not None and saved.media_new is not None:
        return saved.media_new, True
    if timewarp_json is None and origin is not None:
        return origin.media, True
    if fps is None or kind.has_clips:
        raise UsageError(
            f"nothing says which recording the markers of {markers} are for, so the frame rate is not known",
            "Give the new recording with --video, or the timewarp.json of mtbsync sync with --timewarp-json"
            + ("." if kind.has_clips else ", or at least --fps."),
        )
    report.note(f"the recording is not known: its rate is taken to be {fps}, as --fps says")
    return MediaInfo(Path(f"{markers.stem}.mp4"), Rate.of(fps).fps, 0, 0, 0.0, 0, ""), False
