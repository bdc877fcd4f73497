"""The routes of the review: its state, edits, undo, saving, marker files, exports, and what there is to open."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mtbsync_core.errors import MtbsyncError
from mtbsync_core.jobs.nle import DEFAULT
from mtbsync_core.review.base import Sources
from mtbsync_core.review.export import export, file_name, formats, markers_csv, markers_json, write_exported
from mtbsync_core.review.notes import Memory
from mtbsync_core.review.notes_page import notes_page
from mtbsync_core.review.pick import to_open
from mtbsync_core.review.review import NothingToUndoError, Review, View
from mtbsync_core.review.state import state
from mtbsync_core.web.errors import WebError, read_object
from mtbsync_core.web.note_pictures import note_pictures
from mtbsync_core.web.site import Opened, Site, site_of

log = logging.getLogger(__name__)

_MOST = 16
"""Reviews that are kept open; one with edits that are not saved always is."""


class Reviews:
    """The reviews that a server has open."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._open: OrderedDict[str, Review] = OrderedDict()
        self._memory: Memory = {}
        self._worker = ThreadPoolExecutor(1, "mtbsync-review")
        self._lock = threading.Lock()

    def later(self, work: Callable[[], None]) -> None:
        """Do something that nobody waits for, one after the other; the server ends when it is done."""
        self._worker.submit(_logged, work)

    def close(self) -> None:
        """Wait for what is still to be done."""
        self._worker.shutdown()

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
            shows=self._site.shows,
        )
        with self._lock:
            review = self._open.get(run)
        if review is None:  # not under the lock, since other runs need not wait for this one's files
            review = Review(run, sources, self._site.roots, writable=self._site.allow_write, memory=self._memory)
        with self._lock:
            review = self._open.setdefault(run, review)
            self._open.move_to_end(run)
            idle = [name for name, one in self._open.items() if one.untouched and name != run]
            for name in idle[: max(0, len(self._open) - _MOST)]:
                del self._open[name]
            return review


def _logged(work: Callable[[], None]) -> None:
    try:
        work()
    except MtbsyncError as error:
        log.warning("the overlay was not drawn again: %s", error.message)


def routes() -> list[Route]:
    """All routes of the review."""
    return [
        Route("/api/review", _review),
        Route("/api/review/edit", _edit, methods=["POST"]),
        Route("/api/review/undo", _undo, methods=["POST"]),
        Route("/api/review/redo", _redo, methods=["POST"]),
        Route("/api/review/save", _save, methods=["POST"]),
        Route("/api/review/markers", _markers),
        Route("/api/review/page", _page),
        Route("/api/export/formats", _formats),
        Route("/api/export", _export, methods=["POST"]),
        Route("/api/pick", _to_open),
        Route("/api/pick", _open, methods=["POST"]),
    ]


def _review(request: Request) -> Response:
    return _answer(request, _asked(request).view())


async def _edit(request: Request) -> Response:
    body = await read_object(request)
    return await run_in_threadpool(lambda: _answer(request, _asked(request).edit(body)))


def _undo(request: Request) -> Response:
    return _answer(request, _stepped(_asked(request).undo))


def _redo(request: Request) -> Response:
    return _answer(request, _stepped(_asked(request).redo))


def _stepped(step: Callable[[], View]) -> View:
    try:
        return step()
    except NothingToUndoError as error:
        raise WebError(409, error.message, error.hint, code=error.code) from error


def _save(request: Request) -> Response:
    review = _asked(request)
    if not review.writable:
        raise _read_only("nothing is saved: this server only shows")
    said = review.save()
    _reviews(request).later(review.draw)
    return _answer(request, review.view(), said=said)


def _markers(request: Request) -> Response:
    """`format=csv|json`: the markers to download."""
    view, kind = _asked(request).view(), request.query_params.get("format", "csv")
    if kind not in ("csv", "json"):
        raise WebError(400, f"format is {kind!r}", "It is csv or json.")
    text = markers_csv(view) if kind == "csv" else markers_json(view)
    return _download(text, file_name(view, f".{kind}"), "text/csv" if kind == "csv" else "application/json")


def _page(request: Request) -> Response:
    review = _asked(request)
    view = review.view()
    with note_pictures(site_of(request), review.run) as still:
        return _download(notes_page(view, still), file_name(view, "_notes.html"), "text/html")


def _formats(request: Request) -> Response:
    return JSONResponse(formats())


async def _export(request: Request) -> Response:
    """`preview: true` gives the files; without it they are written into the run's folder."""
    body = await read_object(request)
    return await run_in_threadpool(_exported, request, body)


def _exported(request: Request, body: Mapping[str, Any]) -> Response:
    review, preview = _asked(request), body.get("preview", False)
    if not preview and not review.writable:
        raise _read_only("nothing is written: this server only shows, so the file is a download")
    format, rate, start, which = (_text(body, name) for name in ("format", "rate", "start", "which"))
    made = export(review.view(), format=format or DEFAULT, rate=rate, start=start, which=which or "all")
    (name, text), *more = made.texts.items()
    files = [{"name": further, "text": content} for further, content in more]
    if not preview:
        name = write_exported(made, review.sources.folder, review.inputs())[0].name
    return JSONResponse(
        {
            "name": name,
            "text": text if preview else None,
            "base64": None,
            "more": files if preview else [],
            "recipe": made.recipe,
            "issues": list(made.issues),
            "written": not preview,
        }
    )


def _to_open(request: Request) -> Response:
    site = site_of(request)
    return JSONResponse(to_open(site.roots, site.shows), headers={"Cache-Control": "no-store"})


async def _open(request: Request) -> Response:
    """Files by their names in `GET /api/pick`: `timewarp`, `ref`, `new`, `ref_markers`, `new_markers`; gives `run`."""
    body = await read_object(request)
    return await run_in_threadpool(_opened, request, body)


def _opened(request: Request, body: Mapping[str, Any]) -> Response:
    site = site_of(request)
    given = {name: _text(body, name) for name in ("timewarp", "ref", "new", "ref_markers", "new_markers")}
    paths = {name: site.confined(text) for name, text in given.items() if text}
    if "timewarp" not in paths and not {"ref", "new"} <= paths.keys():
        raise WebError(400, "there is nothing to look at", "Choose a result, or the two recordings.")
    if not all(path.is_file() for path in paths.values()):
        raise WebError(404, "not found")
    folder = next(paths[name] for name in ("timewarp", "new_markers", "new") if name in paths).parent
    run = " ".join(text for text in given.values() if text)
    opened = Opened(run, folder, **{"timewarp": None, **paths})
    site.picked[run] = opened
    return JSONResponse({"run": run})


def _text(body: Mapping[str, Any], name: str) -> str | None:
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise WebError(400, f"{name} is not a text")
    return value


def _read_only(text: str) -> WebError:
    return WebError(409, text, "Start it with --allow-write.", code="read_only")


def _download(text: str, name: str, kind: str) -> Response:
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}", "Cache-Control": "no-store"}
    return Response(text.encode("utf-8", "surrogateescape"), media_type=f"{kind}; charset=utf-8", headers=headers)


def _reviews(request: Request) -> Reviews:
    app = request.app.state
    with _MAKING:
        if not hasattr(app, "reviews"):
            app.reviews = Reviews(app.site)
            app.closing.callback(app.reviews.close)
    reviews: Reviews = app.reviews
    return reviews


def _asked(request: Request) -> Review:
    return _reviews(request).get(request.query_params.get("run", ""))


def _answer(request: Request, view: View, said: Sequence[str] = ()) -> Response:
    content = state(view, writable=site_of(request).allow_write)
    content["problems"] += said
    return JSONResponse(content, headers={"Cache-Control": "no-store"})


_MAKING = threading.Lock()
