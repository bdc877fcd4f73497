"""`TrackMarkersJob`: the moments that a watch or phone marked, laps and way points, as reference markers."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from mtbsync_core.errors import FormatError
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.jobs.nle import not_over
from mtbsync_core.jobs.options import RecordingOptions
from mtbsync_core.marker_csv import write_markers
from mtbsync_core.markers import Marker
from mtbsync_core.media.probe import probe
from mtbsync_core.options import option
from mtbsync_core.telemetry.reading import lay_beside, read_recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackMarkersJob:
    """A track's file, the recording that it belongs to, and the marker file to make of it."""

    file: Path = option(argument="FILE", help="The FIT, TCX or GPX of a watch, phone or bicycle computer.")
    video: Path | None = option(
        None,
        "--video",
        "The recording that the markers are for: the reference. Without it seconds count from the track's first fix, "
        "as sync --ref-gpx has them.",
    )
    offset_s: float | None = option(
        None,
        "--gpx-offset",
        "The second of the video at which the track begins. Found by GPS, gyroscope and clocks when not given.",
        metavar="SECONDS",
    )
    out: Path = option(Path("ref_markers.csv"), "--out", "The marker file to write.")
    recording: RecordingOptions = field(default_factory=RecordingOptions)

    def run(self, listener: Listener) -> list[Marker]:
        """Write the marker file and return the markers, in order of time.

        Raises:
            FormatError: the file is no track, or marks no moment of the recording.
            EvidenceError: nothing tells where on the video's clock the track lies.
            MediaError: the recording cannot be used.
            UsageError: the file to write is one of the others, or cannot be written.
        """
        not_over(self.out, (self.file, self.video))
        recorded = read_recorded(self.file)
        if not recorded.waypoints:
            raise FormatError(
                f"{self.file} marks no moment: it has no second lap, and no way point with a time",
                "Press the lap button of your device at each place.",
            )
        start_s, end_s = 0.0, float("inf")
        if self.video is not None:
            media = probe(self.video, chapters=self.recording.chapters)
            end_s = media.duration_s
            recorded, start_s = lay_beside(recorded, self.file, media, self.offset_s)
        elif self.offset_s is not None:
            start_s = self.offset_s
        moments = [(w.t_s + start_s, w) for w in recorded.waypoints]
        markers = [
            Marker(w.name or f"Moment {n}", t_s, marker_id=f"T{n:03d}", comment=w.note)
            for n, (t_s, w) in enumerate(moments, start=1)
            if 0 <= t_s <= end_s
        ]
        lost = len(moments) - len(markers)
        where = self.video.name if self.video is not None else "the track"
        if not markers:
            raise FormatError(
                f"none of the {lost} moments that {self.file} marks lies in {where}",
                "Is it of this ride? --gpx-offset says where the track begins.",
            )
        if lost:
            listener.note(f"{lost} of {len(moments)} marked moments lie outside {where} and are left out")
        write_markers(self.out, markers)
        listener.file("markers", self.out)
        return markers
