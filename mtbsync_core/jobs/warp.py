"""`WarpJob`: the warp fitted again from a pairs file, without any recording."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from mtbsync_core.alignment.from_pairs import alignment_from_pairs
from mtbsync_core.alignment.pairs import read_pairs
from mtbsync_core.alignment.result import Alignment, load_warp, save_npz
from mtbsync_core.errors import UsageError
from mtbsync_core.files import same_file
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.options import option


@dataclass(frozen=True, slots=True, kw_only=True)
class WarpJob:
    """The pairs, and the file for the warp."""

    pairs: Path = option(flag="--pairs", help="The pairs.csv of mtbsync sync, as it is or edited by you.")
    out: Path = option(flag="--out", help="The warp to write: NAME.npz or NAME.json.")

    def run(self, listener: Listener) -> Alignment:
        """Fit and write the warp; one that is refused, too.

        Raises:
            UsageError: the name of the warp cannot be, or pairs of the user contradict each other.
            EvidenceError: too few usable pairs.
            FormatError: the pairs cannot be read.
        """
        if self.out.suffix.lower() not in (".npz", ".json"):
            raise UsageError(f"{self.out.name} is neither .npz nor .json", "Name the warp warp.npz or timewarp.json.")
        if same_file(self.pairs, self.out):
            raise UsageError(f"{self.out} is the pairs file itself", "Choose another name with --out.")
        alignment = _with_neighbour(
            alignment_from_pairs(read_pairs(self.pairs)), self.pairs.parent / "timewarp.json", listener
        )
        if self.out.suffix.lower() == ".npz":
            save_npz(alignment, self.out)
        else:
            alignment.save(self.out)
        listener.file("timewarp", self.out)
        return alignment


def _with_neighbour(alignment: Alignment, neighbour: Path, listener: Listener) -> Alignment:
    """Take over the recordings, and a refusal, from the timewarp.json that sync wrote beside the pairs."""
    if not neighbour.is_file():
        return alignment
    saved = load_warp(neighbour)
    alignment = replace(alignment, media_ref=saved.media_ref, media_new=saved.media_new)
    if saved.media_new is not None:
        listener.note(f"the recordings are those named in {neighbour}")
    if saved.verdict == "refused" and alignment.verdict != "refused":
        listener.note(f"{neighbour} was refused, so this warp is too")
        alignment = replace(alignment, verdict="refused", reasons=saved.reasons)
    return alignment
