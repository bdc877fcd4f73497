"""Hostile text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otio_adapters.safe_text import ascii_only, one_line, storable, without_astral


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("a\r\nb\n\nc", "a / b / c"),
        ("a\u2028b\u2029c\x85d\x0be\x0cf", "a / b / c / d / e / f"),
        ("\n a \n", "a"),
        ("a\tb", "a b"),
        ("a\x00b\x1bc\x7fd\x9fe", "abcde"),
        ("a\ud800b\ufffec\ufeffd\ufffde", "abcde"),
        ("测试 é ± \u05d0", "测试 é ± \u05d0"),
    ],
)
def test_one_line(text: str, safe: str) -> None:
    assert one_line(text, join=" / ") == safe


def test_emoji_in_words() -> None:
    assert without_astral("go 🚵\U0001f3fd\u200d♂\ufe0f 💀") == "go (mountain bicyclist)♂\ufe0f (skull)"
    assert without_astral("\U000f0000") == "\ufffd"


def test_ascii() -> None:
    assert ascii_only("Größe – Übér ± 测") == "Grosse - Uber +/- ?"


def test_storable() -> None:
    assert storable("a\0b\udfff") == "a\ufffdb\ufffd"


@given(st.text())
@settings(max_examples=60, deadline=None)
def test_one_line_is_one_line(text: str) -> None:
    safe = one_line(without_astral(text))
    assert len(safe.splitlines()) <= 1
    assert safe == one_line(safe)
    safe.encode("utf-8")
