"""Clip colours and flags: the same calls on timeline items and pool items. Facts 1.1, 1.4."""

from __future__ import annotations

from typing import Any

from .api_table import CLIP_COLORS, MARKER_COLORS
from .proxy import Thing, Unmodelled
from .world import Item, Media


class Coloured(Thing):
    """A thing with a clip colour ('' is none) and flags."""

    def record(self) -> Item | Media:
        """The data that holds them."""
        raise NotImplementedError

    def GetClipColor(self) -> str:
        """Its name; '' when none is set."""
        return self.record().color

    def SetClipColor(self, color: Any) -> bool:
        """False for a name that is no clip colour."""
        if color not in CLIP_COLORS:
            return False
        self.record().color = color
        return True

    def ClearClipColor(self) -> bool:
        """Takes it away."""
        self.record().color = ""
        return True

    def AddFlag(self, color: Any) -> bool:
        """Flags have the colours of markers."""
        if color not in MARKER_COLORS:
            return False
        self.record().flags.append(color)
        return True

    def GetFlagList(self) -> list[str]:
        """Their colours."""
        return list(self.record().flags)

    def ClearFlags(self, color: Any) -> bool:
        """All of one colour, or of "All"."""
        if color != "All" and color not in MARKER_COLORS:
            raise Unmodelled(f"{color!r} is no flag colour")
        self.record().flags[:] = [flag for flag in self.record().flags if color not in ("All", flag)]
        return True
