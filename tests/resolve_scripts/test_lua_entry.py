"""The Lua entry, run by LuaJIT: what it says in which edition."""

from __future__ import annotations

import pytest

from tests.resolve_scripts.stage import MENU

lupa = pytest.importorskip("lupa.luajit21", reason="LuaJIT is not here")


def said(product: str, version: str) -> str:
    """What the entry prints."""
    lua = lupa.LuaRuntime()
    lines: list[str] = []
    lua.globals().print = lambda text="": lines.append(str(text))
    lua.globals().told = lua.table(product, version)
    lua.execute(
        "resolve = {}; function resolve:GetProductName() return told[1] end;"
        "function resolve:GetVersionString() return told[2] end; io, os, package, ffi, require = nil"
    )
    lua.execute((MENU / "MTB Sync.lua").read_text(encoding="ascii"))
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("product", "version", "by_files"),
    [
        ("DaVinci Resolve", "21.1.0.14", True),
        ("DaVinci Resolve", "22.0.0.1", True),
        ("DaVinci Resolve", "21.0.4.5", False),
        ("DaVinci Resolve Studio", "21.1.1.2", False),
        ("DaVinci Resolve", "", False),
    ],
)
def test_what_to_do(product: str, version: str, by_files: bool) -> None:
    text = said(product, version)
    assert text.startswith(f"MTB Sync in {product} {version}")
    assert ("Timeline Markers to EDL" in text) == by_files
    assert ("Resolve has found no Python" in text) != by_files
