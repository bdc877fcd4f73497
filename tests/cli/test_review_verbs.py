"""preview, compare-ui and viewer: what they open, and where."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from mtbsync_core.alignment.result import Alignment, save_npz
from mtbsync_core.markers import Marker, transfer
from mtbsync_core.moved_csv import write_moved, write_provenance
from mtbsync_core.web.serve import COMPARE, DASHBOARD, ServeOptions
from mtbsync_core.web.site import Site
from tests.cli.two_runs import Run


@dataclass
class Served:
    """What a verb would have served."""

    site: Any = None
    options: Any = None
    usual: Any = None
    path: str = ""
    paths: set[str] = field(default_factory=set)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Served:
    found = Served()

    def serve(site: Site, routes, teller, options: ServeOptions, usual, path: str) -> None:
        found.site, found.options, found.usual, found.path = site, options, usual, path
        found.paths = {route.path for route in routes}

    monkeypatch.setattr("mtbsync_core.cli.review.serve", serve)
    monkeypatch.setattr("mtbsync_core.cli.viewer.serve", serve)
    return found


@pytest.fixture
def result(folder: Path, clips: tuple[Path, Path], alignment: Alignment) -> Path:
    """The folder, with a map that names the clips; one of them was moved beside it."""
    assert alignment.media_ref is not None and alignment.media_new is not None
    ref = replace(alignment.media_ref, path=clips[0], files=())
    new = replace(alignment.media_new, path=Path("/elsewhere") / clips[1].name, files=())
    replace(alignment, media_ref=ref, media_new=new).save(folder / "timewarp.json")
    return folder


def test_preview_of_a_folder(run: Run, served: Served, result: Path, clips: tuple[Path, Path]) -> None:
    done = run("preview", result, "--port", 0)
    assert done.code == 0, done.err
    (opened,) = served.site.given.values()
    assert (opened.run, opened.folder, opened.timewarp) == (result.name, result, result / "timewarp.json")
    assert (opened.ref, opened.new) == clips
    assert served.site.roots == (result,) and not served.site.allow_write
    assert (served.path, served.usual) == ("/review?run=b%C3%B6se+Fahrt", DASHBOARD)
    assert (served.options.port, served.options.host, served.options.open_browser) == (0, "127.0.0.1", False)
    assert {"/api/review", "/review", "/api/export"} <= served.paths


def test_preview_of_files(
    run: Run, served: Served, result: Path, clips: tuple[Path, Path], alignment: Alignment
) -> None:
    save_npz(alignment, result / "warp.npz")
    files = ("--reference", clips[0], "--new", clips[1], "--warp", result / "warp.npz", "--no-browser", "--allow-write")
    done = run("preview", *files, "--markers", result / "markers.csv")
    assert done.code == 0, done.err
    (opened,) = served.site.given.values()
    assert (opened.timewarp, opened.ref, opened.new) == (result / "warp.npz", *clips)
    assert (opened.ref_markers, opened.new_markers) == (result / "markers.csv", None)
    assert served.site.allow_write
    assert alignment.warp is not None
    write_moved(result / "moved.csv", transfer([Marker("a", 20.0)], alignment.warp))
    assert run("preview", *files, "--markers", result / "moved.csv").code == 0
    (opened,) = served.site.given.values()
    assert (opened.ref_markers, opened.new_markers) == (None, result / "moved.csv")


@pytest.mark.parametrize(
    "args",
    [(), ("x",), ("--warp", "none.npz"), ("x", "--warp", "y.npz"), ("--warp", "timewarp.json", "--new", "gone.mp4")],
)
def test_preview_of_what_is_not_there(
    run: Run, served: Served, result: Path, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...]
) -> None:
    monkeypatch.chdir(result)
    done = run("preview", *args)
    assert done.code == 2 and served.site is None


def test_compare_ui(run: Run, served: Served, result: Path, clips: tuple[Path, Path], alignment: Alignment) -> None:
    both = ("--ref", clips[0], "--new", clips[1])
    assert "there is no map between the two" in run("compare-ui", *both).err
    assert served.usual == COMPARE and next(iter(served.site.given.values())).timewarp is None
    for given in (("--timewarp-json", result / "timewarp.json"), ("--root", result)):
        assert run("compare-ui", *both, *given, "--ref-markers", result / "markers.csv").code == 0
        (opened,) = served.site.given.values()
        assert (opened.timewarp, opened.ref_markers) == (result / "timewarp.json", result / "markers.csv")
    assert alignment.warp is not None and alignment.media_new is not None
    out = result / "new_markers.csv"
    write_moved(out, transfer([Marker("a", 20.0)], alignment.warp))
    write_provenance(out, media=alignment.media_new, timewarp=result / "timewarp.json", verdict="good", options={})
    assert run("compare-ui", *both, "--new-markers", out).code == 0
    assert next(iter(served.site.given.values())).timewarp == result / "timewarp.json"


def test_viewer_without_headless(run: Run, served: Served, result: Path) -> None:
    assert run("viewer", "--root", result, "--no-browser").code == 0
    assert (served.site.roots, served.site.given, served.path) == ((result,), {}, "/pick")
    assert "/api/pick" in served.paths
    assert run("viewer", "--timewarp-json", result / "timewarp.json", "--ref-markers", result / "markers.csv").code == 0
    assert served.path.startswith("/review?run=")
    assert run("viewer", "--root", result / "none").code == 2
