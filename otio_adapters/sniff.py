"""Which format a file is, by what it says, whatever it is called; and its text, whatever wrote it."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from mtbsync_core.errors import FormatError, UsageError
from otio_adapters.formats import FORMATS, Format

_MAX_BYTES = 256 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SIGNS = (
    ("fcpxml", re.compile(r"<fcpxml[\s>]")),
    ("premiere", re.compile(r"<xmeml[\s>]")),
    ("otio", re.compile(r'\A\s*\{.*?"OTIO_SCHEMA"', re.DOTALL)),
    ("json", re.compile(r'\A\s*\{.*?"mtbsync\.timeline-markers"', re.DOTALL)),
    ("resolve-edl", re.compile(r"\|C:[^|\n]*\|M:.*\|D:\d+\s*$", re.MULTILINE)),
    ("edl", re.compile(r"^\s*(?:TITLE:|FCM:|\d+\s+\S+\s+(?:\S+\s+){1,4}\d{1,2}[:;]\d\d[:;]\d\d)", re.MULTILINE)),
    ("avid", re.compile(r"\A[^\t\n]*\t\d{1,2}[:;]\d\d[:;]\d\d[:;.,]\d\d+\t[^\t\n]+\t[A-Za-z]+\t")),
)
"""What only files of that format say near their beginning, the surest first."""
_NEAR = 200_000


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
    return next((FORMATS[name] for name, sign in _SIGNS if name in FORMATS and sign.search(near)), None)
