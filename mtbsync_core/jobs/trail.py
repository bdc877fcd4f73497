"""`TrailPackJob`: a reference without its video, to give away."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from mtbsync_core.errors import UsageError
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.jobs.markers import note_problems
from mtbsync_core.jobs.nle import not_over
from mtbsync_core.jobs.options import DecodingOptions, RecordingOptions, SourceOptions
from mtbsync_core.jobs.ref_markers import read_ref_markers
from mtbsync_core.media.container import TRAIL
from mtbsync_core.media.probe import probe
from mtbsync_core.options import option
from mtbsync_core.trail_pack.contents import TrailPack, read_trail
from mtbsync_core.trail_pack.pack import pack_trail


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailPackJob:
    """A reference, its markers, and the pack to make of them."""

    reference: Path = option(argument="REFERENCE", help="The recording of the reference run.")
    markers: Path = option(
        flag="--markers", help="Its markers: a CSV with name and t_ref, a file of your editor, or: hilights."
    )
    out: Path = option(flag="--out", help=f"The trail pack to write, NAME{TRAIL}.")
    with_gps: bool = option(
        False, "--with-gps", "Also keep the track of the camera's GPS, which says where the trail is."
    )
    source: SourceOptions = field(default_factory=SourceOptions)
    recording: RecordingOptions = field(default_factory=RecordingOptions)
    decoding: DecodingOptions = field(default_factory=DecodingOptions)

    def run(self, listener: Listener) -> TrailPack:
        """Write the pack, and give what can be read of it again.

        Raises:
            UsageError: the pack would replace an input, or is not called as packs are.
            MediaError, EvidenceError, FormatError: as `pack_trail` and `read_ref_markers`.
        """
        if self.out.suffix.casefold() != TRAIL:
            raise UsageError(f"{self.out.name} is not called {TRAIL}", f"Name the pack NAME{TRAIL} with --out.")
        not_over(self.out, (self.reference, self.markers))
        media = probe(self.reference, chapters=self.recording.chapters)
        table = read_ref_markers(self.markers, media, start=self.source.ref_start, sequence=self.source.sequence)
        note_problems(listener, self.markers, table)
        pack_trail(
            media,
            table.markers,
            self.out,
            with_gps=self.with_gps,
            threads=self.decoding.workers,
            progress=listener.stage,
        )
        listener.file("trail", self.out)
        return read_trail(self.out)
