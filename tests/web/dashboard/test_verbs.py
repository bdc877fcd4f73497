"""The verbs `dashboard` and `telemetry-ui`: which folder, which page, what may be written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Match, Route

from mtbsync_core.cli import dashboard as verbs
from mtbsync_core.cli import main
from mtbsync_core.web.serve import DASHBOARD, TELEMETRY
from mtbsync_core.web.site import Site

Served = list[tuple[Any, ...]]


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Served:
    """What would be served."""
    found: Served = []
    monkeypatch.setattr(verbs, "serve", lambda *given: found.append(given))
    return found


def home(routes: list[Route]) -> str:
    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    found = next(route for route in routes if route.matches(scope)[0] == Match.FULL)
    return found.endpoint(None).headers["location"]


@pytest.mark.parametrize(
    ("verb", "page", "port"), [("dashboard", "/dashboard", DASHBOARD), ("telemetry-ui", "/telemetry", TELEMETRY)]
)
def test_each_verb_begins_with_its_page_and_has_all_others(
    tmp_path: Path, served: Served, verb: str, page: str, port: object
) -> None:
    assert main([verb, "--root", str(tmp_path), "--no-browser"]) == 0
    site, routes, _, options, usual = served[0]
    assert site.roots == (tmp_path,) and not site.allow_write and not options.open_browser
    assert home(routes) == page and usual is port
    paths = {route.path for route in routes}
    assert paths >= {"/dashboard", "/telemetry", "/review", "/api/review", "/media/file"}


def test_only_the_dashboard_may_write_and_only_when_told(tmp_path: Path, served: Served) -> None:
    assert main(["dashboard", "--root", str(tmp_path), "--allow-write"]) == 0
    site: Site = served[0][0]
    assert site.allow_write
    assert main(["dashboard", "--root", str(tmp_path), "--recordings", str(tmp_path.parent)]) == 0
    assert served[1][0].roots == (tmp_path, tmp_path.parent)
    assert main(["telemetry-ui", "--root", str(tmp_path), "--allow-write"]) == 2


@pytest.mark.parametrize("verb", ["dashboard", "telemetry-ui"])
@pytest.mark.parametrize("name", ["not there", "a file"])
def test_a_root_that_is_no_folder_ends_with_2_and_a_hint(
    tmp_path: Path, served: Served, capsys: pytest.CaptureFixture[str], verb: str, name: str
) -> None:
    (tmp_path / "a file").write_bytes(b"")
    assert main([verb, "--root", str(tmp_path / name)]) == 2
    assert "--root DIR" in capsys.readouterr().err and not served
