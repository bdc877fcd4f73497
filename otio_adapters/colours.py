"""Marker colours: the 16 of DaVinci Resolve against the 11 names of OpenTimelineIO."""

from __future__ import annotations

OTIO_OF = {
    "Blue": "BLUE",
    "Cyan": "CYAN",
    "Green": "GREEN",
    "Yellow": "YELLOW",
    "Red": "RED",
    "Pink": "PINK",
    "Purple": "PURPLE",
    "Fuchsia": "MAGENTA",
    "Rose": "PINK",
    "Lavender": "PURPLE",
    "Sky": "CYAN",
    "Mint": "GREEN",
    "Lemon": "YELLOW",
    "Sand": "ORANGE",
    "Cocoa": "BLACK",
    "Cream": "WHITE",
}
"""The nearest OTIO name of each Resolve colour."""

RESOLVE_OF = {
    "BLUE": "Blue",
    "CYAN": "Cyan",
    "GREEN": "Green",
    "YELLOW": "Yellow",
    "RED": "Red",
    "PINK": "Pink",
    "PURPLE": "Purple",
    "MAGENTA": "Fuchsia",
    "ORANGE": "Sand",
    "BLACK": "Cocoa",
    "WHITE": "Cream",
}
"""The nearest Resolve colour of each OTIO name. Orange, black and white have no twin."""

WITHOUT_TWIN = frozenset({"ORANGE", "BLACK", "WHITE"})

DEFAULT = "Blue"
"""What Resolve gives a marker that nobody coloured."""
