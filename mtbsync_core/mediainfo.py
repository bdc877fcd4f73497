"""`MediaInfo`: what one recording is, as far as time and picture size go. Pure data, JSON in and out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from mtbsync_core.errors import FormatError
from mtbsync_core.timecode import Rate


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """One recording, as its file says.

    Times are seconds on the file's own clock, whose zero is the presentation time of the first shown frame.
    """

    path: Path
    rate: Fraction
    """Mean frame rate (exact for constant-rate files)."""
    width: int
    height: int
    """Size as shown, after `rotation`."""
    duration_s: float
    """From the first frame's start to the last frame's end."""
    n_frames: int
    codec: str
    rotation: int = 0
    """Clockwise turn for display: 0, 90, 180 or 270 degrees."""
    start_timecode: str | None = None
    """Label of the first frame from the timecode track, or None when the file has none."""
    drop: bool = False
    """Drop-frame flag of the timecode track."""
    creation_time: str | None = None
    """ISO 8601 as written by the camera; many cameras write local time marked Z."""
    variable_rate: bool = False

    @property
    def timecode_rate(self) -> Rate:
        """The rate of this file's labels."""
        rate = Rate.of(self.rate)
        return Rate(rate.num, rate.den, self.drop and rate.den == 1001 and rate.nominal % 30 == 0)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready: the rate as "30000/1001", the path as text."""
        return {**asdict(self), "path": str(self.path), "rate": str(self.rate)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> MediaInfo:
        """Inverse of `as_dict`; unknown fields are ignored.

        Raises:
            FormatError: a field is missing or of the wrong kind.
        """
        try:
            known = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
            return cls(**{**known, "path": Path(data["path"]), "rate": Fraction(data["rate"])})
        except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
            raise FormatError(f"media description is damaged: {error}") from error
