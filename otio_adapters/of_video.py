"""Markers of an editor's timeline as markers of one recording: seconds from its first frame.

Markers on a clip of the recording are its own, also those that the clip does not show. Those of the timeline belong to
what the recording shows at that time, and so do markers on what is no recording: titles, adjustment layers, music.
Markers on other recordings are theirs. All this holds in each compound clip too, before anything is cut off it. What is
left out is counted.

A file without clips (a marker EDL) says only where its markers lie on a timeline, so where the recording sits there has
to be known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import opentimelineio as otio

from mtbsync_core.errors import FormatError, UsageError
from mtbsync_core.marker_times import EDITORS_START
from mtbsync_core.markers import Marker
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.timecode import Rate, frames_of
from otio_adapters.build import KEY, frames_at, rate_of, taken_over
from otio_adapters.by_seconds import COUNTS_FROM
from otio_adapters.content import Mark, Piece, content_of
from otio_adapters.levels import Level, level_of
from otio_adapters.recordings import Recording, is_file, recording_in
from otio_adapters.writing import Issue

_SAME_S = Fraction(1, 10_000)
"""Two markers of the same name and note that are nearer than this are one."""


@dataclass(frozen=True, slots=True)
class Found:
    """Markers in seconds of the recording, in time order, and what had to be assumed or left out."""

    markers: tuple[Marker, ...]
    issues: tuple[Issue, ...]


def markers_of_video(timeline: otio.schema.Timeline, media: MediaInfo | None, *, start: str | None = None) -> Found:
    """The markers that a recording has in a timeline.

    Args:
        media: the recording; without it the timeline must have one file at most.
        start: timecode of the timeline at which the first frame of the recording sits, for files without clips.

    Raises:
        UsageError: the recording is not in the timeline, or its place there cannot be told.
        FormatError: `start` does not exist at the timeline's rate.
    """
    level = level_of(timeline.tracks)
    issues: list[Issue] = []
    others = timeline.metadata.get(KEY, {}).get("other_sequences", ())
    text = f"{timeline.name} is read, and not {', '.join(map(str, others))}: --sequence NAME takes another."
    if others:
        issues.append(Issue("other_sequences", 1, text))
    if start is None and any(one.clips or one.inner for one in level.all()):
        try:
            recording = recording_in(level, media, issues)
        except UsageError as error:
            if not others:
                raise
            raise UsageError(error.message, text) from error
        marks = _Sorted(recording).sorted(level, issues)
    else:
        marks = _beside(timeline, media, start, issues)
    return Found(tuple(_markers(marks, media, issues)), tuple(issues))


_Key = tuple[Fraction | int, str, str]


@dataclass(slots=True)
class _Sorted:
    """The markers of a timeline by whose they are."""

    recording: Recording
    found: dict[_Key, Mark] = field(default_factory=dict)
    """Of the recording, on its clock."""
    elsewhere: set[_Key] = field(default_factory=set)
    unfollowed: set[_Key] = field(default_factory=set)
    of_others: dict[tuple[str, _Key], str] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    """The names of all recordings."""

    def sorted(self, level: Level, issues: list[Issue]) -> list[Mark]:
        """Those of the recording; of the others, how many."""
        self.files = {piece.media.name for one in level.all() for piece in one.clips if is_file(piece)}
        self._of_level(level)
        names = ", ".join(sorted(set(self.of_others.values())))
        for kind, count, text in (
            ("elsewhere", len(self.elsewhere), "marker at a place where the timeline does not show the recording"),
            ("unfollowed", len(self.unfollowed), "marker left out: its clip changes speed there, nobody knows how"),
            ("other_recording", len(self.of_others), f"marker on a clip of another recording left out ({names})"),
        ):
            if count:
                issues.append(Issue(kind, count, text))
        return list(self.found.values())

    def _of_level(self, level: Level) -> None:
        """Take the markers of a level that shows the recording, and of all in it."""
        pieces = sorted(filter(self.recording.has, level.seen), key=lambda piece: (piece.enabled, piece.track))
        for mark in self._loose(level):
            self._over(mark, pieces)

    def _loose(self, level: Level) -> list[Mark]:
        """Take those that are somebody's; what lies on the level's own time, like a title, comes back."""
        loose = list(level.marks)
        for piece in (*level.clips, *level.sounds):
            loose += self._of_clip(piece)
        for inside in level.inner:
            clips = [piece for one in inside.level.all() for piece in (*one.clips, *one.sounds)]
            others = ", ".join(sorted({piece.media.name for piece in clips} & self.files))
            if any(map(self.recording.has, clips)):
                self._of_level(inside.level)
                continue
            for mark in self._loose(inside.level):
                there = inside.seen(mark)
                if others:  # as a marker on the clip itself would be
                    self.of_others[others, _key(mark)] = others
                elif there is None:
                    self.elsewhere.add(_key(mark))
                else:
                    loose.append(there)
        return loose

    def _of_clip(self, piece: Piece) -> list[Mark]:
        """Take the markers of a clip of the recording; those that lie on the timeline like a title come back."""
        if self.recording.has(piece):
            for mark in piece.marks:
                self._add(self.recording.mark(piece, mark))
        elif piece.media.name in self.files:
            self.of_others |= {(piece.media.name, _key(mark)): piece.media.name for mark in piece.marks}
        else:
            shown = [mark for mark in piece.marks if piece.shows(mark.start_s)]
            self.elsewhere |= {_key(mark) for mark in piece.marks if mark not in shown}
            return [
                replace(mark, start_s=piece.on_sequence(mark.start_s), end_s=piece.on_sequence(mark.end_s))
                for mark in shown
            ]
        return []

    def _over(self, mark: Mark, pieces: Sequence[Piece]) -> None:
        """Take a marker of a level as one of what the recording shows there; the last of the pieces is on top."""
        shown = next((piece for piece in reversed(pieces) if piece.covers(mark.start_s)), None)
        if shown is None:
            self.elsewhere.add(_key(mark))
            return
        start_s, end_s = shown.media_at(mark.start_s), shown.media_at(mark.end_s)
        if start_s is None:
            self.unfollowed.add(_key(mark))
            return
        if end_s is None or end_s < start_s:
            # In a clip that runs backwards the first frame of a marker is its last in the file.
            frame_s = min(1 / shown.media.rate.fps, mark.end_s - mark.start_s)
            end_s = start_s if end_s is None else end_s
            start_s, end_s = min(start_s, end_s + frame_s), start_s + frame_s
        self._add(self.recording.mark(shown, replace(mark, start_s=start_s, end_s=end_s)))

    def _add(self, mark: Mark) -> None:
        self.found.setdefault(_key(mark), mark)


def _key(mark: Mark) -> _Key:
    return round(mark.start_s / _SAME_S), mark.name, mark.note


def _beside(
    timeline: otio.schema.Timeline, media: MediaInfo | None, start: str | None, issues: list[Issue]
) -> list[Mark]:
    """Markers of a timeline that does not say where the recording sits."""
    rate = rate_of(timeline)[0]
    begin = timeline.global_start_time
    # Positions count from the start of the timeline; a file that does not know it counts from midnight.
    since = rate.to_seconds(frames_at(begin, rate)) if begin is not None else Fraction(0)
    marks = [mark.moved(since) for mark in content_of(timeline).all_marks()[0]]
    if start is not None:
        return _since(marks, start, rate)
    if not marks:
        return marks
    counts_from = timeline.metadata.get(KEY, {}).get(COUNTS_FROM)
    if counts_from == "timeline":
        issues.append(Issue("start_assumed", 1, "the recording is taken to begin where the timeline does"))
    if counts_from is not None:
        return marks
    # Half a day at most, so that the way past midnight is the shorter one.
    length_s = Fraction(media.duration_s) if media is not None else Fraction(43200)
    for label, text in _candidates(media, rate):
        there = _since(marks, label, rate)
        if all(0 <= mark.start_s <= length_s for mark in there):
            issues.append(Issue("start_assumed", 1, f"the first frame of the recording is taken to sit at {text}"))
            return there
    raise UsageError(
        "nothing says where the recording sits on the timeline of these markers",
        "Give the timecode of its first frame there with --ref-start, for example --ref-start 01:00:00:00.",
    )


def _since(marks: Iterable[Mark], label: str, rate: Rate) -> list[Mark]:
    """Marks in seconds from a label on; timecodes begin anew at midnight."""
    zero, day_s = frames_of(label, rate), rate.to_seconds(rate.frames_per_day)
    found = []
    for mark in marks:
        after_s = mark.start_s - rate.to_seconds(zero)
        found.append(mark.moved((after_s + day_s / 2) % day_s - day_s / 2 - mark.start_s))
    return found


def _candidates(media: MediaInfo | None, rate: Rate) -> Iterable[tuple[str, str]]:
    own = media.start_timecode if media is not None else None
    if own:
        try:
            frames_of(own, rate)
            yield own, f"{own}, its own start timecode"
        except FormatError:
            pass  # a label that does not exist at the timeline's rate
    yield EDITORS_START, f"{EDITORS_START}, where editors start a timeline"
    yield "00:00:00:00", "00:00:00:00"


def _markers(marks: list[Mark], media: MediaInfo | None, issues: list[Issue]) -> Iterable[Marker]:
    end_s = media.duration_s if media is not None else float("inf")
    inside = [mark for mark in marks if 0 <= mark.start_s <= end_s]
    if len(inside) < len(marks):
        issues.append(Issue("outside_video", len(marks) - len(inside), "marker outside the recording left out"))
    for n, mark in enumerate(sorted(inside, key=lambda mark: mark.start_s), 1):
        yield Marker(
            name=mark.name or f"Marker {n}",
            t_s=float(mark.start_s),
            duration_s=float(mark.end_s - mark.start_s),
            colour=mark.colour,
            comment=mark.note,
            marker_id=f"M{n:03d}",
            **taken_over(mark.own),
        )
