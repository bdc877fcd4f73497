"""Which clips of a timeline show a recording, and how the clock of its file runs there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from mtbsync_core.errors import FormatError, UsageError
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.timecode import frames_of
from otio_adapters.content import Mark, Piece
from otio_adapters.levels import Level
from otio_adapters.writing import Issue

_FRAMES = 2
"""By which programs count a file differently."""
_HOUR_S = 3600
"""No recording is so long; a time behind it is a timecode."""


@dataclass(frozen=True, slots=True)
class Recording:
    """The clips of one recording, and how the clocks of its files run."""

    clocks: dict[str, Clock]
    """By the names of its files."""

    def has(self, piece: Piece) -> bool:
        """Whether a clip shows it."""
        return piece.media.name in self.clocks

    def second(self, piece: Piece, media_s: Fraction) -> Fraction:
        """The second of the recording at a second of a clip's media, as pieces have it."""
        clock = self.clocks[piece.media.name]
        return clock.offset + (media_s + clock.ahead(piece)) * clock.pace

    def media_second(self, piece: Piece, recording_s: Fraction) -> Fraction:
        """The other way round."""
        clock = self.clocks[piece.media.name]
        return (recording_s - clock.offset) / clock.pace - clock.ahead(piece)

    def mark(self, piece: Piece, mark: Mark) -> Mark:
        """A marker on a clip's media, on the recording's clock."""
        return replace(mark, start_s=self.second(piece, mark.start_s), end_s=self.second(piece, mark.end_s))


@dataclass(frozen=True, slots=True)
class Clock:
    """How the clock of a file runs on the timeline."""

    offset: Fraction
    """The second of the recording at which the file begins."""
    origin: Fraction | None
    """What a clip's own times show at its first frame; None: each clip's what its range begins with."""
    pace: Fraction
    """Seconds of the recording for each of the clip's: not 1 where the editor plays its frames at another rate."""

    def ahead(self, piece: Piece) -> Fraction:
        """How much later the clip's media, as pieces have it, begins than the file."""
        return Fraction(0) if self.origin is None else piece.media.since_s - self.origin


def is_file(piece: Piece) -> bool:
    """Whether a clip shows a file; titles, adjustment layers and generators do not."""
    return bool(piece.media.url) or piece.media.said


def recording_in(level: Level, media: MediaInfo | None, issues: list[Issue]) -> Recording:
    """The clips of a recording, told by the names of its files.

    Args:
        media: the recording; without it the timeline must have one file at most.

    Raises:
        UsageError: it is not in the timeline, or where its file begins cannot be told.
    """
    clips = [piece for one in level.all() for piece in one.clips]
    clips = [piece for piece in clips if is_file(piece)] or clips
    names = list(dict.fromkeys(piece.media.name for piece in clips))
    files = {file.path.name.casefold(): Fraction(file.start_s) for file in media.files} if media else {}
    if any(name.casefold() in files for name in _names(level)):
        offsets = {name: files[name.casefold()] for name in _names(level) if name.casefold() in files}
    elif len(names) == 1:
        offsets = {names[0]: Fraction(0)}
        if media is not None:
            issues.append(Issue("other_name", 1, f"the timeline shows {names[0]}: taken for {media.path.name}"))
    else:
        raise UsageError(
            f"{media.path.name if media else 'which recording'} is not among the files of the timeline: "
            f"{', '.join(names[:8]) or 'it shows none'}",
            "Give the recording that has the markers with --video.",
        )
    every = [piece for one in level.all() for piece in (*one.clips, *one.sounds)]
    clocks = {}
    for name, offset in offsets.items():
        pieces = [piece for piece in every if piece.media.name == name]
        pace = _pace(pieces, media, offset, issues)
        clocks[name] = Clock(offset, _origin(pieces, media, offset, pace, issues), pace)
    return Recording(clocks)


def _names(level: Level) -> Iterable[str]:
    return dict.fromkeys(piece.media.name for one in level.all() for piece in (*one.clips, *one.sounds))


def _pace(pieces: list[Piece], media: MediaInfo | None, offset: Fraction, issues: list[Issue]) -> Fraction:
    """Seconds of the recording for each of these clips of one file.

    An editor may be told to play a file at another rate (120 frames a second as 30, 29.97 as 30): the clips then have
    all of the file's frames, and another length.
    """
    _, length_s = _clock(media, offset)
    if media is None or length_s is None:
        return Fraction(1)
    file = pieces[0].media
    frames, own = file.length_s * file.rate.fps, length_s * media.rate
    if not file.said or abs(frames - own) > _FRAMES or abs(file.length_s - length_s) * media.rate <= _FRAMES + 1:
        return Fraction(1)
    text = f"the timeline plays {file.name} at {_fps(file.rate.fps)} fps, the file has {_fps(media.rate)}: converted"
    issues.append(Issue("other_rate", 1, text))
    return file.rate.fps / media.rate


def _fps(rate: Fraction) -> str:
    return f"{float(rate):.3f}".rstrip("0").rstrip(".")


def _origin(
    pieces: list[Piece], media: MediaInfo | None, offset: Fraction, pace: Fraction, issues: list[Issue]
) -> Fraction | None:
    """What the own times of these clips of one file show at its first frame; None: each at the start of its range.

    A range may be that of a part of the file. Where the file's start timecode is known and the range lies in it, that
    is the first frame. Without a range the clips count from the start timecode, or from zero; the file's length says
    from which.
    """
    timecode_s, length_s = _clock(media, offset)
    first_s = min(piece.media.since_s for piece in pieces)
    last_s = max(piece.media.since_s + piece.media.length_s for piece in pieces)
    frame_s = 1 / pieces[0].media.rate.fps

    def fits(origin_s: Fraction) -> bool:
        return origin_s - frame_s <= first_s and (length_s is None or last_s <= origin_s + length_s + 1)

    if all(piece.media.said for piece in pieces):
        part = timecode_s is not None and not offset and pace == 1 and first_s > timecode_s + 2 * frame_s
        return timecode_s if part and timecode_s is not None and fits(timecode_s) else None
    name = pieces[0].media.name
    choices = [origin_s for origin_s in dict.fromkeys((timecode_s, Fraction(0))) if origin_s is not None]
    possible = [origin_s for origin_s in choices if fits(origin_s)]
    if not possible or (media is None and first_s >= _HOUR_S):
        raise UsageError(
            f"the timeline does not say at which time {name} begins, and its clips do not tell",
            "Give it with --video." if media is None else "Export the timeline again, with its media.",
        )
    if media is None or len(possible) > 1:
        taken = "zero" if not possible[0] else "its start timecode"
        issues.append(Issue("origin_assumed", 1, f"the timeline does not say where {name} begins: taken as {taken}"))
    return possible[0]


def _clock(media: MediaInfo | None, offset: Fraction) -> tuple[Fraction | None, Fraction | None]:
    """The start timecode of the recording's file that begins at `offset`, in seconds, and the length of the file."""
    if media is None:
        return None, None
    starts = [Fraction(file.start_s) for file in media.files]
    end = next((start for start in starts if start > offset), Fraction(media.duration_s))
    try:
        rate = media.timecode_rate
        begin = rate.to_seconds(frames_of(media.start_timecode, rate)) + offset if media.start_timecode else None
    except FormatError:
        begin = None  # a label that does not exist at the rate
    return begin, end - offset
