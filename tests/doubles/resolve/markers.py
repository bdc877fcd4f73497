"""Marker calls: the same on timelines, timeline items and pool items. Rules: facts 1.4.

Never an exception, never a reason: a marker that cannot be is False. Each owner says through `takes_marker` which
frames it takes.
"""

from __future__ import annotations

from typing import Any

from .api_table import MARKER_COLORS
from .proxy import Stored, Unmodelled, text, whole
from .world import Marker


class Marked(Stored):
    """A thing with markers."""

    def takes_marker(self, frame: int) -> bool:
        """Whether a marker may be at this frame.

        Raises:
            Unmodelled: nobody knows.
        """
        raise NotImplementedError

    def AddMarker(
        self, frame: Any, color: Any, name: Any, note: Any, duration: Any, custom_data: Any | None = None
    ) -> bool:
        """False on an occupied frame, for an empty name, an unknown colour, a duration under 1, out of bounds."""
        marker = Marker(
            whole(frame, "frameId"),
            text(color, "color"),
            text(name, "name"),
            text(note, "note"),
            whole(duration, "duration"),
            self._stored("" if custom_data is None else text(custom_data, "customData")),
        )
        quirks = self.world.quirks
        if quirks.markers_on_edit_page_only and self.world.page != "edit":
            return False
        fine = marker.name and marker.color in MARKER_COLORS and marker.duration >= 1
        if not fine or self._at(marker.frame) or not self.takes_marker(marker.frame):
            return False
        self.data.markers.append(marker)
        return True

    def GetMarkers(self) -> dict[Any, dict[str, Any]]:
        """A fresh dict by frame, in the order of frames."""
        number = float if self._floats() else int
        ordered = sorted(self.data.markers, key=lambda marker: marker.frame)
        return {number(marker.frame): self._info(marker) for marker in ordered}

    def GetMarkerByCustomData(self, custom_data: Any) -> dict[str, Any]:
        """The first that carries it; an empty dict when none does."""
        found = self._with(text(custom_data, "customData"))
        return self._info(found) if found else {}

    def GetMarkerCustomData(self, frame: Any) -> str:
        """That of the marker there; '' when there is none."""
        found = self._at(whole(frame, "frameId"))
        return found.custom_data if found else ""

    def UpdateMarkerCustomData(self, frame: Any, custom_data: Any) -> bool:
        """False when nothing is there."""
        found = self._at(whole(frame, "frameId"))
        if found:
            found.custom_data = self._stored(text(custom_data, "customData"))
        return found is not None

    def DeleteMarkerAtFrame(self, frame: Any) -> bool:
        """False when nothing is there."""
        return self._drop(self._at(whole(frame, "frameNum")))

    def DeleteMarkerByCustomData(self, custom_data: Any) -> bool:
        """Deletes the first that carries it."""
        return self._drop(self._with(text(custom_data, "customData")))

    def DeleteMarkersByColor(self, color: Any) -> bool:
        """All of one colour, or of "All"."""
        if color != "All" and color not in MARKER_COLORS:
            raise Unmodelled(f"{color!r} is no marker colour")
        before = len(self.data.markers)
        self.data.markers[:] = [marker for marker in self.data.markers if color not in ("All", marker.color)]
        return len(self.data.markers) < before

    def _at(self, frame: int) -> Marker | None:
        return next((marker for marker in self.data.markers if marker.frame == frame), None)

    def _with(self, custom_data: str) -> Marker | None:
        if not custom_data:
            # Whether '' finds the markers without any is not known.
            raise Unmodelled("customData is empty")
        ordered = sorted(self.data.markers, key=lambda marker: marker.frame)
        return next((marker for marker in ordered if marker.custom_data == custom_data), None)

    def _drop(self, marker: Marker | None) -> bool:
        if marker is not None:
            # Equal is the same: one frame holds one marker.
            self.data.markers.remove(marker)
        return marker is not None

    def _floats(self) -> bool:
        wanted = self.world.quirks.float_markers
        return self.session.version < (21, 1) if wanted is None else wanted

    def _info(self, marker: Marker) -> dict[str, Any]:
        return {
            "color": marker.color,
            "duration": float(marker.duration) if self._floats() else marker.duration,
            "note": marker.note,
            "name": marker.name,
            "customData": marker.custom_data,
        }

    def _stored(self, custom_data: str) -> str:
        quirks = self.world.quirks
        if quirks.custom_data_ascii:
            custom_data = custom_data.encode("ascii", "replace").decode("ascii")
        return custom_data[: quirks.custom_data_limit] if quirks.custom_data_limit else custom_data
