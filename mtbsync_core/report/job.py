"""`ReportJob`: where the time went, as a page, a table, JSON, and a timeline of the joinable best."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mtbsync_core.errors import EngineMissingError, UsageError
from mtbsync_core.files import write_json, write_text
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.media.trail_file import is_trail
from mtbsync_core.options import option
from mtbsync_core.render.film import film, segments_of
from mtbsync_core.report.best_timeline import write_best
from mtbsync_core.report.line_tags import NAME as TAGS
from mtbsync_core.report.line_tags import read_line_tags
from mtbsync_core.report.load import Loaded, load
from mtbsync_core.report.numbers import NAME, Wish, report_of
from mtbsync_core.report.page import page
from mtbsync_core.report.sector_lines import LineOptions, lines_of
from mtbsync_core.report.seen import seen_places
from mtbsync_core.report.table_file import write_table
from mtbsync_core.runs.result import result_folders
from mtbsync_core.timing.best import TOLERANCE, Best
from mtbsync_core.timing.lines import SectorLines
from mtbsync_core.timing.trail_clock import PairMap, solved


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportJob:
    """Which runs, which of them are compared, and what is written."""

    results: tuple[Path, ...] = option(
        (),
        argument="[RESULT]...",
        help="Folders of results of one reference: one (new run against reference), or more.",
    )
    root: Path | None = option(None, "--root", "The folder that mtbsync batch wrote to: all runs in it.")
    out: Path | None = option(None, "--out", "The folder for the report. Default: --root, or the last RESULT.")
    trail: str | None = option(
        None, "--trail", "Of results of several references: the one to report on. Default: that with the most runs."
    )
    of: str | None = option(None, "--of", "The run that the page opens with. Default: the last RESULT, or the newest.")
    against: str | None = option(
        None,
        "--against",
        "What runs are compared with: best (the fastest of all), own-best (of the same rider), day-best (of the same "
        "day), or a run by name. Default: best; of two RESULTs the first; of one the reference.",
        metavar="best|own-best|day-best|RUN",
    )
    lines: LineOptions = field(default_factory=LineOptions)
    line_tags: Path | None = option(
        None,
        "--line-tags",
        f"A table of run, sector, line (A or B). Default: {TAGS} in the folder, where there is one.",
    )
    ref_rider: str | None = option(None, "--ref-rider", "Who rode the reference.")
    pauses: bool = option(True, "--pauses/--no-pauses", "Whether standing counts.")
    tolerance: float = option(
        TOLERANCE,
        "--tolerance",
        "By how much speeds may differ where sectors of two runs are joined: 0.1 is a tenth.",
        minimum=0.0,
        maximum=1.0,
    )
    pictures: bool = option(True, "--no-pictures", "No pictures and no clips of the three places.")
    film: bool = option(
        False,
        "--film",
        f"Also cut the joinable best into one video, {NAME}_best.mp4, with each seam's speed difference.",
    )

    def run(self, listener: Listener) -> dict[str, Any]:
        """Write the report, and return its content.

        Raises:
            UsageError: there is no run, a name is not known, or a file cannot be written.
            FormatError: a file is damaged.
        """
        folders, home = self._folders()
        loaded = load(home, folders, self.trail, self.ref_rider, listener)
        loaded = _on_one_clock(loaded)
        lines, said = lines_of(loaded, home, self.lines)
        loaded = self._tagged(loaded, home, lines)
        loaded = replace(loaded, notes=(*loaded.notes, *([said] if said else [])))
        made = report_of(loaded, lines, self._wish(loaded, home))
        out = self.out or (home if self.root is not None else self.results[-1])
        shown = seen_places(made, loaded, lines, out, listener) if self.pictures else {}
        for note in made.content["notes"]:
            listener.note(note)
        files = {suffix: out / f"{NAME}.{suffix}" for suffix in ("html", "csv", "json")}
        write_text(files["html"], page(made.content, shown))
        write_table(files["csv"], made.content)
        write_json(files["json"], made.content)
        for name, path in files.items():
            listener.file(name, path)
        if made.content["best"]["joinable"] is not None:
            self._best(made.joinable, loaded, lines, out, listener)
        elif self.film:
            listener.note("no film: of some sector there is no clean run, or no two that can be joined")
        return made.content

    def _folders(self) -> tuple[list[Path], Path]:
        """The folders of results, and where lines and tags of theirs are kept."""
        if (self.root is None) == (not self.results):
            raise UsageError(
                "which runs is not said" if self.root is None else "runs are named twice, by --root and one by one",
                "Give --root DIR, or folders of results.",
            )
        if self.root is not None:
            return result_folders(self.root), self.root
        return list(self.results), self.results[0] if len(self.results) == 1 else self.results[0].parent

    def _tagged(self, loaded: Loaded, home: Path, lines: SectorLines) -> Loaded:
        """The runs with the lines that they took.

        Raises:
            UsageError: the table names a run or a sector that is not there.
        """
        path = self.line_tags or home / TAGS
        if self.line_tags is None and not path.is_file():
            return loaded
        told = read_line_tags(path)
        names = {run.name for run in loaded.runs}
        for run, sector in told:
            if run not in names or sector not in lines.sectors:
                known = names if run not in names else lines.sectors
                what = f"run {run}" if run not in names else f"sector {sector}"
                raise UsageError(f"{path}: there is no {what}", f"There are {', '.join(sorted(known))}.")
        by_run: dict[str, dict[str, str]] = {name: {} for name in names}
        for (run, sector), line in told.items():
            by_run[run][sector] = line
        return replace(loaded, runs=tuple(replace(run, tags=by_run[run.name]) for run in loaded.runs))

    def _wish(self, loaded: Loaded, home: Path) -> Wish:
        """Of one or two results the last is looked at, against the reference or the first."""
        of, against = self.of, self.against
        if 1 <= len(self.results) <= 2 and len(loaded.runs) == len(self.results) + 1:
            of = of or loaded.runs[-1].name
            against = against or loaded.runs[len(self.results) - 1].name
        title = loaded.reference.name if self.root is None else home.resolve().name
        return Wish(title=title, of=of, against=against, pauses=self.pauses, tolerance=self.tolerance)

    def _best(self, best: Best, loaded: Loaded, lines: SectorLines, out: Path, listener: Listener) -> None:
        """The joinable best for editors and, if wished, as a film; a trail pack has no video for either."""
        segments = segments_of(best, loaded.runs, lines)
        for segment in segments:
            if segment.run.media is None or is_trail(segment.run.media.path):
                listener.note(f"no timeline and no film of the joinable best: there is no video of {segment.run.name}")
                return
        self._timeline(best, loaded, lines, out, listener)
        if self.film:
            film(segments, lines, out / f"{NAME}_best.mp4", listener)

    def _timeline(self, best: Best, loaded: Loaded, lines: SectorLines, out: Path, listener: Listener) -> None:
        """Where OpenTimelineIO is not installed, that is said."""
        try:
            done = write_best(best, loaded.runs, lines, loaded.reference.name, out / f"{NAME}_best.otio")
        except EngineMissingError as error:
            listener.note(f"no timeline of the joinable best: {error.message}")
            return
        for issue in done.issues:
            listener.note(str(issue))
        for path in done.files:
            listener.file("timeline", path)


def _on_one_clock(loaded: Loaded) -> Loaded:
    """The maps of all runs solved together with those from run to run, where there are any."""
    if not loaded.between:
        return loaded
    numbers = {run.name: n for n, run in enumerate(loaded.runs)}
    pairs = [PairMap(numbers[a], numbers[b], warp) for a, b, warp in loaded.between]
    return replace(loaded, runs=tuple(solved(loaded.runs, pairs)))
