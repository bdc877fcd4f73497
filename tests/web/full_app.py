"""The app with the routes of all pages, as no single verb has it."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from starlette.applications import Starlette

from mtbsync_core.web.app import make_app
from mtbsync_core.web.site import Site

PARTS = ("media", "review_api", "dashboard", "pages", "telemetry")


def full_app(site: Site, cache: Path) -> Starlette:
    """`cache` is where proxies are kept."""
    routes = []
    for part in PARTS:
        name = f"mtbsync_core.web.{part}"
        if find_spec(name) is not None:
            made = import_module(name).routes
            routes += made(cache) if part == "media" else made()
    return make_app(site, routes)
