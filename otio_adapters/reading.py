"""What all readers share: what the user says of a file that does not say it itself."""

from __future__ import annotations

from dataclasses import dataclass

from mtbsync_core.timecode import Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """What is known of the timeline that a file comes from; None stands for what the file says."""

    rate: Rate | None = None
    """Frames a second. Its drop flag counts where `drop` is None and the file says nothing."""
    drop: bool | None = None
    start_timecode: str | None = None
    """Where that timeline starts; without it, and where the file does not say, times count from 00:00:00:00."""


PLAIN_READ = ReadOptions()
"""Everything as the file says it."""


def counting(rate: Rate, how: ReadOptions, says: bool | None) -> Rate:
    """The rate with the drop flag that counts: the user's, else the file's (`says`), else that of the rate.

    Some programs write DROP FRAME at 23.976 fps, where there is none.
    """
    possible = rate.den == 1001 and rate.nominal % 30 == 0
    drop = how.drop if how.drop is not None else rate.drop if says is None else says and possible
    return Rate(rate.num, rate.den, drop)
