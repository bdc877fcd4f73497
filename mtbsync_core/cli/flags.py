"""Verbs whose options are dataclasses: `command` makes of them the signature that Typer reads.

A parameter of a verb that is annotated with a group of options (`mtbsync_core.options`) becomes a flag for each of its
settings that has one; `report` is filled in; `--json` is added.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import MISSING, is_dataclass
from typing import Annotated, Any

import typer

from mtbsync_core.cli.report import Report
from mtbsync_core.options import Setting, build, settings

AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON object and nothing else, for programs. Errors too.")
]


def command(verb: Callable[..., Any]) -> Callable[..., Any]:
    """The verb as Typer takes it."""
    parameters: list[inspect.Parameter] = []
    groups: dict[str, type] = {}
    flags: dict[str, tuple[str, Setting]] = {}
    reported = False
    for p in inspect.signature(verb, eval_str=True).parameters.values():
        if p.annotation is Report:
            reported = True
            parameters.append(_parameter("ctx", typer.Context))
        elif is_dataclass(p.annotation):
            groups[p.name] = p.annotation  # type: ignore[assignment]
            for setting in settings(groups[p.name]):
                if setting.rule.flag or setting.rule.argument:
                    found = _flag(setting)
                    parameters.append(found)
                    flags[found.name] = p.name, setting
        else:
            parameters.append(p.replace(kind=inspect.Parameter.KEYWORD_ONLY))
    if reported:
        parameters.append(_parameter("as_json", AsJson, default=False))

    def run(**given: Any) -> Any:
        if reported:
            given["report"] = given.pop("ctx").obj
            del given["as_json"]
        values: dict[str, dict[tuple[str, ...], Any]] = {name: {} for name in groups}
        for name, (group, setting) in flags.items():
            values[group][setting.path] = _value(setting, given.pop(name))
        return verb(**given, **{name: build(group, values[name]) for name, group in groups.items()})

    run.__name__, run.__doc__ = verb.__name__, verb.__doc__
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in parameters}
    return run


def _parameter(name: str, annotation: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def _switches_off(setting: Setting) -> bool:
    return setting.default is True and (setting.rule.flag or "").startswith("--no-")


def _flag(setting: Setting) -> inspect.Parameter:
    """A setting as a parameter that Typer understands."""
    rule, kind, default = setting.rule, setting.kind, setting.default
    if rule.argument is not None:
        return _parameter(setting.path[-1], Annotated[kind, typer.Argument(metavar=rule.argument, help=rule.help)])
    assert rule.flag is not None
    names = rule.flag.split()
    if setting.many:
        kind, default = list[str] | None, None
    elif rule.read is not None:
        kind = str if default not in (None, MISSING) else str | None
    described = typer.Option(*names, help=rule.help, min=rule.minimum, max=rule.maximum, metavar=rule.metavar)
    if _switches_off(setting):
        default = False
    elif default is MISSING:
        default = inspect.Parameter.empty
    return _parameter(names[0].split("/")[0].strip("-").replace("-", "_"), Annotated[kind, described], default)


def _value(setting: Setting, given: Any) -> Any:
    """What was given for a setting, as its field wants it."""
    if _switches_off(setting):
        return not given
    read = setting.rule.read or (lambda text: text)
    if setting.many:
        return tuple(read(text) for text in given or ())
    return None if given is None else read(given)
