"""`BatchJob`: many pairs, each into a folder of its own, and what came of all of them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mtbsync_core.errors import FormatError, MtbsyncError, UsageError
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.jobs.results import require_writable
from mtbsync_core.options import option
from mtbsync_core.runs import summary
from mtbsync_core.runs.batch_file import save_batch
from mtbsync_core.runs.catalogue import Catalogue
from mtbsync_core.runs.cluster import ClusterWorkers
from mtbsync_core.runs.history import TrackingOptions, track_folder
from mtbsync_core.runs.pairing import Pair
from mtbsync_core.runs.plan import PlanOptions, plan
from mtbsync_core.runs.rebuild import fill, read_folders, write_record
from mtbsync_core.runs.record import Record, folders_of, record_of
from mtbsync_core.runs.regression import Check
from mtbsync_core.runs.run_file import RunFile, State, load_run, state_of
from mtbsync_core.runs.task import Task, Worked, WorkOptions, inputs_of
from mtbsync_core.runs.workers import LocalWorkers, Workers

MOST_JOBS = 8
"""A pair takes about a GB of memory, so more at once have to be asked for."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A pair, and the state that it is in before the batch."""

    pair: Pair
    state: State

    @property
    def to_do(self) -> bool:
        """Whether a batch works on it."""
        return self.state not in ("done", "running") and self.pair.problem is None


@dataclass(frozen=True, slots=True)
class Batch:
    """What was planned; the rows of the summary for these pairs, None where nothing was done; and the files."""

    planned: Sequence[Planned]
    rows: Sequence[Mapping[str, Any]] | None
    files: Mapping[str, Path]
    checks: Sequence[Check] = ()
    """How the runs that were done now stand to those before them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchJob:
    """The pairs, the folder for all that comes of them, and how they are worked on."""

    plan: PlanOptions = field(default_factory=PlanOptions)
    out: Path = option(Path("batch_out"), "--out-dir", "The folder for the results: one in it for each pair.")
    resume: bool = option(
        False,
        "--resume",
        "Go on in a folder with results: pairs that are done stay; those that were interrupted, failed or are new are "
        "done.",
    )
    dry_run: bool = option(False, "--dry-run", "Say what would be done, and do nothing.")
    jobs: int | None = option(
        None, "--jobs", "Pairs worked on at once. Default: the cores, at most 8.", minimum=1, maximum=256
    )
    threads: int = option(1, "--threads", "Threads that decode, for each pair.", minimum=1, maximum=256)
    scheduler: str | None = option(
        None,
        "--scheduler",
        "A Dask cluster to work on in place of this machine, for example tcp://10.0.0.5:8786; see docs/cluster.md.",
    )
    work: WorkOptions = field(default_factory=WorkOptions)
    tracking: TrackingOptions = field(default_factory=TrackingOptions)

    def run(self, listener: Listener, workers: Workers | None = None) -> Batch:
        """Work through the pairs. One that fails is a row with its reason, and the others go on.

        Raises:
            UsageError: the options contradict each other, or the folder cannot be written or holds results already.
            FormatError: the manifest cannot be read.
            MtbsyncError: the disk is full; what was done until then is there.
        """
        planned = [self._planned(pair, listener) for pair in plan(self.plan, listener.note)]
        if self.dry_run:
            return Batch(planned, None, {})
        there = [one for one in planned if one.state != "waiting"]
        if there and not self.resume:
            done = sum(one.state == "done" for one in there)
            raise UsageError(
                f"{self.out} already holds {len(there)} of these runs, {done} of them done",
                "Go on with --resume, which does what is not done, or choose another folder with --out-dir.",
            )
        require_writable(self.out, "--out-dir")
        save_batch(self.out, self)
        tasks = [Task(self.out.absolute(), one.pair, self.work, self.threads) for one in planned if one.to_do]
        with Catalogue.open(self.out, listener.note) as catalogue:
            runs = _Runs(self.out, catalogue, planned, listener, self.tracking)
            try:
                if tasks:
                    self._through(tasks, workers or self._workers(), runs, listener)
            finally:
                rows = runs.rows()
                table = summary.write_summary(self.out, runs.all_rows())
                listener.file("summary", table)
        return Batch(planned, rows, {"summary": table}, runs.checks)

    def _planned(self, pair: Pair, listener: Listener) -> Planned:
        """A pair with its state; done is one whose recordings are still those of the results."""
        folder = self.out / pair.name
        try:
            found = load_run(folder)
        except FormatError:
            return Planned(pair, "interrupted")
        state = state_of(self.out, pair.name, found)
        if found is None:
            return Planned(pair, state)
        if pair.problem is not None:  # recordings may be moved away after they are done
            return Planned(replace(pair, problem=None) if state == "done" else pair, state)
        problem = _occupied(found, pair)
        if problem is not None:
            return Planned(replace(pair, problem=problem), state)
        if state == "done" and found.options != self.work.digest():
            listener.note(f"{pair.name} was done with other options and stays; delete its folder to do it again")
        elif state == "done" and found.markers != (str(pair.markers) if pair.markers is not None else None):
            listener.note(f"{pair.name} was done with other markers and stays; mtbsync transfer-markers moves others")
        return Planned(pair, state)

    def _workers(self) -> Workers:
        if self.scheduler is None:
            return LocalWorkers(self.jobs or min(MOST_JOBS, os.cpu_count() or 1))
        if self.jobs is not None:
            raise UsageError("--jobs is for this machine; a cluster has as many as its workers", "Leave out --jobs.")
        return ClusterWorkers(self.scheduler)

    def _through(self, tasks: Sequence[Task], workers: Workers, runs: _Runs, listener: Listener) -> None:
        listener.stage("pairs", 0, len(tasks))
        with closing(workers.work(tasks, listener)) as outcomes:
            for n, worked in enumerate(outcomes, 1):
                told = runs.ended(worked)
                listener.stage("pairs", n, len(tasks))
                listener.note(f"{n} of {len(tasks)}: {worked.run}: {told}")
                if worked.stop is not None:
                    raise MtbsyncError(
                        f"nothing more can be written to {self.out}: {worked.stop}",
                        "What is done is there. Make room, and go on with --resume.",
                    )


class _Runs:
    """What is known of all runs below the root, while they are worked on."""

    def __init__(
        self,
        root: Path,
        catalogue: Catalogue,
        planned: Sequence[Planned],
        listener: Listener,
        tracking: TrackingOptions,
    ) -> None:
        self._root, self._catalogue, self._planned = root, catalogue, planned
        self._listener, self._tracking = listener, tracking
        self.checks: list[Check] = []
        self._records = {record.run: record for record in read_folders(root, listener)}
        if self._records and catalogue.fresh:
            fill(catalogue, list(self._records.values()))
        catalogue.put("runs", *(self._begun(one) for one in planned if one.state not in ("done", "running")))

    def _begun(self, one: Planned) -> dict[str, Any]:
        """The row of a run that is to be done, or that cannot be."""
        state = one.state if one.pair.problem is None else "failed"
        references = ", ".join(map(str, one.pair.references))
        row = {"run": one.pair.name, "state": state, "reference": references, "new": str(one.pair.new)}
        return {**row, "reasons": one.pair.problem or ""}

    def ended(self, worked: Worked) -> str:
        """Read what a run left in its folder, and say it."""
        if worked.state == "running":
            return "another process works on it"
        said = []
        for record in self._below(worked.run):
            self._records[record.run] = record
            write_record(self._catalogue, record)
            if worked.state == "done":
                self._track(record)
            said.append(_said(record))
        return "; ".join(said) or "nothing could be written"

    def _track(self, record: Record) -> None:
        row = record.row
        found = track_folder(
            self._catalogue, record.run, row["reference"], row["seconds"], self._tracking, self._listener
        )
        if found is not None:
            self.checks.append(found)

    def rows(self) -> list[dict[str, Any]]:
        """Those of the pairs of this batch."""
        names = {one.pair.name for one in self._planned}
        return [row for row in self.all_rows() if row["run"].split("/")[0] in names]

    def all_rows(self) -> list[dict[str, Any]]:
        """Those of the whole root."""
        rows = {run: summary.row_of(record) for run, record in self._records.items()}
        besides = []
        for one in self._planned:
            begun, name = self._begun(one), one.pair.name
            if one.pair.problem is not None and one.state == "done":  # of other recordings
                besides.append(summary.problem_row(begun))
            elif one.pair.problem is not None or (name not in rows and not any(r.startswith(f"{name}/") for r in rows)):
                rows[name] = summary.problem_row(begun)
        return [*rows.values(), *besides]

    def _below(self, run: str) -> Iterator[Record]:
        folder = self._root / run
        if not folder.is_dir():
            return
        for path in folders_of(folder):
            record = record_of(self._root, path)
            if record is not None:
                yield record
            else:
                self._records.pop(run, None)


def _said(record: Record) -> str:
    row = record.row
    if row["state"] != "done":
        return f"{row['state']}: {row['reasons']}"
    spread = f", ± {row['p90_s']:.2f} s" if row["p90_s"] is not None else ""
    ride = f"ride {row['ride']}: " if row["ride"] is not None else ""
    return f"{ride}{row['verdict']}{spread}"


def _occupied(found: RunFile, pair: Pair) -> str | None:
    """Why the folder of a pair is not free for it: it holds the run of other recordings."""
    for reference in pair.references:
        try:
            inputs = inputs_of(pair, reference)
        except MtbsyncError:
            return None  # the work will say so
        if all(found.inputs.get(role, digest) == digest for role, digest in inputs.items() if role != "markers"):
            return None
    return f"its folder holds the run of other recordings ({found.new}); move it away, or rename one of them"
