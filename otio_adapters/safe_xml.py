"""XML of strangers, read without following anything, and text of strangers, fit to be written into XML.

The parser takes no declaration of entities, so nothing expands and nothing is fetched; `<!DOCTYPE fcpxml>` is fine.
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from mtbsync_core.errors import FormatError

_DEEPEST = 200
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no place for (section 2.2), not even as a character reference."""


def parse(text: str) -> Element:
    """The root element of a document.

    Raises:
        FormatError: it is not well formed, nested too deeply, or declares entities or a document type of its own.
    """
    builder = TreeBuilder()
    parser = expat.ParserCreate("utf-8")  # whatever the declaration says: this is text already
    parser.buffer_text = True
    depth = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise FormatError(f"the XML is nested more than {_DEEPEST} deep", "It is damaged, or no file of an editor.")
        builder.start(tag, attributes)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(tag)

    def doctype(name: str, system: str | None, public: str | None, has_own: bool) -> None:
        if has_own:
            raise FormatError("the XML declares a document type of its own", "Export it again from the editor.")

    def refuse(*_: object) -> int:
        raise FormatError("the XML declares entities", "Export it again from the editor.")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = doctype
    parser.EntityDeclHandler = parser.UnparsedEntityDeclHandler = parser.ExternalEntityRefHandler = refuse
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        raise FormatError(f"the XML is damaged: {error}", "Export it again from the editor.") from error
    root: Element = builder.close()
    return root


def text_of(text: str) -> str:
    """The text with U+FFFD in the place of each character that XML forbids."""
    return _FORBIDDEN.sub("\ufffd", text)
