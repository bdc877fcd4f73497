"""Options that say what is known besides the pictures, for the verbs that compare two recordings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mtbsync_core.errors import EvidenceError, UsageError

if TYPE_CHECKING:
    from mtbsync_core.alignment.preparation import Progress
    from mtbsync_core.alignment.result import Alignment
    from mtbsync_core.alignment.user_pairs import UserPair
    from mtbsync_core.mediainfo import MediaInfo
    from mtbsync_core.telemetry.track import Telemetry

RefGpx = Annotated[
    Path | None,
    typer.Option(
        "--ref-gpx", help="GPX or FIT of the reference run, from a watch or phone; in place of the camera's own GPS."
    ),
]
NewGpx = Annotated[Path | None, typer.Option("--new-gpx", help="GPX or FIT of the new run, likewise.")]
GpxOffset = Annotated[
    list[str] | None,
    typer.Option(
        "--gpx-offset",
        metavar="[ref=|new=]SECONDS",
        help="The second of the video at which the GPX or FIT begins, negative when it began before. Found by clocks, "
        "GPS and gyroscope when not given. With a file on both sides say which one: --gpx-offset new=-42.5",
    ),
]
NoVision = Annotated[
    bool,
    typer.Option(
        "--no-vision", help="Look at no pictures and go by GPS alone: quick, and good to about a second at best."
    ),
]


NoTelemetry = Annotated[
    bool,
    typer.Option("--no-telemetry", help="Go by the pictures alone: leave the recordings' own GPS and gyroscope out."),
]


@dataclass(frozen=True, slots=True)
class Sidecars:
    """The files beside the two recordings, and the second of each video at which its file begins, if told; and whether
    the recordings' own sensors are read at all.
    """

    ref: Path | None = None
    new: Path | None = None
    ref_offset_s: float | None = None
    new_offset_s: float | None = None
    own: bool = True

    @classmethod
    def of(
        cls,
        ref_gpx: Path | None,
        new_gpx: Path | None,
        offsets: Sequence[str] | None,
        *,
        no_telemetry: bool = False,
        no_vision: bool = False,
    ) -> Sidecars:
        """What was given on the command line.

        Raises:
            UsageError: an offset is no number, or does not say to which file it belongs, or there is no such file; or
                nothing is left to go by.
        """
        if no_telemetry and (no_vision or ref_gpx or new_gpx):
            raise UsageError(
                "--no-telemetry leaves nothing of what the other options ask for", "Leave one of them out."
            )
        files = {"ref": ref_gpx, "new": new_gpx}
        told: dict[str, float] = {}
        for text in offsets or ():
            side, equals, number = text.rpartition("=")
            if not equals:
                given = [name for name, file in files.items() if file is not None]
                if len(given) > 1:
                    raise UsageError(
                        f"--gpx-offset {text} does not say for which file",
                        f"Write --gpx-offset ref={text} or --gpx-offset new={text}.",
                    )
                side = given[0] if given else ""
            if files.get(side) is None:
                raise UsageError(
                    f"--gpx-offset {text} is for a file that is not given", "Give it with --ref-gpx or --new-gpx."
                )
            told[side] = _seconds(number, text)
        return cls(ref_gpx, new_gpx, told.get("ref"), told.get("new"), own=not no_telemetry)


def read_both(media: Sequence[MediaInfo | None], sidecars: Sidecars) -> tuple[Telemetry, Telemetry]:
    """The telemetry of both sides.

    Raises:
        FormatError, EvidenceError, MediaError: as `read_telemetry`.
    """
    from mtbsync_core.telemetry.reading import read_telemetry
    from mtbsync_core.telemetry.track import Telemetry

    if not sidecars.own:
        return Telemetry(), Telemetry()
    ref, new = media
    return (
        read_telemetry(ref, sidecars.ref, sidecars.ref_offset_s),
        read_telemetry(new, sidecars.new, sidecars.new_offset_s),
    )


def align_by_tracks(
    media: tuple[MediaInfo | None, MediaInfo | None],
    telemetry: tuple[Telemetry, Telemetry],
    user: Sequence[UserPair],
    progress: Progress,
) -> Alignment:
    """Align without pictures.

    Raises:
        EvidenceError: one side has no track, or a track says nothing.
        MediaError: a recording does not run in real time (TimeWarp).
    """
    from mtbsync_core.alignment.gps.gps_only import align_tracks
    from mtbsync_core.media.camera import read_camera
    from mtbsync_core.telemetry.preflight import require_real_time

    for recording in media:
        if recording is not None:
            require_real_time(read_camera(recording.path), recording.name)
    ref, new = telemetry[0].track, telemetry[1].track
    if ref is None or new is None:
        word, option = ("reference", "--ref-gpx") if ref is None else ("new run", "--new-gpx")
        raise EvidenceError(
            f"there is no GPS in the recording of the {word}, or it had no lock",
            f"Give the track of a watch or phone with {option}, or leave out --no-vision.",
        )
    return align_tracks(ref, new, media=media, user=user, progress=progress)


def _seconds(number: str, text: str) -> float:
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UsageError(f"--gpx-offset {text} is not a number of seconds", "For example --gpx-offset -12.5")
    return value
