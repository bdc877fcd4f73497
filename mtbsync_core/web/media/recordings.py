"""`Recordings`: the two recordings of each run that is looked at."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, cast

from mtbsync_core.alignment.result import load_warp
from mtbsync_core.files import stamp
from mtbsync_core.media.probe import probe
from mtbsync_core.media.recording import Recording
from mtbsync_core.mediainfo import MediaInfo, beside
from mtbsync_core.web.errors import WebError
from mtbsync_core.web.site import Opened, Site

Side = Literal["ref", "new"]
_Stamps = tuple[tuple[int, int] | None, ...]

_MOST_KEPT = 16


class Recordings:
    """Those that a server has been asked for; for any number of threads."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._kept: OrderedDict[tuple[str, Side], tuple[_Stamps, Recording]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, run: str, side: Side) -> Recording:
        """The recording of one side of a run.

        Raises:
            WebError: 404; the run, or this recording of it, is not there, or lies outside the roots.
            MediaError: a file cannot be used.
        """
        opened = self._site.opened(run)
        given = opened.ref if side == "ref" else opened.new
        sources = [path for path in (opened.timewarp, given) if path is not None]
        with self._lock:
            known = self._kept.get((run, side))
        if known is not None and known[0] == _stamps(known[1], sources) and (given or self._shown(known[1].media)):
            return known[1]
        media = _described(opened, side)
        if media is None:
            raise WebError(404, f"it is not known what the {_NAMES[side]} was", "Name the two recordings.")
        made = Recording.of(media if given else self._confined(media, opened.folder))
        with self._lock:
            self._kept[run, side] = _stamps(made, sources), made
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return made

    def _shown(self, media: MediaInfo) -> bool:
        return all(self._site.shows(file.path) for file in media.files)

    def _confined(self, media: MediaInfo, folder: Path) -> MediaInfo:
        """The files where they are: as the result names them, or beside it, where the folder was moved."""
        paths = []
        for file in media.files:
            path = beside(file.path, folder, lambda path: self._site.shows(path) and path.is_file())
            if path is None:
                raise WebError(
                    404,
                    f"{file.path.name} is not there, or lies outside what is shown",
                    "Start the server with a --root that holds the recordings too.",
                )
            paths.append(path)
        return media.with_paths(paths)


def _described(opened: Opened, side: Side) -> MediaInfo | None:
    """What the recording is: as the user named it, or else as the result has it."""
    own = None
    if opened.timewarp is not None:
        warp = load_warp(opened.timewarp)
        own = warp.media_ref if side == "ref" else warp.media_new
    given = opened.ref if side == "ref" else opened.new
    if given is None or own is None or given.name != own.path.name:
        return own if given is None else probe(given, chapters=own is None or len(own.files) > 1)
    # The recording of the result, in another place, with all its chapters, or the part of it that was aligned.
    return own.with_paths([given.parent / file.path.name for file in own.files])


def checked_side(text: str) -> Side:
    """Raises WebError, 400, where it is neither `ref` nor `new`."""
    if text not in _NAMES:
        raise WebError(400, f"side is {text!r}", "It is ref or new.")
    return cast(Side, text)


_NAMES = {"ref": "reference", "new": "new run"}
SIDES: tuple[Side, Side] = ("ref", "new")


def _stamps(recording: Recording, sources: Iterable[Path]) -> _Stamps:
    """What changes when a file is written again."""
    return tuple(stamp(path) for path in (*sources, *(file.path for file in recording.media.files)))
