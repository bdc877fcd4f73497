"""The application, its project, and the other globals of a menu script: `fusion` (also `app` and `fu`) and `bmd`."""

from __future__ import annotations

from typing import Any

from .faults import Fault
from .media import MediaPool
from .proxy import CONSTANTS, Proxy, Session, Thing, Unmodelled, whole
from .timeline import Timeline, one_of, settings_of
from .ui import Dispatcher, UIManager
from .world import TimelineData

PAGES = ("media", "photo", "cut", "edit", "fusion", "color", "fairlight", "deliver")


class Project(Thing):
    """The open project."""

    kind = "Project"

    def title(self) -> str:
        return self.world.project.name if self.world.project is not None else "closed"

    def exists(self) -> bool:
        return self.world.project is not None

    def GetName(self) -> str:
        return self.world.open_project().name

    def GetUniqueId(self) -> str:
        return "project-of-" + self.world.open_project().name

    def GetMediaPool(self) -> Thing:
        return MediaPool(self.session)

    def GetCurrentTimeline(self) -> Thing | None:
        """None when no timeline is open."""
        project = self.world.open_project()
        return Timeline(self.session, self.world.timeline()) if project.current else None

    def SetCurrentTimeline(self, timeline: Any) -> bool:
        """Opens it, which moves its playhead."""
        self.world.open_project().current = timeline.data.id
        timeline.data.playhead = timeline.data.start
        return True

    def GetTimelineCount(self) -> int:
        return len(self._counted())

    def GetTimelineByIndex(self, index: Any) -> Thing | None:
        """From 1; None beyond. The current timeline stays."""
        timelines = self._counted()
        inside = 1 <= whole(index, "idx") <= len(timelines)
        return Timeline(self.session, timelines[int(index) - 1]) if inside else None

    def _counted(self) -> list[TimelineData]:
        return [timeline for timeline in self.world.open_project().timelines if not timeline.is_compound]

    def GetSetting(self, name: Any = "") -> Any:
        return one_of(self.GetSettings(), name)

    def GetSettings(self) -> dict[str, Any]:
        project = self.world.open_project()
        return settings_of(self.session, project.rate, project.drop)


class ProjectManager(Thing):
    """The way to the project."""

    kind = "ProjectManager"

    def GetCurrentProject(self) -> Thing | None:
        """None where none is open."""
        return Project(self.session) if self.world.project is not None else None


class ResolveApp(Thing):
    """`resolve`."""

    kind = "Resolve"

    def attributes(self) -> dict[str, Any]:
        return CONSTANTS

    def GetProjectManager(self) -> Thing:
        return ProjectManager(self.session)

    def GetCurrentProject(self) -> Thing | None:
        """None where none is open."""
        return Project(self.session) if self.world.project is not None else None

    def GetCurrentTimeline(self) -> Thing | None:
        """None where none is open."""
        return Project(self.session).GetCurrentTimeline() if self.world.project is not None else None

    def GetMediaPool(self) -> Thing | None:
        return MediaPool(self.session) if self.world.project is not None else None

    def Fusion(self) -> Thing:
        return FusionApp(self.session)

    def OpenPage(self, page: Any) -> bool:
        """False for a page that does not exist."""
        if page not in PAGES:
            return False
        self.world.page = page
        return True

    def GetCurrentPage(self) -> str:
        return self.world.page

    def GetVersion(self) -> list[Any]:
        """[major, minor, patch, build, suffix]."""
        numbers = [*list(self.session.version), 0, 0]
        return [*numbers[:3], 14, ""]

    def GetVersionString(self) -> str:
        return ".".join(str(number) for number in self.GetVersion()[:4])

    def GetProductName(self) -> str:
        """Tells the edition."""
        return "DaVinci Resolve Studio" if self.world.edition == "studio" else "DaVinci Resolve"

    def IsStudio(self) -> bool:
        """Tells the edition."""
        return self.world.edition == "studio"


class FusionApp(Thing):
    """`fusion`, `fu` and `app`. On the free edition from 19.1 its UIManager is None, and asking opens a window."""

    kind = "Fusion"

    def attributes(self) -> dict[str, Any]:
        return {"UIManager": UIManager(self.session) if self._has_windows else None}

    def was_read(self, name: str) -> None:
        """The window is modal."""
        if not self._has_windows:
            self.world.faults.append(Fault("modal"))

    @property
    def _has_windows(self) -> bool:
        return self.world.edition == "studio" or self.session.version < (19, 1)

    def GetResolve(self) -> Thing:
        return ResolveApp(self.session)


class Bmd(Thing):
    """`bmd`."""

    kind = "Bmd"

    def scriptapp(self, name: Any) -> Thing:
        if name not in ("Resolve", "Fusion"):
            raise Unmodelled(f"scriptapp({name!r})")
        return ResolveApp(self.session) if name == "Resolve" else FusionApp(self.session)

    def UIDispatcher(self, ui: Any) -> Dispatcher:
        if not isinstance(ui, UIManager):
            raise Unmodelled(f"UIDispatcher of {ui!r}")
        return Dispatcher(self.session, ui)


def menu_globals(session: Session) -> dict[str, Proxy]:
    """What a script from the menu finds as globals, as proxies. Facts 2.3."""
    fusion = Proxy(FusionApp(session))
    return {
        "resolve": Proxy(ResolveApp(session)),
        "fusion": fusion,
        "fu": fusion,
        "app": fusion,
        "bmd": Proxy(Bmd(session)),
    }
