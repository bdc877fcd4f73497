"""`mtbsync telemetry`: what the sensors of a camera, a watch or a phone wrote, in words and figures."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from mtbsync_core.cli.report import Report
from mtbsync_core.errors import EvidenceError, UsageError
from mtbsync_core.files import same_file
from mtbsync_core.jobs.options import RecordingOptions
from mtbsync_core.media.camera import CameraSettings, clock, read_camera
from mtbsync_core.media.hilights import read_hilights
from mtbsync_core.media.probe import probe
from mtbsync_core.media.sensors import Sensors, read_sensors
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.overlay.telemetry import draw_telemetry
from mtbsync_core.telemetry.exports import write_csv, write_gpx
from mtbsync_core.telemetry.fixes import LOCKED, Fixes, track_of, usable
from mtbsync_core.telemetry.reading import gps_fixes, own_motion, read_recorded
from mtbsync_core.telemetry.track import Motion, Telemetry, Track
from mtbsync_core.timecode import minutes_seconds

_TRACKS = (".gpx", ".fit")
_MOST_NAMED = 12
"""Stops and gaps that are named one by one."""
_SENSORS = {
    "ACCL": "accelerometer",
    "GYRO": "gyroscope",
    "GRAV": "direction of gravity",
    "CORI": "camera's orientation",
    "IORI": "picture in the camera",
    "MAGN": "compass",
    "SHUT": "exposure times",
    "ISOE": "ISO",
    "MSKP": "skipped images",
    "LSKP": "skipped images of the small copy",
}
_GAP = 3.0
"""Samples that are so many times as far apart as usual leave a gap."""


@dataclass(frozen=True, slots=True)
class _Start:
    """UTC of the clock's zero; None where unknown, with the reason."""

    utc: datetime | None
    reason: str


def telemetry(
    report: Report,
    *,
    file: Annotated[Path, typer.Argument(help="A recording (any chapter of it), or a GPX or FIT file.")],
    gpx: Annotated[Path | None, typer.Option("--gpx", help="Write the GPS track as GPX 1.1.")] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", help="Write a table: place, speed, turning, stops, ten rows a second.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", help="Draw it all, as PNG: the way, speed, turning and stops.")
    ] = None,
    recording: RecordingOptions,
) -> None:
    """Say what is in a file besides its pictures: GPS, how the camera turned and shook, stops, settings, clock.

    A file without any of this is no error: then that is what you are told.

    Example: mtbsync telemetry GX010042.MP4 --plot ride.png --gpx ride.gpx
    """
    _check(file, gpx, csv, plot)
    if file.suffix.lower() in _TRACKS:
        name, start, found = _of_track_file(report, file)
    else:
        name, start, found = _of_recording(report, file, chapters=recording.chapters)
    report.data["clock"] = {"utc": start.utc.isoformat() if start.utc else None, "reason": start.reason}
    report.data["telemetry"] = found.track is not None or found.motion is not None
    _write(report, found, name, start.utc, gpx, csv, plot)


def _check(file: Path, gpx: Path | None, csv: Path | None, plot: Path | None) -> None:
    if plot is not None and plot.suffix.lower() != ".png":
        raise UsageError(f"{plot.name} is not called .png", "Name the picture NAME.png with --plot.")
    for out in (gpx, csv, plot):
        if out is not None and same_file(file, out):
            raise UsageError(f"{out} would be written over itself", "Choose another name.")


def _of_recording(report: Report, file: Path, *, chapters: bool) -> tuple[str, _Start, Telemetry]:
    media = probe(file, chapters=chapters)
    sensors, camera = read_sensors(media), read_camera(media.path)
    report.data["recording"] = media.as_dict()
    report.say(f"{media.name}: {_clock(media.duration_s)} of {camera.model or 'a camera that does not say its name'}")
    _say_settings(report, camera, media)
    if not sensors:
        report.say("  no telemetry: this file has no sensor track (GPMF)")
        report.say(
            "  GoPro writes one, except into copies that other programs made; other cameras keep theirs elsewhere."
        )
        report.say("  The GPX or FIT file of a watch can stand in: mtbsync sync --ref-gpx, --new-gpx")
    _say_streams(report, sensors)
    track = None
    if sensors.gps is not None:
        track = _say_fixes(report, gps_fixes(sensors.gps), sensors.gps.source)
    motion = own_motion(sensors)
    _say_motion(report, motion)
    tags = read_hilights(media)
    report.data["hilights_s"] = [round(tag.t_s, 3) for tag in tags]
    if tags:
        report.say(f"  HiLights: {', '.join(_clock(tag.t_s) for tag in tags)}")
    known = clock(camera, media.creation_time, sensors.gps)
    when = f"{known.utc:%Y-%m-%d %H:%M:%S} UTC (± {known.sigma_s:.1f} s), from " if known.utc else "not known: "
    report.say(f"  clock: first frame {when}{known.reason}")
    return media.name, _Start(known.utc, known.reason), Telemetry(track, motion)


def _of_track_file(report: Report, file: Path) -> tuple[str, _Start, Telemetry]:
    recorded = read_recorded(file)
    report.say(f"{file.name}: a track, {recorded.source}")
    report.data["waypoints"] = [{"t_s": w.t_s, "name": w.name, "note": w.note} for w in recorded.waypoints]
    track = _say_fixes(report, recorded.fixes, recorded.source, timed=recorded.start is not None)
    if recorded.waypoints:
        report.say(f"  {len(recorded.waypoints)} marked moments: {', '.join(w.name for w in recorded.waypoints[:5])}")
    reason = "the file's own times" if recorded.start else "the file tells no times"
    when = f"{recorded.start:%Y-%m-%d %H:%M:%S} UTC, from " if recorded.start else "not known: "
    report.say(f"  clock: first fix {when}{reason}")
    return file.name, _Start(recorded.start, reason), Telemetry(track, None)


def _say_settings(report: Report, camera: CameraSettings, media: MediaInfo) -> None:
    facts = {name: value for name, value in asdict(camera).items() if value is not None}
    report.data["camera"] = {
        name: list(value) if isinstance(value, tuple) else value if isinstance(value, str | int | float) else str(value)
        for name, value in facts.items()
    }
    lenses = {"W": "wide", "S": "SuperView", "L": "linear", "H": "HyperView", "N": "narrow"}
    said = [f"{media.width}x{media.height}, {float(media.rate):.5g} frames a second"]
    if camera.lens:
        said.append(f"lens {lenses.get(camera.lens, camera.lens)}")
    if camera.diagonal_deg:
        said.append(f"{camera.diagonal_deg:.0f}° from corner to corner")
    if camera.zoom:
        said.append(f"zoom {camera.zoom:g}")
    if camera.stabilised is not None:
        said.append(f"stabilised ({camera.stabilisation})" if camera.stabilised else "not stabilised")
    if camera.horizon:
        said.append(f"horizon {camera.horizon.lower()}")
    if camera.firmware:
        said.append(f"firmware {camera.firmware}")
    report.say(f"  {', '.join(said)}")
    if camera.time_lapse or camera.warped_speed:
        report.note("this is a time lapse or TimeWarp: its seconds are not those of the ride, so it cannot be aligned")


def _say_streams(report: Report, sensors: Sensors) -> None:
    times = {key: (_SENSORS.get(key, ""), samples.t_s) for key, samples in sensors.streams.items()}
    if sensors.gps is not None:
        times[sensors.gps.source] = ("GPS", sensors.gps.t_s)
    rows, data = [], {}
    for key, (what, t_s) in times.items():
        steps = np.diff(t_s)
        usual = float(np.median(steps)) if len(steps) else 0.0
        gaps = [(float(t_s[k]), float(t_s[k + 1])) for k in np.flatnonzero(steps > _GAP * usual)]
        rate = (len(t_s) - 1) / float(np.ptp(t_s)) if len(t_s) > 1 and np.ptp(t_s) > 0 else None
        data[key] = {
            "samples": len(t_s),
            "rate_hz": None if rate is None else round(rate, 3),
            "from_s": round(float(t_s[0]), 4),
            "to_s": round(float(t_s[-1]), 4),
            "gaps_s": gaps,
        }
        lost = f"{len(gaps)}, {sum(b - a for a, b in gaps):.1f} s" if gaps else "none"
        hertz = "" if rate is None else f"{rate:.2f}"
        ends = (f"{round(float(t), 2) + 0:.2f}" for t in (t_s[0], t_s[-1]))
        rows.append((key, what, str(len(t_s)), hertz, *ends, lost))
    report.data["streams"] = data
    if rows:
        columns = ("stream", "what", ">samples", ">a second", ">from, s", ">to, s", "gaps")
        report.table("Sensors", columns, rows)


def _say_fixes(report: Report, fixes: Fixes, source: str, *, timed: bool = True) -> Track | None:
    """What became of the fixes, and what the track is; None where too few are usable."""
    used = len(usable(fixes))
    unlocked = int((fixes.lock < LOCKED).sum())
    poor = int(((fixes.dop >= 5) & ~(fixes.lock < LOCKED)).sum())
    dropped = {"no lock": unlocked, "DOP of 5 or more": poor, "wild or repeated": len(fixes) - used - unlocked - poor}
    why = ", ".join(f"{n} {word}" for word, n in dropped.items() if n)
    facts: dict[str, Any] = {"source": source, "fixes": len(fixes), "used": used, "dropped": dropped}
    report.data["gps"] = facts
    report.say(f"  GPS: {used} of {len(fixes)} fixes are usable" + (f"; left out: {why}" if why else ""))
    try:
        track = track_of(fixes, source, timed=timed)
    except EvidenceError as error:
        report.note(error.message)
        return None
    moving = track.speed_mps[track.known & timed]
    height = track.alt_m[np.isfinite(track.alt_m)]
    gaps = _spans(track.t_s, ~track.known & timed)
    dop = fixes.dop[np.isfinite(fixes.dop) & (fixes.lock >= LOCKED)]
    facts.update(
        start_deg=[round(float(track.lat_deg[0]), 7), round(float(track.lon_deg[0]), 7)],
        end_deg=[round(float(track.lat_deg[-1]), 7), round(float(track.lon_deg[-1]), 7)],
        from_s=float(track.t_s[0]),
        to_s=float(track.t_s[-1]),
        length_m=round(float(track.distance_m[-1]), 1),
        mean_mps=round(float(moving.mean()), 3) if len(moving) else None,
        top_mps=round(float(moving.max()), 3) if len(moving) else None,
        heights_m=[round(float(height[0]), 1), round(float(height[-1]), 1)] if len(height) else None,
        dop=round(float(np.median(dop)), 2) if len(dop) else None,
        sigma_m=round(float(np.median(track.sigma_m)), 2),
        gaps_s=[list(span) for span in gaps],
    )
    words = [f"{facts['length_m']:.0f} m" + (f" in {_clock(float(np.ptp(track.t_s)))}" if timed else "")]
    if len(moving):
        words.append(f"{3.6 * moving.mean():.1f} km/h on average, {3.6 * moving.max():.1f} at most")
    if len(height):
        words.append(f"from {height[0]:.0f} to {height[-1]:.0f} m above the sea")
    report.say(f"       {', '.join(words)}")
    accuracy = f"good to about {facts['sigma_m']:.0f} m" + (f" (DOP {facts['dop']:.1f})" if len(dop) else "")
    report.say(f"       from {track.lat_deg[0]:.5f}, {track.lon_deg[0]:.5f}; {accuracy}")
    if gaps:
        report.say(f"       nothing known {_named(gaps)}")
    return track


def _say_motion(report: Report, motion: Motion | None) -> None:
    if motion is None:
        report.data["motion"] = None
        return
    stops = _spans(motion.t_s, motion.still)
    standing_s = sum(end - start for start, end in stops)
    yaw = np.degrees(motion.yaw_rps[~motion.still])
    turning = float(np.sqrt(np.mean(yaw**2))) if len(yaw) else 0.0
    shake = float(np.median(motion.shake_mps2))
    report.data["motion"] = {
        "stops_s": [list(span) for span in stops],
        "turning_rms_deg_s": round(turning, 2),
        "shake_mps2": round(shake, 2),
    }
    words = f"{len(stops)} stop{'' if len(stops) == 1 else 's'}, {standing_s:.1f} s: {_named(stops)}"
    report.say(f"  motion: {words if stops else 'no stop'}")
    report.say(f"       turning {turning:.0f} °/s, shake {shake:.1f} m/s² as a rule")


def _write(
    report: Report,
    found: Telemetry,
    name: str,
    start: datetime | None,
    gpx: Path | None,
    csv: Path | None,
    plot: Path | None,
) -> None:
    wanted = [path for path in (gpx, csv, plot) if path is not None]
    if wanted and found.track is None and (gpx is not None or found.motion is None):
        what = "no usable GPS" if found.motion is not None or gpx is not None else "no telemetry"
        raise EvidenceError(f"there is {what} in {name} to be written", "Leave out --gpx, --csv and --plot.")
    if gpx is not None and found.track is not None:
        write_gpx(gpx, found.track, name, start)
        if start is None:
            report.note(f"{gpx.name} has places without times, since the recording's time of day is not known")
    if csv is not None:
        write_csv(csv, found, start)
    if plot is not None:
        draw_telemetry(plot, found, title=name, subtitle=_subtitle(report.data))
    written = {word: path for word, path in (("gpx", gpx), ("csv", csv), ("plot", plot)) if path is not None}
    report.wrote(written)
    for path in written.values():
        report.say(f"wrote {path}")


def _subtitle(data: dict[str, Any]) -> str:
    words = [data.get("camera", {}).get("model", "")]
    if data.get("gps", {}).get("length_m") is not None:
        words.append(f"{data['gps']['length_m']:.0f} m")
    if data["clock"]["utc"]:
        words.append(f"{datetime.fromisoformat(data['clock']['utc']):%Y-%m-%d %H:%M} UTC")
    return "  ·  ".join(word for word in words if word)


def _spans(t_s: Any, flags: Any) -> list[tuple[float, float]]:
    """Begin and end of each run of flags, seconds."""
    edges = np.flatnonzero(np.diff(flags.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
    return [(round(float(t_s[start]), 1), round(float(t_s[end - 1]) + 0.1, 1)) for start, end in edges]


def _named(spans: list[tuple[float, float]]) -> str:
    named = ", ".join(f"{_clock(start)}–{_clock(end)}" for start, end in spans[:_MOST_NAMED])
    return named + (f" and {len(spans) - _MOST_NAMED} more" if len(spans) > _MOST_NAMED else "")


def _clock(seconds: float) -> str:
    return minutes_seconds(seconds, 1, hours=True)
