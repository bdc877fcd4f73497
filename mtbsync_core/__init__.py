"""Find the places of one mountain-bike run again in another run of the same trail.

`align("ref.mp4", "new.mp4")` gives an `Alignment`: a monotone time warp with an honest spread and a verdict.
Importing this package costs nothing: what needs numpy, OpenCV or PyAV is loaded when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mtbsync_core.version import __version__

if TYPE_CHECKING:
    from mtbsync_core.alignment.pipeline import align as align

__all__ = ["__version__", "align"]


def __getattr__(name: str) -> Any:
    if name == "align":
        from mtbsync_core.alignment.pipeline import align

        return align
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
