"""What can be seen of the three places: two pictures of each moment, and six seconds of both runs side by side."""

from __future__ import annotations

from pathlib import Path

from mtbsync_core.jobs.listener import Listener
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.report.comparison import Shown
from mtbsync_core.report.load import Loaded
from mtbsync_core.report.numbers import Numbers
from mtbsync_core.report.pictures import still
from mtbsync_core.timing.runs import TimedRun

MOST_PICTURES = 96
"""Some 40 kB each: a page that can still be sent."""


def seen_places(made: Numbers, loaded: Loaded, out: Path, listener: Listener) -> dict[tuple[str, str], Shown]:
    """Pictures of the places of as many comparisons as a page can take, the first ones first; where recordings are not
    there, none.
    """
    names = {run.name: run for run in loaded.runs}
    kept: dict[tuple[str, float], bytes | None] = {}
    shown: dict[tuple[str, str], Shown] = {}
    found = made.content["comparisons"]
    for n, one in enumerate(found):
        pictures = {}
        for k, place in enumerate(one["places"]):
            for side in ("run", "against"):
                run, t_s = names[one[side]], place[f"t_{side}"]
                key = run.name, round(t_s, 1)
                media = there(run)
                if key not in kept and len(kept) < MOST_PICTURES and media is not None:
                    kept[key] = still(media, t_s)
                if (picture := kept.get(key)) is not None:
                    pictures[k, side] = picture
        shown[one["run"], one["against"]] = Shown(pictures)
        listener.stage("pictures", n + 1, len(found))
    return shown


def there(run: TimedRun) -> MediaInfo | None:
    """The recording of a run; None where not all of its files are there."""
    media = run.media
    return media if media is not None and all(file.path.is_file() for file in media.files) else None
