"""The app: routes of all pages put together, over the static files that they are made of."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from mtbsync_core.errors import MtbsyncError
from mtbsync_core.web.errors import answer
from mtbsync_core.web.safety import Safety
from mtbsync_core.web.site import Site

STATIC = Path(__file__).parent / "static"


def make_app(site: Site, routes: Iterable[BaseRoute], *, host: str = "127.0.0.1") -> Starlette:
    """The app of `site` with these routes.

    Handlers find the site as `request.app.state.site`, and `request.app.state.closing`, an `ExitStack` that is closed
    when the server ends, for what they keep open.

    Args:
        host: the address that the server listens on.
    """
    app = Starlette(
        routes=[*routes, Mount("/static", StaticFiles(directory=STATIC))],
        middleware=[Middleware(Safety, token=site.token, host=host)],
        exception_handlers={HTTPException: answer, MtbsyncError: answer},
        lifespan=_closing_at_the_end,
    )
    app.state.site = site
    app.state.closing = ExitStack()
    return app


@asynccontextmanager
async def _closing_at_the_end(app: Starlette) -> AsyncIterator[None]:
    with app.state.closing:
        yield
