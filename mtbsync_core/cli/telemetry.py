"""`mtbsync telemetry`: what the sensors of a camera, a watch or a phone wrote, in words and figures.

Each part collects its facts as JSON-ready data, and says those that are known (`facts.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from mtbsync_core.cli.facts import as_data, clock_of, in_words, named, spans_of
from mtbsync_core.cli.report import Report
from mtbsync_core.cli.summary import say_files
from mtbsync_core.errors import EvidenceError, UsageError
from mtbsync_core.files import same_file
from mtbsync_core.jobs.options import RecordingOptions
from mtbsync_core.media.camera import CameraSettings, clock, read_camera
from mtbsync_core.media.container import TRAIL, is_recording
from mtbsync_core.media.hilights import read_hilights
from mtbsync_core.media.probe import probe
from mtbsync_core.media.sensors import Sensors, read_sensors
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.overlay.telemetry import draw_telemetry
from mtbsync_core.telemetry.exports import write_csv, write_gpx
from mtbsync_core.telemetry.fixes import LOCKED, Fixes, cleaned, track_of
from mtbsync_core.telemetry.reading import gps_fixes, own_motion, read_recorded
from mtbsync_core.telemetry.track import Motion, Telemetry, Track
from mtbsync_core.telemetry.track_file import kind_of_file

_TRACKS = (".gpx", ".tcx", ".fit", ".gz", ".kml")
"""Endings that say what was meant, where the content is neither a track nor a recording."""
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
_LENSES = {"W": "wide", "S": "SuperView", "L": "linear", "H": "HyperView", "N": "narrow"}
_GAP = 3.0
"""Samples that are so many times as far apart as usual leave a gap."""

_SETTINGS = (
    "{width}x{height}, {rate:.5g} frames a second",
    "lens {lens}",
    "{diagonal_deg:.0f}° from corner to corner",
    "zoom {zoom:g}",
    "{stabilised}",
    "horizon {horizon}",
    "firmware {firmware}",
)
_WAY = (
    "{length_m:.0f} m{lasted}",
    "{mean_kmh:.1f} km/h on average",
    "{top_kmh:.1f} at most",
    "from {heights_m[0]:.0f} to {heights_m[1]:.0f} m above the sea",
)
_ACCURACY = ("from {start_deg[0]:.5f}, {start_deg[1]:.5f}; good to about {sigma_m:.0f} m{dop_told}",)
_NO_SENSORS = """  no telemetry: this file has no sensor track (GPMF)
  GoPro writes one, except into copies that other programs made; other cameras keep theirs elsewhere.
  The GPX, TCX or FIT file of a watch can stand in: mtbsync sync --ref-gpx, --new-gpx"""


def telemetry(
    report: Report,
    *,
    file: Annotated[Path, typer.Argument(help="A recording (any chapter of it), or a GPX, TCX or FIT file.")],
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
    outputs = {name: path for name, path in (("gpx", gpx), ("csv", csv), ("plot", plot)) if path is not None}
    if plot is not None and plot.suffix.lower() != ".png":
        raise UsageError(f"{plot.name} is not called .png", "Name the picture NAME.png with --plot.")
    for out in outputs.values():
        if same_file(file, out):
            raise UsageError(f"{out} would be written over itself", "Choose another name.")
    if file.suffix.casefold() == TRAIL:
        raise UsageError(f"{file.name} is a trail pack", f"What is in it: mtbsync trail show {file.name}")
    if kind_of_file(file) is not None or (file.suffix.casefold() in _TRACKS and not is_recording(file)):
        name, start, found = _of_track_file(report, file)
    else:
        name, start, found = _of_recording(report, file, chapters=recording.chapters)
    report.data["telemetry"] = found.track is not None or found.motion is not None
    _write(report, found, name, start, outputs)


def _of_recording(report: Report, file: Path, *, chapters: bool) -> tuple[str, datetime | None, Telemetry]:
    """The recording's name, UTC of its first frame, and what its sensors say."""
    media = probe(file, chapters=chapters)
    sensors, camera = read_sensors(media), read_camera(media.path)
    report.data["recording"] = media.as_dict()
    report.say(f"{media.name}: {clock_of(media.duration_s)} of {camera.model or 'a camera that does not say its name'}")
    _say_settings(report, camera, media)
    if not sensors:
        report.say(_NO_SENSORS)
    _say_streams(report, sensors)
    gps = sensors.gps
    track = None if gps is None else _say_fixes(report, gps_fixes(gps), gps.source)
    motion = own_motion(sensors)
    _say_motion(report, motion)
    tags = read_hilights(media)
    report.data["hilights_s"] = [round(tag.t_s, 3) for tag in tags]
    if tags:
        report.say(f"  HiLights: {', '.join(clock_of(tag.t_s) for tag in tags)}")
    known = clock(camera, media.creation_time, gps)
    _say_clock(report, "frame", known.utc, f" (± {known.sigma_s:.1f} s)", known.reason)
    return media.name, known.utc, Telemetry(track, motion)


def _of_track_file(report: Report, file: Path) -> tuple[str, datetime | None, Telemetry]:
    """The file's name, UTC of its first fix, and its track."""
    recorded = read_recorded(file)
    report.say(f"{file.name}: a track, {recorded.source}")
    rides = [f"{ride.start:%Y-%m-%d %H:%M}" for ride in recorded.rides() if ride.start]
    if len(rides) > 1:
        report.note(f"{file.name} holds {len(rides)} rides, of {', '.join(rides)} UTC; the longest one is told here")
    report.data["waypoints"] = [{"t_s": w.t_s, "name": w.name, "note": w.note} for w in recorded.waypoints]
    track = _say_fixes(report, recorded.fixes, recorded.source, timed=recorded.start is not None)
    if recorded.waypoints:
        report.say(f"  {len(recorded.waypoints)} marked moments: {', '.join(w.name for w in recorded.waypoints[:5])}")
    reason = "the file's own times" if recorded.start else "the file tells no times"
    _say_clock(report, "fix", recorded.start, "", reason)
    return file.name, recorded.start, Telemetry(track, None)


def _say_clock(report: Report, what: str, utc: datetime | None, spread: str, reason: str) -> None:
    report.data["clock"] = {"utc": utc.isoformat() if utc else None, "reason": reason}
    when = f"{utc:%Y-%m-%d %H:%M:%S} UTC{spread}, from " if utc else "not known: "
    report.say(f"  clock: first {what} {when}{reason}")


def _say_settings(report: Report, camera: CameraSettings, media: MediaInfo) -> None:
    facts = {name: value for name, value in asdict(camera).items() if value is not None}
    plain = str | int | float | tuple
    report.data["camera"] = {name: value if isinstance(value, plain) else str(value) for name, value in facts.items()}
    stabilised = f"stabilised ({camera.stabilisation})" if camera.stabilised else "not stabilised"
    facts |= {
        "width": media.width,
        "height": media.height,
        "rate": float(media.rate),
        "lens": _LENSES.get(camera.lens or "", camera.lens),
        "stabilised": None if camera.stabilised is None else stabilised,
        "diagonal_deg": camera.diagonal_deg or None,
        "zoom": camera.zoom or None,
        "horizon": camera.horizon and camera.horizon.lower(),
    }
    report.say(f"  {in_words(facts, _SETTINGS)}")
    if camera.time_lapse or camera.warped_speed:
        report.note("this is a time lapse or TimeWarp: its seconds are not those of the ride, so it cannot be aligned")


def _say_streams(report: Report, sensors: Sensors) -> None:
    times = {key: (_SENSORS.get(key, ""), samples.t_s) for key, samples in sensors.streams.items()}
    if sensors.gps is not None:
        times[sensors.gps.source] = ("GPS", sensors.gps.t_s)
    rows, data = [], {}
    for key, (what, t_s) in times.items():
        steps = np.diff(t_s)
        usual = np.median(steps) if len(steps) else 0.0
        gaps = [(float(t_s[k]), float(t_s[k + 1])) for k in np.flatnonzero(steps > _GAP * usual)]
        start, end = t_s[[0, -1]].tolist()
        rate = (len(t_s) - 1) / (end - start) if end > start else None
        data[key] = as_data({"samples": len(t_s), "rate_hz": rate, "from_s": start, "to_s": end, "gaps_s": gaps})
        lost = f"{len(gaps)}, {sum(b - a for a, b in gaps):.1f} s" if gaps else "none"
        ends = (f"{round(t, 2) + 0:.2f}" for t in (start, end))
        rows.append((key, what, str(len(t_s)), "" if rate is None else f"{rate:.2f}", *ends, lost))
    report.data["streams"] = data
    if rows:
        columns = ("stream", "what", ">samples", ">a second", ">from, s", ">to, s", "gaps")
        report.table("Sensors", columns, rows)


def _say_fixes(report: Report, fixes: Fixes, source: str, *, timed: bool = True) -> Track | None:
    """What became of the fixes, and what the track is; None where too few are usable."""
    clean = cleaned(fixes, source)
    used = len(clean.fixes)
    why = ", ".join(f"{n} {word}" for word, n in clean.dropped.items() if n)
    report.data["gps"] = {"source": source, "fixes": len(fixes), "used": used, "dropped": clean.dropped}
    report.say(f"  GPS: {used} of {len(fixes)} fixes are usable" + (f"; left out: {why}" if why else ""))
    if clean.jump.any():
        jumps = int(clean.jump.sum())
        report.say(f"       the receiver corrected itself by {jumps} jump{'' if jumps == 1 else 's'}")
    if clean.speed_told is False:
        report.note("the speed that the file tells is not that of its places, and is not used")
    try:
        track = track_of(fixes, source, timed=timed)
    except EvidenceError as error:
        report.note(error.message)
        return None
    moving = track.speed_mps[track.known & timed]
    height = track.alt_m[np.isfinite(track.alt_m)]
    gaps = spans_of(track.t_s, ~track.known & timed)
    dop = fixes.dop[np.isfinite(fixes.dop) & (fixes.lock >= LOCKED)]
    mean_mps, top_mps = (float(moving.mean()), float(moving.max())) if len(moving) else (None, None)
    start_deg, end_deg = np.stack([track.lat_deg, track.lon_deg], 1)[[0, -1]].tolist()
    facts = {
        "start_deg": start_deg,
        "end_deg": end_deg,
        "length_m": float(track.distance_m[-1]),
        "mean_mps": mean_mps,
        "top_mps": top_mps,
        "heights_m": height[[0, -1]].tolist() if len(height) else None,
        "dop": float(np.median(dop)) if len(dop) else None,
        "sigma_m": float(np.median(track.sigma_m)),
    }
    first, last = track.t_s[[0, -1]].tolist()
    report.data["gps"] |= {**as_data(facts), "from_s": first, "to_s": last, "gaps_s": gaps}
    said = facts | {
        "lasted": f" in {clock_of(last - first)}" if timed else "",
        "mean_kmh": mean_mps and 3.6 * mean_mps,
        "top_kmh": top_mps and 3.6 * top_mps,
        "dop_told": f" (DOP {facts['dop']:.1f})" if len(dop) else "",
    }
    report.say(f"       {in_words(said, _WAY)}")
    report.say(f"       {in_words(said, _ACCURACY)}")
    if gaps:
        report.say(f"       nothing known {named(gaps)}")
    return track


def _say_motion(report: Report, motion: Motion | None) -> None:
    report.data["motion"] = None
    if motion is None:
        return
    stops = spans_of(motion.t_s, motion.still)
    yaw = np.degrees(motion.yaw_rps[~motion.still])
    turning = float(np.sqrt(np.mean(yaw**2))) if len(yaw) else 0.0
    shake = float(np.median(motion.shake_mps2))
    report.data["motion"] = as_data({"stops_s": stops, "turning_rms_deg_s": turning, "shake_mps2": shake})
    standing_s = sum(end - start for start, end in stops)
    words = f"{len(stops)} stop{'' if len(stops) == 1 else 's'}, {standing_s:.1f} s: {named(stops)}"
    report.say(f"  motion: {words if stops else 'no stop'}")
    report.say(f"       turning {turning:.0f} °/s, shake {shake:.1f} m/s² as a rule")


def _write(report: Report, found: Telemetry, name: str, start: datetime | None, outputs: Mapping[str, Path]) -> None:
    if outputs and found.track is None and ("gpx" in outputs or found.motion is None):
        what = "no usable GPS" if found.motion is not None or "gpx" in outputs else "no telemetry"
        raise EvidenceError(f"there is {what} in {name} to be written", "Leave out --gpx, --csv and --plot.")
    if "gpx" in outputs and found.track is not None:
        write_gpx(outputs["gpx"], found.track, name, start)
        if start is None:
            report.note(
                f"{outputs['gpx'].name} has places without times, since the recording's time of day is not known"
            )
    if "csv" in outputs:
        write_csv(outputs["csv"], found, start)
    if "plot" in outputs:
        facts = {**report.data.get("camera", {}), **report.data.get("gps", {}), "start": start}
        subtitle = in_words(facts, ("{model}", "{length_m:.0f} m", "{start:%Y-%m-%d %H:%M} UTC"), "  ·  ")
        draw_telemetry(outputs["plot"], found, title=name, subtitle=subtitle)
    report.wrote(outputs)
    say_files(report, outputs.values())
