"""`work_on`: one pair, in whatever process and on whatever machine; what comes of it is in its folder."""

from __future__ import annotations

import errno
import hashlib
import json
import time
import traceback
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from mtbsync_core.alignment.preparation import AlignOptions
from mtbsync_core.errors import FormatError, MtbsyncError, RefusedError
from mtbsync_core.files import remove_scratch
from mtbsync_core.jobs.align import AlignJob
from mtbsync_core.jobs.listener import Listener, relayed
from mtbsync_core.jobs.options import DecodingOptions, MarkingOptions, MeasuringOptions, RecordingOptions
from mtbsync_core.jobs.pair import KnownOptions, PairOptions
from mtbsync_core.jobs.passes import passes_in, reference_index
from mtbsync_core.jobs.sync import SyncJob
from mtbsync_core.lock import HeldError, locked
from mtbsync_core.media.probe import probe
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.runs import run_file
from mtbsync_core.runs.cancel import Request
from mtbsync_core.runs.catalogue import now
from mtbsync_core.runs.choose import nearest_references, strongest_reference
from mtbsync_core.runs.index_store import kept_index
from mtbsync_core.runs.pairing import Pair
from mtbsync_core.runs.progress import Progress
from mtbsync_core.runs.run_file import RunFile, content_digest, load_run, lock_of
from mtbsync_core.vision.index import FrameIndex, IndexOptions, build_index

LONG = 2.0
"""A new run this many times as long as its reference may hold several rides of it, and is searched. At 1 each slower
ride is searched, which costs a look at its key frames; at 4 two rides with a rest between them are taken for one.
"""
WAIT_S = 5.0
"""How long the end of a process that was killed is waited for, seconds; it takes a tenth of one."""

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOptions:
    """What holds for all pairs of a batch."""

    align: AlignOptions = field(default_factory=AlignOptions)
    recording: RecordingOptions = field(default_factory=RecordingOptions)
    marking: MarkingOptions = field(default_factory=MarkingOptions)
    measuring: MeasuringOptions = field(default_factory=MeasuringOptions)

    def digest(self) -> str:
        """What tells these options from others."""
        told = json.dumps(asdict(replace(self, measuring=MeasuringOptions())), default=str, sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Task:
    """A pair, and the root folder for what comes of it."""

    root: Path
    pair: Pair
    options: WorkOptions
    threads: int = 1


@dataclass(frozen=True, slots=True)
class Worked:
    """How the work on a run ended. `kept`: another process had done it; `running`: another process is doing it.

    `stop` says why no other pair can be done either.
    """

    run: str
    state: Literal["done", "failed", "kept", "running"]
    stop: str | None = None


def inputs_of(pair: Pair, reference: Path) -> dict[str, str]:
    """Digests of the files that a result is made of, by role.

    Raises:
        MediaError: one cannot be read.
    """
    files = {
        "reference": reference,
        "new": pair.new,
        "markers": pair.markers,
        "ref_gpx": pair.ref_gpx,
        "new_gpx": pair.new_gpx,
    }
    return {role: content_digest([path]) for role, path in files.items() if path is not None and path.is_file()}


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
        self._made: dict[str, dict[str, Any]] = {}

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
            n, why = self._among(refs, new)
        except MtbsyncError:
            return known[0]  # the work on it will say so
        except Exception as error:
            n, why = 0, f"it is the first, and they could not be compared ({_told(error).message})"
        self._chosen = f"{known[n].name} is the reference: of {len(known)} {why}"
        self._tell(self._chosen)
        return known[n]

    def _among(self, references: Sequence[MediaInfo], new: MediaInfo) -> tuple[int, str]:
        """The number of the reference to take, and why: the nearest; of several as near, the clearest to follow.

        Raises:
            MtbsyncError: a recording cannot be used.
        """
        near = nearest_references(references, new)
        if len(near) == 1:
            return near[0], "it is nearest in season and hour"
        if new.duration_s >= LONG * min(references[n].duration_s for n in near):  # it is searched for rides
            return near[0], "it is the first, and none is nearer in season and hour"
        return near[self._strongest([references[n] for n in near], new)], "its evidence is the strongest"

    def _strongest(self, references: Sequence[MediaInfo], new: MediaInfo) -> int:
        threads, quick = self.task.threads, replace(self.options.align.index, n_features=0)
        news: dict[IndexOptions, FrameIndex] = {}
        seen = []
        for reference in references:
            beside = quick.beside(new, reference)
            if beside not in news:
                news[beside] = build_index(new, beside, threads=threads)
            kept = self._kept(reference, new)
            once = quick.beside(reference, new)
            index = kept[0] if kept is not None else build_index(reference, once, threads=threads)
            seen.append((index, news[beside]))
        return strongest_reference(seen, self.options.align, threads)

    def _kept(self, reference: MediaInfo, new: MediaInfo) -> tuple[FrameIndex, dict[str, Any]] | None:
        """As `kept_index`; what is made while a reference is chosen counts as made by this run."""
        kept = kept_index(self.task.root, reference, new, self.options.align, self.task.threads, self)
        if kept is None:
            return None
        index, known = kept
        if known["made"]:
            self._made[known["key"]] = {**known, "video": content_digest([reference.path])}
        return index, self._made.get(known["key"], known)

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
        index, known = self._kept(ref, new) or (None, None)
        if known is not None:
            others = [made for key, made in self._made.items() if key != known["key"]]
            run = replace(run, index={**known, "video": run.inputs["reference"]}, other_indexes=others)
        if new.duration_s < LONG * ref.duration_s:
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
