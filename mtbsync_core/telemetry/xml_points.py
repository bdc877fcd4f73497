"""XML as devices, apps and careless programs write it, read as far as it goes and without harm.

Names are compared without their prefix, declared or not. A file that breaks off, or is no longer XML from some place
on, gives what stands before that. Entities of the file's own, which can grow without bounds, end it likewise; nothing
is ever fetched.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from mtbsync_core.telemetry.track_file import xml_text

_DEPTH = 200
_DECLARATION = re.compile(r"<\?xml\b[^>]*\?>")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9A-Fa-f]+);)")
_SPACE_IN_TIME = re.compile(r"(?<=[tT])\s+|\s+(?=[tTzZ+]|-\d\d:?\d\d$)")


class _Stop(Exception):
    """What follows is not read."""


def read_xml(data: bytes, whole: Collection[str]) -> tuple[Element, bool] | None:
    """The root element of a file and whether the file breaks off; None where there is no element at all.

    Args:
        whole: names of elements that count only when they are complete: one that the end cuts in two is left out.
    """
    text = _NOT_XML.sub(" ", _DECLARATION.sub("", xml_text(data)))
    parser, builder = expat.ParserCreate("utf-8"), TreeBuilder()
    opened: list[Element] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if len(opened) >= _DEPTH:
            raise _Stop
        names = {_local(name): value for name, value in attributes.items()}
        opened.append(builder.start(_local(tag), names))

    def end(_tag: str) -> None:
        builder.end(opened.pop().tag)

    def stop(*_: object) -> None:
        raise _Stop

    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.EntityDeclHandler = stop
    try:
        parser.Parse(_BARE_AMPERSAND.sub("&amp;", text).strip().encode(), True)
        return builder.close(), False
    except (expat.ExpatError, _Stop):
        pass
    cut = [element for element in opened if element.tag in whole]
    while opened:
        builder.end(opened.pop().tag)
    root: Element | None = builder.close()
    if root is None:
        return None
    for parent in [parent for parent in root.iter() if any(child in cut for child in parent)]:
        for element in [child for child in parent if child in cut]:
            parent.remove(element)
    return root, True


def text_of(element: Element, *path: str) -> str:
    """The text of the first element at `path` below, without blanks around it; empty where there is none."""
    return (element.findtext("/".join(path)) or "").strip()


def number(text: str | None) -> float:
    """A number with a point or a comma; NaN where it is none."""
    try:
        return float((text or "").strip().replace(",", "."))
    except ValueError:
        return math.nan


def moment(text: str) -> datetime | None:
    """An ISO 8601 time, with the zone that it tells, or none; None for what is no time.

    Line breaks in it, a comma before the fraction and a blank for the `T` do no harm.
    """
    try:
        return datetime.fromisoformat(_SPACE_IN_TIME.sub("", " ".join(text.split())).upper())
    except ValueError:
        return None


def unix(time: datetime) -> float:
    """Seconds since 1970. The times of GPX and TCX are UTC, with or without a Z."""
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def _local(name: str) -> str:
    return name.rpartition(":")[2]
