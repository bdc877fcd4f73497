"""Files that hold no markers for this program, by their name, and what their program can export instead.

Told by their content where it tells, since anybody can rename a file, else by their ending.
"""

from __future__ import annotations

import zlib
from pathlib import Path

from mtbsync_core.errors import FormatError
from mtbsync_core.telemetry.track_file import kind_of_file

_PREMIERE = ("a project of Adobe Premiere Pro", "In Premiere: File > Export > Final Cut Pro XML, and give that file.")
_RESOLVE = (
    "a project or timeline of DaVinci Resolve",
    "In the Media Pool right-click the timeline, Timelines > Export > Timeline Markers to EDL, and give that file.",
)
_KDENLIVE = (
    "a project of Kdenlive",
    "In Kdenlive: Project > Guides, export them as JSON, or File > OpenTimelineIO Export, and give that file.",
)
_FINAL_CUT = ("a library of Final Cut Pro", "In Final Cut Pro: File > Export XML, and give that file.")
_AVID = (
    "a file of Avid Media Composer",
    "In Avid: Tools > Markers, and in its menu Export Markers; give that text file.",
)
_RECORDING = (
    "a recording without chapters",
    "HiLights of a GoPro's recording are taken with the word hilights in place of a marker file.",
)
_TRACK = (
    "a track of a watch or GPS",
    "It says where a run went: see --ref-gpx and --new-gpx. mtbsync markers-from-track makes markers of its laps.",
)
_OTHER = "Export its markers there as CSV, EDL or XML, and give that file."

_ENDINGS = {
    ".prproj": _PREMIERE,
    **dict.fromkeys((".drp", ".drt", ".dra", ".drb"), _RESOLVE),
    ".kdenlive": _KDENLIVE,
    **dict.fromkeys((".fcpbundle", ".fcpproject", ".fcp", ".fcpcache"), _FINAL_CUT),
    **dict.fromkeys((".avp", ".avb", ".aaf", ".omf"), _AVID),
    **dict.fromkeys((".mp4", ".mov", ".mkv", ".avi", ".lrv", ".360", ".insv", ".mts"), _RECORDING),
    **dict.fromkeys((".gpx", ".fit", ".tcx", ".kml"), _TRACK),
    ".veg": ("a project of Vegas Pro", _OTHER),
    ".vf": ("a project of Vegas Pro", _OTHER),
    ".osp": ("a project of OpenShot", _OTHER),
    ".aep": ("a project of Adobe After Effects", _OTHER),
    ".aup": ("a project of Audacity", "In Audacity: File > Export > Export Labels, and give that file."),
    ".aup3": ("a project of Audacity", "In Audacity: File > Export > Export Labels, and give that file."),
    ".imovieproj": ("a project of iMovie", "iMovie exports no markers; write a table with name and t_ref."),
    ".wfp": ("a project of Filmora", _OTHER),
    ".wlmp": ("a project of Movie Maker", _OTHER),
    ".pds": ("a project of PowerDirector", _OTHER),
}
_HEAD = 4096


def is_recording(path: Path) -> bool:
    """Whether a file is a recording by its content, or else by its name."""
    return path.is_file() and (_by_content(path) or _ENDINGS.get(path.suffix.casefold())) is _RECORDING


def refuse_foreign(path: Path) -> None:
    """Refuse a project or a track by its name, and a recording that has no chapters.

    Raises:
        FormatError: the file is one.
    """
    what = _by_content(path) or _ENDINGS.get(path.suffix.casefold())
    if what is not None and path.exists():
        raise FormatError(f"{path} is {what[0]}, which holds no markers that are read here", what[1])


def _by_content(path: Path) -> tuple[str, str] | None:
    if not path.is_file():
        return None
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
        if head.startswith(b"\x1f\x8b"):
            head = zlib.decompressobj(wbits=31).decompress(head, _HEAD)
    except (OSError, zlib.error):
        return None  # whoever reads it says what is wrong
    if b"<PremiereData" in head:
        return _PREMIERE
    if (b"<mlt " in head or b"<mlt>" in head) and b"shotcut" not in head.lower():
        return _KDENLIVE
    if head[4:8] == b"ftyp" or head.startswith(b"\x1aE\xdf\xa3"):
        return _RECORDING
    return _TRACK if kind_of_file(path) in ("GPX", "TCX", "FIT", "KML") else None
