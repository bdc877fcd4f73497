"""Markers and warps to and from the files of video editors, with OpenTimelineIO as the model in the middle.

Every writer takes an `otio.schema.Timeline` and says in a report what it could not carry; every reader returns one.
The package is also an OpenTimelineIO plug-in, whose every format is an adapter.
"""

from __future__ import annotations

from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opentimelineio.plugins.manifest import Manifest


def format_names() -> list[str]:
    """The names of all formats, without loading any of them: those of the modules in `formats`."""
    folder = Path(__file__).with_name("formats")
    return [module.name.replace("_", "-") for module in iter_modules([str(folder)])]


def plugin_manifest() -> Manifest:
    """What OpenTimelineIO asks a plug-in for: an adapter for each format."""
    from otio_adapters.plugin import manifest

    return manifest()
