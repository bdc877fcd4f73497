"""Which format a file is, by what it says, whatever it is called; and its text, whatever wrote it."""

from __future__ import annotations

import codecs
from pathlib import Path

from mtbsync_core.errors import FormatError, UsageError
from otio_adapters.formats import FORMATS, Format

_MAX_BYTES = 256 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NEAR = 200_000
"""Letters at the beginning of a file that are searched for signatures."""


def load(path: Path) -> str:
    """The text of a file of some editor: UTF-8 or UTF-16 with or without BOM, else Windows-1252.

    Raises:
        UsageError: there is no such file, or it may not be read.
        FormatError: it is far larger than any marker file.
    """
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


def format_of(text: str) -> Format | None:
    """The format of a text, or None where it is none of ours: a table, probably."""
    near = text[:_NEAR]
    return next((f for f in FORMATS.values() if f.signature is not None and f.signature.search(near)), None)
