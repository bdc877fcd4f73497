"""The texts that a person sees in Resolve, by name: one table, kept in four files by subject.

To translate them, change the right sides in `texts_window`, `texts_found`, `texts_run` and `texts_doctor`. Letters
outside ASCII are written as `\\u00e4`. Words in braces stay, since values are put in their place; so do blanks at the
ends, and the names of menu entries, commands and keys of the settings.

Not in the table, and English for all: what is written into markers, since later runs read it (`plan`); what the engine
says; the log's notes; the files of the menu, which must work without this package; and `install`, a command that works
outside Resolve only. The doctor is a command too, but Check Installation shows its lines in Resolve, so they are here.
"""

from __future__ import annotations

from typing import Sequence

from .texts_doctor import DOCTOR
from .texts_found import FOUND
from .texts_run import RUN
from .texts_window import WINDOW

TEXTS = {**WINDOW, **FOUND, **RUN, **DOCTOR}


def text(name: str, /, **values: object) -> str:
    """The text of this name, with the values filled in."""
    return TEXTS[name].format(**values)


def untitled(lines: Sequence[str]) -> str:
    """The lines as one, where another place says already that they are ours."""
    return " ".join(lines).replace(text("titled", what=""), "", 1)


def status(name: str) -> str:
    """What became of a marker, in words."""
    return text("status_" + name)
