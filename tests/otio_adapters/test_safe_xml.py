"""XML that means harm is refused, and no text can make XML that nobody reads."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtbsync_core.errors import FormatError
from otio_adapters import safe_xml
from otio_adapters.safe_xml import MAX_DEPTH, parse, text_of

LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;">]><x>&c;</x>'
)


@pytest.mark.parametrize(
    "text",
    [
        LAUGHS,
        LAUGHS.encode("utf-16"),
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
        '<!DOCTYPE x [<!ENTITY % a SYSTEM "http://localhost/x.dtd"> %a;]><x/>',
        "<!DOCTYPE x [<!ELEMENT x ANY>]><x/>",
        "<!DOCTYPE x []><x/>",
        '<!DOCTYPE x SYSTEM "other.dtd"><x>&from-there;</x>',
    ],
)
def test_declarations_are_refused(text: str | bytes) -> None:
    with pytest.raises(FormatError, match="entities") as caught:
        parse(text)
    assert caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no xml",
        b"\xff\xfe\x00",
        "<x>",
        "<x></y>",
        "<x/><y/>",
        "<x>&undeclared;</x>",
        "<x>\ud800</x>",
        "<x>\x00</x>",
        b"<?xml version='1.0' encoding='nonsense'?><x/>",
    ],
)
def test_what_is_no_xml(text: str | bytes) -> None:
    with pytest.raises(FormatError, match="not XML"):
        parse(text)


@pytest.mark.parametrize(
    "head",
    ["", "\ufeff", "\n ", "<!DOCTYPE fcpxml>\n", '<!DOCTYPE fcpxml SYSTEM "FCPXMLv1_10.dtd">', "<?xml version='1.0'?>"],
)
def test_heads_of_real_files(head: str) -> None:
    assert parse(head + "<fcpxml version='1.10'><a>ü &amp; &#10;<![CDATA[<b>]]></a></fcpxml>")[0].text == "ü & \n<b>"


def test_bytes_have_their_own_encoding_and_text_has_none() -> None:
    text = "<?xml version='1.0' encoding='{}'?><x>Ü😀</x>"
    assert parse(text.format("UTF-16").encode("utf-16")).text == "Ü😀"
    assert parse(text.format("UTF-8").encode("utf-8-sig")).text == "Ü😀"
    assert parse(text.format("UTF-16")).text == "Ü😀"
    assert parse("<?xml version='1.0' encoding='ISO-8859-1'?><x>Ü</x>".encode("latin-1")).text == "Ü"


def test_depth_and_size_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert parse("<x>" * MAX_DEPTH + "</x>" * MAX_DEPTH).tag == "x"
    with pytest.raises(FormatError, match="deeper"):
        parse("<x>" * 200_000)
    monkeypatch.setattr(safe_xml, "MAX_ELEMENTS", 100)
    with pytest.raises(FormatError, match="elements"):
        parse("<x>" + "<y/>" * 100 + "</x>")
    monkeypatch.setattr(safe_xml, "MAX_BYTES", 100)
    with pytest.raises(FormatError, match="MB"):
        parse("<x>" + " " * 100 + "</x>")


@given(st.text(st.characters(exclude_categories=[])))
def test_any_text_becomes_text_that_xml_holds(text: str) -> None:
    element = ElementTree.Element("x", {"value": text_of(text)})
    again = parse(ElementTree.tostring(element, encoding="unicode"))
    assert again.get("value") == text_of(text) == text_of(text_of(text))
    if text.isprintable():
        assert text_of(text) == text


def test_what_text_loses() -> None:
    assert (
        text_of("\x00a\x0b\x1fb\ud83d\ufffe\uffff\t\n\r😀\x7f") == "\ufffda\ufffd\ufffdb\ufffd\ufffd\ufffd\t\n\r😀\x7f"
    )
