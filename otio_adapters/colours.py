"""Marker colours: the 16 of DaVinci Resolve against the 11 names of OpenTimelineIO and the eight of Avid."""

from __future__ import annotations


def nearest_of(rgb: int) -> str:
    """The Resolve colour that looks most like one of 24 bits."""

    def apart(name: str) -> int:
        return sum(((RGB_OF[name] >> by & 255) - (rgb >> by & 255)) ** 2 for by in (0, 8, 16))

    return min(RGB_OF, key=apart)


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
KDENLIVE_OF = {
    **{"Purple": 0, "Lavender": 0, "Fuchsia": 0, "Sky": 1, "Blue": 1, "Cyan": 2, "Mint": 3, "Green": 3, "Lemon": 4},
    **{"Cream": 4, "Yellow": 5, "Sand": 6, "Cocoa": 6, "Rose": 7, "Pink": 7, "Red": 8},
}
"""The nearest of Kdenlive's nine categories of guides for each of Resolve's, as Kdenlive colours them by itself."""
RESOLVE_OF_KDENLIVE = {category: resolve for resolve, category in reversed(KDENLIVE_OF.items())}
"""The Resolve colour of each of Kdenlive's."""

RGB_OF = {
    **{"Blue": 0x007FE3, "Cyan": 0x00CED0, "Green": 0x00AD00, "Yellow": 0xF09D00, "Red": 0xE12401, "Pink": 0xFF44C8},
    **{"Purple": 0x9013FE, "Fuchsia": 0xC02E6F, "Rose": 0xFFA1B9, "Lavender": 0xA193C8, "Sky": 0x92E2FD},
    **{"Mint": 0x72DB00, "Lemon": 0xDCE95A, "Sand": 0xC4915E, "Cocoa": 0x6E5143, "Cream": 0xF5EBE1},
}
"""What Resolve's colours look like, for programs whose markers have any colour."""

DEFAULT = "Blue"
"""What Resolve gives a marker that nobody coloured."""
