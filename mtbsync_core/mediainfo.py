"""`MediaInfo`: what one recording is, as far as time and picture size go. Pure data, JSON in and out."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from mtbsync_core.errors import FormatError, UsageError
from mtbsync_core.timecode import Rate


@dataclass(frozen=True, slots=True)
class MediaFile:
    """One file of a recording: a chapter, or all of it."""

    path: Path
    start_s: float = 0.0
    """When its first frame is shown, seconds on the recording's clock."""
    proxy: Path | None = None
    """The small copy that was looked at in its place."""


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """One recording, as its file says, or its files: cameras cut long recordings into chapters.

    Times are seconds on the recording's own clock, whose zero is the presentation time of the first shown frame of
    the first file; each further file begins when the last frame of the one before ends.
    """

    path: Path
    """The (first) file."""
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
    files: tuple[MediaFile, ...] = ()
    """The files in the order in which they were recorded; of a recording in one piece, that one."""
    from_s: float = 0.0
    """Of a part of a recording: the second of the recording at which it begins."""
    audio_channels: int | None = None
    """Of its first sound track, 0 where it has none; None where nobody looked (files of earlier versions)."""
    audio_rate: int = 0
    """Samples a second of that track."""

    def __post_init__(self) -> None:
        if not self.files:
            object.__setattr__(self, "files", (MediaFile(self.path),))

    @property
    def name(self) -> str:
        """What to call the recording: its file's name, with the number of further chapters."""
        return self.path.name if len(self.files) == 1 else f"{self.path.name} and {len(self.files) - 1} more"

    def at(self, t_s: float) -> tuple[MediaFile, float]:
        """The file that shows this moment of the recording, and the second in it; before zero the first file."""
        file = self.files[max(0, bisect_right([f.start_s for f in self.files], t_s) - 1)]
        return file, t_s - file.start_s

    def with_paths(self, paths: Sequence[Path]) -> MediaInfo:
        """The same recording, its files being at these places."""
        files = tuple(replace(file, path=path) for file, path in zip(self.files, paths, strict=True))
        return replace(self, path=files[0].path, files=files)

    def excerpt(self, from_s: float, to_s: float) -> MediaInfo:
        """A part of the recording as one of its own, on a clock that begins at `from_s`; cut to what there is.

        Raises:
            UsageError: nothing of the recording lies between the two.
        """
        from_s, to_s = max(0.0, from_s), min(self.duration_s, to_s)
        if to_s <= from_s:
            raise UsageError(
                f"{self.name} has nothing between {from_s:.3f} s and {to_s:.3f} s", f"It lasts {self.duration_s:.3f} s."
            )
        ends = [*(file.start_s for file in self.files[1:]), self.duration_s]
        files = [f for f, end_s in zip(self.files, ends, strict=True) if f.start_s < to_s and end_s > from_s]
        return replace(
            self,
            path=files[0].path,
            duration_s=to_s - from_s,
            n_frames=round((to_s - from_s) * self.rate),
            start_timecode=None,
            files=tuple(replace(file, start_s=file.start_s - from_s) for file in files),
            from_s=self.from_s + from_s,
        )

    @property
    def timecode_rate(self) -> Rate:
        """The rate of this file's labels."""
        return Rate.of(self.rate).dropping(self.drop)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready: the rate as "30000/1001", paths as text."""
        files = [
            {"path": str(f.path), "start_s": f.start_s, "proxy": str(f.proxy) if f.proxy else None} for f in self.files
        ]
        return {**asdict(self), "path": str(self.path), "rate": str(self.rate), "files": files}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> MediaInfo:
        """Inverse of `as_dict`; unknown fields are ignored.

        Raises:
            FormatError: a field is missing or of the wrong kind.
        """
        try:
            known = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
            files = tuple(_file(entry) for entry in data.get("files", ()))
            return cls(**{**known, "path": Path(data["path"]), "rate": Fraction(data["rate"]), "files": files})
        except (AttributeError, KeyError, TypeError, ValueError, ZeroDivisionError) as error:
            raise FormatError(f"media description is damaged: {error}") from error


def beside(path: Path, folder: Path, may: Callable[[Path], bool] = Path.is_file) -> Path | None:
    """Where a file is: as it was called, or in a folder that was moved together with it; None where it is at neither.

    Args:
        may: whether there is a file at a path that may be read.
    """
    return next((one for one in (path, folder / path.name) if may(one)), None)


def _file(data: dict[str, Any]) -> MediaFile:
    proxy = Path(data["proxy"]) if data.get("proxy") else None
    return MediaFile(Path(data["path"]), float(data["start_s"]), proxy)
