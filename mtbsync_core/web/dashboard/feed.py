"""`Feed`: the events of a board for any number of clients, and the one task that looks while there are any."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from typing import Any

import anyio
from sse_starlette.event import ServerSentEvent
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool

from mtbsync_core.web.dashboard.board import Board
from mtbsync_core.web.site import Site

LOOK_EVERY_S = 1.0
"""Seconds between two looks while anybody watches, and the age of a look that is fresh enough for a request. Workers
tell their progress once a second.
"""
HEARTBEAT_S = 15
"""Seconds between two lines that keep a connection alive."""
_PENDING_S = 0.02
"""Seconds between two steps while folders are still to be read, for others to have their turn."""

log = logging.getLogger(__name__)


class Feed:
    """Made once for each app, and used in its event loop alone."""

    def __init__(self, site: Site) -> None:
        self.board = Board(site.roots[0])
        self._about = {"root": str(self.board.root), "writable": site.allow_write}
        self._clients = 0
        self._looking: asyncio.Task[None] | None = None
        self._more = asyncio.Event()

    async def now(self) -> dict[str, Any]:
        """Everything as it stands: rows, summary, the id of the newest event."""
        if self.board.pending or time.monotonic() - self.board.looked_s > LOOK_EVERY_S:
            await run_in_threadpool(self.board.step)
        identifier, data = await run_in_threadpool(self.board.snapshot)
        return {"event": identifier, **self._about, **data}

    async def listen(self, last_id: str | None, closing: anyio.Event) -> AsyncIterator[ServerSentEvent]:
        """The events after the one that a client saw last; a snapshot first where that is not known any more.

        Args:
            closing: set when the server ends, and with it this stream.
        """
        self._clients += 1
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
        try:
            seen = self.board.since(last_id)
            while not closing.is_set():
                more = self._more
                events = self.board.after(seen) if seen is not None else None
                if events is None:
                    data = await self.now()
                    yield ServerSentEvent(event="snapshot", id=data["event"], data=json.dumps(data, allow_nan=False))
                    seen = self.board.since(data["event"])
                    continue
                for event in events:
                    yield ServerSentEvent(event=event.name, id=self.board.identifier(event.number), data=event.data)
                    seen = event.number
                await _first_of(more, closing)
        finally:
            self._clients -= 1
            if not self._clients and self._looking is not None:
                self._looking.cancel()
                self._looking = None

    async def _look(self) -> None:
        told = -1
        while True:
            try:
                await run_in_threadpool(self.board.step)
            except Exception:  # whatever a disk may do: the next look may see it again
                log.exception("the runs could not be looked at")
            if self.board.last != told:
                told = self.board.last
                more, self._more = self._more, asyncio.Event()
                more.set()
            await asyncio.sleep(_PENDING_S if self.board.pending else LOOK_EVERY_S)


async def _first_of(*events: asyncio.Event | anyio.Event) -> None:
    """Wait until one of them is set."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


def feed_of(app: Starlette) -> Feed:
    """The feed of an app."""
    if not hasattr(app.state, "feed"):
        app.state.feed = Feed(app.state.site)
    return app.state.feed
