"""Marker colours: the 16 of DaVinci Resolve against the 11 names of OpenTimelineIO and the eight of Avid."""

from __future__ import annotations

_TABLE = {
    "Blue": ("BLUE", "blue"),
    "Cyan": ("CYAN", "cyan"),
    "Green": ("GREEN", "green"),
    "Yellow": ("YELLOW", "yellow"),
    "Red": ("RED", "red"),
    "Pink": ("PINK", "magenta"),
    "Purple": ("PURPLE", "magenta"),
    "Fuchsia": ("MAGENTA", "magenta"),
    "Rose": ("PINK", "red"),
    "Lavender": ("PURPLE", "blue"),
    "Sky": ("CYAN", "cyan"),
    "Mint": ("GREEN", "green"),
    "Lemon": ("YELLOW", "yellow"),
    "Sand": ("ORANGE", "yellow"),
    "Cocoa": ("BLACK", "black"),
    "Cream": ("WHITE", "white"),
}
OTIO_OF = {resolve: otio for resolve, (otio, _) in _TABLE.items()}
"""The nearest OTIO name of each Resolve colour."""
AVID_OF = {resolve: avid for resolve, (_, avid) in _TABLE.items()}
"""The nearest of Avid's eight locator colours for each of Resolve's."""
RESOLVE_OF = {otio: resolve for resolve, otio in reversed(OTIO_OF.items())}
"""The nearest Resolve colour of each OTIO name. Orange, black and white have no twin."""
WITHOUT_TWIN = frozenset({"ORANGE", "BLACK", "WHITE"})
RESOLVE_OF_AVID = {avid: resolve for resolve, avid in reversed(AVID_OF.items())} | {"magenta": "Fuchsia"}
"""The Resolve colour of each of Avid's."""

DEFAULT = "Blue"
"""What Resolve gives a marker that nobody coloured."""
