"""`Desk`: what one server has open of recordings: their stills, proxies and ladders; and who may use them when."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar
from weakref import WeakKeyDictionary

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.requests import Request

from mtbsync_core.media.recording import Recording
from mtbsync_core.media.webp import webp
from mtbsync_core.vision.registration import homography
from mtbsync_core.web.media import cache, ladder
from mtbsync_core.web.media.proxy import Proxy
from mtbsync_core.web.media.recordings import SIDES, Recordings, Side
from mtbsync_core.web.media.stills import Stills
from mtbsync_core.web.media.waiting import Queue
from mtbsync_core.web.site import Site

T = TypeVar("T")

_MOST_STILLS = 4
"""Decoders that are open at a time: two runs, each with both sides."""
_MOST_REGISTERED = 256
_THREADS = 4
_REGISTERED_WIDTH = 960


class Desk:
    """Handlers of one event loop use it; what takes long is done in threads of its own, so that others go on."""

    def __init__(self, site: Site, folder: Path | None = None) -> None:
        self._site = site
        self._recordings = Recordings(site)
        self._folder = folder
        self._limiter = CapacityLimiter(_THREADS)
        self._stills: OrderedDict[tuple[str, Side], tuple[Stills, Queue]] = OrderedDict()
        self._proxies: dict[Path, Proxy] = {}
        self._folders: WeakKeyDictionary[Recording, Path] = WeakKeyDictionary()
        self._rungs: WeakKeyDictionary[Recording, list[ladder.Rung]] = WeakKeyDictionary()
        self._registered: OrderedDict[tuple[Recording, int, Recording, int], list[float] | None] = OrderedDict()
        self._lock = threading.Lock()

    async def recording(self, run: str, side: Side) -> Recording:
        """See `Recordings.get`."""
        return await self._in_thread(partial(self._recordings.get, run, side))

    async def still(self, request: Request, run: str, side: Side, n: int, width: int) -> bytes:
        """Frame n as WebP; see `Stills.picture`."""
        recording = await self.recording(run, side)
        recording.place(n)
        stills, queue = self._stills_of(run, side, recording)
        picture = await queue.do(request, partial(stills.picture, n, width))
        return await self._in_thread(partial(webp, picture))

    async def matrix(self, request: Request, run: str, ref_s: float, new_s: float) -> list[float] | None:
        """See `homography`; of the frames that are shown at these times."""
        ref, new = await self.recording(run, "ref"), await self.recording(run, "new")
        key = ref, ref.shown_at(ref_s), new, new.shown_at(new_s)
        if key not in self._registered:
            pictures = []
            for side, recording, n in zip(SIDES, (ref, new), key[1::2], strict=True):
                stills, queue = self._stills_of(run, side, recording)
                pictures.append(await queue.do(request, partial(stills.picture, n, _REGISTERED_WIDTH)))
            self._registered[key] = await self._in_thread(partial(homography, *pictures))
            while len(self._registered) > _MOST_REGISTERED:
                self._registered.popitem(last=False)
        return self._registered[key]

    async def rungs(self, run: str, side: Side) -> list[ladder.Rung]:
        """All ways to show the recording, the best first; behind a whole proxy its pieces."""
        recording = await self.recording(run, side)
        if recording not in self._rungs:
            self._rungs[recording] = await self._in_thread(partial(ladder.of_files, recording, self._may_show))
        proxy = await self.proxy(run, side)
        return [*self._rungs[recording], *await self._in_thread(partial(ladder.of_proxy, proxy))]

    async def proxy(self, run: str, side: Side) -> Proxy:
        """The one proxy of a recording, made or not."""
        recording = await self.recording(run, side)
        return await self._in_thread(partial(self._proxy_of, recording))

    def close(self) -> None:
        """End all work and let go of all files."""
        for proxy in self._proxies.values():
            proxy.close()
        for stills, _ in self._stills.values():
            stills.close()

    def _proxy_of(self, recording: Recording) -> Proxy:
        with self._lock:
            if recording not in self._folders:
                root = self._folder or cache.usual_folder()
                self._folders[recording] = cache.folder_of(recording, root)
                cache.prune(root, {*self._folders.values()})
            folder = self._folders[recording]
            if folder not in self._proxies:
                self._proxies[folder] = Proxy(recording, folder)
            return self._proxies[folder]

    def _stills_of(self, run: str, side: Side, recording: Recording) -> tuple[Stills, Queue]:
        found = self._stills.get((run, side))
        if found is None or found[0].recording is not recording:
            found = Stills(recording), Queue(self._limiter)
            self._stills[run, side] = found
        self._stills.move_to_end((run, side))
        idle = [key for key, (_, queue) in self._stills.items() if queue.idle and key != (run, side)]
        for key in idle[: max(0, len(self._stills) - _MOST_STILLS)]:
            self._stills.pop(key)[0].close()
        return found

    def _may_show(self, original: Path, copy: Path) -> bool:
        """Whether a small copy lies where its original's folder may be shown, links resolved."""
        return self._site.shows(copy) or copy.resolve().is_relative_to(original.resolve().parent)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await run_sync(work, limiter=self._limiter)
