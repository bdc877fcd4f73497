"""The app of a review with all its parts, as `preview` serves it."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette

from mtbsync_core.web import media, pages, review_api
from mtbsync_core.web.app import make_app
from mtbsync_core.web.site import Site


def review_app(site: Site, cache: Path | None = None) -> Starlette:
    """Pages, review and media; previews are kept in `cache`."""
    return make_app(site, [*pages.routes(), *review_api.routes(), *media.routes(cache)])
