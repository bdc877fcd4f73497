"""The pages: HTML shells in `shells/`, which the modules in `static/js` fill; no shell holds a script or a style."""

from __future__ import annotations

from html import escape
from pathlib import Path
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from mtbsync_core.web.site import site_of

SHELLS = Path(__file__).parent / "shells"


def shell(request: Request, name: str) -> HTMLResponse:
    """The page `shells/NAME.html`, with the token of this server for what the page writes.

    In the file `{{token}}` stands for it, `{{writable}}` for "true" or "false" (`Site.allow_write`), and `{{home}}` for
    the page of all runs: the dashboard where the server has one, else that to pick from.
    """
    site = site_of(request)
    runs = any(getattr(route, "path", None) == "/dashboard" for route in request.app.routes)
    text = (SHELLS / f"{name}.html").read_text(encoding="utf-8")
    text = text.replace("{{token}}", escape(site.token)).replace("{{writable}}", str(site.allow_write).lower())
    text = text.replace("{{home}}", "/dashboard" if runs else "/pick")
    return HTMLResponse(text, headers={"Cache-Control": "no-store"})


def routes() -> list[Route]:
    """`/`: the one run that was named on the command line, else the page to pick from; `/review?run=R`; `/pick`."""
    return [Route("/", _home), Route("/review", _review), Route("/pick", _pick)]


def _home(request: Request) -> Response:
    given = list(site_of(request).given)
    if len(given) == 1:
        return RedirectResponse(f"/review?{urlencode({'run': given[0]})}")
    return shell(request, "pick")


def _review(request: Request) -> Response:
    return shell(request, "review")


def _pick(request: Request) -> Response:
    return shell(request, "pick")
