"""One open recording with one decoder: it gives frames with their stamps, and none that is painted over damage."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from threading import Event
from typing import Any

import av
import numpy as np
from av.packet import Packet
from av.video.frame import VideoFrame

from mtbsync_core.media.container import open_recording
from mtbsync_core.media.packets import PacketTable
from mtbsync_core.media.pieces import Piece

log = logging.getLogger(__name__)

# Seeking past this much is cheaper than reading it, on any disk.
_HOP_BYTES = 4 << 20
# Decoding so many frames on the way costs less than seeking, and than a decoder of several threads that starts anew.
_READ_ON = 8


class Decoder:
    """For use in one thread at a time, in a `with` statement.

    Args:
        path: the recording.
        table: its packets.
        keys_only: nothing but key packets will be asked for.
        threads: FFmpeg's own, for long groups of pictures; they do nothing for key frames alone.

    Raises:
        MediaError: the file can no longer be opened.
    """

    def __init__(self, path: Path, table: PacketTable, *, keys_only: bool = False, threads: int = 1) -> None:
        self._path = path
        self._table = table
        self._starts = table.group_starts
        # The demuxer then need not even read the other packets. Not in files with composition offsets: FFmpeg 8 gives
        # each key frame the offset of some other frame there.
        self._keys_only = keys_only and bool((table.stamps == table.dts).all())
        self._threads = threads
        self._spoilt: set[int] = set()
        # For `frame_at`: what the decoder gives next, the stamp it gave last, and how far packets went in.
        self._frames: Iterator[tuple[int, VideoFrame]] = iter(())
        self._given: int | None = None
        self._fed_dts = 0
        self._open()

    def _open(self) -> None:
        self._container = open_recording(self._path)
        for other in self._container.streams:
            # PyAV below 17.1 cannot tell the demuxer, which then reads everything.
            if hasattr(other, "discard"):
                other.discard = av.stream.Discard.all
        self._stream = next(s for s in self._container.streams.video if s.index == self._table.stream_index)
        if hasattr(self._stream, "discard"):
            self._stream.discard = av.stream.Discard.nonkey if self._keys_only else av.stream.Discard.default
        self._stream.thread_type = "AUTO" if self._threads > 1 else "NONE"
        self._stream.thread_count = max(1, self._threads)
        self._at_start = True

    def __enter__(self) -> Decoder:
        return self

    def __exit__(self, *_: object) -> None:
        self._frames = iter(())
        self._container.close()

    def decode(self, piece: Piece, stop: Event) -> Iterator[tuple[int, VideoFrame]]:
        """Yield (stamp, frame) of the piece's wanted frames, in the decoder's order, until `stop` is set."""
        table = self._table
        read_to = np.cumsum(table.size)
        skipped = read_to[piece.feed[1:] - 1] - read_to[piece.feed[:-1]]
        hops = np.flatnonzero((skipped > _HOP_BYTES) & table.key[piece.feed[1:]]) + 1
        for run in np.split(piece.feed, hops):
            todo = set(table.stamps[run].tolist())
            for packet in self._packets_from(int(run[0])):
                if stop.is_set():
                    return
                stamp = _stamp(packet)
                if stamp in todo:
                    todo.remove(stamp)
                    yield from ((s, frame) for s, frame in self._send(packet) if s in piece.wanted)
                if not todo or (packet.dts is not None and packet.dts > table.dts[run[-1]]):
                    break
            yield from ((s, frame) for s, frame in self._send(None) if s in piece.wanted)

    def frame_at(self, position: int, passed: Callable[[int, VideoFrame], bool] | None = None) -> VideoFrame | None:
        """The frame of the packet at `position` of the table, or None when it cannot be decoded.

        Args:
            passed: called with the stamp and picture of each frame on the way; where it gives False that ends there.
        """
        table = self._table
        stamp = int(table.stamps[position])
        group = int(np.searchsorted(self._starts, position, side="right")) - 1
        if stamp < table.stamps[self._starts[group]] and group:
            group -= 1
        start = int(self._starts[group])
        if self._given is None or stamp <= self._given or self._fed_dts < table.dts[max(0, start - _READ_ON)]:
            self._frames = self._decoded_from(start)
        for given, frame in self._frames:
            self._given = given
            if given == stamp:
                return frame
            if given > stamp or (passed is not None and not passed(given, frame)):
                break
        return None

    def _decoded_from(self, position: int) -> Iterator[tuple[int, VideoFrame]]:
        """Yield (stamp, frame) of everything from a key packet on."""
        self._fed_dts = int(self._table.dts[position])
        for packet in self._packets_from(position):
            if packet.dts is not None:
                if packet.dts < self._table.dts[position]:
                    continue
                self._fed_dts = packet.dts
            yield from self._send(packet if packet.size else None)

    def _send(self, packet: Packet[Any] | None) -> Iterator[tuple[int, VideoFrame]]:
        """Yield (stamp, frame) of the sound frames that a packet brings.

        No packet: all that the decoder still holds; it is then ready for a new start.
        """
        try:
            frames = self._stream.decode(packet)
        except av.error.FFmpegError as error:
            log.debug("%s: %s", self._path, error)
            frames = []
            if packet is not None:
                self._spoil(_stamp(packet))
        finally:
            if packet is None:
                self._stream.codec_context.flush_buffers()
        for frame in frames:
            stamp = _stamp(frame)
            if frame.is_corrupt:
                self._spoil(stamp)
            if stamp is not None and stamp not in self._spoilt:
                yield stamp, frame

    def _spoil(self, stamp: int | None) -> None:
        """Write off a damaged frame and those behind it up to the next key frame, which refer to it.

        A decoder paints those without a word, from whatever picture it had before.
        """
        found = np.flatnonzero(self._table.stamps == stamp)
        if not len(found):
            return
        position = int(found[0])
        group = int(np.searchsorted(self._starts, position, side="right"))
        if stamp is not None and stamp < self._table.stamps[self._starts[group - 1]]:
            # Shown before its key frame: nothing behind that refers to it.
            self._spoilt.add(stamp)
            return
        end = int(self._starts[group]) if group < len(self._starts) else None
        # FFmpeg's threads tell of an error some packets late.
        self._spoilt |= set(self._table.stamps[max(0, position - self._threads + 1) : end].tolist())

    def _packets_from(self, position: int) -> Iterator[Packet[Any]]:
        """Yield packets from the one at `position`, a key packet, or from an earlier one."""
        try:
            yield from self._sought(position)
        except av.error.FFmpegError as error:
            # What follows cannot be read; the caller counts what is missing.
            log.debug("%s: %s", self._path, error)

    def _sought(self, position: int) -> Iterator[Packet[Any]]:
        at_start, self._at_start = self._at_start, False
        if at_start and position == 0:
            return self._container.demux(self._stream)
        with suppress(av.error.FFmpegError):
            self._container.seek(int(self._table.dts[position]), stream=self._stream)
            packets = self._container.demux(self._stream)
            first = next(packets, None)
            if first is not None and first.dts is not None and first.dts <= self._table.dts[position]:
                return chain([first], packets)
        # Formats without an index may land behind the place that was asked for: read from the beginning.
        self._container.close()
        self._open()
        self._at_start = False
        return self._container.demux(self._stream)


def _stamp(item: Packet[Any] | VideoFrame) -> int | None:
    """Presentation stamp; the decoding stamp where the format has no other."""
    return item.pts if item.pts is not None else item.dts
