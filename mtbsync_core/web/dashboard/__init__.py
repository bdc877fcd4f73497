"""The dashboard of many runs: what all folders below a root say, live, and what may be changed there."""

from __future__ import annotations

import anyio
from sse_starlette.sse import EventSourceResponse
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from mtbsync_core.web.dashboard import changes, details, files, work
from mtbsync_core.web.dashboard.answers import Answer
from mtbsync_core.web.dashboard.feed import HEARTBEAT_S, feed_of
from mtbsync_core.web.dashboard.history import history
from mtbsync_core.web.pages import shell


def routes() -> list[Route]:
    """`/` and `/dashboard`, what it asks for under `/api`, and the files below the root under `/files`."""
    return [
        Route("/", _home),
        Route("/dashboard", _page),
        Route("/api/runs", _runs),
        Route("/api/run", details.run),
        Route("/api/batch", details.batch),
        Route("/api/regression", details.regression),
        Route("/api/quality", details.quality),
        Route("/api/perf/stream", _stream),
        Route("/api/perf/history", history),
        Route("/api/files", files.listed),
        Route("/api/markers", files.markers),
        Route("/api/timewarp", files.timewarp),
        Route("/files/{name:path}", files.download),
        Route("/api/cancel", work.leave, methods=["POST"]),
        Route("/api/resume", work.go_on, methods=["POST"]),
        Route("/api/open", work.show_folder, methods=["POST"]),
        Route("/api/export-json", changes.export_json, methods=["POST"]),
        Route("/api/prune", changes.prune, methods=["POST"]),
        Route("/api/perf/prune", changes.prune, methods=["POST"]),  # its name in mtbsync 0.10
    ]


def _home(request: Request) -> Response:
    return RedirectResponse("/dashboard")


def _page(request: Request) -> Response:
    return shell(request, "dashboard")


async def _runs(request: Request) -> Answer:
    return Answer(await feed_of(request.app).now())


async def _stream(request: Request) -> EventSourceResponse:
    closing = anyio.Event()
    events = feed_of(request.app).listen(request.headers.get("last-event-id"), closing)
    return EventSourceResponse(events, ping=HEARTBEAT_S, shutdown_event=closing, shutdown_grace_period=0.3)
