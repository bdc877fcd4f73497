"""The routes of the review: its state, edits, undo, saving, marker files, exports, and what there is to open."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mtbsync_core.review.base import Sources
from mtbsync_core.review.notes import Memory
from mtbsync_core.review.review import NothingToUndoError, Review, View
from mtbsync_core.review.state import state
from mtbsync_core.web.site import Site

_MOST = 16
"""Reviews that are kept open; one with edits that are not saved always is."""


class Reviews:
    """The reviews that a server has open."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._open: OrderedDict[str, Review] = OrderedDict()
        self._memory: Memory = {}
        self._lock = threading.Lock()

    def get(self, run: str) -> Review:
        """The review of a run.

        Raises:
            HTTPException: 404; there is no such run.
            MtbsyncError: its files cannot be used.
        """
        found = self._site.opened(run)
        sources = Sources(
            folder=found.folder,
            timewarp=found.timewarp,
            ref=found.ref,
            new=found.new,
            ref_markers=found.ref_markers,
            new_markers=found.new_markers,
        )
        with self._lock:
            if run not in self._open:
                self._open[run] = Review(
                    run, sources, self._site.roots, writable=self._site.allow_write, memory=self._memory
                )
            self._open.move_to_end(run)
            idle = [name for name, one in self._open.items() if one.untouched][: max(0, len(self._open) - _MOST)]
            for name in idle:
                if name != run:
                    del self._open[name]
            return self._open[run]


def routes() -> list[Route]:
    """All routes of the review."""
    return [
        Route("/api/review", _review),
        Route("/api/review/edit", _edit, methods=["POST"]),
        Route("/api/review/undo", _undo, methods=["POST"]),
        Route("/api/review/redo", _redo, methods=["POST"]),
    ]


def _review(request: Request) -> Response:
    return _answer(request, _asked(request).view())


async def _edit(request: Request) -> Response:
    body = await _body(request)
    return await run_in_threadpool(lambda: _answer(request, _asked(request).edit(body)))


def _undo(request: Request) -> Response:
    try:
        return _answer(request, _asked(request).undo())
    except NothingToUndoError as error:
        raise HTTPException(409, error.message) from error


def _redo(request: Request) -> Response:
    try:
        return _answer(request, _asked(request).redo())
    except NothingToUndoError as error:
        raise HTTPException(409, error.message) from error


def _reviews(request: Request) -> Reviews:
    app = request.app.state
    with _MAKING:
        if not hasattr(app, "reviews"):
            app.reviews = Reviews(app.site)
    reviews: Reviews = app.reviews
    return reviews


def _asked(request: Request) -> Review:
    return _reviews(request).get(request.query_params.get("run", ""))


def _answer(request: Request, view: View) -> Response:
    site: Site = request.app.state.site
    return JSONResponse(state(view, writable=site.allow_write), headers={"Cache-Control": "no-store"})


async def _body(request: Request) -> Any:
    try:
        return await request.json()
    except ValueError as error:
        raise HTTPException(400, "the request is not JSON") from error


_MAKING = threading.Lock()
