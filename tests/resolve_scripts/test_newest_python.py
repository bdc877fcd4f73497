"""What Resolve 21.1 brings is Python 3.14, which is not at hand everywhere: nothing that it no longer takes."""

from __future__ import annotations

import ast
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "resolve_scripts"
FILES = sorted(path for folder in ("menu", "mtbsync_resolve") for path in (ROOT / folder).glob("*.py"))
REMOVED = frozenset(
    (
        *("aifc", "asynchat", "asyncore", "audioop", "cgi", "cgitb", "chunk", "crypt", "distutils", "imghdr", "imp"),
        *("lib2to3", "mailcap", "msilib", "nis", "nntplib", "ossaudiodev", "pipes", "smtpd", "sndhdr", "spwd", "sunau"),
        *("telnetlib", "uu", "xdrlib"),
    )
)
"""Modules that went with 3.12 to 3.14 (the documents "What's New In Python" of these)."""


def jumps_out(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that leave a `finally` before its end (PEP 765)."""
    for node in body:
        if isinstance(node, ast.Return | ast.Break | ast.Continue):
            yield node
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            loop = isinstance(node, ast.For | ast.While)
            inner = [child for child in ast.walk(node) if isinstance(child, ast.stmt) and child is not node]
            yield from (
                n for n in inner if isinstance(n, ast.Return) or (not loop and isinstance(n, ast.Break | ast.Continue))
            )


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_python_3_14_takes_it(file: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # an invalid escape, "is" with a literal, a jump out of finally: errors one day
        tree = ast.parse(file.read_text(encoding="utf-8"))
        compile(tree, str(file), "exec")
    for node in ast.walk(tree):
        if isinstance(node, ast.Try):
            assert not list(jumps_out(node.finalbody)), f"line {node.lineno}: a jump out of finally"
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        for name in names:
            top = name.partition(".")[0]
            assert top in sys.stdlib_module_names and top not in REMOVED, name


def test_there_is_something_to_check() -> None:
    assert len(FILES) > 20
