"""One decoded frame as the colours of a screen: turned, reduced, and brought from ten bits and HDR to 8-bit BT.709.

Cameras mark wide range by their transfer function: hybrid log-gamma (GoPro, DJI) or PQ (phones). Both are decoded to
light (ITU-R BT.2100), brought to the primaries of BT.709 (BT.2087), compressed by a curve that leaves dark and middle
tones alone and rolls off towards white (Moebius, as FFmpeg's filter `tonemap` has it), and encoded by the inverse of
BT.1886. Everything else is converted as it is.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from numpy.typing import NDArray

from mtbsync_core.media.luma import TURNS

Planes = tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]
"""Luma, and both planes of colour."""

_HLG, _PQ = 18, 16
"""`AVCOL_TRC_ARIB_STD_B67` and `AVCOL_TRC_SMPTE2084` of FFmpeg."""
_UNSPECIFIED, _BT2020 = 2, (9, 10)
"""`AVCOL_SPC_UNSPECIFIED`, and those of BT.2020, of FFmpeg."""
_SD_HEIGHT = 576
"""Up to this height frames that do not say are taken for BT.601, as players do."""
_WHITE_NITS, _PEAK_NITS = 203.0, 1000.0
"""Light of diffuse white, and the most that is graded for (ITU-R BT.2408)."""
_KNEE = 0.3
"""Light, of diffuse white, up to which the curve is straight; FFmpeg's default."""
_TO_BT709 = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], np.float32)
"""Of linear BT.2020 (ITU-R BT.2087)."""
_LUMINANCE = np.array([0.2627, 0.6780, 0.0593], np.float32)
"""Of linear BT.2020."""


def colour_picture(frame: VideoFrame, *, width: int, rotation: int = 0) -> NDArray[np.uint8]:
    """The frame as RGB, shape (height, width, 3), turned clockwise by `rotation` degrees, `width` pixels wide at most
    (never enlarged). The array owns its memory.
    """
    high, wide = (frame.width, frame.height) if rotation in (90, 270) else (frame.height, frame.width)
    scale = min(1.0, width / wide)
    size = [max(1, round(wide * scale)), max(1, round(high * scale))]
    if rotation in (90, 270):
        size.reverse()
    transfer = getattr(frame, "color_trc", _UNSPECIFIED)  # PyAV tells from 15 on
    wide_range = transfer in (_HLG, _PQ)
    small = frame.reformat(
        width=size[0],
        height=size[1],
        format="rgb48le" if wide_range else "rgb24",
        src_colorspace=_matrix(frame),
        interpolation="AREA" if scale < 1 else "BICUBIC",
    )
    picture = small.to_ndarray()
    if wide_range:
        picture = _on_screen(picture.astype(np.uint16, copy=False), hlg=transfer == _HLG)
    return np.asarray(cv2.rotate(picture, TURNS[rotation]) if rotation else picture, np.uint8)


class VideoPictures:
    """Makes of decoded frames what videos are encoded of: planar 8-bit 4:2:0 of BT.709 in TV range.

    One keeps its converter from frame to frame: to set that up costs as much as a conversion.

    Args:
        width, height: of the pictures, turned as shown; both even.
        rotation: clockwise turn of the frames, degrees.
    """

    def __init__(self, width: int, height: int, rotation: int = 0) -> None:
        self._size = (height, width) if rotation in (90, 270) else (width, height)
        self._rotation = rotation
        self._converter = VideoReformatter()

    def of(self, frame: VideoFrame) -> Planes:
        """Luma (H, W), and both planes of colour (H/2, W/2): views of memory that only they hold."""
        how: dict[str, Any] = {"width": self._size[0], "height": self._size[1], "format": "yuv420p"}
        source = _matrix(frame)
        if getattr(frame, "color_trc", _UNSPECIFIED) in (_HLG, _PQ):
            frame = VideoFrame.from_ndarray(colour_picture(frame, width=self._size[0]), format="rgb24")
        else:
            how |= {"src_colorspace": source}
        planes = planes_of(
            self._converter.reformat(
                frame,
                **how,
                dst_colorspace=Colorspace.ITU709,
                dst_color_range=ColorRange.MPEG,
                interpolation="AREA" if self._size[0] < frame.width else "BICUBIC",
            )
        )
        if self._rotation:
            y, u, v = (np.asarray(cv2.rotate(plane, TURNS[self._rotation]), np.uint8) for plane in planes)
            planes = y, u, v
        return planes


def planes_of(frame: VideoFrame) -> Planes:
    """The three planes of a frame of the format yuv420p, as views."""
    y, u, v = (
        np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width]
        for plane in frame.planes
    )
    return y, u, v


def _matrix(frame: VideoFrame) -> int:
    """Which matrix made YUV of RGB, in the numbers of swscale, which are FFmpeg's."""
    said = int(frame.colorspace)
    if said in _BT2020:
        return _BT2020[0]
    if said == _UNSPECIFIED:
        return int(Colorspace.ITU601 if min(frame.width, frame.height) <= _SD_HEIGHT else Colorspace.ITU709)
    return said


def _on_screen(signal: NDArray[np.uint16], *, hlg: bool) -> NDArray[np.uint8]:
    """Signal of BT.2100, shape (H, W, 3), 0 to 65535, as 8-bit BT.709."""
    light = _light_table(hlg)[signal >> 4]
    if hlg:
        # The system gamma of a display of 1000 nits is 1.2, on luminance.
        luminance = np.maximum(light @ _LUMINANCE, 1e-6)
        light *= (luminance**0.2)[..., None]
    light *= np.float32(_PEAK_NITS / _WHITE_NITS if hlg else 10000.0 / _WHITE_NITS)
    light = np.maximum(light @ _TO_BT709.T, 0)
    brightest = np.maximum(light.max(axis=2), 1e-6)
    light *= (_rolled_off(brightest) / brightest)[..., None]
    return np.asarray(np.clip(light, 0, 1) ** (1 / 2.4) * 255 + 0.5, np.uint8)


@cache
def _light_table(hlg: bool) -> NDArray[np.float32]:
    """Light of the 4096 levels of a signal, 1 at the most: of the scene for HLG, of the display for PQ."""
    x = np.arange(4096) / 4095
    if hlg:
        a, b, c = 0.17883277, 0.28466892, 0.55991073
        return np.asarray(np.where(x <= 0.5, x * x / 3, (np.exp((x - c) / a) + b) / 12), np.float32)
    m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
    root = x ** (1 / m2)
    return np.asarray((np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1), np.float32)


def _rolled_off(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """Moebius: straight up to the knee, smooth there, and 1 at the peak."""
    peak, j = _PEAK_NITS / _WHITE_NITS, _KNEE
    a = -j * j * (peak - 1) / (j * j - 2 * j + peak)
    b = (j * j - 2 * j * peak + peak) / (peak - 1)
    curve = (b * b + 2 * b * j + j * j) / (b - a) * (light + a) / (light + b)
    return np.asarray(np.where(light <= j, light, np.minimum(curve, 1)), np.float32)
