"""`mtbsync trail pack|show`: a reference to give away without its video, and what is in one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import typer

from mtbsync_core.cli import flags
from mtbsync_core.cli.report import Report
from mtbsync_core.jobs.trail import TrailPackJob
from mtbsync_core.options import option
from mtbsync_core.timecode import minutes_seconds
from mtbsync_core.trail_pack.contents import TrailPack, read_trail

trail = typer.Typer(
    help="A reference with its markers, to give away without its video: make a trail pack, show what is in one.",
    rich_markup_mode=None,
)


@trail.callback(invoke_without_command=True)
def _root(ctx: typer.Context) -> None:
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())
        raise typer.Exit(2)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowOptions:
    """A trail pack."""

    pack: Path = option(argument="PACK", help="The trail pack, NAME.mtbtrail.")


def pack(report: Report, job: TrailPackJob) -> None:
    """Make a trail pack of a reference and its markers: all that others need to align their runs with it, no video.

    align, sync, passes, batch and Resolve take it in place of the recording, with its markers. It holds no names of
    riders or files and no serial numbers, and GPS only with --with-gps. Three minutes have 15 to 25 MB.

    Example: mtbsync trail pack reference.mp4 --markers markers.csv --out wildcat.mtbtrail
    """
    made = job.run(report)
    _say(report, made)
    report.say(f"wrote {job.out}")


def show(report: Report, o: ShowOptions) -> None:
    """Say what is in a trail pack.

    Example: mtbsync trail show wildcat.mtbtrail
    """
    _say(report, read_trail(o.pack))


def _say(report: Report, found: TrailPack) -> None:
    media, track, motion = found.media, found.telemetry.own, found.telemetry.motion
    report.data["trail"] = {
        "media": {name: value for name, value in media.as_dict().items() if name not in ("path", "files", "from_s")},
        "camera": found.camera.model,
        "samples": found.samples,
        "gps": track is not None,
        "motion": motion is not None,
        "thumbnails": len(found.thumbnails),
        "size_bytes": found.size,
        "mtbsync": found.made_by,
        "markers": [{"name": m.name, "t_s": m.t_s, "colour": m.colour, "comment": m.comment} for m in found.markers],
    }
    report.say(
        f"{minutes_seconds(media.duration_s)} of {found.camera.model or 'a camera that does not say its name'}, "
        f"{media.width}×{media.height}, {float(media.rate):.2f} frames a second"
        + (f", {media.creation_time}" if media.creation_time else "")
    )
    report.say(
        f"{found.samples} pictures described; "
        + ("turning and stops by the gyroscope; " if motion is not None else "")
        + (f"GPS ({track.source})" if track is not None else "no GPS")
    )
    rows = [(m.name, minutes_seconds(m.t_s, 2), m.comment) for m in found.markers]
    report.table("", ["marker", ">at", "comment"], rows)
    report.say(f"{len(found.markers)} markers, {len(found.thumbnails)} with a picture; {found.size / 1e6:.1f} MB")


for _verb, _short in ((pack, "Make one of a reference and its markers."), (show, "Say what is in one.")):
    trail.command(_verb.__name__, short_help=_short)(flags.command(_verb))
