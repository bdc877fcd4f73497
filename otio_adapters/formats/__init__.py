"""The formats by name. Each is one module or folder here, called as the format, that defines FORMAT."""

from __future__ import annotations

from importlib import import_module

from mtbsync_core.errors import UsageError
from otio_adapters import format_names
from otio_adapters.format import Format, write_files

__all__ = ["FORMATS", "Format", "format_named", "write_files"]

FORMATS: dict[str, Format] = {
    name: import_module(f"{__name__}.{name.replace('-', '_')}").FORMAT for name in format_names()
}


def format_named(name: str) -> Format:
    """The format of that name or alias.

    Raises:
        UsageError: there is none.
    """
    found = next((f for f in FORMATS.values() if name in (f.name, *f.aliases)), None)
    if found is None:
        raise UsageError(f"there is no format {name!r}", f"Formats: {', '.join(FORMATS)}.")
    return found
