"""`mtbsync passes`: every ride of a reference in long recordings."""

from __future__ import annotations

from collections.abc import Sequence

from mtbsync_core.cli.report import Report
from mtbsync_core.cli.summary import say_files
from mtbsync_core.errors import RefusedError
from mtbsync_core.jobs.passes import PassesJob, Searched
from mtbsync_core.timecode import minutes_seconds


def passes(report: Report, job: PassesJob) -> None:
    """Find every ride of the reference in long recordings: an afternoon with a lift, laps in one file.

    Each ride has a number, with which mtbsync align and sync take it: --pass 2. The verdict is that of its alignment
    by key frames and without local features; align looks closer. A ride of a part of the reference says which part.
    A recording without any ride is told; one that cannot be read is told too, and the exit code is that of its error.
    Where none has a ride, the exit code is 5.

    Example: mtbsync passes reference.mp4 GX010042.MP4 GX010043.MP4 --csv rides.csv
    """
    found = job.run(report)
    say_passes(report, found)
    if job.table is not None:
        say_files(report, [job.table])
    for one in found:
        if one.error is not None:
            raise one.error
    if not any(one.passes for one in found):
        raise RefusedError(
            f"no ride of {job.reference.name} was found", "Check that it is the same trail, in the same direction."
        )


def say_passes(report: Report, found: Sequence[Searched]) -> None:
    """The table, and the same as data."""
    report.data["recordings"] = [one.as_dict() for one in found]
    rows: list[tuple[str, ...]] = []
    for one in found:
        if one.error is not None:
            rows.append((one.path.name, "", "", "", "", "", f"error: {one.error.message}"))
        elif not one.passes:
            rows.append((one.path.name, "–", "", "", "", "", "no ride of the reference"))
        for n, ride in enumerate(one.passes, 1):
            clock = [minutes_seconds(t, 1, hours=True) for t in (ride.from_s, ride.to_s)]
            part = "–".join(minutes_seconds(t) for t in (ride.ref_from_s, ride.ref_to_s))
            why = "" if ride.verdict == "good" else f": {'; '.join(ride.reasons)}"
            rows.append((one.path.name, str(n), *clock, f"{ride.covered:.0%}", part, f"{ride.verdict}{why}"))
    report.table("", ("recording", ">pass", ">from", ">to", ">covered", ">of the reference", "verdict"), rows)
