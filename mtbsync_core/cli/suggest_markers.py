"""`mtbsync suggest-markers`: places that are worth a sector line."""

from __future__ import annotations

from mtbsync_core.cli.report import Report
from mtbsync_core.runs.suggest import SuggestMarkersJob
from mtbsync_core.timecode import minutes_seconds


def suggest_markers(report: Report, job: SuggestMarkersJob) -> None:
    """Propose sector lines for a reference, as a marker file to edit; each line's reason is its comment.

    With --root, the results of many runs, it is first where these gain or lose most; then strong turns and stops, by
    the gyroscope or by the pictures; and even spacing where nothing stands out.

    Example: mtbsync suggest-markers reference.mp4 --root batch_out --out ref_markers.csv
    """
    lines = job.run(report)
    report.data["lines"] = [{"t_s": round(line.t_s, 2), "reason": line.reason} for line in lines]
    rows = [(f"Split {n}", minutes_seconds(line.t_s, 2), line.reason) for n, line in enumerate(lines, start=1)]
    report.table("", ["marker", ">at", "why"], rows)
    report.say(f"wrote {job.out}; move, rename and delete them as you like")
