"""Verbs whose options are dataclasses: `command` makes of them the signature that Typer reads.

A parameter of a verb that is annotated with a group of options (`mtbsync_core.options`) becomes a flag for each of its
settings that has one; `report` is filled in; `--json` is added, and `--options` where settings have no flag.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from dataclasses import MISSING, is_dataclass
from keyword import iskeyword
from pathlib import Path
from typing import Annotated, Any

import typer

from mtbsync_core.cli.report import Report
from mtbsync_core.errors import FormatError
from mtbsync_core.options import Setting, build, settings, values_from_json

AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON object and nothing else, for programs. Errors too.")
]

OptionsFile = Annotated[
    Path | None,
    typer.Option(
        "--options",
        help="A JSON file of options by name, those of the model too, or the timewarp.json of an earlier run; flags "
        "come first.",
    ),
]


def command(verb: Callable[..., Any]) -> Callable[..., Any]:
    """The verb as Typer takes it."""
    parameters: list[inspect.Parameter] = []
    groups: dict[str, type] = {}
    flags: dict[str, tuple[str, Setting]] = {}
    reported, hidden = False, False
    for p in inspect.signature(verb, eval_str=True).parameters.values():
        if p.annotation is Report:
            reported = True
            parameters.append(_parameter("ctx", typer.Context))
        elif is_dataclass(p.annotation):
            groups[p.name] = p.annotation  # type: ignore[assignment]
            for setting in settings(groups[p.name]):
                shown = setting.rule.flag or setting.rule.argument
                hidden |= not shown
                if shown:
                    found = _flag(setting)
                    parameters.append(found)
                    flags[found.name] = p.name, setting
        else:
            parameters.append(p.replace(kind=inspect.Parameter.KEYWORD_ONLY))
    if hidden:
        parameters.append(_parameter("options_file", OptionsFile, default=None))
    if reported:
        parameters.append(_parameter("as_json", AsJson, default=False))

    def run(**given: Any) -> Any:
        context: Any = given.get("ctx")
        file = given.pop("options_file", None)
        if reported:
            given["report"] = given.pop("ctx").obj
            del given["as_json"]
        values = {name: values_from_json(group, _content(file)) if file else {} for name, group in groups.items()}
        for name, (group, setting) in flags.items():
            value = _value(setting, given.pop(name))
            if setting.path not in values[group] or context.get_parameter_source(name).name != "DEFAULT":
                values[group][setting.path] = value
        return verb(**given, **{name: build(group, values[name]) for name, group in groups.items()})

    run.__name__, run.__doc__ = verb.__name__, verb.__doc__
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in parameters}
    return run


def _content(path: Path) -> Any:
    """The options in a file; what a person corrected in an earlier run is not among them, nor are its files."""
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise FormatError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise FormatError(f"{path} is not JSON: {error}") from error
    if isinstance(data, dict) and isinstance(data.get("schema"), str):
        data = {name: value for name, value in (data.get("options") or {}).items() if name not in ("user", "corrected")}
    return data


def _parameter(name: str, annotation: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def _switches_off(setting: Setting) -> bool:
    return setting.default is True and (setting.rule.flag or "").startswith("--no-")


def _flag(setting: Setting) -> inspect.Parameter:
    """A setting as a parameter that Typer understands."""
    rule, kind, default = setting.rule, setting.kind, setting.default
    if rule.argument is not None:
        described = typer.Argument(metavar=rule.argument, help=rule.help)
        kind = list[Path] if setting.many else kind
        default = inspect.Parameter.empty if default is MISSING else default
        return _parameter(setting.path[-1], Annotated[kind, described], default)
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
    name = names[0].split("/")[0].strip("-").replace("-", "_")
    return _parameter(f"{name}_" if iskeyword(name) else name, Annotated[kind, described], default)


def _value(setting: Setting, given: Any) -> Any:
    """What was given for a setting, as its field wants it."""
    if _switches_off(setting):
        return not given
    read = setting.rule.read or (lambda text: text)
    if setting.many:
        return tuple(read(text) for text in given or ())
    return None if given is None else read(given)
