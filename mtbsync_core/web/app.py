"""The app: routes of all pages put together, over the static files that they are made of."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from mtbsync_core.web.site import Site

STATIC = Path(__file__).parent / "static"


def make_app(site: Site, routes: Iterable[BaseRoute]) -> Starlette:
    """The app of `site` with these routes; handlers find it as `request.app.state.site`."""
    app = Starlette(routes=[*routes, Mount("/static", StaticFiles(directory=STATIC))])
    app.state.site = site
    return app
