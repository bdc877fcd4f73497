"""What a note says of a marker that needs a look, where a file has nothing better for it: `REVIEW ±0.21 s: the note`.

A timeline keeps it as data (`needs_review` and `margin_s` among our metadata); a file being written gets the words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from otio_adapters.safe_text import ascii_only

WORD = "REVIEW"


def review_note(note: str, own: Mapping[str, Any], word: str = WORD) -> str:
    """The note with what is to be said before it; a file that marks such markers itself leaves out the word.

    >>> review_note("go left", {"needs_review": True, "margin_s": 0.21})
    'REVIEW ±0.21 s: go left'
    """
    return ": ".join(filter(None, (_said(own, word), note)))


def without_review(note: str, own: Mapping[str, Any]) -> str:
    """Inverse of `review_note`: no rider's own words are taken for ours, since our metadata says what was written."""
    said = _said(own, WORD)
    for before in filter(None, (said, ascii_only(said))):
        if note == before or note.startswith(f"{before}: "):
            return note[len(before) + 2 :]
    return note


def _said(own: Mapping[str, Any], word: str) -> str:
    if own.get("needs_review") is not True:
        return ""
    margin_s = own.get("margin_s")
    return " ".join(filter(None, (word, f"±{margin_s:.2f} s" if isinstance(margin_s, float) and margin_s else "")))
