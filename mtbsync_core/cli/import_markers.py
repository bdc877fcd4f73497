"""`mtbsync import-markers`, `markers-from-hilights` and `-track`: marker files out of what has marks of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from mtbsync_core.cli.report import Report
from mtbsync_core.cli.summary import say_problems, say_ref_markers, write_ref_markers
from mtbsync_core.errors import UsageError
from mtbsync_core.files import same_file
from mtbsync_core.jobs.nle import not_over
from mtbsync_core.jobs.options import RecordingOptions, SourceOptions
from mtbsync_core.jobs.ref_markers import hilight_markers, read_ref_markers
from mtbsync_core.jobs.track_markers import TrackMarkersJob
from mtbsync_core.media.probe import probe
from mtbsync_core.options import option
from mtbsync_core.timecode import Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """A file of an editor, what is known of its timeline, and the marker file to make of it."""

    file: Path = option(
        argument="FILE",
        help="A file of an editor, such as .edl, .fcpxml(d), .xml, .otio, Avid .txt, .csv, "
        "or .srt, .vtt, .llc, .mlt, chapters of YouTube, FFmpeg or a recording, guides of Kdenlive, Audacity's labels.",
    )
    video: Path | None = option(None, "--video", "The recording that the markers are for: the reference.")
    out: Path | None = option(None, "--out", "The marker file to write; without it, FILE's name with .csv.")
    format: str | None = option(None, "--format", "What FILE is, where its content does not tell: edl, avid, ...")
    fps: str | None = option(None, "--fps", "Frame rate of the timeline, if not the video's, where FILE is silent.")
    drop: bool | None = option(None, "--drop/--non-drop", "How the timeline counts, whatever FILE says.")
    source: SourceOptions = field(default_factory=SourceOptions)


@dataclass(frozen=True, slots=True, kw_only=True)
class HilightOptions:
    """A recording, and the marker file to make of its tags."""

    file: Path = option(argument="FILE", help="A GoPro's recording; it stands for all its chapters.")
    out: Path = option(Path("ref_markers.csv"), "--out", "The marker file to write.")
    automatic: bool = option(False, "--automatic", "Also those that the camera set by itself: jumps, loud noises.")
    recording: RecordingOptions = field(default_factory=RecordingOptions)


def import_markers(report: Report, o: ImportOptions) -> None:
    """Take the markers of a recording out of a file of your editor, as a marker file for --ref-markers.

    Times come out in seconds of the recording. Markers on its clips are its own; markers of the timeline, of titles and
    of music count where the timeline shows it. What is left out is counted.
    (align and transfer-markers take these files directly, too.)

    Example: mtbsync import-markers timeline.fcpxml --video reference.mp4 --out ref_markers.csv
    """
    target = o.out or o.file.with_suffix(".csv")
    not_over(target, (o.file, o.video))
    media = probe(o.video) if o.video is not None else None
    rate = Rate.of(o.fps) if o.fps is not None else None
    table = read_ref_markers(
        o.file,
        media,
        start=o.source.ref_start,
        rate=rate,
        drop=o.drop,
        format=o.format,
        sequence=o.source.sequence,
    )
    say_problems(report, o.file, table)
    write_ref_markers(report, target, table.markers, "markers")


def markers_from_hilights(report: Report, o: HilightOptions) -> None:
    """Take a GoPro's HiLight tags as reference markers, a marker file for --ref-markers.

    (align and transfer-markers take them directly, too: --markers hilights, --ref-markers hilights.)

    Example: mtbsync markers-from-hilights GX010123.MP4 --out ref_markers.csv
    """
    media = probe(o.file, chapters=o.recording.chapters)
    if any(same_file(o.out, part.path) for part in media.files):
        raise UsageError(f"{o.out} is the recording", "Choose another name with --out.")
    write_ref_markers(report, o.out, hilight_markers(media, automatic=o.automatic), "HiLights")


def markers_from_track(report: Report, o: TrackMarkersJob) -> None:
    """Take the laps of a FIT or TCX, or the way points of a GPX, as reference markers, a marker file for --ref-markers.

    Each lap but the first begins where you pressed the button, or where your device began one by itself; way points
    count that have a time. Where on the video's clock the track lies is found as for --ref-gpx of align, and said.

    Example: mtbsync markers-from-track ride.fit --video GX010123.MP4 --out ref_markers.csv
    """
    say_ref_markers(report, o.out, o.run(report), "marked moments")
