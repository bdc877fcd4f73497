"""Presets: a format with options under one name. Each format is one; users have their own in `~/.mtbsync/config.toml`.

    [presets.club]
    format = "resolve-edl"
    fps = "29.97"
    drop = true
    start_timecode = "01:00:00;00"
    ascii = true

Keys: `format` (required), `fps` `drop` `start_timecode` `size` ("1920x1080") `reel` `label` `ascii` `crlf`, as the
options of `mtbsync export-markers`, and `on` ("timeline", "clip" or "both").
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from mtbsync_core.errors import FormatError, UsageError
from mtbsync_core.timecode import Rate
from otio_adapters.build import Owner
from otio_adapters.formats import FORMATS

_KINDS: dict[str, tuple[type, ...]] = {
    "format": (str,),
    "fps": (str, int, float),
    "drop": (bool,),
    "start_timecode": (str,),
    "size": (str,),
    "reel": (str,),
    "label": (str,),
    "ascii": (bool,),
    "crlf": (bool,),
    "on": (str,),
}


@dataclass(frozen=True, slots=True)
class Preset:
    """A format and the options that go with it: keywords of `WriteOptions`, and whose the markers are."""

    format: str
    options: Mapping[str, Any] = field(default_factory=dict)
    on: Owner | None = None


def config_path() -> Path:
    """The user's config file, where the original looks for it too."""
    return Path.home() / ".mtbsync" / "config.toml"


def preset_named(name: str, config: Path | None = None) -> Preset:
    """A preset of the user's own, which come first, or a format without further options.

    Raises:
        UsageError: there is none of that name.
        FormatError: the config file is damaged.
    """
    file = config or config_path()
    own = read_presets(file)
    if name in own:
        return own[name]
    if name in FORMATS:
        return Preset(name)
    raise UsageError(
        f"there is no preset {name!r}", f"Presets: {', '.join([*FORMATS, *own])}; your own go into {file}."
    )


def read_presets(file: Path) -> dict[str, Preset]:
    """The presets of a config file; none where there is no such file.

    Raises:
        FormatError: no TOML, or a preset with a key or value that means nothing.
    """
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise FormatError(f"{file} cannot be read: {reason}", "It is a TOML file in UTF-8.") from error
    tables = data.get("presets", {})
    if not isinstance(tables, dict):
        raise FormatError(f"{file}: presets is no table", "Write [presets.NAME] and its keys below.")
    return {name: _preset(f"{file}, preset {name}", table) for name, table in tables.items()}


def size_of(text: str) -> tuple[int, int]:
    """Width and height out of `1920x1080`.

    Raises:
        UsageError: it is something else.
    """
    match = re.fullmatch(r"(\d{1,5})\s*[xX]\s*(\d{1,5})", text.strip())
    if match is None or not int(match[1]) * int(match[2]):
        raise UsageError(f"{text!r} is not a picture size", "Write for example 1920x1080.")
    return int(match[1]), int(match[2])


def _preset(where: str, table: Any) -> Preset:
    if not isinstance(table, dict):
        raise FormatError(f"{where} is no table", "Write [presets.NAME] and its keys below.")
    for key, value in table.items():
        kinds = _KINDS.get(key)
        if kinds is None:
            raise FormatError(f"{where} has the key {key!r}", f"Keys: {', '.join(_KINDS)}.")
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise FormatError(f"{where}: {key} = {value!r} is of the wrong kind")
    name, on = table.get("format"), table.get("on")
    if name not in FORMATS:
        raise FormatError(f"{where}: format is {name!r}", f"Formats: {', '.join(FORMATS)}.")
    if on not in (None, *get_args(Owner)):
        raise FormatError(f"{where}: on is {on!r}", f"One of {', '.join(get_args(Owner))}.")
    options = {key: value for key, value in table.items() if key not in ("format", "on", "fps", "size")}
    try:
        if "fps" in table:
            options["rate"] = Rate.of(table["fps"], drop=bool(table.get("drop")))
        if "size" in table:
            options["size"] = size_of(table["size"])
    except (FormatError, UsageError) as error:
        raise FormatError(f"{where}: {error.message}", error.hint) from error
    return Preset(name, options, on)
