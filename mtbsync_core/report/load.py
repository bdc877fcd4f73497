"""`load`: the runs of one trail, out of the folders of their results, the reference among them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtbsync_core.alignment.result import SavedWarp, load_warp
from mtbsync_core.errors import FormatError, MtbsyncError, UsageError
from mtbsync_core.files import read_object
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.jobs.reviewed import told
from mtbsync_core.markers import Marker
from mtbsync_core.mediainfo import MediaInfo, beside
from mtbsync_core.moved_csv import read_moved
from mtbsync_core.runs.record import folders_of
from mtbsync_core.runs.run_file import RunFile, load_run
from mtbsync_core.telemetry.reading import read_telemetry
from mtbsync_core.telemetry.track import Motion, Telemetry, runs_of
from mtbsync_core.timing.runs import TimedRun
from mtbsync_core.warp import Span, TimeWarp


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Loaded:
    """The runs of a trail; the first is the reference."""

    runs: tuple[TimedRun, ...]
    bikes: Mapping[str, str]
    """By the name of the run."""
    verdicts: Mapping[str, str]
    markers: tuple[Marker, ...]
    """Of the reference, as they were carried over to one of the runs."""
    between: tuple[tuple[str, str, TimeWarp], ...] = ()
    """Maps from one run's clock to another's that were aligned with each other directly."""
    notes: tuple[str, ...] = ()

    @property
    def reference(self) -> TimedRun:
        """The run whose clock is the trail's."""
        return self.runs[0]


@dataclass(frozen=True, slots=True, eq=False)
class _Folder:
    """A folder of results, and what tells the recordings of both sides from others."""

    name: str
    path: Path
    saved: SavedWarp
    run: RunFile | None
    raw: Mapping[str, Any]

    def key(self, side: str) -> str:
        """The digest of a recording, else its description."""
        role = {"ref": "reference", "new": "new"}[side]
        if self.run is not None and role in self.run.inputs:
            return self.run.inputs[role]
        return str(told(self.media(side)) or f"{self.name}/{side}")

    def media(self, side: str) -> MediaInfo | None:
        """The recording of a side, with its files where they are; as the warp names it where they are not there."""
        media = self.saved.media_ref if side == "ref" else self.saved.media_new
        if media is None:
            return None
        paths = [beside(file.path, self.path) or file.path for file in media.files]
        return media.with_paths(paths)


def load(root: Path, folders: Sequence[Path], trail: str | None, ref_rider: str | None, listener: Listener) -> Loaded:
    """Read the runs.

    Args:
        root: names of runs are those of their folders below it.
        folders: the folders of results.
        trail: the name of the reference's recording, where the folders are of several; without it that with the most
            runs is taken, and it is said which are left out.
        ref_rider: who rode the reference.

    Raises:
        UsageError: no folder holds a map that may be applied, or there is no such trail.
        FormatError: a `timewarp.json` or `run.json` is damaged.
    """
    found, notes = [], []
    for folder in folders:
        name = folder.relative_to(root).as_posix() if folder.is_relative_to(root) and folder != root else folder.name
        one = _opened(folder, name)
        if isinstance(one, str):
            notes.append(one)
        elif one is not None:
            found.append(one)
    if not found:
        raise UsageError(
            "; ".join(notes) or "there is no result here", "Align runs with a reference first: mtbsync align or batch."
        )
    star, more = _of_trail(found, trail)
    notes += more
    runs, sensors = [], []
    for n, one in enumerate(star):
        listener.stage("runs", n, len(star))
        media = one.media("new")
        telemetry = _sensors(media)
        whose = one.run.whose if one.run is not None else None
        sensors.append(
            TimedRun(
                name=one.name,
                warp=one.saved.usable_warp(),
                rider=(whose.rider if whose else None) or "",
                date=(whose.date if whose else None) or _day(media),
                media=media,
                stands=_stands(telemetry.motion),
                doubtful=tuple(_doubtful(one.raw)),
                track=telemetry.track,
            )
        )
    runs = [_reference(star[0], ref_rider, {run.name for run in sensors}), *sensors]
    listener.stage("runs", len(star), len(star))
    return Loaded(
        runs=tuple(runs),
        bikes={one.name: one.run.whose.bike for one in star if one.run is not None and one.run.whose.bike},
        verdicts={one.name: one.saved.verdict for one in star},
        markers=_markers(star),
        between=tuple(_between(found, star)),
        notes=tuple(notes),
    )


def result_folders(root: Path) -> list[Path]:
    """The folders of results below a root, or the root itself where it is one.

    Raises:
        UsageError: there is no such folder.
    """
    if not root.is_dir():
        raise UsageError(f"{root} is no folder", "Give the folder with the results: --root DIR.")
    return [folder for folder in folders_of(root) if (folder / "timewarp.json").is_file()]


def _opened(folder: Path, name: str) -> _Folder | str | None:
    """What a folder holds; why it is left out; None of a folder that only holds those of several rides."""
    path = folder / "timewarp.json"
    if not path.is_file():
        raise UsageError(f"{folder} holds no timewarp.json", "Give a folder that mtbsync align, sync or batch wrote.")
    run = load_run(folder)
    if run is not None and run.rides is not None and run.state == "done":
        return None
    try:
        saved = load_warp(path)
    except FormatError as error:
        return f"{name} is left out: {error.message}"
    if not saved.usable:
        return f"{name} is left out: its alignment was refused ({'; '.join(saved.reasons)})"
    return _Folder(name, folder, saved, run, read_object(path, "utf-8-sig") or {})


def _of_trail(found: Sequence[_Folder], trail: str | None) -> tuple[list[_Folder], list[str]]:
    """The folders of one reference, and what is said of the others."""
    counts = Counter(one.key("ref") for one in found)
    names = {one.key("ref"): _name_of(one.media("ref"), one.name) for one in reversed(found)}
    if trail is not None:
        fitting = [key for key, name in names.items() if trail in (name, f"{name}.mp4") or Path(trail).stem == name]
        if not fitting:
            raise UsageError(f"no reference here is called {trail}", f"There are {', '.join(sorted(names.values()))}.")
        chosen = fitting[0]
    else:
        chosen = counts.most_common(1)[0][0]
    star = [one for one in found if one.key("ref") == chosen]
    # A run that was aligned again lies in two folders: the later one counts.
    latest = {one.key("new") + str(one.run.ride if one.run else ""): one for one in star}
    recordings = {chosen, *(one.key("new") for one in star)}
    others = Counter(names[one.key("ref")] for one in found if {one.key("ref"), one.key("new")} - recordings)
    said = [
        f"{n} {'run is' if n == 1 else 'runs are'} of another reference, {name}, and left out (--trail {name})"
        for name, n in others.items()
    ]
    if len(latest) < len(star):
        left = ", ".join(one.name for one in star if one not in latest.values())
        said.append(f"left out, since a later folder holds the same run: {left}")
    return list(latest.values()), said


def _between(found: Sequence[_Folder], star: Sequence[_Folder]) -> Iterator[tuple[str, str, TimeWarp]]:
    """Maps of runs that were aligned with each other besides with the reference."""
    names = {one.key("new"): one.name for one in star}
    for one in found:
        a, b = names.get(one.key("ref")), names.get(one.key("new"))
        if a is not None and b is not None and a != b:
            yield a, b, one.saved.usable_warp()


def _reference(first: _Folder, rider: str | None, taken: set[str]) -> TimedRun:
    media = first.media("ref")
    telemetry = _sensors(media)
    name = _name_of(media, "reference")
    end = max(media.duration_s if media is not None else 0.0, float(first.saved.usable_warp().ref_s[-1]))
    return TimedRun.reference(
        f"{name} (reference)" if name in taken else name,
        end,
        rider=rider or "",
        date=_day(media),
        media=media,
        stands=_stands(telemetry.motion),
        track=telemetry.track,
    )


def _name_of(media: MediaInfo | None, otherwise: str) -> str:
    return media.path.stem if media is not None else otherwise


def _day(media: MediaInfo | None) -> str:
    return (media.creation_time or "")[:10] if media is not None else ""


def _sensors(media: MediaInfo | None) -> Telemetry:
    """What the recording's own sensors say; nothing of one that is not there."""
    if media is None or not all(file.path.is_file() for file in media.files):
        return Telemetry()
    try:
        return read_telemetry(media)
    except MtbsyncError:
        return Telemetry()


def _stands(motion: Motion | None) -> tuple[Span, ...] | None:
    if motion is None:
        return None
    ends = ((a, min(b, len(motion.t_s) - 1)) for a, b in runs_of(motion.still))
    return tuple((float(motion.t_s[a]), float(motion.t_s[b])) for a, b in ends)


def _doubtful(raw: Mapping[str, Any]) -> Iterator[Span]:
    """The weak parts of a map but for its gaps, which the map has itself."""
    for part in raw.get("weak") or ():
        if part.get("why") != "gap" and part.get("ref_s"):
            yield float(part["ref_s"][0]), float(part["ref_s"][1])


def _markers(star: Sequence[_Folder]) -> tuple[Marker, ...]:
    """The reference's markers, of the run that has the most of them."""
    best: tuple[Marker, ...] = ()
    for one in star:
        try:
            moved = read_moved(one.path / "new_markers.csv")
        except MtbsyncError:  # there is none, or it is damaged
            continue
        if len(moved) > len(best):
            best = tuple(m.source for m in moved)
    return best
