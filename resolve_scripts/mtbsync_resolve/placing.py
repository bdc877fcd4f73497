"""Where on the timeline, a clip or a pool clip each marker is to be written, how it looks there, and which are not.

Only places within the trim of a clip of the new run are written. A marker's note tells its time in the file, how far
off it may be, and how sure that is.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from .asking import Answer
from .clips import Clip
from .markers import ResolveMarker, read_stamp, stamp_text
from .recordings import Recording, pair_digest
from .settings import Settings
from .snapshot import Snapshot
from .timeline_clock import TimelineClock, nearest

DOUBTFUL = "doubtful: "


class Owner(NamedTuple):
    """Whose markers: the timeline's, an item's or a pool clip's."""

    kind: str
    """As the setting `write_to`."""
    id: str
    """'' for the timeline."""


class Planned(NamedTuple):
    """A marker to write at `marker.frame`, or one frame beside it, from `first` to before `after`."""

    owner: Owner
    marker: ResolveMarker
    first: int
    after: int
    answer: Answer
    clip: Clip


class Line(NamedTuple):
    """What became of one marker on one new run, for the report. `written` is '' where it was not.

    `status` is that of the engine, or why a marker with a place was not written: `trimmed` or `occupied`.
    """

    name: str
    status: str
    written: str
    seconds: float | None
    half_width_s: float
    confidence: float
    remark: str


class Plan(NamedTuple):
    """Everything about one new run: what to write, and what is not written and why."""

    recording: Recording
    digest: str
    planned: list[Planned]
    left_out: list[Line]


def plan(snapshot: Snapshot, recording: Recording, answers: list[Answer], settings: Settings, run_id: str) -> Plan:
    """What to write for one new run."""
    digest = pair_digest(snapshot.reference.recording, recording)
    planned: list[Planned] = []
    left_out: list[Line] = []
    for answer in answers:
        if not answer.is_placed:
            left_out.append(Line(shown_name(answer), answer.status, "", None, 0.0, 0.0, answer.reason))
            continue
        hits = _hits(snapshot.clock, recording, answer)
        if not hits:
            remark = f"at {minutes(answer.t_s)} of the file, which the timeline does not show"
            left_out.append(
                Line(
                    shown_name(answer),
                    "trimmed",
                    "",
                    answer.t_s,
                    answer.half_width_s,
                    answer.confidence,
                    remark,
                )
            )
        for clip, frame in hits:
            one = _planned(snapshot.clock, clip, frame, answer, settings, stamp_text(run_id, digest + answer.marker.id))
            # Two pieces of one file are one clip in the pool.
            if all((one.owner, one.marker.frame, one.marker.custom) != _place(other) for other in planned):
                planned.append(one)
    return Plan(recording, digest, planned, left_out)


def is_replaced(marker: ResolveMarker, digest: str) -> bool:
    """Whether an earlier run of the same two recordings wrote it."""
    stamp = read_stamp(marker.custom)
    return stamp is not None and stamp.marker.startswith(digest)


def minutes(seconds: float) -> str:
    """`1:02.35`."""
    hundredths = round(abs(seconds) * 100)
    return f"{'-' if seconds < 0 else ''}{hundredths // 6000}:{hundredths % 6000 / 100:05.2f}"


def shown_name(answer: Answer) -> str:
    """The marker's name; Resolve takes no empty one."""
    return answer.marker.name.strip() or "Marker"


def _place(planned: Planned) -> tuple[Owner, int, str]:
    return planned.owner, planned.marker.frame, planned.marker.custom


def _hits(clock: TimelineClock, recording: Recording, answer: Answer) -> list[tuple[Clip, int]]:
    """Every clip of the file that shows the place, with the absolute timeline frame."""
    found = []
    for clip in recording.clips:
        if clip.path == answer.path:
            frame = clip.start + clock.frames(Fraction(answer.t_s) - clip.from_s)
            if clip.start <= frame < clip.end:
                found.append((clip, frame))
    return found


def _planned(clock: TimelineClock, clip: Clip, frame: int, answer: Answer, settings: Settings, custom: str) -> Planned:
    rate = clock.rate
    if settings.write_to == "timeline":
        owner, shift = Owner("timeline", ""), -clock.start
    elif settings.write_to == "clip":
        # Keyed in source frames: the item's first frame is its left offset (facts 1.4).
        owner, shift = Owner("clip", clip.id), clip.left_offset - clip.start
    else:
        owner, rate = Owner("media_pool", clip.media_id), clip.media_rate
        shift = nearest(Fraction(answer.t_s) * rate) - frame
    first, after = clip.start + shift, clip.end + shift
    if owner.kind == "media_pool":
        first = max(0, nearest(clip.from_s * rate))
        after = nearest(clip.to_s * rate)
        if clip.media_frames:
            after = min(after, clip.media_frames)
    marker = ResolveMarker(
        frame=min(max(frame + shift, first), after - 1),
        colour=_colour(answer, settings),
        name=(DOUBTFUL if answer.status == "doubtful" else "") + shown_name(answer),
        note=_note(answer),
        duration=max(1, nearest(Fraction(answer.duration_s) * rate)),
        custom=custom,
    )
    return Planned(owner, marker, first, after, answer, clip)


def _colour(answer: Answer, settings: Settings) -> str:
    if answer.status == "doubtful":
        return settings.colour_doubtful
    if settings.colour == "keep":
        return answer.marker.colour
    return settings.colour_sure if answer.confidence >= settings.sure_from else settings.colour_fair


def _note(answer: Answer) -> str:
    """One line, since Resolve's marker lists keep one."""
    sure = int(answer.confidence * 100)
    told = f"mtbsync: {minutes(answer.t_s)} \u00b1{answer.half_width_s:.2f} s, {sure} % sure"
    return f"{answer.marker.note} ({told})" if answer.marker.note else told
