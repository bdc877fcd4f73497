"""Text of people and other programs made fit for line-based files, so that it can never break out of its field."""

from __future__ import annotations

import re
import unicodedata

# What Python, editors and parsers take for the end of a line, with the blanks around it.
_BREAKS = re.compile("[ \t]*(?:\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029])+[ \t]*")
# C0 and C1 controls, lone surrogates, the byte-order mark, and U+FFF9 to U+FFFF (U+FFFD stands for a lost letter).
_UNPRINTABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufff9-\uffff]")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# An emoji with the joiners, selectors and skin tones that belong to it.
_ASTRAL = re.compile("[\U00010000-\U0010ffff][\ufe0e\ufe0f\u200d\U0001f3fb-\U0001f3ff\U000e0000-\U000e01ef]*")
_FOLDED = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "±": "+/-", "–": "-", "—": "-", "…": "..."}
)


def storable(text: str) -> str:
    """The text as OpenTimelineIO can hold it: it cuts names at NUL and refuses lone surrogates; both become U+FFFD."""
    return text if text.isascii() and "\0" not in text else _UNSTORABLE.sub("\ufffd", text)


def one_line(text: str, *, join: str = " ") -> str:
    """The text on one line, without controls: `join` stands where lines broke, tabs are blanks, ends are trimmed.

    >>> one_line("first\\r\\nsecond\\tpart", join=" / ")
    'first / second part'
    """
    joined = _BREAKS.sub(join, text.strip()).replace("\t", " ")
    return _UNPRINTABLE.sub("", joined).strip()


def field(text: str, join: str = " ") -> str:
    """The text on one line, with no `|` that parts fields, and no emoji: Resolve 20.3 garbles them (OpenFrame)."""
    return one_line(without_astral(text), join=join).replace("|", "/")


def without_astral(text: str) -> str:
    """Characters beyond U+FFFF (emoji, mostly) named in words instead, since some editors garble them.

    >>> without_astral("drop \\U0001f480!")
    'drop (skull)!'
    """
    return _ASTRAL.sub(lambda match: _in_words(match[0][0]), text)


def ascii_only(text: str) -> str:
    """Accents folded away and other letters as `?`: the last resort against an editor that loses them."""
    folded = unicodedata.normalize("NFKD", text.translate(_FOLDED))
    bare = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return bare.encode("ascii", "replace").decode("ascii")


def _in_words(letter: str) -> str:
    name = unicodedata.name(letter, "")
    return f"({name.lower()})" if name else "\ufffd"
