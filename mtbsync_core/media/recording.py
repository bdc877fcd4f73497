"""`Recording`: all shown frames of a recording, over its files, by number and time."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.errors import MediaError
from mtbsync_core.media.packets import PacketTable, scan
from mtbsync_core.mediainfo import MediaInfo

_ROUNDING_S = 1e-4


class NoFrameError(MediaError):
    """A frame that the recording does not have."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Recording:
    """One recording, whose files are there.

    Its frames are counted over all files; of a part of a recording only those in it are.
    """

    media: MediaInfo
    tables: tuple[PacketTable, ...]
    """Of its files."""
    frames: tuple[NDArray[np.intp], ...]
    """Of each file, which of its shown frames belong to the recording."""
    times_s: NDArray[np.float64]
    """When each frame appears, seconds on the recording's clock, strictly increasing."""

    @classmethod
    def of(cls, media: MediaInfo) -> Recording:
        """Raises MediaError where a file cannot be used."""
        files, tables, frames, times_s = [], [], [], []
        for file in media.files:
            table = scan(file.path)
            t = table.times_s + file.start_s
            # Of a part of a recording; one in full is shown in full, also if it has grown since it was aligned.
            within = (t > -_ROUNDING_S) & (t < media.duration_s - _ROUNDING_S) if media.from_s else t >= file.start_s
            if within.any():
                files.append(file)
                tables.append(table)
                frames.append(np.flatnonzero(within))
                times_s.append(t[within])
        joined_s = np.concatenate([[-np.inf], *times_s])
        if not files or np.any(np.diff(joined_s) <= 0):
            raise MediaError(f"the files of {media.name} do not follow each other", "Align the two recordings again.")
        return cls(replace(media, files=tuple(files)), tuple(tables), tuple(frames), joined_s[1:])

    def place(self, n: int) -> tuple[int, int]:
        """The file that holds frame n, and its position in that file's table.

        Raises:
            NoFrameError: there is no such frame.
        """
        if not 0 <= n < len(self.times_s):
            raise NoFrameError(f"there is no frame {n}", f"The recording has {len(self.times_s)}.")
        starts = [self.first_frame(file) for file in range(len(self.frames))]
        file = bisect_right(starts, n) - 1
        return file, int(self.tables[file].order[self.frames[file][n - starts[file]]])

    def number(self, file: int, stamp: int) -> int:
        """The number of the frame of a file with this stamp; that of the next one where it is not in the recording."""
        shown = np.searchsorted(self.tables[file].shown_stamps, stamp)
        return self.first_frame(file) + int(np.searchsorted(self.frames[file], shown))

    def shown_at(self, t_s: float) -> int:
        """The frame that is shown at a time."""
        return max(0, int(np.searchsorted(self.times_s, t_s + _ROUNDING_S, side="right")) - 1)

    def first_frame(self, file: int) -> int:
        """The number of a file's first frame."""
        return sum(len(kept) for kept in self.frames[:file])

    @property
    def end_s(self) -> float:
        """When the last frame ends, on the recording's clock."""
        table, last = self.tables[-1], int(self.frames[-1][-1])
        stamps = table.shown_stamps
        ticks = int(stamps[last + 1] - stamps[last]) if last + 1 < len(stamps) else table.last_duration
        return float(self.times_s[-1] + ticks * table.time_base)
