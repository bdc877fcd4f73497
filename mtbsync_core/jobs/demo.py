"""`DemoJob`: a pair of recordings made on the spot, the whole job on it, and how far off it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from mtbsync_core.alignment.options import AlignOptions
from mtbsync_core.demo import pair as demo_pair
from mtbsync_core.demo.plan import DemoOptions
from mtbsync_core.jobs.align import Aligned, AlignJob
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.jobs.options import DecodingOptions
from mtbsync_core.jobs.pair import PairOptions
from mtbsync_core.jobs.results import require_writable
from mtbsync_core.options import option


@dataclass(frozen=True, slots=True)
class Demonstrated:
    """The recordings with what belongs to them, by name; what came out; and each marker's true error in seconds, None
    where the truth or the answer is that the new run does not show it.
    """

    recordings: Mapping[str, Path]
    aligned: Aligned
    errors_s: list[float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoJob:
    """What the pair is to be like, how it is aligned, and the folder for both."""

    out: Path = option(Path("mtbsync-demo"), "--out", "The folder for recordings and results.")
    demo: DemoOptions = field(default_factory=DemoOptions)
    align: AlignOptions = field(default_factory=AlignOptions)
    decoding: DecodingOptions = field(default_factory=DecodingOptions)

    def run(self, listener: Listener) -> Demonstrated:
        """Make the pair, align it like a real one, and hold the markers against the truth.

        Raises:
            UsageError: there can be no such pair, or the folder cannot be written.
        """
        require_writable(self.out)
        made = demo_pair.write_pair(self.out, self.demo, progress=partial(listener.stage, "demo runs"))
        recordings = {
            "reference": made.reference,
            "new": made.new,
            "reference_markers": made.markers,
            "truth": made.truth,
            "reference_gpx": made.gpx[0],
            "new_gpx": made.gpx[1],
        }
        for name, path in recordings.items():
            listener.file(name, path)
        options = PairOptions(align=self.align, decoding=self.decoding)
        job = AlignJob(reference=made.reference, new=made.new, markers=made.markers, out=self.out, pair=options)
        aligned = job.run(listener)
        errors_s = [_error(made, marker.source.t_s, marker.t_new) for marker in aligned.moved]
        return Demonstrated(recordings, aligned, errors_s)


def _error(made: demo_pair.DemoPair, t_ref: float, t_new: float | None) -> float | None:
    known = len(made.ref_s) and made.ref_s[0] <= t_ref <= made.ref_s[-1]
    return t_new - float(np.interp(t_ref, made.ref_s, made.new_s)) if known and t_new is not None else None
