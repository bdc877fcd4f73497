"""A double of DaVinci Resolve's scripting API, made from measured facts; Resolve itself cannot run in tests.

Facts by number are sections of the project's research, resolve-facts (November 2026), which names the source of each.
A test builds a `Scene`, lets `run_menu_script` run a script on it as Resolve would, and looks at the world that comes
back; or it takes `menu_globals(Session(world))` and calls the API in its own process.

Only the standard library, and Python 3.8 at the oldest: the double runs in the interpreter of the script under test.
"""

from .faults import Fault, Quirks
from .project import menu_globals
from .proxy import ResolveDoubleError, Session
from .runner import MenuRun, NotInMenu, run_menu_script, start_menu_script
from .scenes import Scene, crowded, two_runs
from .screen import Screen
from .world import Item, Marker, Media, TimelineData, World

__all__ = [
    "Fault",
    "Item",
    "Marker",
    "Media",
    "MenuRun",
    "NotInMenu",
    "Quirks",
    "ResolveDoubleError",
    "Scene",
    "Screen",
    "Session",
    "TimelineData",
    "World",
    "crowded",
    "menu_globals",
    "run_menu_script",
    "start_menu_script",
    "two_runs",
]
