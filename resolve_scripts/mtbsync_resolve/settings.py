"""The person's settings: `settings.json` in our config folder. docs/resolve-settings.md tells of every key.

The file is written with the defaults when it is missing, so that there is something to change. Its section `engine` is
handed to the engine as it is: what may stand there, and what it means, is the engine's to say.
"""

from __future__ import annotations

import contextlib
import json
import math
from pathlib import Path
from typing import Any, NamedTuple, get_type_hints

from .errors import ScriptError
from .texts import text

FILE = "settings.json"

MARKER_COLOURS = (
    "Blue, Cyan, Green, Yellow, Red, Pink, Purple, Fuchsia, Rose, Lavender, Sky, Mint, Lemon, Sand, Cocoa, Cream"
)
CLIP_COLOURS = (
    "Orange, Apricot, Yellow, Lime, Olive, Green, Teal, Navy, Blue, Purple, Violet, Pink, Tan, Beige, Brown, Chocolate"
)


class Settings(NamedTuple):
    """Every key of the file with its default."""

    carry_colours: str = ""
    """Colours of the reference's markers that are carried, with commas between them; '' is all."""
    write_to: str = "timeline"
    """Where the markers go: `timeline`, `clip` (the item on the timeline) or `media_pool` (its clip in the pool)."""
    colour: str = "confidence"
    """`confidence`: by how sure the place is; `keep`: as in the reference. Doubtful ones have `colour_doubtful`."""
    colour_sure: str = "Green"
    """Marker colour for confidence from `sure_from` on."""
    colour_fair: str = "Yellow"
    """Marker colour for confidence below `sure_from`."""
    colour_doubtful: str = "Red"
    """Marker colour for doubtful places, whatever `colour` says."""
    sure_from: float = 0.9
    """Confidence from which a marker counts as sure, 0 to 1."""
    review_threshold: float = 0.75
    """Confidence below which a marker is doubtful, 0 to 1."""
    select_colour: str = "Orange"
    """Clip colour that stands for `selected` where Resolve does not tell what is selected (before 21.0.4)."""
    reference_colour: str = "Purple"
    """Clip colour or flag of the reference."""
    reference: str = ""
    """File or clip name of the reference, for when neither markers nor colours say which it is; or the path of a trail
    pack (`.mtbtrail`), which then is the reference of all chosen clips."""
    use_proxy: bool = True
    """Whether the engine may look at the proxy that Resolve has for a clip."""
    engine: dict = {}  # noqa: RUF012 - nobody writes into it
    """Options of the engine by the names of `mtbsync align`'s flags, with `_` for `-`; they win over the keys here."""
    matcher: str = ""
    """The engine's matcher by name; '' leaves it to the engine."""
    threads: int = 0
    """Threads of the engine; 0 leaves it to the engine."""
    time_limit_min: float = 60.0
    """Minutes after which the engine is stopped."""
    open_report: bool = True
    """Whether the page with the report opens in the browser when a run has ended, or could not begin."""
    open_progress: bool = False
    """Whether it opens already when the engine starts, to show the progress."""
    report_pictures: bool = True
    """Whether the report shows both pictures of each marker; reading them takes about a second a marker."""
    notify: bool = True
    """Whether a notification of the system says how a run ended."""
    export_folder: str = ""
    """Folder for exported markers; '' is `exports` in the config folder."""

    def colours_not_carried(self) -> frozenset[str]:
        """The colours that `carry_colours` leaves out."""
        carried = _listed(self.carry_colours)
        return frozenset(MARKER_COLOURS.split(", ")) - frozenset(carried) if carried else frozenset()

    def engine_options(self) -> dict[str, Any]:
        """The options of a request to the engine."""
        options: dict[str, Any] = {"review_threshold": self.review_threshold}
        if self.matcher:
            options["matcher"] = self.matcher
        if self.threads:
            options["threads"] = self.threads
        return {**options, **self.engine}


_CHOICES = {
    "write_to": "timeline, clip, media_pool",
    "colour": "confidence, keep",
    "colour_sure": MARKER_COLOURS,
    "colour_fair": MARKER_COLOURS,
    "colour_doubtful": MARKER_COLOURS,
    "select_colour": CLIP_COLOURS,
    "reference_colour": ", ".join(sorted({*MARKER_COLOURS.split(", "), *CLIP_COLOURS.split(", ")})),
}
_BOUNDS = {
    "sure_from": (0, 1),
    "review_threshold": (0, 1),
    "threads": (0, 1024),
    "time_limit_min": (0.01, 10000),
}
_KINDS = {str: "a_text", bool: "true_or_false", int: "a_whole_number", float: "a_number", dict: "an_object"}
"""By the names of their texts."""


def load_settings(folder: Path) -> tuple[Settings, list[str]]:
    """The settings of a config folder, and remarks on what in the file means nothing.

    Raises ScriptError where the file cannot be read, or a value is not allowed; it names the key and what is.
    """
    path = folder / FILE
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        _write_defaults(path)
        return Settings(), []
    except (OSError, ValueError) as error:
        raise ScriptError(text("settings_unreadable", path=path, error=error), text("settings_hint")) from error
    if not isinstance(data, dict):
        raise ScriptError(text("settings_no_object", path=path), text("settings_hint"))
    known = {key: _checked(path, key, data[key]) for key in Settings._fields if key in data}
    remarks = [text("settings_unknown", key=repr(key)) for key in data if key not in Settings._fields]
    return Settings(**known), remarks


def _listed(colours: str) -> list[str]:
    return [one.strip() for one in colours.split(",") if one.strip()]


def _write_defaults(path: Path) -> None:
    with contextlib.suppress(OSError):  # the lock's error says that the folder cannot be written
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(Settings()._asdict(), indent=2) + "\n", encoding="utf-8")


def _checked(path: Path, key: str, value: Any) -> Any:
    kind = get_type_hints(Settings)[key]
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    low, high = _BOUNDS.get(key, (-math.inf, math.inf))
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        allowed = text(_KINDS[kind])
    elif key in _CHOICES and value not in _CHOICES[key].split(", "):
        allowed = text("one_of", choices=_CHOICES[key])
    elif key == "carry_colours" and not set(_listed(value)) <= set(MARKER_COLOURS.split(", ")):
        allowed = text("some_of", choices=MARKER_COLOURS)
    elif isinstance(value, (int, float)) and not low <= value <= high:
        allowed = text("from_to", low=f"{low:g}", high=f"{high:g}")
    else:
        return value
    message = text("setting_not_allowed", key=key, value=repr(value), allowed=allowed)
    raise ScriptError(message, text("setting_hint", path=path))
