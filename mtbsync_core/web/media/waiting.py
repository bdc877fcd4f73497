"""Work for a client that may go away while it waits: nothing more is done for it then."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, Lock
from anyio.to_thread import run_sync
from starlette.requests import Request

T = TypeVar("T")


class GoneError(Exception):
    """The client is no longer there."""


class Queue:
    """Does one thing at a time, in a thread, in the order in which it was asked for.

    Who waits takes up no thread, so that the rest of the server goes on answering.
    """

    def __init__(self, limiter: CapacityLimiter) -> None:
        self._limiter = limiter
        self._lock = Lock()

    @property
    def idle(self) -> bool:
        """Whether nothing is being done."""
        return not self._lock.locked()

    async def do(self, request: Request, work: Callable[[threading.Event], T]) -> T:
        """What `work` gives; it gets an event that is set when the client of the request has gone.

        Raises:
            GoneError: the client has gone before its turn, or `work` says so.
        """
        gone = threading.Event()
        watching = asyncio.ensure_future(_watch(request, gone))
        try:
            async with self._lock:
                if gone.is_set():
                    raise GoneError
                return await run_sync(work, gone, limiter=self._limiter)
        finally:
            watching.cancel()


async def _watch(request: Request, gone: threading.Event) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    gone.set()
