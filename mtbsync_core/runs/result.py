"""`Result`: a folder of results as whoever compares runs reads it: the map, both recordings, and whose run it was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from mtbsync_core.alignment.result import SavedWarp, load_warp
from mtbsync_core.errors import MtbsyncError, UsageError
from mtbsync_core.files import read_object
from mtbsync_core.jobs.reviewed import told
from mtbsync_core.markers import Marker
from mtbsync_core.mediainfo import MediaInfo, beside
from mtbsync_core.moved_csv import read_moved
from mtbsync_core.runs.record import folders_of
from mtbsync_core.runs.run_file import RunFile, WhoseRun, load_run
from mtbsync_core.timing.runs import TimedRun
from mtbsync_core.warp import Span

WARP = "timewarp.json"
Side = Literal["ref", "new"]
_ROLES: dict[Side, str] = {"ref": "reference", "new": "new"}


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What a folder of results says of its run; `run` is None where no batch made it and nobody said whose it is."""

    name: str
    folder: Path
    saved: SavedWarp
    run: RunFile | None

    @property
    def holds_rides(self) -> bool:
        """Whether it only holds the folders of several rides."""
        return self.run is not None and self.run.rides is not None and self.run.state == "done"

    @property
    def whose(self) -> WhoseRun:
        """Whose run it was, as far as it is told."""
        return self.run.whose if self.run is not None else WhoseRun()

    @property
    def doubtful(self) -> tuple[Span, ...]:
        """The weak parts of the map but for its gaps, which the map has itself; reference seconds."""
        weak = (read_object(self.folder / WARP, "utf-8-sig") or {}).get("weak") or ()
        spans = (part["ref_s"] for part in weak if part.get("why") != "gap" and part.get("ref_s"))
        return tuple((float(from_s), float(to_s)) for from_s, to_s, *_ in spans)

    def key(self, side: Side) -> str:
        """What tells a recording from others: the digest of its content, else its description."""
        digest = self.run.inputs.get(_ROLES[side]) if self.run is not None else None
        return digest or str(told(self.media(side)) or f"{self.name}/{side}")

    def media(self, side: Side) -> MediaInfo | None:
        """The recording of a side, with its files where they are; as the warp names it where they are not there."""
        media = self.saved.media_ref if side == "ref" else self.saved.media_new
        if media is None:
            return None
        return media.with_paths([beside(file.path, self.folder) or file.path for file in media.files])

    def media_there(self, side: Side) -> MediaInfo:
        """The recording of a side.

        Raises:
            UsageError: it is not known, or a file of it is not there.
        """
        media = self.media(side)
        if media is None:
            raise UsageError(
                f"{self.folder / WARP} does not name its recordings", "Make it with mtbsync align or sync."
            )
        gone = next((file.path for file in media.files if not file.path.is_file()), None)
        if gone is not None:
            raise UsageError(
                f"{gone} is not there", "Connect its disk, or put the recording into the folder of the result."
            )
        return media

    def timed(self, media: MediaInfo | None, name: str = "", **about: Any) -> TimedRun:
        """The run on the reference's clock.

        Args:
            name: what to call it, if not as the result.
            about: further fields of `TimedRun`.

        Raises:
            RefusedError: the alignment was refused.
        """
        warp, whose = self.saved.usable_warp(), self.whose
        known = {"rider": whose.rider or "", "date": whose.date or "", **about}
        return TimedRun(name=name or self.name, warp=warp, media=media, **known)


def read_result(folder: Path, name: str = "") -> Result:
    """Read a folder of results.

    Args:
        name: what to call it; else it is called as its folder.

    Raises:
        UsageError: it is none.
        FormatError: a file in it is damaged.
    """
    if not (folder / WARP).is_file():
        raise UsageError(f"{folder} holds no {WARP}", "Give a folder that mtbsync align, sync or batch wrote.")
    return Result(name or folder.name, folder, load_warp(folder / WARP), load_run(folder))


def result_folders(root: Path) -> list[Path]:
    """The folders of results below a root, and the root itself where it is one, in the order of their names.

    Raises:
        UsageError: there is no such folder.
    """
    if not root.is_dir():
        raise UsageError(f"{root} is no folder", "Give the folder with the results.")
    return [folder for folder in folders_of(root) if (folder / WARP).is_file()]


def carried_markers(results: Iterable[Result]) -> tuple[Marker, ...]:
    """The reference's markers, of the run that has the most of them; a file that is damaged counts as not there."""
    best: tuple[Marker, ...] = ()
    for one in results:
        try:
            moved = read_moved(one.folder / "new_markers.csv")
        except MtbsyncError:
            continue
        if len(moved) > len(best):
            best = tuple(m.source for m in moved)
    return best
