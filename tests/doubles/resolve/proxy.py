"""How Resolve's objects look to a script, and where strictness sits: every call of a script passes through here.

As in Resolve (facts 1.3): `hasattr` is True for every name; a method that this version lacks reads as None, so calling
it is a TypeError; `dir()` tells the truth; two proxies of one thing are different objects. Unlike in Resolve: what the
double does not stand for raises `ResolveDoubleError` and is noted in the world, so that a script that swallows
exceptions does not hide it.
"""

from __future__ import annotations

import threading
from types import MethodType
from typing import Any, Callable

from .api_table import API, BESIDE, EXPORTS, Call, version_of
from .world import Called, ProjectData, World

TABLE = dict(API, **BESIDE)
CONSTANTS = {"EXPORT_" + name: float(number) for number, name in enumerate(EXPORTS)}
_PLAIN = (bool, int, float, str, type(None))


class ResolveDoubleError(Exception):
    """A script used what the double does not stand for: a name, an arity, a type, a situation without evidence."""


class Session:
    """A world in use: makes the proxies, counts the calls, lets the faults happen.

    `kill` ends the script's process; in a test's own process it is an error. `person` sits before its windows.
    """

    def __init__(
        self, world: World, kill: Callable[[], None] | None = None, person: Callable[[Any], None] | None = None
    ) -> None:
        self.world = world
        self.person = person
        self.version: tuple[int, ...] = version_of(world.version)
        self.kill = kill
        self._thread = threading.get_ident()

    def loud(self, text: str) -> ResolveDoubleError:
        """The error to raise; noted as well."""
        self.world.violations.append(text)
        return ResolveDoubleError(text)

    def has(self, call: Call) -> bool:
        """Whether this version has a call of the table."""
        return call.since is None or self.version >= call.since

    def is_gone(self) -> bool:
        return any(fault.does == "gone" and fault.is_on for fault in self.world.faults)

    def call(self, thing: Thing, name: str, given: list[Any]) -> Any:
        """One call by a script: checked, perhaps spoilt by a fault, done, noted, its answer wrapped."""
        kind = thing.kind
        call, title = TABLE[kind][name], kind + "." + name
        if not call.required <= len(given) <= call.required + call.optional:
            raise self.loud(f"{title} takes {_arity(call)} arguments, got {given!r}")
        if threading.get_ident() != self._thread:
            raise self.loud(f"{title} was called from another thread")
        method = getattr(thing, name, None)
        if method is None:
            raise self.loud(f"{title} is not modelled")
        refused = False if call.answers == "bool" else None
        deed = next((fault.does for fault in self.world.faults if fault.hits(title, given)), "")
        note = Called(title, thing.title(), [_plain(value) for value in given], deed)
        self.world.calls.append(note)
        if deed == "raise":
            raise RuntimeError(f"{title} failed")
        if deed == "gone":
            raise RuntimeError("the connection to Resolve was lost")
        if deed == "kill":
            if self.kill is None:
                raise self.loud("the fault 'kill' needs the runner")
            self.kill()
        if deed in ("refuse", "modal") or (deed == "" and not thing.exists()):
            answer: Any = refused
        elif deed == "none":
            answer = None
        elif deed == "pretend":
            answer = True
        else:
            try:
                answer = method(*[_unwrapped(value) for value in given])
            except Unmodelled as error:
                raise self.loud(f"{title}: {error}") from None
            except Exception as error:  # an argument that the double did not expect; scripts might swallow it
                raise self.loud(f"{title} broke in the double: {error!r}, given {note.given}") from error
            answer = False if deed == "deny" else self._as_answered(call, title, answer)
        note.answer = repr(_plain(answer))[:120]
        return _wrapped(answer)

    def _as_answered(self, call: Call, title: str, answer: Any) -> Any:
        if call.answers == "list" and answer == []:
            # Measured for the pool's selection on 21.1, advised for all (facts 1.2).
            measured = title == "MediaPool.GetSelectedClips" and self.version >= (21, 1)
            return None if measured or self.world.quirks.empty_as_none else []
        return answer


class Unmodelled(Exception):
    """Raised by the things below a proxy; becomes a ResolveDoubleError with the name of the call."""


class Thing:
    """What a proxy stands for. Methods of a subclass that are in the table are its calls.

    `kind` is the name of its class in the table.
    """

    kind = ""

    def __init__(self, session: Session) -> None:
        self.session = session

    @property
    def world(self) -> World:
        return self.session.world

    def title(self) -> str:
        """How the list of calls names it."""
        return self.kind

    def exists(self) -> bool:
        """Whether it is still there; calls of a thing that was deleted are refused."""
        return True

    def attributes(self) -> dict[str, Any]:
        """What reads as a value rather than a call."""
        return {}

    def was_read(self, name: str) -> None:
        """What reading an attribute does besides."""


class Stored(Thing):
    """A thing with a name and an id, of which the open project has the data."""

    def __init__(self, session: Session, data: Any) -> None:
        super().__init__(session)
        self.data = data

    def is_in(self, project: ProjectData) -> bool:
        """Whether a project has its data."""
        raise NotImplementedError

    def title(self) -> str:
        return str(self.data.name)

    def exists(self) -> bool:
        project = self.world.project
        return project is not None and self.is_in(project)

    def GetName(self) -> str:
        return str(self.data.name)

    def GetUniqueId(self) -> str | None:
        """None for some items: samuelgursky/davinci-resolve-mcp, api-limitations."""
        return None if self.data.id in self.world.without_id else str(self.data.id)


class Proxy:
    """What scripts hold."""

    __slots__ = ("_thing",)

    def __init__(self, thing: Thing) -> None:
        object.__setattr__(self, "_thing", thing)

    def __getattr__(self, name: str) -> Any:
        thing: Thing = object.__getattribute__(self, "_thing")
        if name.startswith("__"):
            raise AttributeError(name)
        session = thing.session
        if session.is_gone():
            return None
        attributes = thing.attributes()
        if name in attributes:
            thing.was_read(name)
            return attributes[name]
        call = TABLE[thing.kind].get(name)
        if call is None:
            raise session.loud(f"{thing.kind}.{name} is in no version of Resolve that the double knows")
        if not session.has(call):
            return None
        # A bound method, so that Lua's `object:Method()` through lupa drops the object as it does for any method.
        return MethodType(_Caller(name), self)

    def __setattr__(self, name: str, value: object) -> None:
        thing: Thing = object.__getattribute__(self, "_thing")
        raise thing.session.loud(f"{thing.kind}.{name} was set")

    def __dir__(self) -> list[str]:
        thing: Thing = object.__getattribute__(self, "_thing")
        names = [name for name, call in TABLE[thing.kind].items() if thing.session.has(call)]
        return names + list(thing.attributes())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Proxy) and other is not self:
            raise self._thing.session.loud("proxies were compared; what Resolve answers is not known, use GetUniqueId")
        return other is self

    def __hash__(self) -> int:
        raise self._thing.session.loud("a proxy was hashed; what Resolve does is not known, use GetUniqueId")

    def __repr__(self) -> str:
        thing: Thing = object.__getattribute__(self, "_thing")
        return f"{thing.kind} (0x{id(self):016x}) [App: 'Resolve' on 127.0.0.1]"


class _Caller:
    """A method of a proxy, before it is bound."""

    def __init__(self, name: str) -> None:
        self.name = self.__name__ = name

    def __call__(self, proxy: Proxy, *given: Any, **named: Any) -> Any:
        thing = proxy._thing
        if named:
            raise thing.session.loud(f"{thing.kind}.{self.name} was given arguments by name")
        return thing.session.call(thing, self.name, list(given))


def whole(value: Any, what: str) -> int:
    """A frame number as scripts pass it: an int, or a float without a fraction.

    Raises:
        Unmodelled: anything else.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != int(value):
        raise Unmodelled(f"{what} is {value!r}, not a whole number")
    return int(value)


def text(value: Any, what: str) -> str:
    """A string argument.

    Raises:
        Unmodelled: anything else.
    """
    if not isinstance(value, str):
        raise Unmodelled(f"{what} is {value!r}, not a string")
    return value


def _arity(call: Call) -> str:
    return f"{call.required} to {call.required + call.optional}" if call.optional else str(call.required)


def _each(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, (list, tuple)):
        return [_each(part, change) for part in value]
    if isinstance(value, dict):
        return {key: _each(part, change) for key, part in value.items()}
    return change(value)


def _unwrapped(value: Any) -> Any:
    return _each(value, lambda part: part._thing if isinstance(part, Proxy) else part)


def _wrapped(value: Any) -> Any:
    return _each(value, lambda part: Proxy(part) if isinstance(part, Thing) else part)


def _plain(value: Any) -> Any:
    def one(part: Any) -> Any:
        thing = part._thing if isinstance(part, Proxy) else part
        if isinstance(thing, Thing):
            return f"<{thing.kind} {thing.title()}>"
        return part if isinstance(part, _PLAIN) else repr(part)

    return _each(value, one)
