"""The elements of an xmeml file, which says each thing once and refers to it by its id. For the reader."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element


class Document:
    """The elements of a file, some of which refer to others by their id."""

    def __init__(self, root: Element) -> None:
        self._root = root
        self._known: dict[tuple[str, str], Element] = {}
        for element in root.iter():
            if len(element) and element.get("id"):
                self._known.setdefault((element.tag, element.get("id", "")), element)

    def whole(self, element: Element | None) -> Element | None:
        """The element itself, or the one that it only names."""
        if element is None or len(element):
            return element
        return self._known.get((element.tag, element.get("id", "")), element)

    def master_of(self, item: Element) -> Element | None:
        """The master clip of an item."""
        master = self._known.get(("clip", (item.findtext("masterclipid") or "").strip()))
        return None if master is item else master

    def sequences(self) -> list[Element]:
        """All sequences that are there, not only named."""
        return [element for element in self._root.iter("sequence") if element.find("media") is not None]

    def nested(self) -> set[Element | None]:
        """The sequences that an item of another one shows."""
        return {self.whole(item.find("sequence")) for item in self._root.iter("clipitem")}

    def top_level(self, tag: str) -> Iterator[Element]:
        """The elements that are no part of a sequence or clip, as they follow each other."""
        waiting = [self._root]
        while waiting:
            element = waiting.pop()
            if element.tag == tag:
                yield element
            elif element.tag not in ("sequence", "clip"):
                waiting.extend(reversed(element))
