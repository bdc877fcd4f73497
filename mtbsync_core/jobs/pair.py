"""Two runs compared: what is known of them, and `align_pair`, behind every job that compares whole recordings."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from mtbsync_core.alignment import pipeline
from mtbsync_core.alignment.gps.rides import most_in_common
from mtbsync_core.alignment.gps_only import align_tracks
from mtbsync_core.alignment.options import AlignOptions
from mtbsync_core.alignment.result import Alignment
from mtbsync_core.alignment.user_pairs import UserPair
from mtbsync_core.errors import EvidenceError, UsageError
from mtbsync_core.files import same_file
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.jobs.options import DecodingOptions, RecordingOptions
from mtbsync_core.jobs.passes import part_of_pass, passes_in, reference_index
from mtbsync_core.media.camera import read_camera
from mtbsync_core.media.probe import probe
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.options import option
from mtbsync_core.telemetry.preflight import require_real_time
from mtbsync_core.telemetry.reading import read_recorded, read_telemetry
from mtbsync_core.telemetry.track import Telemetry
from mtbsync_core.timecode import minutes_seconds
from mtbsync_core.vision.index import FrameIndex

Media = tuple[MediaInfo | None, MediaInfo | None]
"""Reference and new run; None where there is a track alone."""

_TIME = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d*)?|\.\d+)", re.ASCII)


class GpxOffset(NamedTuple):
    """The second of the video at which a sidecar begins; `side` is `ref` or `new`, or empty for the only one."""

    side: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.side}={self.seconds:g}" if self.side else f"{self.seconds:g}"


def gpx_offset(text: str) -> GpxOffset:
    """`[ref=|new=]SECONDS`.

    Raises:
        UsageError: it is no number.
    """
    side, _, number = text.rpartition("=")
    try:
        seconds = float(number)
    except ValueError:
        seconds = math.nan
    if not math.isfinite(seconds):
        raise UsageError(f"--gpx-offset {text} is not a number of seconds", "For example --gpx-offset -12.5")
    return GpxOffset(side, seconds)


def user_pair(text: str) -> UserPair:
    """`REF=NEW`, each in seconds or (h:)m:s.

    Raises:
        UsageError: not two times with an equals sign between them.
    """
    sides = [_TIME.fullmatch(side.strip()) for side in text.split("=")]
    if len(sides) != 2 or sides[0] is None or sides[1] is None:
        raise UsageError(f"--anchor {text} is not REF=NEW", "For example --anchor 12.5=13.9 or --anchor 1:02.0=1:05.3")
    return UserPair(_seconds(sides[0]), _seconds(sides[1]))


def _seconds(time: re.Match[str]) -> float:
    hours, minutes, seconds = time.groups()
    return 3600 * int(hours or 0) + 60 * int(minutes or 0) + float(seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownOptions:
    """What is known of two runs besides their recordings."""

    ref_gpx: Path | None = option(
        None, "--ref-gpx", "GPX, TCX or FIT of the reference run, from a watch or phone; in place of its camera's GPS."
    )
    new_gpx: Path | None = option(None, "--new-gpx", "GPX, TCX or FIT of the new run, likewise.")
    gpx_offset: tuple[GpxOffset, ...] = option(
        (),
        "--gpx-offset",
        "The second of the video at which the GPX or FIT begins, negative when it began before. Found by GPS, "
        "gyroscope and clocks when not given. With a file on both sides say which one: --gpx-offset new=-42.5",
        metavar="[ref=|new=]SECONDS",
        read=gpx_offset,
    )
    anchor: tuple[UserPair, ...] = option(
        (),
        "--anchor",
        "Two moments that match, as you see them: seconds or m:ss.s, the reference first. The map goes through "
        "them. May be given again and again.",
        metavar="REF=NEW",
        read=user_pair,
    )
    vision: bool = option(
        True, "--no-vision", "Look at no pictures and go by GPS alone: quick, and good to about a second at best."
    )

    @property
    def offsets_s(self) -> dict[str, float]:
        """The offsets that were given, by side.

        Raises:
            UsageError: one does not say to which file it belongs, or there is no such file.
        """
        files = {"ref": self.ref_gpx, "new": self.new_gpx}
        given = [side for side, file in files.items() if file is not None]
        told: dict[str, float] = {}
        for offset in self.gpx_offset:
            if not offset.side and len(given) > 1:
                raise UsageError(
                    f"--gpx-offset {offset} does not say for which file",
                    f"Write --gpx-offset ref={offset} or --gpx-offset new={offset}.",
                )
            side = offset.side or "".join(given)
            if side not in given:
                raise UsageError(
                    f"--gpx-offset {offset} is for a file that is not given", "Give it with --ref-gpx or --new-gpx."
                )
            told[side] = offset.seconds
        return told


@dataclass(frozen=True, slots=True, kw_only=True)
class PairOptions:
    """All that says how two recordings are compared."""

    known: KnownOptions = field(default_factory=KnownOptions)
    pass_number: int | None = option(
        None,
        "--pass",
        "Of a new run that is a long recording: the ride of the reference in it, by its number in mtbsync passes.",
        minimum=1,
    )
    window_s: tuple[float, ...] = option(
        (), help="Instead of its number: the part of the new run that is a ride, from and to, seconds."
    )
    ref_index: FrameIndex | Path | None = option(
        None,
        "--index",
        "Index of the reference (mtbsync index); made when it is missing.",
        metavar="FILE",
        read=Path,
    )
    align: AlignOptions = field(default_factory=AlignOptions)
    recording: RecordingOptions = field(default_factory=RecordingOptions)
    decoding: DecodingOptions = field(default_factory=DecodingOptions)

    def check(self) -> None:
        """Hold the options against each other.

        Raises:
            UsageError: they contradict each other, or leave nothing to go by.
        """
        known = self.known
        if not self.align.telemetry and (not known.vision or known.ref_gpx or known.new_gpx):
            raise UsageError(
                "--no-telemetry leaves nothing of what the other options ask for", "Leave one of them out."
            )
        _ = known.offsets_s
        if len(self.window_s) not in (0, 2):
            raise UsageError("window_s is not two times", "Give from and to, in seconds of the new run.")
        if self.pass_number is not None and not known.vision:
            raise UsageError(
                "--pass is found by the pictures, and --no-vision leaves these out", "Leave out one of them."
            )


def probe_pair(
    reference: Path, new: Path, options: RecordingOptions, listener: Listener
) -> tuple[MediaInfo, MediaInfo]:
    """What the two recordings are; a note when they are one and the same.

    Raises:
        MediaError: one of them cannot be used.
    """
    media = probe(reference, chapters=options.chapters), probe(new, chapters=options.chapters)
    if same_file(media[0].path, media[1].path):
        listener.note("reference and new run are the same recording")
    return media


def align_pair(media: Media, options: PairOptions, listener: Listener, moments_s: Sequence[float] = ()) -> Alignment:
    """Align two recordings, or, where one side is a track alone or nothing is to be looked at, two tracks.

    Raises:
        MediaError, EvidenceError, UsageError, FormatError: as `pipeline.align`, `align_tracks` and `read_telemetry`.
    """
    ref, new = media
    known, offsets_s = options.known, options.known.offsets_s
    if options.pass_number is not None and (ref is None or new is None):
        raise UsageError("--pass needs both recordings: it is found by the pictures")
    telemetry = Telemetry(), Telemetry()
    if options.align.telemetry:
        sides = (ref, known.ref_gpx, offsets_s.get("ref")), (new, known.new_gpx, offsets_s.get("new"))
        telemetry = _of_rides([_rides(*side) for side in sides], (known.ref_gpx, known.new_gpx), listener)
    if ref is None or new is None or not known.vision:
        return _align_tracks(media, telemetry, known.anchor, listener)
    part = new.excerpt(*options.window_s) if options.window_s else new
    if options.pass_number is not None:
        part = _pass(ref, new, options.pass_number, options, listener)
    found = pipeline.align(
        ref,
        part,
        options=options.align,
        telemetry=(telemetry[0], telemetry[1].since(part.from_s)),
        user=[UserPair(pair.ref_s, pair.new_s - part.from_s) for pair in known.anchor],
        moments_s=moments_s,
        ref_index=options.ref_index,
        threads=options.decoding.workers,
        progress=listener.stage,
    )
    return found if part is new else found.on_clock_of(new)


def _pass(ref: MediaInfo, new: MediaInfo, number: int, options: PairOptions, listener: Listener) -> MediaInfo:
    """The part of the new recording that is its ride of this number. Errors as `part_of_pass`."""
    threads = options.decoding.workers
    index = reference_index(ref, options.ref_index, options.align.index, threads, listener)
    part = part_of_pass(number, new, passes_in(new, index, options.align, threads, listener))
    first, last = (minutes_seconds(t, hours=True) for t in (part.from_s, part.from_s + part.duration_s))
    listener.note(f"pass {number} of {new.name}: from {first} to {last}")
    return part


def _rides(media: MediaInfo | None, sidecar: Path | None, offset_s: float | None) -> list[tuple[str, Telemetry]]:
    """What is known of a run; of a track alone that holds several rides, of each, with when it was."""
    if media is not None or sidecar is None:
        return [("", read_telemetry(media, sidecar, offset_s))]
    rides = read_recorded(sidecar).rides()
    return [(f"{r.start:%Y-%m-%d %H:%M} UTC" if r.start else "", Telemetry(r.track(offset_s or 0.0))) for r in rides]


def _of_rides(
    sides: Sequence[list[tuple[str, Telemetry]]], files: tuple[Path | None, Path | None], listener: Listener
) -> tuple[Telemetry, Telemetry]:
    """The rides of both sides that share the most, and a note where there was a choice."""
    chosen = 0, 0
    if max(map(len, sides)) > 1:
        refs, news = ([t.track for _, t in side if t.track is not None] for side in sides)
        if refs and news:
            chosen = most_in_common(refs, news)
    for side, n, file in zip(sides, chosen, files, strict=True):
        if len(side) > 1 and file is not None:
            listener.note(f"{file.name} holds {len(side)} rides: that of {side[n][0]} goes along with the other run")
    return sides[0][chosen[0]][1], sides[1][chosen[1]][1]


def _align_tracks(
    media: Media, telemetry: tuple[Telemetry, Telemetry], user: Sequence[UserPair], listener: Listener
) -> Alignment:
    for recording in media:
        if recording is not None:
            require_real_time(read_camera(recording.path), recording.name)
    ref, new = telemetry[0].track, telemetry[1].track
    if ref is None or new is None:
        word, flag = ("reference", "--ref-gpx") if ref is None else ("new run", "--new-gpx")
        raise EvidenceError(
            f"there is no GPS in the recording of the {word}, or it had no lock",
            f"Give the track of a watch or phone with {flag}, or leave out --no-vision.",
        )
    return align_tracks(ref, new, media=media, user=user, progress=listener.stage)
