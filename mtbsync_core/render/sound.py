"""`Sound` of one run in step with its pictures, at any pace, without another pitch.

Waveform-similarity overlap-add (WSOLA; Verhelst and Roelands, ICASSP 1993): the output is made of grains of 43 ms that
overlap by half. Each is taken where the run is at that moment of the video, moved by up to 10 ms to where it goes on
from the grain before; so the sound is never further from the picture than that, and nothing adds up. Where the pace is
that of the recording, grains go on from each other by themselves and the sound is the recording's own, sample by
sample. Where the run does not play there is silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from mtbsync_core.media.container import open_recording
from mtbsync_core.media.packets import scan
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.render.movie import SOUND_RATE
from mtbsync_core.render.playback import Kind, Playback

Samples = NDArray[np.float32]

_GRAIN, _HOP = 2048, 1024
_SEARCH = 480
_COARSE = 4
"""The search first looks at every so many samples."""
_WINDOW = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_GRAIN) / _GRAIN)).astype(np.float32)
"""Hann; two that overlap by half make one."""
_SKIP_S = 5.0
"""Reading over more than this is slower than seeking."""


def has_sound(media: MediaInfo) -> bool:
    """Whether the recording's first file has a track of sound.

    Raises:
        MediaError: it cannot be opened.
    """
    with open_recording(media.files[0].path) as file:
        return any(stream.codec_context is not None for stream in file.streams.audio)


class Sound:
    """Gives the sound of a video from its beginning on; for use in a `with` statement.

    Args:
        media: the recording, which has sound.
        playback: what of it is shown when.
    """

    def __init__(self, media: MediaInfo, playback: Playback) -> None:
        self._source = _Source(media)
        self._playback = playback
        self._hops = 0
        self._last: int | None = None
        self._tail = self._grain(0)[:, _HOP:]

    def __enter__(self) -> Sound:
        return self

    def __exit__(self, *_: object) -> None:
        self._source.close()

    def upto(self, t_s: float) -> Iterator[Samples]:
        """Blocks (2, M) that are missing up to a second of the video, and a part of a block more."""
        while self._hops * _HOP < t_s * SOUND_RATE:
            yield self.block()

    def block(self) -> Samples:
        """The next 1024 samples, (2, 1024)."""
        self._hops += 1
        grain = self._grain(self._hops)
        block, self._tail = self._tail + grain[:, :_HOP], grain[:, _HOP:]
        return block

    def _grain(self, n: int) -> Samples:
        """Grain n, whose middle is at n hops of the video, under its window."""
        own_s, kinds = self._playback.at(np.array([n * _HOP / SOUND_RATE]))
        if kinds[0] != Kind.PLAYS:
            self._last = None
            return np.zeros((2, _GRAIN), np.float32)
        start = round(float(own_s[0]) * SOUND_RATE) - _HOP
        if self._last is not None:
            start = self._going_on(start, self._last + _HOP)
        self._last = start
        return self._source.read(start, _GRAIN) * _WINDOW

    def _going_on(self, wanted: int, natural: int) -> int:
        """The start near `wanted` that is most like that of the sound going on from the grain before."""
        if abs(natural - wanted) <= 1:
            return natural
        if abs(natural - wanted) > SOUND_RATE:
            return wanted
        goal = self._source.read(natural, _GRAIN).mean(axis=0)
        around = self._source.read(wanted - _SEARCH, _GRAIN + 2 * _SEARCH).mean(axis=0)
        rough = np.correlate(around[::_COARSE], goal[::_COARSE], "valid")
        first = max(0, int(np.argmax(rough)) * _COARSE - _COARSE)
        fine = np.correlate(around[first : first + _GRAIN + 2 * _COARSE], goal, "valid")
        return wanted - _SEARCH + first + int(np.argmax(fine)) if rough.max() > 0 else wanted


class _Source:
    """The samples of a recording by their number, `SOUND_RATE` a second of its clock, 0 where it has none; numbers
    that rise are read fastest.
    """

    def __init__(self, media: MediaInfo) -> None:
        self._media = media
        self._blocks: Iterator[tuple[int, Samples]] = iter(())
        self._kept = np.zeros((2, 0), np.float32)
        self._from = 0
        self._file: Any = None
        self._begin(0)

    def read(self, start: int, count: int) -> Samples:
        """Samples (2, count)."""
        if start < self._from or start > self._from + self._kept.shape[1] + round(_SKIP_S * SOUND_RATE):
            self._begin(start)
        while self._from + self._kept.shape[1] < start + count:
            found = next(self._blocks, None)
            if found is None:
                break
            self._add(*found)
        keep = max(0, min(start - self._from - 2 * SOUND_RATE, self._kept.shape[1]))
        if keep > SOUND_RATE:
            self._kept, self._from = self._kept[:, keep:].copy(), self._from + keep
        samples = np.zeros((2, count), np.float32)
        low, high = max(start, self._from), min(start + count, self._from + self._kept.shape[1])
        if high > low:
            samples[:, low - start : high - start] = self._kept[:, low - self._from : high - self._from]
        return samples

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _begin(self, start: int) -> None:
        self._kept, self._from = np.zeros((2, 0), np.float32), max(0, start - SOUND_RATE)
        self._blocks = self._decoded(self._from)

    def _add(self, start: int, block: Samples) -> None:
        """Samples from a number on: what is missing before them is silence, what is there already stays."""
        end = self._from + self._kept.shape[1]
        block = block[:, max(0, end - start) :]
        if block.shape[1]:
            silence = np.zeros((2, max(0, start - end)), np.float32)
            self._kept = np.concatenate([self._kept, silence, block], axis=1)

    def _decoded(self, start: int) -> Iterator[tuple[int, Samples]]:
        """Blocks from about a sample number on, each with the number of its first sample."""
        files = self._media.files
        ends_s = [*(file.start_s for file in files[1:]), self._media.duration_s]
        for file, end_s in zip(files, ends_s, strict=True):
            if end_s * SOUND_RATE > start:
                yield from self._of_file(file.path, file.start_s, max(0.0, start / SOUND_RATE - file.start_s))

    def _of_file(self, path: Path, start_s: float, from_s: float) -> Iterator[tuple[int, Samples]]:
        table = scan(path)
        zero_s = float(int(table.shown_stamps[0]) * table.time_base)
        self.close()
        self._file = open_recording(path)
        stream = next((s for s in self._file.streams.audio if s.codec_context is not None), None)
        if stream is None:
            return
        for other in self._file.streams:
            if other is not stream and hasattr(other, "discard"):
                other.discard = av.stream.Discard.all
        if from_s > 1:
            with suppress(av.error.FFmpegError):
                self._file.seek(int((from_s + zero_s - 0.5) / stream.time_base), stream=stream)
        resampler = AudioResampler(format="fltp", layout="stereo", rate=SOUND_RATE)
        try:
            for frame in self._file.decode(stream):
                if frame.pts is None:
                    continue
                for made in resampler.resample(frame):
                    at_s = (made.pts or 0) / SOUND_RATE - zero_s + start_s
                    yield round(at_s * SOUND_RATE), np.asarray(made.to_ndarray(), np.float32)
        except av.error.FFmpegError:
            return  # what follows cannot be read, and is silent
