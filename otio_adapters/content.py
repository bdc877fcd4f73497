"""What a timeline holds, in exact seconds: `content_of` takes it apart for the writers.

All positions are Fractions. *Sequence* seconds count from the first frame of the sequence, *media* seconds from the
first frame of a file. Writers put them on their frame grid, rounding each end once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from mtbsync_core.timecode import Rate
from otio_adapters.build import KEY, colour_of, comment_of, exact_rate, frames_at, own_of, rate_in, seconds_at
from otio_adapters.file_urls import path_of
from otio_adapters.ramp import Ramp, even, is_on, ramp_of, speed_of


@dataclass(frozen=True, slots=True)
class Mark:
    """A marker: from `start_s` to `end_s`, seconds of its owner (the sequence, or the media of a clip)."""

    start_s: Fraction
    end_s: Fraction
    name: str
    note: str
    colour: str
    """One of Resolve's 16."""
    colour_exact: bool
    """Whether that is the colour meant, or the nearest."""
    own: Mapping[str, Any] = field(default_factory=dict)
    """Our metadata: the fields of `Marker` that OpenTimelineIO has no place for (`build.CARRIED`), and `fcpx`, what
    Final Cut Pro calls it where that is more than a marker: `done` or `chapter`."""

    def moved(self, by_s: Fraction) -> Mark:
        """The same on a clock that is ahead by so much."""
        return replace(self, start_s=self.start_s + by_s, end_s=self.end_s + by_s)

    def frames(self, rate: Rate) -> tuple[int, int]:
        """First frame and number of frames (0 for a point)."""
        first = rate.to_frames(self.start_s)
        return first, rate.to_frames(self.end_s) - first


@dataclass(frozen=True, slots=True)
class Media:
    """The file behind a clip; `start` is the frame number of its start timecode, 0 without one."""

    name: str
    url: str
    """`file:` URL or plain path, as the timeline has it; empty where there is none."""
    rate: Rate
    start: int
    length_s: Fraction
    size: tuple[int, int] | None
    since_s: Fraction = Fraction(0)
    """What the clip's own times show at second 0 here: the start timecode, exact."""
    said: bool = True
    """Whether the timeline says what its file has; else second 0 here is the first that the clip shows."""
    sound: tuple[int, int] | None = None
    """Channels of its sound, 0 for none, and samples a second; None where the timeline does not say."""

    @property
    def channels(self) -> int:
        """How many are known of."""
        return self.sound[0] if self.sound is not None else 0


@dataclass(frozen=True, slots=True)
class Piece:
    """A clip in its place: shown from `at_s` on for `length_s` sequence seconds, from `media_in_s` of its file.

    `speed` is media seconds per sequence second, 1 where it changes. `marks` are in media seconds, also those that the
    clip does not show.
    """

    name: str
    track: int
    at_s: Fraction
    length_s: Fraction
    media_in_s: Fraction
    speed: Fraction
    media: Media
    marks: tuple[Mark, ...]
    ramp: Ramp | None = None
    """Where its speed changes: seconds after `at_s`, and seconds of its file."""
    enabled: bool = True

    def on_sequence(self, media_s: Fraction) -> Fraction:
        """Sequence second at which the clip shows, or would show, a second of its file; a still shows only one."""
        if self.ramp is not None:
            found = list(self.ramp.own_times(media_s)) or [Fraction(0)]
            return self.at_s + next((own_s for own_s in found if 0 <= own_s < self.length_s), found[0])
        if not self.speed:
            return self.at_s
        return self.at_s + (media_s - self.media_in_s) / self.speed

    def shows(self, media_s: Fraction) -> bool:
        """Whether the clip shows that second of its file."""
        if self.ramp is not None:
            return any(0 <= own_s < self.length_s for own_s in self.ramp.own_times(media_s))
        if not self.speed:
            return media_s == self.media_in_s
        return self.at_s <= self.on_sequence(media_s) < self.at_s + self.length_s

    def covers(self, sequence_s: Fraction) -> bool:
        """Whether the clip is on at that second of the sequence."""
        return self.at_s <= sequence_s < self.at_s + self.length_s

    def media_at(self, sequence_s: Fraction) -> Fraction | None:
        """Second of its file that it shows, or would show, at a second of the sequence; None where nobody can tell."""
        return self.way.at(sequence_s - self.at_s)

    @property
    def way(self) -> Ramp:
        """How it runs through its file, also where that is even."""
        return self.ramp or even(self.media_in_s, self.speed)


@dataclass(frozen=True, slots=True)
class Content:
    """All of a timeline that writers carry: tracks from below to above, pieces in time order, marks of the sequence."""

    name: str
    size: tuple[int, int] | None
    tracks: tuple[str, ...]
    """Names of the video tracks."""
    pieces: tuple[Piece, ...]
    marks: tuple[Mark, ...]
    gap_marks: tuple[Mark, ...]
    """Markers on tracks, gaps, sound and in compound clips, in sequence seconds."""
    unshown: int = 0
    """Markers in compound clips on parts that these do not show."""

    @property
    def size_of_any(self) -> tuple[int, int] | None:
        """Its picture size, or that of the first clip that has one."""
        return self.size or next((piece.media.size for piece in self.pieces if piece.media.size), None)

    @property
    def sounds(self) -> bool:
        """Whether a clip is known to have sound."""
        return any(piece.media.channels for piece in self.pieces)

    def all_marks(self) -> tuple[tuple[Mark, ...], int]:
        """Every marker in sequence seconds, in time order, and how many clip markers no clip shows.

        The same marker on the sequence and on a clip is one.
        """
        found = [*self.marks, *self.gap_marks]
        known = {(mark.start_s, mark.name, mark.note) for mark in found}
        hidden = self.unshown
        for piece in self.pieces:
            for mark in piece.marks:
                start_s = piece.on_sequence(mark.start_s)
                if not piece.shows(mark.start_s):
                    hidden += 1
                elif (start_s, mark.name, mark.note) not in known:
                    found.append(replace(mark, start_s=start_s, end_s=piece.on_sequence(mark.end_s)))
        return tuple(sorted(found, key=lambda mark: mark.start_s)), hidden


def content_of(timeline: otio.schema.Timeline) -> Content:
    """Take a timeline apart.

    Raises:
        FormatError: a rate in it is not positive.
    """
    own = timeline.metadata.get(KEY, {})
    tracks = [track for track in timeline.tracks if getattr(track, "kind", "") == otio.schema.TrackKind.Video]
    gap_marks: list[Mark] = []
    pieces: list[Piece] = []
    unshown = 0
    for number, track in enumerate(tracks):
        gap_marks += [mark_of(marker) for marker in track.markers]
        for item, at_s in items_of(track):
            if isinstance(item, otio.schema.Clip):
                pieces.append(piece_of(item, number, at_s))
            else:
                if isinstance(item, otio.schema.Stack):
                    marks, hidden = _inside(item, at_s)
                    unshown += hidden
                else:
                    by_s = at_s - seconds_at(item.trimmed_range().start_time)
                    marks = [mark_of(marker).moved(by_s) for marker in item.markers]
                gap_marks += marks
    for track in timeline.tracks:
        if isinstance(track, otio.schema.Track) and track not in tracks:
            gap_marks += _heard(track)
    return Content(
        name=timeline.name or "",
        size=_size(own),
        tracks=tuple(track.name or "" for track in tracks),
        pieces=tuple(sorted(pieces, key=lambda piece: (piece.at_s, piece.track))),
        marks=tuple(mark_of(marker) for marker in timeline.tracks.markers),
        gap_marks=tuple(gap_marks),
        unshown=unshown,
    )


def mark_of(marker: otio.schema.Marker) -> Mark:
    """An OTIO marker in exact seconds of its owner's time."""
    own = own_of(marker)
    colour, exact = colour_of(marker, own)
    start_s = seconds_at(marker.marked_range.start_time)
    end_s = start_s + seconds_at(marker.marked_range.duration)
    return Mark(start_s, end_s, marker.name or "", comment_of(marker), colour, exact, own)


def items_of(track: otio.schema.Track) -> Iterator[tuple[otio.core.Item, Fraction]]:
    """What takes time on a track (transitions do not), and from which second on."""
    at_s = Fraction(0)
    for item in track:
        if isinstance(item, otio.core.Item):
            length_s = seconds_at(item.trimmed_range().duration)
            yield item, at_s
            at_s += length_s


def _heard(track: otio.schema.Track) -> Iterator[Mark]:
    """The markers of a track of sound, where it is heard."""
    for item, at_s in items_of(track):
        if isinstance(item, otio.schema.Clip):
            piece = piece_of(item, 0, at_s)
            for mark in piece.marks:
                if piece.shows(mark.start_s):
                    start_s, end_s = piece.on_sequence(mark.start_s), piece.on_sequence(mark.end_s)
                    yield replace(mark, start_s=start_s, end_s=end_s)


def piece_of(clip: otio.schema.Clip, track: int, at_s: Fraction) -> Piece:
    """A clip that lies on that track from that second on."""
    reference = clip.media_reference
    available = reference.available_range if reference is not None else None
    shown = clip.source_range or available
    whole = available or shown
    assert shown is not None and whole is not None
    own = reference.metadata.get(KEY, {}) if reference is not None else {}
    rate = rate_in(own) or exact_rate(whole.start_time.rate)
    # Where the file is not known, the clip's own range says how times in it are to be read.
    start_s = seconds_at(whole.start_time)
    url = getattr(reference, "target_url", "") or ""
    media = Media(
        name=(url and path_of(url).name) or clip.name or "",
        url=url,
        rate=rate,
        start=frames_at(whole.start_time, rate),
        length_s=seconds_at(whole.duration),
        size=_size(own),
        since_s=start_s,
        said=available is not None and not isinstance(reference, otio.schema.GeneratorReference),
        sound=(int(own["audio_channels"]), int(own.get("audio_rate", 0))) if "audio_channels" in own else None,
    )
    ramp = ramp_of(clip)
    return Piece(
        name=clip.name or media.name,
        track=track,
        at_s=at_s,
        length_s=seconds_at(clip.trimmed_range().duration),
        media_in_s=seconds_at(shown.start_time) - start_s,
        speed=Fraction(1) if ramp is not None else speed_of(clip),
        media=media,
        marks=tuple(mark_of(marker).moved(-start_s) for marker in clip.markers),
        ramp=None if ramp is None else ramp.moved(-start_s),
        enabled=is_on(clip),
    )


def way_of(item: otio.core.Item) -> Ramp:
    """How a clip or compound clip runs: seconds after its first frame, and seconds of its own time."""
    return ramp_of(item) or even(seconds_at(item.trimmed_range().start_time), speed_of(item))


def seen_through(way: Ramp, at_s: Fraction, length_s: Fraction, mark: Mark) -> Mark | None:
    """A marker of a compound clip that lies at `at_s` where it is seen first; None where the clip does not show it."""
    start_s = next((own_s for own_s in way.own_times(mark.start_s) if 0 <= own_s < length_s), None)
    if start_s is None:
        return None
    end_s = next((own_s for own_s in way.own_times(mark.end_s) if own_s >= start_s), start_s)
    return replace(mark, start_s=at_s + start_s, end_s=at_s + end_s)


def _inside(stack: otio.schema.Stack, at_s: Fraction) -> tuple[list[Mark], int]:
    """The markers of a compound clip and of the clips in it, where it shows them, and how many it does not show."""
    own = otio.schema.Timeline()
    own.tracks = stack.deepcopy()
    marks, hidden = content_of(own).all_marks()
    way, length_s = way_of(stack), seconds_at(stack.trimmed_range().duration)
    found = [seen_through(way, at_s, length_s, mark) for mark in marks]
    return [mark for mark in found if mark is not None], hidden + found.count(None)


def _size(own: Mapping[str, Any]) -> tuple[int, int] | None:
    width, height = own.get("width"), own.get("height")
    return (int(width), int(height)) if width and height else None
