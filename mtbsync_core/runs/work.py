"""`work_on`: one pair, in whatever process and on whatever machine; what comes of it is in its folder."""

from __future__ import annotations

import errno
import time
import traceback
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mtbsync_core.alignment.passes import SEVERAL
from mtbsync_core.errors import FormatError, MtbsyncError, RefusedError
from mtbsync_core.files import remove_scratch
from mtbsync_core.jobs.align import AlignJob
from mtbsync_core.jobs.listener import Listener, relayed
from mtbsync_core.jobs.options import DecodingOptions
from mtbsync_core.jobs.pair import KnownOptions, PairOptions
from mtbsync_core.jobs.passes import passes_in, reference_index
from mtbsync_core.jobs.sync import SyncJob
from mtbsync_core.lock import HeldError, locked
from mtbsync_core.media.probe import probe
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.runs import run_file
from mtbsync_core.runs.cancel import Request
from mtbsync_core.runs.catalogue import now
from mtbsync_core.runs.choose import choose_reference
from mtbsync_core.runs.index_store import KeptIndexes
from mtbsync_core.runs.progress import Progress
from mtbsync_core.runs.run_file import RunFile, load_run, lock_of
from mtbsync_core.runs.task import Task, Worked, inputs_of
from mtbsync_core.vision.index import FrameIndex

WAIT_S = 5.0
"""How long the end of a process that was killed is waited for, seconds; it takes a tenth of one."""

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


def work_on(task: Task, listener: Listener) -> Worked:
    """Align a pair into its folder, or each ride of a long recording into a folder of its own below that.

    Nothing but the end of the process keeps the outcome from being written to `run.json`.
    """
    name, work = task.pair.name, _Work(task, listener)
    try:
        with locked(lock_of(task.root, name), wait_s=WAIT_S), relayed(work):
            return work.run()
    except HeldError:
        return Worked(name, "running")
    except (MtbsyncError, OSError) as error:  # not even run.json could be written
        return Worked(name, "failed", stop=_no_room(error))


class _Work:
    """The work on one pair, whose lock is held. It is the listener of the jobs, to keep their notes."""

    def __init__(self, task: Task, listener: Listener) -> None:
        self.task, self.pair, self.options = task, task.pair, task.options
        self.folder = task.root / task.pair.name
        self.file = listener.file
        self._tell, self._tell_stage = listener.note, listener.stage
        self._progress = Progress(self.folder)
        self._cancel = Request(task.root, task.pair.name)
        self._notes: list[str] = []
        self._chosen: str | None = None
        self._indexes = KeptIndexes(task.root, task.options.align, task.threads, self)

    def note(self, text: str) -> None:
        if text not in self._notes:
            self._notes.append(text)
            self._tell(text)

    def stage(self, name: str, done: int, total: int) -> None:
        self._cancel.heed()
        self._progress.stage(name, done, total)
        self._tell_stage(name, done, total)

    def run(self) -> Worked:
        before = self._before()
        reference = self._reference(before)
        inputs = inputs_of(self.pair, reference)
        if before is not None and before.state == "done" and before.inputs == inputs:
            return Worked(self.pair.name, "kept")
        run = RunFile(
            reference=str(reference),
            new=str(self.pair.new),
            markers=str(self.pair.markers) if self.pair.markers is not None else None,
            inputs=inputs,
            options=self.options.digest(),
            whose=before.whose if before is not None else self.pair.whose,
            started_at=now(),
            events=before.events if before is not None else [],
        )
        if before is not None and before.inputs == inputs and before.options == run.options:
            run = replace(run, rides=before.rides)
        if before is not None and before.state == "running":
            run = run.told("interrupted", "the work that began before did not end; it begins again")
        if self._chosen is not None:
            run = run.told("reference", self._chosen)
        return self._ended(run, self.folder, self._whole)

    def _reference(self, before: RunFile | None) -> Path:
        """The reference of this run: that of the work before, or the one of several that is nearest."""
        known = self.pair.references
        if before is not None and Path(before.reference) in known:
            return Path(before.reference)
        if len(known) == 1:
            return known[0]
        try:
            chapters = self.options.recording.chapters
            *refs, new = (probe(path, chapters=chapters) for path in (*known, self.pair.new))
            n, why = choose_reference(refs, new, self._indexes)
        except MtbsyncError:
            return known[0]  # the work on it will say so
        except Exception as error:
            n, why = 0, f"it is the first, and they could not be compared ({_told(error).message})"
        self._chosen = f"{known[n].name} is the reference: of {len(known)} {why}"
        self._tell(self._chosen)
        return known[n]

    def _before(self) -> RunFile | None:
        try:
            return load_run(self.folder)
        except FormatError as error:
            aside = self.folder / "run.damaged.json"
            (self.folder / run_file.NAME).replace(aside)
            self.note(f"{error.message}; it was renamed to {aside.name}, and the run is done again")
            return None

    def _ended(self, run: RunFile, folder: Path, work: Any) -> Worked:
        """Do the work between the two states that `run.json` tells."""
        name, start, stop = folder.relative_to(self.task.root).as_posix(), time.perf_counter(), None
        self._notes = []
        folder.mkdir(parents=True, exist_ok=True)
        remove_scratch(folder)
        run.save(folder)
        around, self._progress = self._progress, Progress(folder)
        try:
            self._cancel.heed()
            run = replace(work(run, folder), state="done")
        except Exception as error:
            told = error if isinstance(error, MtbsyncError) else _told(error)
            run, stop = replace(run, state="failed", error=told.as_dict()), _no_room(error)
            run = run.told("failed", told.message)
            if not isinstance(error, MtbsyncError | OSError):
                run = run.told("traceback", traceback.format_exc())
        finally:
            self._progress.ended()
            self._progress = around
        for text in self._notes:
            run = run.told("note", text)
        run = replace(run, ended_at=now(), seconds=round(time.perf_counter() - start, 3))
        run.save(folder)
        return Worked(name, "done" if run.state == "done" else "failed", stop)

    def _whole(self, run: RunFile, folder: Path) -> RunFile:
        """The recording as one run, or each ride in it."""
        chapters = self.options.recording.chapters
        ref, new = (probe(Path(path), chapters=chapters) for path in (run.reference, run.new))
        index, known = self._indexes.of(ref, new) or (None, None)
        if known is not None:
            others = [made for key, made in self._indexes.made.items() if key != known["key"]]
            run = replace(run, index={**known, "video": run.inputs["reference"]}, other_indexes=others)
        if new.duration_s < SEVERAL * ref.duration_s:
            self._align(run, folder, index, ())
            return run
        rides = run.rides or self._search(ref, new, index)
        if not rides:
            raise RefusedError(
                f"{new.name} shows no ride of the reference",
                "Check that it shows the same trail, ridden in the same direction.",
            )
        if len(rides) == 1:
            self._align(run, folder, index, rides[0])
            return replace(run, ride=1)
        run = replace(run, rides=rides)
        run.save(folder)
        self._each(run, folder, index)
        return run

    def _search(self, ref: MediaInfo, new: MediaInfo, index: FrameIndex | None) -> list[list[float]]:
        o, threads = self.options.align, self.task.threads
        seen = reference_index(ref, index, o.index, threads, self)
        return [list(found.window_s) for found in passes_in(new, seen, o, threads, self)]

    def _each(self, run: RunFile, folder: Path, index: FrameIndex | None) -> None:
        """Align each ride of a recording into a folder of its own.

        Raises:
            MtbsyncError: of some that failed.
        """
        assert run.rides is not None
        failed, notes = 0, self._notes
        for number, window_s in enumerate(run.rides, 1):
            below = folder / f"ride-{number}"
            before = load_run(below)
            if before is not None and before.state == "done" and before.inputs == run.inputs:
                continue
            ride = replace(run, ride=number, rides=None, index=None, other_indexes=[], started_at=now(), events=[])
            if before is not None:
                ride = replace(ride, whose=before.whose, events=before.events)

            def work(ride: RunFile, below: Path, window_s: Sequence[float] = window_s) -> RunFile:
                self._align(ride, below, index, window_s)
                return ride

            done = self._ended(ride, below, work)
            failed += done.state == "failed"
            if done.stop is not None:
                raise OSError(errno.ENOSPC, done.stop)
        self._notes = notes
        if failed:
            raise MtbsyncError(f"{failed} of {len(run.rides)} rides failed", "See their rows.")

    def _align(self, run: RunFile, folder: Path, index: FrameIndex | None, window_s: Sequence[float]) -> None:
        pair, o = self.pair, self.options
        options = PairOptions(
            known=KnownOptions(ref_gpx=pair.ref_gpx, new_gpx=pair.new_gpx),
            window_s=tuple(window_s),
            ref_index=index,
            align=o.align,
            recording=o.recording,
            decoding=DecodingOptions(threads=self.task.threads),
        )
        reference, new = Path(run.reference), Path(run.new)
        if pair.markers is None:
            SyncJob(reference=reference, new=new, out=folder, pair=options, measuring=o.measuring).run(self)
        else:
            marking = replace(o.marking, label=o.marking.label or run.whose.rider)
            AlignJob(
                reference=reference,
                new=new,
                markers=pair.markers,
                out=folder,
                pair=options,
                marking=marking,
                measuring=o.measuring,
            ).run(self)


def _told(error: Exception) -> MtbsyncError:
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return MtbsyncError(f"{where}{error.strerror}", "Check the disk, the path and its permissions.")
    return MtbsyncError(f"unexpected {type(error).__name__}: {error}".rstrip(": "))


def _no_room(error: BaseException | None) -> str | None:
    """Why nothing more can be written, where that is at the bottom of an error."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            return error.strerror
        error = error.__cause__ or error.__context__
    return None
