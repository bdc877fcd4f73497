"""The page of what runs took of the machine over time; its figures are those of `dashboard` under `/api/perf`."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from mtbsync_core.web.pages import shell


def routes() -> list[Route]:
    """`/` and `/telemetry`."""
    return [Route("/", _home), Route("/telemetry", _page)]


def _home(request: Request) -> Response:
    return RedirectResponse("/telemetry")


def _page(request: Request) -> Response:
    return shell(request, "telemetry")
