"""Clip colours and flags: the same calls on timeline items and pool items. Facts 1.1, 1.4."""

from __future__ import annotations

from typing import Any

from .api_table import CLIP_COLORS, MARKER_COLORS
from .proxy import Stored, Unmodelled


class Coloured(Stored):
    """A thing with a clip colour ('' is none) and flags."""

    def GetClipColor(self) -> str:
        """Its name; '' when none is set."""
        return self.data.color

    def SetClipColor(self, color: Any) -> bool:
        """False for a name that is no clip colour."""
        if color not in CLIP_COLORS:
            return False
        self.data.color = color
        return True

    def ClearClipColor(self) -> bool:
        self.data.color = ""
        return True

    def AddFlag(self, color: Any) -> bool:
        """Flags have the colours of markers."""
        if color not in MARKER_COLORS:
            return False
        self.data.flags.append(color)
        return True

    def GetFlagList(self) -> list[str]:
        return list(self.data.flags)

    def ClearFlags(self, color: Any) -> bool:
        """All of one colour, or of "All"."""
        if color != "All" and color not in MARKER_COLORS:
            raise Unmodelled(f"{color!r} is no flag colour")
        self.data.flags[:] = [flag for flag in self.data.flags if color not in ("All", flag)]
        return True
