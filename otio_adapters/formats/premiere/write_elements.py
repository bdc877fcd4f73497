"""What sequences, clips and files of xmeml have in common: rate, timecode, picture, path, speed, colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import PureWindowsPath
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement

from mtbsync_core.timecode import Rate, cutting_rate, label_of
from otio_adapters.build import same_second
from otio_adapters.file_urls import path_of

PALETTE = {
    "GREEN": 0xFF378671,
    "RED": 0xFF362CD2,
    "PURPLE": 0xFFB18BAF,
    "ORANGE": 0xFF246FE9,
    "YELLOW": 0xFF2BA1D0,
    "WHITE": 0xFFFFFFFF,
    "BLUE": 0xFFFC8D42,
    "CYAN": 0xFFD6F419,
}
"""The marker colours of Premiere by OpenTimelineIO's names; green is that of markers without a colour."""


def rate_of_timebase(timebase: int, ntsc: bool, drop: bool = False) -> Rate:
    """The rate that xmeml says with `timebase` and `ntsc`, the latter at multiples of 24 and 30 only.

    Some programs write it everywhere, but there is no 25/1.001.
    """
    if not ntsc or (timebase % 24 and timebase % 30):
        return Rate(timebase)
    exact = Fraction(timebase * 1000, 1001)
    return Rate(exact.numerator, exact.denominator, drop and timebase % 30 == 0)


def nearest_rate(rate: Rate) -> Rate:
    """The rate that xmeml can say in place of one; the same for those of cameras and editors."""
    return rate_of_timebase(rate.nominal, rate.den == 1001, rate.drop)


def add(parent: Element, values: Mapping[str, str | int]) -> None:
    """Add elements, each with a text, a number or a truth, by their tags."""
    for tag, value in values.items():
        SubElement(parent, tag).text = str(value).upper() if isinstance(value, bool) else str(value)


def add_rate(parent: Element, rate: Rate) -> None:
    """Add a rate that xmeml can say."""
    add(SubElement(parent, "rate"), {"timebase": rate.nominal, "ntsc": rate.den == 1001})


def add_timecode(parent: Element, start: int, rate: Rate) -> bool:
    """Add the label of a frame, with `;` between all its parts where it drops frames, as Premiere does.

    Above 100 fps it is told at half the rate, since labels have two digits for the frame. Returns whether it is exact.
    """
    telling = cutting_rate(nearest_rate(rate))
    frame = same_second(start, rate, telling)
    element = SubElement(parent, "timecode")
    add_rate(element, telling)
    label = label_of(frame, telling).replace(":", ";" if telling.drop else ":")
    add(element, {"string": label, "frame": frame, "displayformat": "DF" if telling.drop else "NDF"})
    return telling.to_seconds(frame) == rate.to_seconds(start)


def add_picture(parent: Element, rate: Rate, size: tuple[int, int] | None) -> None:
    """Add what the pictures of a sequence or file are like."""
    element = SubElement(parent, "samplecharacteristics")
    add_rate(element, rate)
    if size:
        add(element, {"width": size[0], "height": size[1]})
    add(element, {"anamorphic": False, "pixelaspectratio": "square", "fielddominance": "none", "colordepth": 24})


def pathurl_of(url: str) -> str:
    """A URL or path as Premiere writes it.

    >>> pathurl_of("file:///D:/my%20rides/GX010001.MP4")
    'file://localhost/D%3a/my%20rides/GX010001.MP4'
    """
    if "://" in url and not url.lower().startswith("file:"):
        return quote(url, safe=":/?#[]@!$&'()*+,;=%")
    path = path_of(url)
    escaped = quote(path.as_posix(), safe="/").replace("%3A", "%3a")
    if not path.is_absolute():
        return escaped
    if isinstance(path, PureWindowsPath):
        return f"file:{escaped}" if escaped.startswith("//") else f"file://localhost/{escaped}"
    return f"file://localhost{escaped}"


def add_speed(clip: Element, speed: Fraction, keys: Sequence[tuple[int, int]] = ()) -> None:
    """Add a constant speed, media frames per frame of the clip; or one that changes, by key frames: frame of the clip,
    frame of the media. The first and the last of them are those that Premiere makes itself.
    """
    effect = SubElement(SubElement(clip, "filter"), "effect")
    add(effect, {"name": "Time Remap", "effectid": "timeremap"})
    add(effect, {"effectcategory": "motion", "effecttype": "motion", "mediatype": "video"})
    percent = f"{float(speed * 100):.10f}".rstrip("0").rstrip(".")
    parameters: tuple[tuple[str, str | int, dict[str, int]], ...] = (
        ("variablespeed", int(bool(keys)), {"valuemin": 0, "valuemax": 1}),
        ("speed", percent, {"valuemin": -100000, "valuemax": 100000}),
        ("reverse", False, {}),
        ("frameblending", False, {}),
    )
    for name, value, limits in parameters:
        parameter = SubElement(effect, "parameter", authoringApp="PremierePro")
        add(parameter, {"parameterid": name, "name": name, **limits, "value": value})
    if keys:
        graph = SubElement(effect, "parameter", authoringApp="PremierePro")
        limits = {"valuemin": 0, "valuemax": keys[-1][1], "value": 0}
        add(graph, {"parameterid": "graphdict", "name": "graphdict", **limits})
        for n, (when, value) in enumerate(keys):
            key = SubElement(graph, "keyframe")
            add(key, {"when": when, "value": value})
            if n in (0, len(keys) - 1):
                add(key, {"speedvirtualkf": True, "speedkfout" if n else "speedkfin": True})
        add(SubElement(graph, "interpolation"), {"name": "FCPCurve"})
