"""XML that wants to harm."""

from __future__ import annotations

from xml.etree.ElementTree import Element, tostring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtbsync_core.errors import FormatError
from otio_adapters.safe_xml import parse, text_of


def test_ordinary_documents() -> None:
    root = parse('<?xml version="1.0" encoding="UTF-16"?>\n<!DOCTYPE fcpxml>\n<a b="ü &amp; &#65;">x<c/>y &lt;</a>')
    assert (root.tag, root.attrib, root.text, root[0].tail) == ("a", {"b": "ü & A"}, "x", "y <")
    assert parse('<!DOCTYPE xmeml SYSTEM "http://example.invalid/x.dtd"><xmeml/>').tag == "xmeml"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<a>",
        "no xml",
        "<a/><b/>",
        '<!DOCTYPE a [<!ENTITY l "lol"><!ENTITY m "&l;&l;&l;">]><a>&m;</a>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://example.invalid/">%p;]><a/>',
        "<!DOCTYPE a [<!ELEMENT a ANY>]><a/>",
        "<a>&undefined;</a>",
        "<a>" * 100_000,
    ],
)
def test_documents_that_are_refused(text: str) -> None:
    with pytest.raises(FormatError):
        parse(text)


@given(st.text())
def test_any_text_can_be_written_and_read(text: str) -> None:
    element = Element("a", {"b": text_of(text)})
    element.text = text_of(text)
    again = parse(tostring(element, encoding="unicode"))
    # Line ends become "\n" (XML 1.0, section 2.11) in content; attributes keep theirs as references.
    assert (again.text or "") == text_of(text).replace("\r\n", "\n").replace("\r", "\n")
