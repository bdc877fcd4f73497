"""`load`: the runs of one trail, out of the folders of their results, the reference among them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mtbsync_core.errors import FormatError, MtbsyncError, UsageError
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.markers import Marker
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.runs.result import Result, carried_markers, read_result
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
        try:
            one = read_result(folder, name)
        except FormatError as error:
            notes.append(f"{name} is left out: {error.message}")
            continue
        if not one.saved.usable:
            notes.append(f"{name} is left out: its alignment was refused ({'; '.join(one.saved.reasons)})")
        elif not one.holds_rides:
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
        sensors.append(
            one.timed(
                media,
                date=one.whose.date or _day(media),
                stands=_stands(telemetry.motion),
                doubtful=one.doubtful,
                track=telemetry.track,
            )
        )
    runs = [_reference(star[0], ref_rider, {run.name for run in sensors}), *sensors]
    listener.stage("runs", len(star), len(star))
    return Loaded(
        runs=tuple(runs),
        bikes={one.name: one.whose.bike for one in star if one.whose.bike},
        verdicts={one.name: one.saved.verdict for one in star},
        markers=carried_markers(star),
        between=tuple(_between(found, star)),
        notes=tuple(notes),
    )


def _of_trail(found: Sequence[Result], trail: str | None) -> tuple[list[Result], list[str]]:
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


def _between(found: Sequence[Result], star: Sequence[Result]) -> Iterator[tuple[str, str, TimeWarp]]:
    """Maps of runs that were aligned with each other besides with the reference."""
    names = {one.key("new"): one.name for one in star}
    for one in found:
        a, b = names.get(one.key("ref")), names.get(one.key("new"))
        if a is not None and b is not None and a != b:
            yield a, b, one.saved.usable_warp()


def _reference(first: Result, rider: str | None, taken: set[str]) -> TimedRun:
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
