"""The shells of the pages."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

import httpx
import pytest
from starlette.routing import Route

from mtbsync_core.web import dashboard, pages
from mtbsync_core.web.app import make_app
from mtbsync_core.web.site import Opened, Site


def get(site: Site, path: str, beside: Iterable[Route] = ()) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(make_app(site, [*beside, *pages.routes()]))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.get(path)

    return asyncio.run(ask())


@pytest.mark.parametrize("path", ["/", "/review?run=a", "/pick"])
def test_a_page_carries_the_token_and_no_script_or_style_of_its_own(tmp_path: Path, path: str) -> None:
    site = Site((tmp_path,), token='a"<b>')
    answer = get(site, path)
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    assert '<meta name="mtb-token" content="a&quot;&lt;b&gt;">' in answer.text
    assert "{{" not in answer.text and "style=" not in answer.text and "<style" not in answer.text
    assert answer.text.count("<script") == answer.text.count('<script type="module" src="/static/js/')


def test_the_one_run_that_was_named_is_what_opens(tmp_path: Path) -> None:
    run = "new & ref"
    site = Site((tmp_path,), given={run: Opened(run, tmp_path, None)})
    answer = get(site, "/")
    assert answer.status_code == 307 and answer.headers["location"] == "/review?run=new+%26+ref"


@pytest.mark.parametrize(("beside", "home"), [([], "/pick"), (dashboard.routes(), "/dashboard")])
def test_a_review_leads_back_to_where_all_runs_are(tmp_path: Path, beside: list[Route], home: str) -> None:
    assert f'href="{home}"' in get(Site((tmp_path,)), "/review?run=a", beside).text
