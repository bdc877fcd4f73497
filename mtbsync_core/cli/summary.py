"""What verbs say of alignments and of markers, in words and as data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mtbsync_core.alignment.result import Alignment, SavedWarp
from mtbsync_core.cli.report import Report
from mtbsync_core.errors import DoubtfulError
from mtbsync_core.jobs.markers import note_problems
from mtbsync_core.marker_csv import MarkerTable, write_markers
from mtbsync_core.markers import Z90, Marker, MovedMarker
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.moved_csv import moved_as_dicts
from mtbsync_core.timecode import minutes_seconds

if TYPE_CHECKING:  # OpenTimelineIO is not there for every Python on every machine
    from otio_adapters.writing import ExportReport

_MOST_WEAK = 8
_MOST_ROWS = 40


def say_alignment(report: Report, alignment: Alignment) -> None:
    """The verdict with its reasons and main figures, and the parts that are not to be trusted with what to do."""
    data = alignment.as_dict()
    keys = ("ok", "verdict", "reasons", "weak", "method", "params", "ppm", "inlier_frac", "residuals", "quality")
    report.data.update({key: data[key] for key in keys}, pairs=len(alignment.pairs))
    for word, media in (("reference", alignment.media_ref), ("new run", alignment.media_new)):
        copies = [file.proxy.name for file in media.files if file.proxy] if media is not None else []
        if copies:
            report.say(f"looked at {', '.join(copies)} in place of the {word}")
    report.say(f"verdict: {alignment.verdict} ({'; '.join(alignment.reasons)})")
    if not alignment.usable:
        return
    common, sigma = alignment.quality.common_new_s, alignment.quality.median_sigma_s
    share = f"{common:.1f} s of the new run lie on the reference" if common is not None else ""
    spread = f"typically known to ±{Z90 * sigma:.2f} s (90 %)" if sigma is not None else ""
    report.say("; ".join(part for part in (share, spread) if part))
    if zoom := alignment.quality.zoom:
        wider, by = ("reference", zoom) if zoom > 1 else ("new run", 1 / zoom)
        report.say(f"the {wider} has the wider view, by {by:.2f}, as the pictures tell; taken into account")
    for part in alignment.weak[:_MOST_WEAK]:
        first, last = (minutes_seconds(t, 1) for t in part.new_s)
        report.say(f"weak: {first} to {last} of the new run: {part.text}")
        report.say(f"      {part.advice}")
    if len(alignment.weak) > _MOST_WEAK:
        report.say(f"and {len(alignment.weak) - _MOST_WEAK} more weak parts, in timewarp.json")


def say_files(report: Report, files: Iterable[Path], set_aside: Sequence[Path] = ()) -> None:
    """What was written, and the new names of files of an earlier run."""
    for path in files:
        report.say(f"wrote {path}")
    if set_aside:
        report.data["set_aside"] = [str(path) for path in set_aside]


def say_exported(report: Report, name: str, done: ExportReport) -> None:
    """What was written for an editor, as `name`, `name_2`, ..., and how it takes it in."""
    report.data["export"] = done.as_dict()
    report.wrote({name if n == 1 else f"{name}_{n}": path for n, path in enumerate(done.files, 1)})
    say_files(report, done.files)
    report.say(done.recipe)


def say_timings(report: Report, timings: Mapping[str, float]) -> None:
    """Seconds of each stage, as in perf.json."""
    report.data["timings"] = dict(timings)
    stages = [f"{name.removesuffix('_sec')} {s:.1f} s" for name, s in timings.items() if s >= 0.05]
    report.say("took: " + ", ".join(stages))


def put_table(report: Report, table: MarkerTable) -> None:
    """What a marker file held, as data."""
    report.data["markers_read"] = len(table.markers)
    report.data["lines_skipped"] = table.skipped
    report.data["problems"] = [{"line": p.line, "text": p.text, "kept": p.kept} for p in table.problems]


def say_problems(report: Report, path: Path, table: MarkerTable) -> None:
    """The oddities of a marker file, each with its line."""
    put_table(report, table)
    note_problems(report, path, table)


def say_moved(
    report: Report, moved: Sequence[MovedMarker], media: MediaInfo | None = None, *, table: bool = True
) -> None:
    """The markers as a table (of a long list those that need a look), and their numbers."""
    counts = {status: sum(m.status == status for m in moved) for status in ("moved", "doubtful", "outside", "gap")}
    review = [m for m in moved if m.needs_review]
    report.data.update(counts=counts, needs_review=len(review), markers=moved_as_dicts(moved, media))
    shown = list(moved) if len(moved) <= _MOST_ROWS else review[:_MOST_ROWS]
    if shown and table:
        columns = ["marker", ">reference", ">new run", ">± 90 %", ">confidence", "status"]
        rows = [marker_row(m) for m in shown]
        if media is not None and len(media.files) > 1:
            columns.append("in file, at")
            rows = [(*row, file_and_clock(media, m)) for row, m in zip(rows, shown, strict=True)]
        report.table("", columns, rows)
    parts = [f"{n} {status}" for status, n in counts.items() if n]
    report.say(f"{len(moved)} markers: {', '.join(parts)}; {len(review)} to look at")


def marker_row(marker: MovedMarker) -> tuple[str, ...]:
    """One line of the table."""
    spread = "" if marker.t_new is None or marker.t_hi is None else f"{marker.t_hi - marker.t_new:.2f}"
    return (
        marker.source.name,
        minutes_seconds(marker.source.t_s, 2),
        "–" if marker.t_new is None else minutes_seconds(marker.t_new, 2),
        spread,
        "" if marker.t_new is None else f"{marker.confidence:.0%}",
        marker.status,
    )


def file_and_clock(media: MediaInfo, marker: MovedMarker) -> str:
    """Where a recording of several files shows the marker."""
    if marker.t_new is None:
        return ""
    file, seconds = media.at(marker.t_new)
    return f"{file.path.name} {minutes_seconds(seconds, 2)}"


def require_sure(source: SavedWarp | Alignment, moved: Sequence[MovedMarker] = ()) -> None:
    """What `--strict` asks for.

    Raises:
        DoubtfulError: the verdict is `check`, or a marker needs a look.
    """
    review = sum(m.needs_review for m in moved)
    doubts = [f"{review} of {len(moved)} markers need a look"] if review else []
    if source.verdict == "check":
        doubts.insert(0, "the alignment needs a look: " + "; ".join(source.reasons))
    if doubts:
        raise DoubtfulError("; ".join(doubts), "The files are written; leave out --strict to accept them.")


def write_ref_markers(report: Report, target: Path, markers: Sequence[Marker], what: str) -> None:
    """Write a marker file, and say what is in it."""
    write_markers(target, markers)
    say_ref_markers(report, target, markers, what)


def say_ref_markers(report: Report, target: Path, markers: Sequence[Marker], what: str) -> None:
    """What is in a marker file that was written."""
    report.data["markers"] = [{"name": m.name, "t_ref": round(m.t_s, 6)} for m in markers]
    report.wrote({"markers": target})
    report.say(f"{len(markers)} {what}, from {markers[0].t_s:.3f} s to {markers[-1].t_s:.3f} s")
    report.say(f"wrote {target}")
