"""Options that are declared once: a field of a frozen dataclass is a flag, a name in JSON, and a part of a cache's key.

`option` is `dataclasses.field` with what people and parsers need to know of it. Groups nest: a dataclass may be the
field of another. `settings` lists what a group holds; `build` and `from_json` make one. The command line
(`mtbsync_core.cli.flags`), requests (`mtbsync_core.rpc`) and `timewarp.json` all go through these.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from types import NoneType
from typing import Any, Literal, TypeVar, cast, get_args, get_origin, get_type_hints

from mtbsync_core.errors import UsageError

Group = TypeVar("Group")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What holds of an option besides its type and default."""

    help: str = ""
    flag: str | None = None
    """Its names on the command line, with blanks between them; `--no-x` of a bool that is true switches it off."""
    argument: str | None = None
    """What the help calls it, of an argument that is given by its place."""
    minimum: float | None = None
    maximum: float | None = None
    metavar: str | None = None
    read: Callable[[str], Any] | None = None
    """Makes the value of a text, or each value of a tuple; raises UsageError."""


def option(default: Any = MISSING, flag: str | None = None, help: str = "", **rule: Any) -> Any:
    """A field with a `Rule`; without a default it has to be given."""
    return field(default=default, metadata={"rule": Rule(flag=flag, help=help, **rule)})


def paced(default: Any, exponent: float | tuple[float, ...] = 1.0) -> Any:
    """A field whose value holds at the pace 1 and follows that as a power: 1 for a duration, -1 for a rate; one
    exponent for each value of a tuple.
    """
    return field(default=default, metadata={"pace": exponent})


def at_pace(options: Group, pace: float) -> Group:
    """Options as they hold where pictures change `pace` times as slowly: each `paced` field, of groups within too,
    times `pace` to its exponent.
    """
    values: dict[str, Any] = {}
    for f in fields(cast(Any, options)):
        value, exponent = getattr(options, f.name), f.metadata.get("pace")
        if is_dataclass(value):
            values[f.name] = at_pace(value, pace)
        elif isinstance(exponent, tuple):
            values[f.name] = tuple(v * pace**e for v, e in zip(value, exponent, strict=True))
        elif exponent is not None:
            values[f.name] = value * pace**exponent
    return cast(Group, replace(cast(Any, options), **values))


@dataclass(frozen=True, slots=True)
class Setting:
    """One option of a group; `path` names the field, through the groups that it is in."""

    path: tuple[str, ...]
    kind: Any
    default: Any
    rule: Rule

    @property
    def many(self) -> bool:
        """Whether it may be given again and again."""
        return get_origin(self.kind) is tuple

    def checked(self, value: Any, where: str) -> Any:
        """A value from JSON.

        Raises:
            UsageError: it is of another type, or out of bounds.
        """
        rule, name = self.rule, f"{where}.{self.path[-1]}"
        if self.many:
            if not isinstance(value, (list, tuple)):
                raise UsageError(f"{name} is {value!r}, not a list")
            return tuple(_plain(item, get_args(self.kind)[0], rule, name) for item in value)
        return _plain(value, self.kind, rule, name)


def settings(group: type, path: tuple[str, ...] = ()) -> Iterator[Setting]:
    """All options of a group and of the groups in it, in the order of the fields."""
    kinds = get_type_hints(group)
    for f in fields(group):
        if is_dataclass(kinds[f.name]):
            yield from settings(kinds[f.name], (*path, f.name))
        else:
            yield Setting((*path, f.name), kinds[f.name], f.default, f.metadata.get("rule", Rule()))


def build(group: type[Group], values: Mapping[tuple[str, ...], Any]) -> Group:
    """A group with the values of these paths, and its defaults for all others."""
    kinds = get_type_hints(group)
    given: dict[str, Any] = {}
    for name in kinds:
        inner = {path[1:]: value for path, value in values.items() if path[0] == name}
        if inner:
            given[name] = build(kinds[name], inner) if is_dataclass(kinds[name]) else inner[()]
    return group(**given)


def from_json(group: type[Group], data: Any, where: str = "options") -> Group:
    """A group from a JSON object; null and an empty text stand for the default.

    An object names the fields of its group; options that have a flag, and whole groups, may also be named further out,
    so that `{"matcher": "orb", "fit": {"knot_s": 0.5}}` does for `AlignOptions`.

    Raises:
        UsageError: a name is not known (the message has the nearest), or a value cannot be.
    """
    values = values_from_json(group, data, where)
    missing = [s for s in settings(group) if s.default is MISSING and s.path not in values]
    if missing:
        raise UsageError(f"{where}.{missing[0].path[-1]} is missing", missing[0].rule.help)
    return build(group, values)


def values_from_json(group: type, data: Any, where: str = "options") -> dict[tuple[str, ...], Any]:
    """The values that a JSON object gives, by path, as `build` takes them.

    Raises:
        UsageError: as `from_json`.
    """
    return dict(_values(group, (), data, where))


def _values(group: type, path: tuple[str, ...], data: Any, where: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    if not isinstance(data, Mapping):
        raise UsageError(f"{where} is {data!r}, not an object with names and values")
    known = _names(group, path)
    for name, value in data.items():
        if name not in known:
            near = get_close_matches(str(name), known, 1)
            hint = f"Did you mean {near[0]}?" if near else f"Known are {', '.join(sorted(known))}."
            raise UsageError(f"{where} has no {name!r}", hint)
        found = known[name]
        if value is None or value == "":
            continue
        if isinstance(found, Setting):
            yield found.path, found.checked(value, where)
        else:
            inner, inner_path = found
            yield from _values(inner, inner_path, value, f"{where}.{name}")


def _names(
    group: type, path: tuple[str, ...], *, outer: bool = True
) -> dict[str, Setting | tuple[type, tuple[str, ...]]]:
    """What an object of this group may name; nearer names go before those further in."""
    kinds = get_type_hints(group)
    own: dict[str, Setting | tuple[type, tuple[str, ...]]] = {
        s.path[-1]: s
        for s in settings(group, path)
        if len(s.path) == len(path) + 1 and (outer or s.rule.flag is not None)
    }
    inner: dict[str, Setting | tuple[type, tuple[str, ...]]] = {}
    for f in fields(group):
        if is_dataclass(kinds[f.name]):
            inner |= _names(kinds[f.name], (*path, f.name), outer=False)
            own[f.name] = kinds[f.name], (*path, f.name)
    return inner | own


def _plain(value: Any, kind: Any, rule: Rule, name: str) -> Any:
    """A single value, of the type that its field has."""
    kinds = [k for k in get_args(kind) if k is not NoneType] if NoneType in get_args(kind) else [kind]
    if rule.read is not None and isinstance(value, str):
        return rule.read(value)
    for one in kinds:
        if get_origin(one) is Literal:
            if value in get_args(one):
                return value
            raise UsageError(f"{name} is {value!r}", f"Choose one of {', '.join(map(str, get_args(one)))}.")
        if one is bool or isinstance(value, bool):
            if one is bool and isinstance(value, bool):
                return value
        elif one in (int, float) and isinstance(value, int | float) and math.isfinite(value):
            if rule.minimum is not None and value < rule.minimum:
                raise UsageError(f"{name} is {value}; the least is {rule.minimum:g}")
            if rule.maximum is not None and value > rule.maximum:
                raise UsageError(f"{name} is {value}; the most is {rule.maximum:g}")
            if one is float or value == int(value):
                return one(value)
        elif one in (str, Path) and isinstance(value, str):
            return one(value)
    wanted = " or ".join(getattr(one, "__name__", str(one)) for one in kinds)
    raise UsageError(f"{name} is {value!r}, not a value of the type {wanted}")
