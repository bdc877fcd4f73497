"""Plug-ins by name: each module in `describers` and in `matchers` is one, called by its file's name; a file whose name
begins with an underscore is none.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Literal

from mtbsync_core.errors import UsageError

Kind = Literal["describers", "matchers"]


def names_of(kind: Kind) -> list[str]:
    """The names of all plug-ins of a kind, in alphabetical order."""
    found = (module.name for module in iter_modules([str(Path(__file__).with_name(kind))]))
    return sorted(name for name in found if not name.startswith("_"))


def checked_name(kind: Kind, name: str) -> str:
    """A plug-in's name as a user gave it; UsageError where there is none of that name."""
    if name in names_of(kind):
        return name
    raise UsageError(f"there is no {kind[:-1]} {name!r}", f"Choose one of {', '.join(names_of(kind))}.")


def module_of(kind: Kind, name: str) -> ModuleType:
    """The plug-in's module, imported; UsageError where there is none of that name."""
    return import_module(f"{__package__}.{kind}.{checked_name(kind, name)}")
