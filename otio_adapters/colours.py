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

AVID_OF = {
    "Blue": "blue",
    "Cyan": "cyan",
    "Green": "green",
    "Yellow": "yellow",
    "Red": "red",
    "Pink": "magenta",
    "Purple": "magenta",
    "Fuchsia": "magenta",
    "Rose": "red",
    "Lavender": "blue",
    "Sky": "cyan",
    "Mint": "green",
    "Lemon": "yellow",
    "Sand": "yellow",
    "Cocoa": "black",
    "Cream": "white",
}
"""The nearest of Avid's eight locator colours for each of Resolve's."""

RESOLVE_OF_AVID = {
    "red": "Red",
    "green": "Green",
    "blue": "Blue",
    "cyan": "Cyan",
    "magenta": "Fuchsia",
    "yellow": "Yellow",
    "black": "Cocoa",
    "white": "Cream",
}
"""The Resolve colour of each of Avid's."""
