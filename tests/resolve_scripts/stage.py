"""A stage for the scripts: a config folder, an engine that answers as told, media files, and the double of Resolve."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from resolve_scripts.mtbsync_resolve import entries
from resolve_scripts.mtbsync_resolve.install import install
from tests.doubles.resolve import Item, Media, Scene, Screen, Session, TimelineData, World, menu_globals

PACKAGE = Path(entries.__file__).parent
MENU = PACKAGE.parent / "menu"
ENGINE = Path(__file__).with_name("fake_engine.py")


class Stage:
    """Runs entries of the menu in this process, on a world of the double."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "config \u00e4"
        self.media = folder / "media"
        self.media.mkdir()
        self.opened: list[str] = []
        """Addresses that were opened in the browser."""
        self.notified: list[str] = []
        """What notifications said."""
        self._told = folder / "engine.json"
        self.installed = folder / "installed"
        self.installed.mkdir()
        self.engine(mode="good")
        self.engine_command = [sys.executable, str(ENGINE), str(self._told)]
        manifest = json.dumps({"engine": self.engine_command})
        (self.installed / "installed.json").write_text(manifest, encoding="utf-8")

    def engine(self, **told: Any) -> None:
        """What the engine does from now on."""
        self._told.write_text(json.dumps(told), encoding="utf-8")

    def files(self, scene: Scene) -> dict[str, dict[str, Any]]:
        """What the engine finds in the files of a scene's pool, for `engine(files=...)`; none of them is a subclip."""
        media = [one for one in scene.project.media if one.path]
        return {one.path: {"rate": one.file_rate or one.rate, "frames": one.frames} for one in media}

    def requests(self) -> list[dict[str, Any]]:
        """What the engine was asked."""
        path = self._told.with_suffix(".requests")
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []

    def settings(self, **values: Any) -> None:
        """The settings of the person."""
        self.config.mkdir(exist_ok=True)
        (self.config / "settings.json").write_text(json.dumps(values), encoding="utf-8")

    def file(self, name: str) -> str:
        """A media file that is there."""
        path = self.media / name
        path.write_bytes(b"")
        return str(path)

    def run(self, entry: str, world: World, person: Callable[[Screen], None] | None = None) -> bool:
        """An entry of the menu; what it does to Resolve is in `world`. `person` sits before its window."""
        done = entries.run(entry, menu_globals(Session(world, person=person)))
        assert world.violations == []
        return done

    def log(self) -> str:
        """The log of the last run."""
        return sorted((self.config / "logs").glob("*.log"))[-1].read_text(encoding="utf-8")

    def page(self) -> str:
        """The report page."""
        return (self.config / "report.html").read_text(encoding="utf-8")

    def notice(self) -> str:
        """The page of entries without a report, and of what is said beside a run at work."""
        return (self.config / "notice.html").read_text(encoding="utf-8")

    def install(self, scripts: Path) -> Path:
        """What the installer puts below `Fusion/Scripts`; the folder with the menu's entries.

        They run in other processes, where nothing keeps browsers and notifications from a developer's screen.
        """
        self.settings(open_report=False, notify=False)
        scripts.mkdir(parents=True)
        install(self.engine_command, "1", scripts)
        return scripts / "Utility"


def marked(owner: TimelineData | Item | Media) -> list[tuple[int, str]]:
    """Frame and name of the markers of a timeline, a clip on it or a clip of the media pool."""
    return sorted((marker.frame, marker.name) for marker in owner.markers)


def state(world: World) -> dict[str, Any]:
    """Everything in the project, markers by frame: their order in the list means nothing."""
    assert world.project is not None
    data = dataclasses.asdict(world.project)
    for owner in _owners(data):
        owner["markers"].sort(key=lambda marker: marker["frame"])
    return data


def _owners(data: dict[str, Any]) -> list[dict[str, Any]]:
    items = [
        item
        for timeline in data["timelines"]
        for kind in ("video", "audio", "subtitle")
        for track in timeline[kind]
        for item in track["items"]
    ]
    return [*data["timelines"], *data["media"], *items]


def placed(scene: Scene) -> list[tuple[int, str, str]]:
    """Frame, colour and name of the timeline's markers."""
    return sorted((marker.frame, marker.color, marker.name) for marker in scene.timeline.markers)
