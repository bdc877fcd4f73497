"""The sound of clips in xmeml, as Premiere exports it: a track for each channel of a track of pictures, all linked.

A clip of sound says with `sourcetrack` which channel of the file it is. `link` joins it with the other channels and
with the picture: the clip's id, the kind and number of its track, its number there, and for sound a group.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from xml.etree.ElementTree import Element, SubElement

from otio_adapters.content import Piece
from otio_adapters.formats.premiere.write_elements import add

_OUTPUTS = 2
_DEFAULT_RATE = 48000
_KINDS = {1: "mono", 2: "stereo"}


def add_sound(media: Element, shown: Sequence[Sequence[tuple[Piece, Element]]]) -> int:
    """Add the sound of the pieces to the media of a sequence, at the frames of their clips.

    Args:
        shown: of each track of pictures the pieces and their clips, which get links.

    Returns:
        How many retimed clips have sound.
    """
    audio = SubElement(media, "audio")
    add(audio, {"numOutputChannels": _OUTPUTS})
    rates = (piece.media.sound[1] for row in shown for piece, _ in row if piece.media.sound and piece.media.channels)
    add_sound_format(SubElement(audio, "format"), 0, next(filter(None, rates), _DEFAULT_RATE))
    outputs = SubElement(audio, "outputs")
    for n in range(1, _OUTPUTS + 1):
        group = SubElement(outputs, "group")
        add(group, {"index": n, "numchannels": 1, "downmix": 0})
        add(SubElement(group, "channel"), {"index": n})
    retimed = below = 0
    for number, row in enumerate(shown, 1):
        most = max((piece.media.channels for piece, _ in row), default=0)
        tracks = []
        for n in range(most):
            kind = _KINDS.get(most, "adaptive")
            about = {"currentExplodedTrackIndex": str(n), "totalExplodedTrackCount": str(most)}
            tracks.append(SubElement(audio, "track", {**about, "premiereTrackType": kind.capitalize()}))
        counts = [0] * most
        for n, (piece, picture) in enumerate(row, 1):
            if not piece.media.channels:
                continue
            retimed += picture.find("filter") is not None
            heard = [_clip_of(picture, channel, piece.media.channels) for channel in range(1, piece.media.channels + 1)]
            links = [_link(picture, "video", number, n)]
            for track, (channel, clip) in zip(tracks, enumerate(heard), strict=False):
                track.append(clip)
                counts[channel] += 1
                links.append(_link(clip, "audio", below + channel + 1, counts[channel]))
            for clip in (picture, *heard):
                clip.extend(deepcopy(links))
        for n, track in enumerate(tracks, 1):
            add(track, {"enabled": True, "locked": False, "outputchannelindex": (n - 1) % _OUTPUTS + 1})
        below += most
    return retimed


def add_sound_format(parent: Element, channels: int, rate: int) -> None:
    """Add what sound is like; `channels` is 0 for that of a sequence."""
    add(SubElement(parent, "samplecharacteristics"), {"depth": 16, "samplerate": rate or _DEFAULT_RATE})
    if channels:
        add(parent, {"channelcount": channels})


def _clip_of(picture: Element, channel: int, channels: int) -> Element:
    """The sound of a clip: at the same frames of the sequence and of the file, at the same speed."""
    ident = picture.get("id", "")
    clip = Element("clipitem", id=f"{ident}-{channel}", premiereChannelType=_KINDS.get(channels, "adaptive"))
    for element in picture:
        if element.tag == "file":
            SubElement(clip, "file", id=element.get("id", ""))
            add(SubElement(clip, "sourcetrack"), {"mediatype": "audio", "trackindex": channel})
        elif element.tag not in ("marker", "link"):
            clip.append(deepcopy(element))
    return clip


def _link(clip: Element, kind: str, track: int, number: int) -> Element:
    link = Element("link")
    group = {"groupindex": 1} if kind == "audio" else {}
    add(link, {"linkclipref": clip.get("id", ""), "mediatype": kind, "trackindex": track, "clipindex": number, **group})
    return link
