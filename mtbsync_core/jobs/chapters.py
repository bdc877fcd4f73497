"""`ChaptersJob`: a copy of a recording with markers as its chapters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mtbsync_core.errors import UsageError
from mtbsync_core.files import replacing
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.jobs.markers import note_problems
from mtbsync_core.jobs.nle import for_editor, not_over, read_any
from mtbsync_core.jobs.options import RecordingOptions
from mtbsync_core.jobs.ref_markers import read_ref_markers
from mtbsync_core.markers import Marker
from mtbsync_core.media.probe import probe
from mtbsync_core.media.titled_chapters import MP4, SUFFIXES, copy_with_chapters
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.options import option

FIRST = "Start"
"""Title of the chapter before the first marker, in an MP4."""
LONGEST_TITLE = 255
"""Bytes of a title that all players read (Nero's list)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChaptersJob:
    """A recording, markers of it, and the copy to write."""

    video: Path = option(argument="VIDEO", help="The recording, one file.")
    markers: Path = option(flag="--markers", help="Its markers: a file of transfer-markers or align, or of any editor.")
    out: Path = option(flag="--out", help="The copy to write, .mp4, .mov or .mkv.")
    recording: RecordingOptions = field(default_factory=RecordingOptions)

    def run(self, listener: Listener) -> list[tuple[int, str]]:
        """Write the copy, and return its chapters: milliseconds and titles.

        Raises:
            UsageError: the recording has several files, the copy would be of another kind or replace what is read, or
                no marker lies in the recording.
            FormatError: the marker file cannot be read.
            MediaError: the recording cannot be read, or its streams do not go into such a file.
        """
        if self.out.suffix.casefold() not in SUFFIXES:
            raise UsageError(f"{self.out} is to be no MP4, MOV or MKV", "Give --out a name with .mp4, .mov or .mkv.")
        media = probe(self.video, chapters=self.recording.chapters)
        if len(media.files) > 1:
            raise UsageError(
                f"{media.name} are one recording of {len(media.files)} files, which are not joined here",
                "Join them first, in LosslessCut or with FFmpeg; or take a file for itself: --no-chapters.",
            )
        not_over(self.out, (media.files[0].path, self.markers))
        chapters = self._chapters(listener, _markers_of(listener, self.markers, media), media)
        with replacing(self.out) as scratch:
            without = copy_with_chapters(media.files[0].path, scratch, chapters)
        if without:
            listener.note(f"the copy is without {', '.join(without)}")
        listener.file("copy", self.out)
        return chapters

    def _chapters(self, listener: Listener, markers: Sequence[Marker], media: MediaInfo) -> list[tuple[int, str]]:
        titles: dict[int, list[str]] = {}
        inside = sorted((m for m in markers if 0 <= m.t_s < media.duration_s), key=lambda marker: marker.t_s)
        for n, marker in enumerate(inside, 1):
            titles.setdefault(round(marker.t_s * 1000), []).append(" ".join(marker.name.split()) or f"Marker {n}")
        if not titles:
            raise UsageError(f"no marker of {self.markers} lies in {media.name}", "Are they of this recording?")
        if self.out.suffix.casefold() in MP4 and min(titles) > 0:
            titles = {0: [FIRST], **titles}
            listener.note(f"a chapter {FIRST} is made at 0:00, where the first one of an MP4 has to begin")
        lost = len(markers) - len(inside)
        for count, text in (
            (lost, f"marker outside {media.name} left out"),
            (sum(len(together) - 1 for together in titles.values()), "marker at the time of another: one chapter"),
            (sum(bool(m.comment or m.duration_s) for m in inside), "note or length not written: chapters have none"),
        ):
            if count:
                listener.note(f"{count} x {text}")
        return [(at, _short(" / ".join(together))) for at, together in titles.items()]


def _markers_of(listener: Listener, path: Path, media: MediaInfo) -> Sequence[Marker]:
    if path.suffix.casefold() in (".csv", ".tsv"):
        return for_editor(read_any(path, media))
    table = read_ref_markers(path, media)
    note_problems(listener, path, table)
    return table.markers


def _short(title: str) -> str:
    """The title without controls, and as many whole letters as there is room for."""
    shown = "".join(letter if letter.isprintable() else " " for letter in title)
    return shown.encode("utf-8", "replace")[:LONGEST_TITLE].decode("utf-8", "ignore")
