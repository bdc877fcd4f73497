"""JSON5, which LosslessCut writes: JSON with bare names, single quotes, comments and commas at the end (json5.org)."""

from __future__ import annotations

import json
import re
from typing import Any

_TOKEN = re.compile(
    r"""(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
    r"|(?P<comment>//[^\n]*|/\*.*?\*/)"
    r"|(?P<name>[A-Za-z_$][\w$]*)"
    r"|(?P<number>[+-]?(?:0[xX][\da-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?))"
    r"|(?P<last>,(?=(?:\s|//[^\n]*|/\*.*?\*/)*[}\]]))"
    r"|(?P<sign>[-+{}\[\]:,])|(?P<blank>\s+)",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|(\r\n|.))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": "", "\r\n": "", "\r": ""}
_WORDS = {"true", "false", "null", "Infinity", "NaN"}


def loads(text: str) -> Any:
    """The value that a JSON5 text stands for.

    Raises:
        ValueError: it is no JSON5.
    """
    parts, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"no JSON5 from letter {at} on")
        at = match.end()
        parts.append(_as_json(match))
    return json.loads("".join(parts))


def _as_json(match: re.Match[str]) -> str:
    said = match[0]
    if match["string"]:
        return json.dumps(_ESCAPE.sub(_letter, said[1:-1]))
    if match["name"]:
        return said if said in _WORDS else json.dumps(said)
    if match["number"]:
        return (
            str(int(said, 16))
            if "x" in said.casefold()
            else repr(float(said))
            if re.search("[.eE]", said)
            else str(int(said))
        )
    return "" if match["comment"] or match["last"] else said


def _letter(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    return chr(int(code, 16)) if code else _ESCAPED.get(match[3], match[3])
