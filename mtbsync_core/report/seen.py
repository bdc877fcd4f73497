"""What can be seen of the three places: two pictures of each moment, and six seconds of both runs side by side."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from mtbsync_core.errors import MtbsyncError
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.media.still import still
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.render.clip import clip
from mtbsync_core.report.comparison import Shown
from mtbsync_core.report.load import Loaded
from mtbsync_core.report.numbers import NAME, Numbers
from mtbsync_core.timing.lines import SectorLines
from mtbsync_core.timing.runs import TimedRun

MOST_PICTURES = 96
"""Some 40 kB each: a page that can still be sent."""


def seen_places(
    made: Numbers, loaded: Loaded, lines: SectorLines, out: Path, listener: Listener
) -> dict[tuple[str, str], Shown]:
    """Pictures of the places of as many comparisons as a page can take, the first ones first, and clips of the very
    first one, which are written into `out` too. Where recordings are not there, none.
    """
    runs = {run.name: run for run in loaded.runs}
    kept: dict[tuple[str, float], bytes | None] = {}
    shown: dict[tuple[str, str], Shown] = {}
    found = made.content["comparisons"]
    for n, one in enumerate(found):
        pictures = {}
        for k, place in enumerate(one["places"]):
            for side in ("run", "against"):
                run, t_s = runs[one[side]], place[f"t_{side}"]
                key, media = (run.name, round(t_s, 1)), there(run)
                if key not in kept and len(kept) < MOST_PICTURES and media is not None:
                    kept[key] = still(media, t_s)
                if (picture := kept.get(key)) is not None:
                    pictures[k, side] = picture
        shown[one["run"], one["against"]] = Shown(pictures)
        listener.stage("pictures", n + 1, len(found))
    if found:
        key = found[0]["run"], found[0]["against"]
        shown[key] = replace(shown[key], clips=_clips(found[0], runs, lines, out, listener))
    return shown


def _clips(
    found: dict[str, Any], runs: dict[str, TimedRun], lines: SectorLines, out: Path, listener: Listener
) -> dict[int, bytes]:
    """The clips of a comparison, the faster run first; those of an earlier report are taken away."""
    for path in out.glob(f"{NAME}_place_[0-9].mp4"):
        path.unlink()
    both = runs[found["against"]], runs[found["run"]]
    if any(there(run) is None for run in both):
        return {}
    made = {}
    for n, place in enumerate(found["places"]):
        target = out / f"{NAME}_place_{n + 1}.mp4"
        listener.stage("clips", n, len(found["places"]))
        try:
            clip(*both, tuple(place["clip_s"]), target, lines=lines)
        except MtbsyncError as error:
            listener.note(f"no clip of place {n + 1}: {error.message}")
            continue
        listener.file(f"place_{n + 1}", target)
        made[n] = target.read_bytes()
    return made


def there(run: TimedRun) -> MediaInfo | None:
    """The recording of a run; None where not all of its files are there."""
    media = run.media
    return media if media is not None and all(file.path.is_file() for file in media.files) else None
