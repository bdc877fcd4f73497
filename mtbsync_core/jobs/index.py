"""`IndexJob`: look at the reference once, keep what was seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from mtbsync_core.jobs.listener import Listener
from mtbsync_core.jobs.options import DecodingOptions, RecordingOptions
from mtbsync_core.jobs.results import require_writable
from mtbsync_core.media.probe import probe
from mtbsync_core.options import option
from mtbsync_core.vision.index import FrameIndex, IndexOptions
from mtbsync_core.vision.index_file import cached_index


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexJob:
    """The recording, and the file for its index."""

    reference: Path = option(flag="--reference", help="The recording of the reference run.")
    out: Path = option(flag="--out", help="Where the index goes, for example reference.npz.")
    index: IndexOptions = field(default_factory=IndexOptions)
    recording: RecordingOptions = field(default_factory=RecordingOptions)
    decoding: DecodingOptions = field(default_factory=DecodingOptions)

    def run(self, listener: Listener) -> FrameIndex:
        """Make the index, or take the one that is there when it is of this recording and these options.

        Raises:
            MediaError: the recording cannot be decoded.
            EvidenceError: it has fewer than two samples.
            UsageError: the file cannot be written.
        """
        media = probe(self.reference, chapters=self.recording.chapters)
        require_writable(self.out.parent)
        made = cached_index(
            media,
            self.out,
            self.index,
            threads=self.decoding.workers,
            progress=partial(listener.stage, "reference"),
        )
        listener.file("index", self.out)
        return made
