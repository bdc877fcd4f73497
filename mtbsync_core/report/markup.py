"""Pieces of HTML that all parts of the race report are made of. What comes from people or files is escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape


def kind_of(kind: str) -> str:
    """The attribute that gives an element its look, or none."""
    return f' class="{kind}"' if kind else ""


def section(title: str, body: str, caption: str = "") -> str:
    """A part of the page with its heading; `body` and `caption` are HTML. Nothing where the body is empty."""
    said = f'<p class="caption">{caption}</p>' if caption else ""
    return f"<section><h2>{escape(title)}</h2>{said}{body}</section>" if body else ""


def cell(html: str, kind: str = "", title: str = "") -> str:
    """A cell of a table."""
    said = f' title="{escape(title)}"' if title else ""
    return f"<td{kind_of(kind)}{said}>{html}</td>"


def number(text: str, small: str = "", kind: str = "", title: str = "") -> str:
    """A cell with a number, and its ± beside it."""
    return cell(f"{text}<small>{small}</small>" if small else text, f"n {kind}".rstrip(), title)


def head(text: str, html: str = "") -> str:
    """The cell that names a row; `html` follows the text."""
    return f'<th scope="row">{escape(text)}{html}</th>'


def table(columns: Sequence[str], rows: Iterable[str], kind: str = "") -> str:
    """A table that scrolls by itself on a narrow screen. A column whose name begins with `>` is set to the right.

    Args:
        rows: the cells of each, as HTML.
    """
    kinds = [kind_of("n" if name.startswith(">") else "") for name in columns]
    heads = "".join(
        f'<th scope="col"{one}>{escape(name.lstrip(">"))}</th>' for name, one in zip(columns, kinds, strict=True)
    )
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    whole = f"<table{kind_of(kind)}><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="scroll" tabindex="0">{whole}</div>' if body else ""


def items(texts: Iterable[str], kind: str = "") -> str:
    """A list of HTML texts; nothing where there is none."""
    made = "".join(f"<li>{text}</li>" for text in texts)
    return f"<ul{kind_of(kind)}>{made}</ul>" if made else ""
