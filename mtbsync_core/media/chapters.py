"""Which files make one recording: cameras cut long ones into chapters, and say so in the file names only.

| camera | names | first |
|---|---|---|
| GoPro since HERO6 | `GH010123.MP4` or `GX010123.MP4`, `GL010123.LRV`; Labs firmware: `PREFIX-GX010123.MP4` | 01 |
| GoPro before | `GOPR0123.MP4` `GP010123.MP4` `GP020123.MP4` | `GOPR` |
| DJI | `DJI_20260614101500_0007_D.MP4`, or `..._D_001.MP4` `..._D_002.MP4` | not known |
| Insta360 | `VID_20260614_101500_00_007.mp4`: those of one date, time and lens | any |

Sorted by name, chapters of several GoPro recordings mix (`GX010001`, `GX010002`, `GX020001`), and `GP01` stands behind
`GOPR` by luck alone: the order is that of the numbers. GoPro's loops (`GHAA0001`) overwrite each other; each is taken
for itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mtbsync_core.errors import MediaError

_GOPRO = re.compile(r"(?P<of>(?:.*-)?g[hxl])(?P<n>\d\d)(?P<id>\d{4}\.\w+)")
_GOPRO_FIRST = re.compile(r"gopr(?P<id>\d{4}\.\w+)")
_GOPRO_NEXT = re.compile(r"gp(?P<n>\d\d)(?P<id>\d{4}\.\w+)")
_DJI = re.compile(r"(?P<of>dji_\d{14}_\d{4}_[a-z])(?:_(?P<n>\d{3}))?(?P<id>\.\w+)")
_INSTA360 = re.compile(r"(?P<of>(?:vid|lrv)_\d{8}_\d{6}_\d\d)_(?P<n>\d{3})(?P<id>\.\w+)")


@dataclass(frozen=True, slots=True)
class ChapterName:
    """What a file's name says: the recording (alike for all its chapters), the chapter, the number of the first."""

    recording: tuple[str, str]
    number: int
    first: int | None
    """None: recordings do not begin with a certain number."""


def chapter_name(name: str) -> ChapterName | None:
    """Read a file name, in capitals or not; None where it is no camera's name for a chapter."""
    name = name.casefold()
    if (found := _GOPRO.fullmatch(name)) and int(found["n"]):
        # The prefix of Labs firmware may hold the time at which this chapter began.
        return ChapterName((re.sub(r"\d", "", found["of"]), found["id"]), int(found["n"]), 1)
    if found := _GOPRO_FIRST.fullmatch(name):
        return ChapterName(("gopr", found["id"]), 0, 0)
    if (found := _GOPRO_NEXT.fullmatch(name)) and int(found["n"]):
        return ChapterName(("gopr", found["id"]), int(found["n"]), 0)
    if found := _DJI.fullmatch(name) or _INSTA360.fullmatch(name):
        return ChapterName((found["of"], found["id"]), int(found["n"] or 0), None)
    return None


def find_chapters(path: Path) -> tuple[Path, ...]:
    """All chapters of the recording of which `path` is one, from its folder, in the order of recording.

    Raises:
        MediaError: a chapter is missing, or two files could be the same one.
    """
    own = chapter_name(path.name)
    if own is None or not path.is_file():
        return (path,)
    found = {own.number: path}
    for other in sorted(path.parent.iterdir()):
        name = chapter_name(other.name)
        if name is None or name.recording != own.recording or other.is_dir() or other.name == path.name:
            continue
        if name.number in found:
            raise MediaError(
                f"{found[name.number].name} and {other.name} could both be chapter {name.number} of one recording",
                "Keep each recording in a folder of its own, or take this file for itself with --no-chapters.",
            )
        found[name.number] = other
    _require_all(found.keys(), own.first, path)
    return tuple(found[number] for number in sorted(found))


def in_order(paths: Sequence[Path]) -> tuple[Path, ...]:
    """Files that are said to be one recording, in the order of recording: by their names, where these tell.

    Raises:
        MediaError: by their names they are of two recordings, or a chapter is missing between them or given twice.
    """
    names = [chapter_name(path.name) for path in paths]
    known = [name for name in names if name is not None]
    if not known or len(known) < len(paths):
        return tuple(paths)
    by_number = {name.number: path for name, path in zip(known, paths, strict=True)}
    if len({name.recording for name in known}) > 1:
        raise MediaError(
            f"{paths[0].name} to {paths[-1].name} are chapters of different recordings",
            "Give the chapters of one recording; of GoPro files the last four digits are alike.",
        )
    if len(by_number) < len(paths):
        raise MediaError(f"a chapter beside {paths[0].name} is given twice", "Give each file once.")
    _require_all(by_number.keys(), known[0].first, paths[0])
    return tuple(by_number[number] for number in sorted(by_number))


def _require_all(numbers: Iterable[int], first: int | None, path: Path) -> None:
    have = set(numbers)
    missing = sorted(set(range(min(have) if first is None else first, max(have))) - have)
    if missing:
        many = f"chapters {', '.join(map(str, missing))} are" if len(missing) > 1 else f"chapter {missing[0]} is"
        raise MediaError(
            f"of the recording of {path.name} {many} missing in {path.absolute().parent}",
            "Copy all chapters into one folder, or take this file for itself with --no-chapters.",
        )
