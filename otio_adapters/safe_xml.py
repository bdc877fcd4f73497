"""XML from anywhere, read without harm, and text made fit to be put into XML.

Files of editors need none of what makes XML dangerous. So entities (which can grow without bounds or pull in other
files) are refused as soon as one is declared, and nothing is ever fetched; `<!DOCTYPE xmeml>` alone is allowed.
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from mtbsync_core.errors import FormatError

MAX_BYTES = 64 << 20
MAX_ELEMENTS = 2_000_000
"""A project of a feature film has some hundred thousand."""
MAX_DEPTH = 200
"""Clips in clips in clips nest some 40 deep. Programs that walk a tree by recursion give up at 1000."""

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ufffd\U00010000-\U0010ffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def parse(text: str | bytes) -> Element:
    """The root element of an XML file. Of a `str`, the encoding that the file names no longer counts.

    Raises:
        FormatError: it is no XML, declares entities, or is too big or too deep to be the file of an editor.
    """
    data = text.lstrip("\ufeff \t\r\n").encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(data) > MAX_BYTES:
        raise FormatError(
            f"the XML file has more than {MAX_BYTES >> 20} MB", "Export only the timeline that has the markers."
        )
    parser = expat.ParserCreate("utf-8" if isinstance(text, str) else None)
    builder = TreeBuilder()
    depth = count = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth, count
        depth += 1
        count += 1
        if depth > MAX_DEPTH or count > MAX_ELEMENTS:
            much = f"nests deeper than {MAX_DEPTH}" if depth > MAX_DEPTH else f"has more than {MAX_ELEMENTS} elements"
            raise FormatError(f"the XML file {much}", "That is no project of an editor; export it again.")
        builder.start(tag, attributes)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(tag)

    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = _doctype
    parser.EntityDeclHandler = _refuse
    parser.SkippedEntityHandler = _refuse
    try:
        parser.Parse(data, True)
        return builder.close()
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise FormatError(f"this is not XML: {error}", "Export the file again, as XML.") from error


def text_of(text: str) -> str:
    """The text with U+FFFD for what XML 1.0 cannot even escape: controls, U+FFFE, U+FFFF and lone surrogates."""
    return _FORBIDDEN.sub("\ufffd", _SURROGATE.sub("\ufffd", text))


def _doctype(_name: str, _system: str | None, _public: str | None, has_internal_subset: int) -> None:
    if has_internal_subset:
        _refuse()


def _refuse(*_: object) -> None:
    raise FormatError("the XML file declares entities of its own", "No editor writes such a file; do not trust it.")
