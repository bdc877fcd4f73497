"""Which sector lines there are: those that were kept, else the reference's markers; and what is changed in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mtbsync_core.errors import FormatError, UsageError
from mtbsync_core.jobs.ref_markers import read_ref_markers
from mtbsync_core.marker_csv import write_markers
from mtbsync_core.marker_times import elapsed_s
from mtbsync_core.markers import Marker
from mtbsync_core.options import option
from mtbsync_core.report.load import Loaded
from mtbsync_core.timing.lines import SectorLines
from mtbsync_core.warp import Span

NAME = "sector_lines.csv"
"""Lines that were changed are kept here, in the folder of the runs, for all reports to come."""
_WITHOUT_ENDS = 3
"""Of so many markers and more, the first is the start and the last the finish."""
_PARTS = 4
_LATE = 0.9
"""The trail begins where so large a share of the runs have begun: of six runs and more one may begin too late."""


class Place(NamedTuple):
    """A line by name, and the trail second where it is to be."""

    name: str
    t_ref: float


def place(text: str) -> Place:
    """`NAME=TIME`, the time in seconds or (h:)m:s of the reference.

    Raises:
        UsageError: it is not that.
    """
    name, equals, said = text.rpartition("=")
    try:
        if not equals or not name.strip():
            raise FormatError("no name")
        return Place(name.strip(), elapsed_s(said.strip()))
    except (FormatError, ValueError) as error:
        raise UsageError(f"{text} is not NAME=TIME", 'For example --add-line "Root garden=0:31.2"') from error


@dataclass(frozen=True, slots=True, kw_only=True)
class LineOptions:
    """Where the sector lines come from, and what is changed in them."""

    lines: Path | None = option(
        None,
        "--lines",
        "A marker file with the sector lines. Default: those kept in the folder, else the reference's markers.",
    )
    add: tuple[Place, ...] = option(
        (), "--add-line", "Add a sector line, as seen in the reference's video.", metavar="NAME=TIME", read=place
    )
    move: tuple[Place, ...] = option((), "--move-line", "Move a sector line.", metavar="NAME=TIME", read=place)
    delete: tuple[str, ...] = option((), "--delete-line", "Delete a sector line.", metavar="NAME")


def lines_of(loaded: Loaded, folder: Path, o: LineOptions) -> tuple[SectorLines, str]:
    """The lines, and what is said of where they come from. Lines that were changed are kept in `folder`.

    Raises:
        UsageError: a line is named that is not there, two are at one place, or fewer than two are left.
        FormatError: the file of lines is damaged.
    """
    source, said = o.lines or folder / NAME, ""
    if o.lines is not None or source.is_file():
        markers: Sequence[Marker] = read_ref_markers(source, loaded.reference.media).markers
        lines = SectorLines(np.array([m.t_s for m in markers]), tuple(m.name or m.marker_id for m in markers))
    else:
        lines, said = _of_markers(loaded)
    for name, t_ref in o.move:
        lines = lines.moved(_numbered(lines, name), t_ref)
    for name, t_ref in o.add:
        lines = lines.added(t_ref, name)
    for name in o.delete:
        lines = lines.deleted(_numbered(lines, name))
    if o.move or o.add or o.delete:
        kept = [Marker(name, t) for name, t in zip(lines.names, lines.t_ref.tolist(), strict=True)]
        write_markers(folder / NAME, kept)
    return lines, said


def _of_markers(loaded: Loaded) -> tuple[SectorLines, str]:
    start_s, end_s = _common(loaded)
    within = [marker for marker in loaded.markers if start_s <= marker.t_s <= end_s]
    if len(within) >= _WITHOUT_ENDS:
        within.sort(key=lambda marker: marker.t_s)
        return SectorLines.of_markers(within, start_s=within[0].t_s, end_s=within[-1].t_s), ""
    if within:
        return SectorLines.of_markers(within, start_s=start_s, end_s=end_s), ""
    even = np.linspace(start_s, end_s, _PARTS + 1)
    names = ("start", *(f"{n}/{_PARTS}" for n in range(1, _PARTS)), "finish")
    return SectorLines(even, names), (
        f"the reference has no markers here: its sectors are {_PARTS} parts of equal length (--lines FILE, --add-line)"
    )


def _common(loaded: Loaded) -> Span:
    """The trail as nearly all runs have it.

    Raises:
        UsageError: they have nothing in common.
    """
    starts, ends = zip(*((run.warp.ref_s[0], run.warp.ref_s[-1]) for run in loaded.runs[1:]), strict=True)
    start_s = float(np.quantile(starts, _LATE, method="nearest"))
    end_s = float(np.quantile(ends, 1 - _LATE, method="nearest"))
    if end_s <= start_s:
        raise UsageError("the runs have no part of the trail in common", "Name fewer of them.")
    return start_s, end_s


def _numbered(lines: SectorLines, name: str) -> int:
    if name not in lines.names:
        raise UsageError(f"no sector line is called {name}", f"There are {', '.join(lines.names)}.")
    return lines.names.index(name)
