"""The bytes of a track's file, unpacked, and what kind of file they are: told by the content, never by the ending.

| begins with | is |
|---|---|
| 1F 8B (RFC 1952) | gzip, as in Strava's bulk export: unpacked, as far as it goes |
| `.FIT` from the eighth byte on (FIT SDK) | FIT |
| `<`, in UTF-8 or UTF-16 | XML, told by its first element: GPX, TCX (`TrainingCenterDatabase`), KML |
"""

from __future__ import annotations

import codecs
import logging
import re
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Literal

from mtbsync_core.errors import FormatError
from mtbsync_core.files import special_kind

log = logging.getLogger(__name__)

Kind = Literal["FIT", "GPX", "TCX", "KML", "ZIP"]

MOST_BYTES = 512 << 20
"""Unpacked; a day at ten fixes a second has a quarter of it, as GPX."""
HINT = "Give a GPX, TCX or FIT file."
_HEAD = 1 << 16
_STEP = 1 << 16
_ROOTS: dict[str, Kind] = {"gpx": "GPX", "trainingcenterdatabase": "TCX", "kml": "KML"}
# The byte order mark first; UTF-16 without one is told by the zero beside the first `<`.
_ENCODINGS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
# Read as ASCII, a declaration of 16 bits is a left-over of a file that was converted since.
_DECLARED = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"'](?!utf-?(?:16|32)|ucs)([\w.-]+)", re.IGNORECASE)
_NOT_ELEMENTS = re.compile(r"<!--.*?-->|<\?.*?\?>|<![^>]*>", re.DOTALL)
_FIRST_ELEMENT = re.compile(r"\s*<(?:[\w.-]+:)?([\w.-]+)")


def load(path: Path) -> bytes:
    """The content of a file, unpacked where it is a gzip; one that breaks off is unpacked as far as it goes.

    Raises:
        FormatError: it cannot be read, is no file, or is far larger than any track.
    """
    special = special_kind(path)
    if special:
        raise FormatError(f"{path} is {special}, not a file", HINT)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise FormatError(f"{path} has {path.stat().st_size >> 20} MB: that is no track", HINT)
        data = path.read_bytes()
    except OSError as error:
        raise FormatError(f"cannot read {path}: {error.strerror}", HINT) from error
    return _unpacked(path, data) if data.startswith(b"\x1f\x8b") else data


def kind_of(data: bytes) -> Kind | None:
    """What the unpacked content of a file is; None for anything else."""
    if data[8:12] == b".FIT":
        return "FIT"
    if data.startswith(b"PK\3\4"):
        return "ZIP"
    found = _FIRST_ELEMENT.match(_NOT_ELEMENTS.sub("", xml_text(data[:_HEAD])))
    return _ROOTS.get(found[1].casefold()) if found else None


def kind_of_file(path: Path) -> Kind | None:
    """What a file is, by its first bytes alone, so that a recording of gigabytes is not read; None for anything else.

    Also None for what cannot be read or is no file: whoever opens it says so.
    """
    if special_kind(path):
        return None
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return None
    return kind_of(_inflated(head, _HEAD)[0] if head.startswith(b"\x1f\x8b") else head)


def xml_text(data: bytes) -> str:
    """The text of XML: by its byte order mark, else as it declares, else UTF-8, else Latin-1.

    Blanks and empty lines at its beginning are left out, and so is a character that is cut in two at its end.
    """
    data = data.lstrip(b" \t\r\n")
    encoding = next((name for mark, name in _ENCODINGS if data.startswith(mark)), "")
    if not encoding and (declared := _DECLARED.match(data[:_HEAD])):
        encoding = declared[1].decode("ascii")
    for name in (encoding, "utf-8"):
        try:
            return codecs.getincrementaldecoder(name)().decode(data).lstrip("\ufeff \t\r\n")
        except (LookupError, UnicodeDecodeError):
            continue
    return data.decode("latin-1")


def _unpacked(path: Path, data: bytes) -> bytes:
    unpacked, whole = _inflated(data, MOST_BYTES)
    if len(unpacked) >= MOST_BYTES:
        raise FormatError(f"{path} unpacks to more than {MOST_BYTES >> 20} MB: that is no track", HINT)
    if not whole:
        log.warning("%s breaks off: it is unpacked as far as it goes", path.name)
    return unpacked


def _inflated(data: bytes, most: int) -> tuple[bytes, bool]:
    """What a gzip holds, `most` bytes of it, and whether it comes to its end; of a damaged one what is before that."""
    inflate, found = zlib.decompressobj(wbits=31), bytearray()
    try:
        for at in range(0, len(data), _STEP):
            before = inflate.copy()
            found += inflate.decompress(data[at : at + _STEP], most - len(found))
            if inflate.eof or len(found) == most:
                break
    except zlib.error:
        # An error takes along what its call had unpacked: byte by byte up to there.
        with suppress(zlib.error):
            for byte in data[at : at + _STEP]:
                found += before.decompress(bytes([byte]), max(1, most - len(found)))
    return bytes(found), inflate.eof
