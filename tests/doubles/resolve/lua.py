"""Runs a Lua script on a world, as the Console's `dofile` or the menu does: in LuaJIT, through the lupa package.

Answers become Lua values: lists are tables from 1, dicts are tables, None is nil. The facilities that the free edition
takes away (facts 0) are not there: `ffi`, `package`, `require`, `io`, `os`.
"""

from __future__ import annotations

import importlib
from typing import Any

from .project import menu_globals
from .proxy import Proxy, ResolveDoubleError, Session
from .world import World

_WRAP = """
local call, is_there, dict_of = ...
local function given(value)
  if type(value) ~= "table" then return value end
  return rawget(value, "python") or dict_of(value)
end
return function(proxy)
  return setmetatable({python = proxy}, {
    __index = function(_, name)
      if not is_there(proxy, name) then return nil end
      return function(object, ...)
        assert(rawget(object, "python"), "call " .. name .. " with a colon")
        local values = {...}
        for n = 1, select("#", ...) do values[n] = given(values[n]) end
        return call(proxy, name, select("#", ...), values)
      end
    end,
  })
end
"""
_TAKEN_AWAY = ("ffi", "package", "require", "io", "os", "debug", "jit", "python", "loadfile")


def run_lua(world: World, text: str) -> str:
    """Run a script, which changes the world, and give what it printed.

    Raises:
        ImportError: lupa is not installed, or was built without LuaJIT.
        ResolveDoubleError: the script used what the double does not stand for.
        Exception: lupa's LuaError, where the script fails.
    """
    luajit21: Any = importlib.import_module("lupa.luajit21")  # in tests only, and without type information
    session = Session(world)
    lua = luajit21.LuaRuntime(unpack_returned_tuples=False, register_eval=False, register_builtins=False)
    console: list[str] = []

    def in_lua(value: Any) -> Any:
        if isinstance(value, Proxy):
            return wrap(value)
        if isinstance(value, (list, tuple)):
            return lua.table_from([in_lua(part) for part in value])
        if isinstance(value, dict):
            return lua.table_from({key: in_lua(part) for key, part in value.items()})
        return value

    def call(proxy: Proxy, name: str, count: int, values: Any) -> Any:
        return in_lua(getattr(proxy, name)(*[values[number] for number in range(1, count + 1)]))

    def dict_of(table: Any) -> Any:
        raise session.loud("a Lua table was passed to a call; not modelled")

    def is_there(proxy: Proxy, name: str) -> bool:
        return getattr(proxy, name) is not None

    wrap = lua.execute(_WRAP, call, is_there, dict_of)
    shown = lua.eval("tostring")
    names = lua.globals()
    names["print"] = lambda *values: console.append("\t".join(str(shown(value)) for value in values) + "\n")
    for name in _TAKEN_AWAY:
        names[name] = None
    for name, proxy in menu_globals(session).items():
        names[name] = wrap(proxy)
    lua.execute(text)
    if world.violations:
        raise ResolveDoubleError("\n".join(world.violations))
    return "".join(console)
