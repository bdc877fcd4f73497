"""What all readers share: what the user says of a file that does not say it itself, and markers made a timeline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

import opentimelineio as otio

from mtbsync_core.errors import UsageError
from mtbsync_core.timecode import Rate, frames_of
from otio_adapters.build import KEY, frame_time, rate_metadata


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """What is known of the timeline that a file comes from; None stands for what the file says."""

    rate: Rate | None = None
    """Frames a second. Its drop flag counts where `drop` is None and the file says nothing."""
    drop: bool | None = None
    start_timecode: str | None = None
    """Where that timeline starts; without it, and where the file does not say, times count from 00:00:00:00."""
    sequence: str | None = None
    """The name of the timeline to be read, of a file that holds several."""


T = TypeVar("T")

PLAIN_READ = ReadOptions()
"""Everything as the file says it."""


def named(found: Iterable[tuple[str, T]], how: ReadOptions) -> T | None:
    """The timeline that the user asks for by its name, in whichever case; None where he asks for none.

    Raises:
        UsageError: there is none of that name.
    """
    if how.sequence is None:
        return None
    by_name = {name.casefold(): (name, one) for name, one in reversed(list(found))}
    if how.sequence.casefold() not in by_name:
        names = ", ".join(reversed([name for name, _ in by_name.values()]))
        raise UsageError(f"the file holds no sequence {how.sequence!r}", f"It holds: {names or 'none at all'}.")
    return by_name[how.sequence.casefold()][1]


def known_rate(rate: Rate | None, what: str) -> Rate:
    """The rate, where it is known.

    Raises:
        UsageError: neither the file nor the user says it.
    """
    if rate is None:
        raise UsageError(f"{what} does not say its frame rate", "Give it with --fps, for example --fps 29.97.")
    return rate


def counting(rate: Rate, how: ReadOptions, says: bool | None) -> Rate:
    """The rate with the drop flag that counts: the user's, else the file's (`says`), else that of the rate.

    Some programs write DROP FRAME at 23.976 fps, where there is none.
    """
    if how.drop is not None:
        return Rate(rate.num, rate.den, how.drop)
    return rate if says is None else rate.dropping(says)


def timeline_of(
    title: str, rate: Rate, start: str | None, markers: Iterable[otio.schema.Marker]
) -> otio.schema.Timeline:
    """A timeline with these markers, which count from its start; without a timecode of it, from 00:00:00:00.

    Raises:
        FormatError: the timecode does not exist at the rate.
    """
    begin = frame_time(frames_of(start, rate) if start else 0, rate)
    timeline = otio.schema.Timeline(name=title, global_start_time=begin, metadata={KEY: rate_metadata(rate)})
    timeline.tracks.markers.extend(markers)
    return timeline
