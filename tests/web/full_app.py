"""The app with the routes of all pages, as no single verb has it."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette

from mtbsync_core.web import dashboard, media, pages, review_api, telemetry
from mtbsync_core.web.app import make_app
from mtbsync_core.web.site import Site


def full_app(site: Site, cache: Path) -> Starlette:
    """`cache` is where proxies are kept."""
    parts = (review_api, dashboard, pages, telemetry)
    return make_app(site, [*media.routes(cache), *(route for part in parts for route in part.routes())])
