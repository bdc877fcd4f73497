"""`probe`: a recording's `MediaInfo`, from header and packet times; one picture is decoded, for size and turn.

A recording is one file or its chapters, which are joined end to end: cameras lose no frame between them. A trail pack
says itself what its recording was.
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.errors import FormatError, MediaError
from mtbsync_core.media.chapters import chapter_name, find_chapters, in_order
from mtbsync_core.media.container import DamagedMediaError
from mtbsync_core.media.continuity import why_apart
from mtbsync_core.media.packets import PacketTable, scan
from mtbsync_core.media.trail_file import is_trail, open_trail
from mtbsync_core.mediainfo import MediaFile, MediaInfo
from mtbsync_core.timecode import Rate, frames_of, is_drop_label, label_of

log = logging.getLogger(__name__)

_ALONE = "To take a file for itself: --no-chapters."
_RATE_SPREAD = 0.001
"""Mean rates of the chapters of one recording differ less, even where frames are dropped now and then."""


def probe(recording: Path | str | Sequence[Path | str], *, chapters: bool = True) -> MediaInfo:
    """What the recording is: rate, size as shown, length, codec, timecode, files.

    A file that was cut off but is readable in its first part gives that part, with a logged warning; so does a
    recording whose last chapter is damaged. Chapters that are of another recording, by timecode, creation time and
    `MUID`, are left out, likewise.

    Args:
        recording: a file, which stands for all chapters of its recording; or the files themselves.
        chapters: whether to look for further chapters beside a file.

    Raises:
        MediaError: a file cannot be used (see `packets.scan`), a chapter is missing or cut off before its end, or the
            files do not go together.
    """
    if isinstance(recording, (str, Path)) and is_trail(Path(recording)):
        return _of_trail(Path(recording))
    if not isinstance(recording, (str, Path)):
        paths = in_order([Path(part) for part in recording])
    else:
        paths = find_chapters(Path(recording)) if chapters else (Path(recording),)
    if not paths:
        raise MediaError("no recording was given", "Name at least one video file.")
    parts = _whole_parts(paths)
    if isinstance(recording, (str, Path)):
        parts = _of_one_recording(parts, Path(recording))
    return _joined(parts)


def _of_trail(path: Path) -> MediaInfo:
    """What a trail pack says of its recording, whose one file is the pack. Errors as `open_trail`."""
    trail = open_trail(path)
    try:
        media = MediaInfo.from_dict({**trail.about["media"], "path": str(path), "files": (), "from_s": 0.0})
        sizes = media.width, media.height, media.duration_s, media.rate, media.n_frames
        if not all(0 < size < math.inf for size in sizes):
            raise ValueError("it has no size or length")
    except (FormatError, KeyError, TypeError, ValueError) as error:
        raise trail.damaged("description of the recording") from error
    return media


def _whole_parts(paths: Sequence[Path]) -> list[MediaInfo]:
    """What the files are, but for damaged ones at the end: a camera that crashed did so in its last chapter.

    Raises:
        MediaError: a file cannot be used, and it is not the last, or the only one.
    """
    parts: list[MediaInfo] = []
    damage: list[DamagedMediaError] = []
    for path in paths:
        try:
            part = probe_file(path)
        except DamagedMediaError as error:
            damage.append(error)
            continue
        if damage:
            raise MediaError(f"{damage[0].message}, and further chapters follow it", f"{damage[0].hint} {_ALONE}")
        parts.append(part)
    if not parts:
        raise damage[0]
    for found in damage:
        log.warning("%s; the chapters before it are used", found.message)
    return parts


def _of_one_recording(parts: list[MediaInfo], named: Path) -> list[MediaInfo]:
    """Those of the parts that are one recording with the named one: names of chapters come again.

    Raises:
        MediaError: the named file goes on from an earlier one that is of another recording.
    """
    recordings: list[list[MediaInfo]] = []
    reason, late_s = "", 0.0
    for part in parts:
        reason = why_apart(recordings[-1][0], part, late_s) if recordings else ""
        if reason or not recordings:
            recordings.append([])
            late_s = 0.0
        if reason:
            log.warning("%s is of another recording than %s: %s", part.path.name, recordings[-2][0].path.name, reason)
        recordings[-1].append(part)
        late_s += part.duration_s
    own = next((r for r in recordings if any(part.path.name == named.name for part in r)), recordings[-1])
    name = chapter_name(own[0].path.name)
    if own is not recordings[0] and name is not None and name.number != name.first is not None:
        raise MediaError(
            f"{own[0].path.name} goes on from a chapter that is not here: {recordings[0][0].path.name} is of another "
            "recording",
            f"Keep each recording in a folder of its own. {_ALONE}",
        )
    return own


def _joined(parts: list[MediaInfo]) -> MediaInfo:
    """One recording of its chapters; all but the length is as in the first."""
    first = parts[0]
    files, start_s = [], 0.0
    for part in parts:
        apart = [
            f"{what} {getattr(first, what)} and {getattr(part, what)}"
            for what in ("codec", "width", "height", "rotation")
            if getattr(part, what) != getattr(first, what)
        ]
        if abs(part.rate / first.rate - 1) > _RATE_SPREAD:
            apart.append(f"{float(first.rate):.3f} and {float(part.rate):.3f} frames a second")
        apart += filter(None, [why_apart(first, part, start_s) if part is not first else ""])
        if apart:
            raise MediaError(
                f"{first.path.name} and {part.path.name} cannot be one recording: {apart[0]}",
                f"Keep each recording in a folder of its own. {_ALONE}",
            )
        if part is not parts[-1] and scan(part.path).cut_off:
            raise MediaError(
                f"{part.path} is cut off, so that it is not known when the chapter behind it begins",
                f"Copy it again from the card. {_ALONE}",
            )
        files.append(MediaFile(part.path, start_s))
        start_s += part.duration_s
    return replace(
        first,
        duration_s=start_s,
        n_frames=sum(part.n_frames for part in parts),
        variable_rate=any(part.variable_rate or part.rate != first.rate for part in parts),
        files=tuple(files),
    )


def probe_file(path: Path) -> MediaInfo:
    """What one file is, without regard to others.

    Raises:
        MediaError: the file cannot be used; see `packets.scan`.
    """
    table = scan(path)
    stamps = table.shown_stamps
    rate, variable = measure_rate(stamps, table.time_base, table.declared_rates)
    label, drop = _start_label(path, table, rate)
    turned = table.rotation in (90, 270)
    return MediaInfo(
        path=path,
        rate=rate,
        width=table.height if turned else table.width,
        height=table.width if turned else table.height,
        duration_s=float((int(stamps[-1] - stamps[0]) + table.last_duration) * table.time_base),
        n_frames=len(stamps),
        codec=table.codec,
        rotation=table.rotation,
        start_timecode=label,
        drop=drop,
        creation_time=table.metadata.get("creation_time"),
        variable_rate=variable,
        audio_channels=table.sound[0],
        audio_rate=table.sound[1],
    )


def measure_rate(
    stamps: NDArray[np.int64], time_base: Fraction, declared: Iterable[Fraction] = ()
) -> tuple[Fraction, bool]:
    """Mean frame rate, and whether it varies.

    A rate counts as constant when no frame is half a period off an even clock and no gap is 1.5 periods or more:
    then the n-th frame is where n / rate says. Rounded stamps (Matroska: 1 ms) are constant in this sense.

    Args:
        stamps: presentation stamps of at least two frames, strictly increasing, ticks of `time_base`.
        declared: rates that the header claims; the first that fits the stamps, but for rounding, is believed.
    """
    n = len(stamps) - 1
    span = int(stamps[-1] - stamps[0])
    period = span / n
    gaps = np.diff(stamps)
    drift = np.abs(stamps - stamps[0] - period * np.arange(n + 1)).max()
    # One tick for the rounding of each end.
    variable = bool(drift > 0.5 * period + 1 or gaps.max() > 1.5 * period + 1)
    exact = Fraction(n, span) / time_base
    if variable:
        return exact.limit_denominator(100_000), True
    for claim in declared:
        rate = Rate.of(claim).fps
        if abs(n / rate - span * time_base) <= 2 * time_base:
            return rate, False
    return Rate.of(exact).fps.limit_denominator(100_000), False


def _start_label(path: Path, table: PacketTable, rate: Fraction) -> tuple[str | None, bool]:
    """Start timecode and drop flag: FFmpeg writes `;` exactly when the flag of the timecode track is set."""
    label = table.metadata.get("timecode")
    if label is None:
        return None, False
    labels = Rate.of(rate)
    drop = is_drop_label(label)
    if drop and not labels.has_drop_frame:
        log.warning("%s: timecode %s says drop frame, which %.3f fps does not have; not dropping", path, label, rate)
        label, drop = re.sub("[;.,]", ":", label), False
    try:
        frames = frames_of(label, labels.dropping(drop))
    except FormatError as error:
        log.warning("%s: start timecode left out: %s", path, error)
        return None, False
    return label_of(frames, labels.dropping(drop)), drop
