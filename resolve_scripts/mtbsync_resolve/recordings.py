"""Clips of one recording belong together: several pieces of one file, and the chapters that a GoPro splits it into."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Iterable

from .clips import Clip
from .errors import ScriptError
from .markers import digest
from .texts import text
from .timeline_clock import minutes

# GX010123.MP4, GX020123.MP4; before HERO6 GOPR0123.MP4, GP010123.MP4. Source: GoPro, file naming convention.
_CHAPTER = re.compile(
    r"G(?:[HXSL](?P<chapter>\d\d)|P(?P<older>\d\d)|OPR)(?P<number>\d{4})\.(?P<kind>\w+)", re.IGNORECASE
)


_BREAK_FRAMES = 2
"""Frames of a file between two clips of it from which on it was not the same lap; cuts are read a frame off at most."""


@dataclass(frozen=True, eq=False)
class Part:
    """All clips of one file, and the seconds of it from the first shown to the last. A trail pack has no clips."""

    path: str
    clips: tuple[Clip, ...]

    @property
    def from_s(self) -> Fraction:
        return min(clip.from_s for clip in self.clips)

    @property
    def to_s(self) -> Fraction:
        return max(clip.to_s for clip in self.clips)

    @property
    def fps(self) -> Fraction:
        """Frames a second at which Resolve plays the file."""
        return self.clips[0].media_rate

    @property
    def frames(self) -> int | None:
        """Frames of the file as Resolve counts them, of subclips up to their end; None where it does not say."""
        known = [clip.media_first + clip.media_frames for clip in self.clips if clip.media_frames]
        return max(known) if known else None

    @property
    def name(self) -> str:
        """The file's name, also of a Windows path on another system."""
        return self.path.replace("\\", "/").rpartition("/")[2]

    @property
    def stem(self) -> str:
        """The name without its ending, alike on all systems."""
        return Path(self.name).stem.casefold()

    @property
    def proxy(self) -> str:
        """The proxy of the file, '' without one."""
        return next((clip.proxy for clip in self.clips if clip.proxy), "")


@dataclass(frozen=True, eq=False)
class Recording:
    """One recording: its files in the order of time; or one lap of a recording of which all chosen clips are pieces."""

    key: str
    parts: tuple[Part, ...]
    lap: str = ""
    """Where the lap begins in its file, in words; '' of a whole recording."""

    @property
    def id(self) -> str:
        """Tells recordings, and laps of one, apart."""
        return self.key + self.lap

    @property
    def name(self) -> str:
        return " + ".join(part.name for part in self.parts) + (f" {self.lap}" if self.lap else "")

    @property
    def stem(self) -> str:
        """The name of the file without folder and ending; of chapters, what their names have in common."""
        return Path(self.key.replace("\\", "/").rpartition("/")[2]).stem.casefold()

    @property
    def clips(self) -> list[Clip]:
        return [clip for part in self.parts for clip in part.clips]


def key_of(path: str) -> str:
    """The same for all files of one recording."""
    folder, name = os.path.split(path)
    match = _CHAPTER.fullmatch(name)
    if match is None:
        return os.path.normcase(path)
    family = name[:2].upper() if match["chapter"] else "GOPR"
    return os.path.normcase(str(Path(folder) / "{}..{}.{}".format(family, match["number"], match["kind"].upper())))


def recordings_of(clips: Iterable[Clip]) -> list[Recording]:
    """The clips by recording, in the order of their files' names: one that does not hang on the selection's.

    Raises ScriptError where Resolve has one file at two frame rates.
    """
    by_path: dict[str, list[Clip]] = {}
    for clip in clips:
        by_path.setdefault(os.path.normcase(clip.path), []).append(clip)
    by_key: dict[str, list[Part]] = {}
    for found in by_path.values():
        first, *others = sorted(found, key=lambda clip: (clip.start, clip.track))
        if any(clip.media_rate != first.media_rate for clip in others):
            raise ScriptError(text("two_rates", path=first.path), text("two_rates_hint"))
        # Windows has many spellings of one path; from here on it has one.
        clips = (first, *(replace(clip, path=first.path) for clip in others))
        by_key.setdefault(key_of(first.path), []).append(Part(first.path, clips))
    return [
        Recording(key, tuple(sorted(by_key[key], key=lambda part: _chapter_order(part.path)))) for key in sorted(by_key)
    ]


def laps_of(recording: Recording) -> list[Recording]:
    """The clips of one recording as laps: what is shown of a file without a break is one, whatever pieces it is in."""
    laps = []
    for part in recording.parts:
        lap: list[Clip] = []
        for clip in sorted(part.clips, key=lambda one: (one.from_s, one.to_s)):
            if lap and clip.from_s > max(one.to_s for one in lap) + _BREAK_FRAMES / part.fps:
                laps.append((part.path, lap))
                lap = []
            lap.append(clip)
        laps.append((part.path, lap))
    return [
        Recording(recording.key, (Part(path, tuple(lap)),), text("lap", at=minutes(float(lap[0].from_s))))
        for path, lap in laps
    ]


def pair_digest(reference: Recording, new: Recording) -> str:
    """Eight letters for these two recordings, the same in every run, also when their files were moved and relinked."""
    return digest(reference.stem + "\n" + new.stem)


def legacy_pair_digest(reference: Recording, new: Recording) -> str:
    """The same as stamps of format 1 have it, of the full paths."""
    return digest(reference.key + "\n" + new.key)


def _chapter_order(path: str) -> tuple[int, str]:
    match = _CHAPTER.fullmatch(Path(path).name)
    return (int(match["chapter"] or match["older"] or 0) if match else 0), path
