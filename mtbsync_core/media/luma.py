"""The brightness of one decoded frame as an 8-bit picture, turned as shown and reduced.

The luma plane is read in place: no conversion to RGB, which costs 1 ms and more per 1080p frame.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}

# yuv420p, yuvj420p, yuv422p10le, yuva444p10le, nv12, nv16, gray, gray10le, p010le, ...: luma alone in plane 0.
_LUMA_FIRST = ("yuv4", "yuvj4", "yuva4", "nv", "gray", "p0", "p2", "p4")


def luma_picture(frame: VideoFrame, *, width: int, rotation: int = 0) -> NDArray[np.uint8]:
    """The frame's luma, long side at most `width` pixels (never enlarged), turned clockwise by `rotation` degrees.

    The array owns its memory and is C-contiguous. Limited-range (16-235) luma stays as it is.
    """
    plane, shift = _luma_plane(frame)
    high, wide = plane.shape
    scale = width / max(wide, high)
    picture: NDArray[Any] = plane
    if scale < 1:
        size = (max(1, round(wide * scale)), max(1, round(high * scale)))
        picture = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
    if shift:
        picture = np.minimum(picture >> shift, 255).astype(np.uint8)
    if rotation:
        picture = cv2.rotate(picture, TURNS[rotation])
    # A view of the decoder's buffer must not outlive the frame.
    return picture.copy() if picture is plane else picture


def _luma_plane(frame: VideoFrame) -> tuple[NDArray[Any], int]:
    """View of the luma samples, uint8 or uint16, and how far to shift them right to 8 bits."""
    name = frame.format.name
    bits = frame.format.components[0].bits
    if not name.startswith(_LUMA_FIRST) or name.endswith("be") or "f" in name or not 8 <= bits <= 16:
        # Packed, big-endian, floating-point and RGB layouts are rare enough for a conversion.
        frame, name, bits = frame.reformat(format="gray"), "gray", 8
    plane = frame.planes[0]
    samples: NDArray[Any] = np.frombuffer(memoryview(plane), "u1" if bits == 8 else "<u2")
    rows = samples.reshape(-1, plane.line_size // samples.itemsize)[: frame.height, : frame.width]
    # p010 and its kin keep the bits at the top of each word, yuv420p10 at the bottom.
    return rows, 0 if bits == 8 else 8 if name.startswith("p") else bits - 8
