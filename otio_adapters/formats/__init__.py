"""The formats by name and by content. Each is a module or folder here, called as the format, that defines FORMAT."""

from __future__ import annotations

import codecs
from importlib import import_module
from pathlib import Path

from mtbsync_core.errors import FormatError, UsageError
from mtbsync_core.files import refuse_special
from otio_adapters import format_names
from otio_adapters.format import Format, export, write_files

__all__ = ["FORMATS", "Format", "export", "format_named", "format_of", "load", "write_files"]

_MAX_BYTES = 256 << 20
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NEAR = 200_000
"""Letters at the beginning of a file that are searched for signatures."""

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


def format_of(text: str) -> Format | None:
    """The format of a text, or None where it is none of ours: a table, probably."""
    near = text[:_NEAR]
    return next((f for f in FORMATS.values() if f.signature is not None and f.signature.search(near)), None)


def load(path: Path) -> str:
    """The text of a file of some editor: UTF-8 or UTF-16 with or without BOM, else Windows-1252.

    Raises:
        UsageError: there is no such file, or it may not be read.
        FormatError: it is far larger than any marker file.
    """
    refuse_special(path)
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise FormatError(f"{path} has {path.stat().st_size >> 20} MB: that is no marker file")
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", "Check the name.") from error
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    if content[1:2] == b"\0":
        return content.decode("utf-16-le", "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")
