"""Where DaVinci Resolve keeps its scripts on each system, and where we keep our own files.

All but `config_dir` and `this_system` follow from a platform (as `sys.platform`), an environment and a home folder, and
touch no disk, so that every system's folders can be checked on any. Resolve's folders are those of Blackmagic's
scripting manual (21.1); those of the App Store editions are what users report (samuelgursky/davinci-resolve-mcp issue
104).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path, PurePath
from typing import Mapping, NamedTuple, Sequence

MENU_FOLDER = "Utility"
"""The category that Resolve lists on all of its pages."""
OUR_FOLDER = "MTB Sync"
"""A sibling of the categories, which Resolve does not list."""
PACKAGE = "mtbsync_resolve"

USER, SYSTEM, APP_STORE, GIVEN = "user", "system", "app store", "given"

_CONTAINERS = ("com.blackmagic-design.DaVinciResolveLite", "com.blackmagic-design.DaVinciResolveAppStore")
"""Of the free edition in Apple's App Store, and of Studio there."""


class Location(NamedTuple):
    """Where a Resolve may be: the folder of its own files, and the one below which it looks for scripts."""

    kind: str
    """`user`, `system`, `app store`, or `given` (named by a person)."""
    product: PurePath
    """Made by Resolve's installer or at its first start; where it is missing, there is no Resolve of this kind."""
    scripts: PurePath
    """`Fusion/Scripts`; often missing until somebody puts a script there."""


def this_system() -> tuple[str, Mapping[str, str], Path]:
    """Platform, environment and home folder of the running system, as the functions below want them."""
    return sys.platform, os.environ, Path.home()


def known_locations(platform: str, env: Mapping[str, str], home: PurePath) -> list[Location]:
    """Every location where a Resolve of this system looks for scripts, the user's own first; none needs to exist."""
    path = type(home)
    if platform == "win32":
        vendor = path("Blackmagic Design", "DaVinci Resolve")
        roaming = _variable(env, "APPDATA", home / "AppData" / "Roaming") / vendor
        shared = _variable(env, "PROGRAMDATA", path("C:\\ProgramData")) / vendor
        # Only the user's own has the folder "Support" in between.
        return [
            Location(USER, roaming, roaming / "Support" / "Fusion" / "Scripts"),
            Location(SYSTEM, shared, shared / "Fusion" / "Scripts"),
        ]
    if platform == "darwin":
        support = path("Library", "Application Support")
        vendor = support / "Blackmagic Design" / "DaVinci Resolve"
        locations = [_location(USER, home / vendor), _location(SYSTEM, path("/") / vendor)]
        for name in _CONTAINERS:
            container = home / "Library" / "Containers" / name
            locations += [
                Location(APP_STORE, container, container / "Data" / folder / "Fusion" / "Scripts")
                for folder in (support, vendor)
            ]
        return locations
    # The folder /home/resolve alone may be that of a person of this name.
    return [
        _location(USER, home / ".local" / "share" / "DaVinciResolve"),
        _location(SYSTEM, path("/opt/resolve")),
        Location(SYSTEM, path("/home/resolve/Fusion"), path("/home/resolve/Fusion/Scripts")),
    ]


def location_of(folder: PurePath, known: Sequence[Location]) -> Location:
    """The location that a person names: a product folder or anything on the way from there to `Fusion/Scripts`.

    Args:
        known: what `known_locations` gives; a folder of these stands for that location.
    """
    kind = APP_STORE if any(part in _CONTAINERS for part in folder.parts) else GIVEN
    for location in known:
        if folder in (location.product, location.scripts):
            return Location(kind, location.product, location.scripts)
    below = {"scripts": "", "fusion": "Scripts"}.get(folder.name.casefold(), "Fusion/Scripts")
    return Location(kind, folder, folder / below)


def log_folder(platform: str, env: Mapping[str, str], home: PurePath) -> PurePath:
    """Where Resolve writes `davinci_resolve.log`, which names its version and the Python that it uses."""
    user = known_locations(platform, env, home)[0].product
    return (user / "Support" if platform == "win32" else user) / "logs"


def developer_folder(platform: str, env: Mapping[str, str], home: PurePath) -> PurePath:
    """Where Resolve's installer puts the manual of the scripting interface; tells 21.1 from what was before."""
    system = known_locations(platform, env, home)[1].product
    return (system / "Support" if platform == "win32" else system) / "Developer" / "Scripting"


def config_folder(platform: str, env: Mapping[str, str], home: PurePath) -> PurePath:
    """The user's folder for our settings, journal, logs and report page; `MTBSYNC_CONFIG_DIR` overrides it."""
    if env.get("MTBSYNC_CONFIG_DIR"):
        return type(home)(env["MTBSYNC_CONFIG_DIR"])
    if platform == "win32":
        base = _variable(env, "APPDATA", home / "AppData" / "Roaming")
    elif platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        base = _variable(env, "XDG_CONFIG_HOME", home / ".config")
    return base / "mtbsync"


def config_dir() -> Path:
    """`config_folder` of the running system; it need not exist."""
    return Path(config_folder(*this_system()))


def _location(kind: str, product: PurePath) -> Location:
    return Location(kind, product, product / "Fusion" / "Scripts")


def _variable(env: Mapping[str, str], name: str, otherwise: PurePath) -> PurePath:
    """The folder that a variable names; an empty or relative one counts as not set, as the XDG rules have it."""
    folder = type(otherwise)(env.get(name, ""))
    return folder if folder.is_absolute() else otherwise
