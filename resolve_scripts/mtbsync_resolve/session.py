"""The way from what a menu script is given to the open project and its timeline, and what this Resolve can do."""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple

from .calls import has, identity, number, text, thing_from
from .problems import Problem, Silent


class Session(NamedTuple):
    """The open project and its current timeline, as Resolve's objects, and the words for this Resolve."""

    project: Any
    timeline: Any
    product: str
    """For example `DaVinci Resolve Studio 21.1.0.14`."""


def find_resolve(given: Mapping[str, Any]) -> Any:
    """The `resolve` object, from the names that a menu script finds; older and free editions leave some out.

    Raises:
        Problem: this is no script of Resolve's menu.
    """
    resolve = given.get("resolve")
    if resolve is not None and has(resolve, "GetProjectManager"):
        return resolve
    for name in ("app", "fusion", "fu"):
        found = given.get(name)
        if found is not None and has(found, "GetResolve"):
            resolve = thing_from(found, "GetResolve")
            if resolve is not None:
                return resolve
    bmd = given.get("bmd")
    if bmd is not None and has(bmd, "scriptapp"):
        resolve = thing_from(bmd, "scriptapp", "Resolve")
        if resolve is not None:
            return resolve
    raise Problem(
        "DaVinci Resolve cannot be reached from here.",
        "Start this from DaVinci Resolve: Workspace > Scripts.",
    )


def product_of(resolve: Any) -> str:
    """Name and version, '' where Resolve does not say."""
    return (text(resolve, "GetProductName") + " " + text(resolve, "GetVersionString")).strip()


def open_session(given: Mapping[str, Any]) -> Session:
    """The project and the timeline that are open.

    Raises:
        Problem: there are none, or Resolve does not answer.
    """
    resolve = find_resolve(given)
    product = product_of(resolve)
    if not product:
        raise Silent("GetProductName")
    project = open_project(resolve)
    timeline = thing_from(project, "GetCurrentTimeline")
    if timeline is None:
        raise Problem(
            "No timeline is open in DaVinci Resolve.",
            "Open a timeline on the Edit page, close any other window of Resolve, and start again.",
        )
    identity(timeline)
    return Session(project, timeline, product)


def open_project(resolve: Any) -> Any:
    """The project that is open.

    Raises:
        Problem: there is none.
    """
    manager = thing_from(resolve, "GetProjectManager")
    project = thing_from(manager, "GetCurrentProject") if manager is not None else None
    if project is None:
        raise Problem(
            "No project is open in DaVinci Resolve.",
            "Open a project, close any other window of Resolve, and start again.",
        )
    return project


def timeline_by_id(project: Any, timeline_id: str) -> Any:
    """A timeline of the project wherever it is, or None; the current timeline stays the current one."""
    for index in range(1, int(number(project, "GetTimelineCount")) + 1):
        timeline = thing_from(project, "GetTimelineByIndex", index)
        if timeline is not None and text(timeline, "GetUniqueId") == timeline_id:
            return timeline
    return None
