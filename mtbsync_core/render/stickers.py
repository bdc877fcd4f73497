"""`Sticker`: a small picture with transparency that is laid on frames; drawn once with Pillow, laid on many frames."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from mtbsync_core.media.colour import Planes

Weight = Literal["regular", "bold"]
Rgb = tuple[int, int, int]
Uint16 = NDArray[np.uint16]

_FONTS: dict[Weight, str] = {"regular": "DejaVuSans.ttf", "bold": "DejaVuSans-Bold.ttf"}
"""Come with matplotlib. All digits are equally wide."""
_MORE_FONTS = (
    *("msyh.ttc", "YuGothM.ttc", "malgun.ttf", "Nirmala.ttf", "Nirmala.ttc", "LeelawUI.ttf"),
    *("Arial Unicode.ttf", "PingFang.ttc", "Hiragino Sans GB.ttc", "AppleSDGothicNeo.ttc"),
    *("NotoSansCJK-Regular.ttc", "DroidSansFallbackFull.ttf", "wqy-microhei.ttc", "FreeSans.ttf"),
)
"""Of Windows, macOS and Linux, with letters that DejaVu lacks, such as Chinese ones."""
_SMOOTH = 4
"""Shapes are drawn so many times as large and reduced: Pillow draws edges without shades."""


@dataclass(frozen=True, slots=True, eq=False)
class Sticker:
    """`rgba` (H, W, 4), not premultiplied; a height and width are even, so that it covers whole samples of colour."""

    rgba: NDArray[np.uint8]
    _blends: dict[int, tuple[tuple[Uint16, Uint16], ...]]

    @classmethod
    def of(cls, image: Image.Image) -> Sticker:
        """Padded to even sizes."""
        rgba = np.asarray(image.convert("RGBA"), np.uint8)
        high, wide = rgba.shape[:2]
        return cls(np.pad(rgba, ((0, high % 2), (0, wide % 2), (0, 0))), {})

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.rgba.shape[1], self.rgba.shape[0]

    def lay(self, planes: Planes, x: int, y: int) -> None:
        """Blend it onto a video picture, its left upper corner at x, y; what is beyond the edges is cut off. An odd y
        is taken one lower.
        """
        y -= y % 2
        left = x - x % 2
        wide, high = planes[0].shape[1], planes[0].shape[0]
        blends = self._blend(x % 2)
        for plane, (covered, left_over), zoom in zip(planes, blends, (1, 2, 2), strict=True):
            x0, y0 = left // zoom, y // zoom
            h, w = covered.shape
            cut = np.s_[max(0, -y0) : min(h, high // zoom - y0), max(0, -x0) : min(w, wide // zoom - x0)]
            source = covered[cut]
            if source.size:
                y1, x1 = max(0, y0), max(0, x0)
                under = plane[y1 : y1 + source.shape[0], x1 : x1 + source.shape[1]]
                np.copyto(under, (under * left_over[cut] + source) >> 8, casting="unsafe")

    def lay_rgba(self, canvas: NDArray[np.uint8], x: int, y: int) -> None:
        """Blend it onto a picture with transparency (H, W, 4), not premultiplied, by the operator `over` (Porter and
        Duff, SIGGRAPH 1984); it has to lie within.
        """
        wide, high = self.size
        under = canvas[y : y + high, x : x + wide]
        if not under[..., 3].any():
            under[...] = self.rgba
            return
        top, low = self.rgba[..., 3:] / np.float32(255), under[..., 3:] / np.float32(255)
        alpha = top + low * (1 - top)
        mixed = (self.rgba[..., :3] * top + under[..., :3] * low * (1 - top)) / np.maximum(alpha, 1e-6)
        under[..., :3] = np.where(alpha > 0, mixed + 0.5, 0)
        under[..., 3:] = alpha * 255 + 0.5

    def _blend(self, shift: int) -> tuple[tuple[Uint16, Uint16], ...]:
        """For each plane what the sticker brings, times 256, and how many 256ths are left of the picture."""
        if shift not in self._blends:
            rgba = np.pad(self.rgba, ((0, 0), (shift, shift), (0, 0))) if shift else self.rgba
            alpha = rgba[..., 3].astype(np.float32) / 255
            planes = []
            for row, offset, zoom in zip(_TO_YUV, _OFFSETS, (1, 2, 2), strict=True):
                brought = (rgba[..., :3] @ row + offset) * alpha
                shape = (rgba.shape[1] // zoom, rgba.shape[0] // zoom)
                brought, covered = (cv2.resize(a, shape, interpolation=cv2.INTER_AREA) for a in (brought, alpha))
                left_over = 256 - np.round(covered * 256)
                planes.append(((brought * 256).astype(np.uint16), left_over.astype(np.uint16)))
            self._blends[shift] = tuple(planes)
        return self._blends[shift]


_TO_YUV = np.array([[46.559, 156.629, 15.812], [-25.664, -86.336, 112.0], [112.0, -101.730, -10.270]], np.float32) / 255
_OFFSETS = (16.0, 128.0, 128.0)
"""RGB to BT.709 in TV range (ITU-R BT.709-6, 3.2 and 3.4), of 0 to 255."""


def font(text: str, size: int, weight: Weight = "regular") -> ImageFont.FreeTypeFont:
    """For a text, at a height of its letters in pixels: DejaVu Sans, or where it lacks one of them the first font of
    the machine that has all. Where there is none, the letters that are missing are boxes.
    """
    own = _own_font(weight)
    paths = chain([own], filter(None, map(_found, _MORE_FONTS)))
    return _opened(next((path for path in paths if all(_has(path, letter) for letter in text)), own), size)


@cache
def _own_font(weight: Weight) -> str:
    found = find_spec("matplotlib")  # which takes half a second to import
    assert found is not None and found.origin is not None
    return str(Path(found.origin).parent / "mpl-data" / "fonts" / "ttf" / _FONTS[weight])


@cache
def _found(name: str) -> str | None:
    """Where this machine has a font; Pillow knows the folders of the system."""
    try:
        return str(ImageFont.truetype(name, 16).path)
    except OSError:
        return None


@cache
def _opened(path: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size)


@cache
def _has(path: str, letter: str) -> bool:
    """Whether a font draws a letter otherwise than one that there cannot be."""
    one = _opened(path, 16)
    return letter.isspace() or bytes(one.getmask(letter)) != bytes(one.getmask("\uffff"))


def text_width(text: str, size: int, weight: Weight = "regular") -> int:
    """Pixels that a text takes."""
    return round(font(text, size, weight).getlength(text))


def shortened(text: str, size: int, most: int, weight: Weight = "regular") -> str:
    """The text, cut with an ellipsis where it is wider than so many pixels."""
    if text_width(text, size, weight) <= most:
        return text
    while text and text_width(text + "…", size, weight) > most:
        text = text[:-1]
    return text.rstrip() + "…"


def rgb(colour: str) -> Rgb:
    """Of `#rrggbb`."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text on a plate."""

    text: str
    size: int
    weight: Weight = "regular"
    colour: str = "#ffffff"


@lru_cache(maxsize=64)
def plate(
    lines: tuple[Line, ...],
    *,
    back: str = "#101418",
    opacity: float = 0.72,
    width: int = 0,
    pad: int = 12,
    align: Literal["left", "middle"] = "middle",
    edge: str = "",
) -> Sticker:
    """Lines of text on a rounded plate, which is as wide as they need and `width` at least; with a bar of the colour
    `edge` on its left.
    """
    fonts = [font(line.text, line.size, line.weight) for line in lines]
    widths = [round(one.getlength(line.text)) for one, line in zip(fonts, lines, strict=True)]
    heights = [round(line.size * 1.22) for line in lines]
    bar = max(4, pad // 2) if edge else 0
    wide, high = max(width, max(widths) + 2 * pad + bar), sum(heights) + pad
    image = board(wide, high, max(4, pad * 2 // 3), back, opacity)
    draw = ImageDraw.Draw(image)
    if bar:
        draw.rectangle((0, 0, bar - 1, high), fill=(*rgb(edge), 255))
    y = pad / 2
    for line, one, w, h in zip(lines, fonts, widths, heights, strict=True):
        x = bar + pad if align == "left" else bar + (wide - bar - w) / 2
        draw.text((x, y + h / 2), line.text, font=one, fill=(*rgb(line.colour), 255), anchor="lm")
        y += h
    return Sticker.of(image)


@cache
def dot(size: int, colour: str) -> Sticker:
    """A disc with a white ring, `size` pixels across."""
    n = size * _SMOOTH
    image = Image.new("RGBA", (n, n), (255, 255, 255, 0))
    draw = ImageDraw.Draw(image)
    draw.ellipse((0, 0, n - 1, n - 1), fill=(255, 255, 255, 255))
    ring = n // 7
    draw.ellipse((ring, ring, n - 1 - ring, n - 1 - ring), fill=(*rgb(colour), 255))
    return Sticker.of(image.resize((size, size), Image.Resampling.BOX))


def board(wide: int, high: int, radius: int, back: str = "#101418", opacity: float = 0.72) -> Image.Image:
    """A rounded plate with nothing on it."""
    big = Image.new("L", (wide * _SMOOTH, high * _SMOOTH), 0)
    fill = round(255 * opacity)
    ImageDraw.Draw(big).rounded_rectangle((0, 0, big.width - 1, big.height - 1), radius * _SMOOTH, fill=fill)
    image = Image.new("RGBA", (wide, high), rgb(back))
    image.putalpha(big.resize((wide, high), Image.Resampling.BOX))
    return image
