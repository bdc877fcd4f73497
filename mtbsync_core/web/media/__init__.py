"""The routes of the recordings: what can be played, video files, times of all frames, exact stills, the proxy."""

from __future__ import annotations

from mtbsync_core.web.media.routes import routes

__all__ = ["routes"]
