"""`pack_trail`: a reference and its markers as a `.mtbtrail`, which can be aligned with in place of the video.

Samples are kept every `SPACING_S`, which is what the key frames of a GoPro are apart; frames around markers as densely
as `find_anchors_at` asks for them. So a marker that was packed is as exact as one from the video.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import cv2
import numpy as np

from mtbsync_core.alignment.refine.refinement import RefineOptions, times_around
from mtbsync_core.errors import UsageError
from mtbsync_core.markers import Marker
from mtbsync_core.media.camera import camera_about, read_settings
from mtbsync_core.media.colour import colour_picture
from mtbsync_core.media.decoder import Decoder
from mtbsync_core.media.packets import frame_steps, scan
from mtbsync_core.media.trail_file import is_trail, write_trail
from mtbsync_core.mediainfo import MediaFile, MediaInfo
from mtbsync_core.options import at_pace
from mtbsync_core.telemetry.reading import read_telemetry
from mtbsync_core.telemetry.trail_sensors import sensor_arrays, sensors_about
from mtbsync_core.trail_pack.contents import KEPT, marker_about, thumbnail_name
from mtbsync_core.version import __version__
from mtbsync_core.vision.index import IndexOptions, build_index
from mtbsync_core.vision.moments import corners_at
from mtbsync_core.vision.pace import pace_of
from mtbsync_core.vision.trail_index import TrailSamples, corner_arrays, index_arrays

SPACING_S = 0.3
THUMBNAIL = 480
"""Pixels of a thumbnail's width."""
_QUALITY = 80
"""Of JPEG."""


def pack_trail(
    media: MediaInfo,
    markers: Sequence[Marker],
    out: Path,
    *,
    with_gps: bool = False,
    threads: int = 2,
    progress: Callable[[str, int, int], None] | None = None,
) -> None:
    """Write the trail pack of a recording.

    Nothing in it tells who rode, where files were, which camera it was, or, without `with_gps`, where the trail is.

    Args:
        markers: seconds of the recording's clock; those outside it are refused.
        progress: called with the stage, the steps done and their number.

    Raises:
        MediaError, EvidenceError: as `build_index`.
        UsageError: it is a trail pack already, a marker lies outside the recording, or the file cannot be written.
    """
    if is_trail(media.path):
        raise UsageError(f"{media.name} is a trail pack, and has no pictures to make another one of", "Give the video.")
    outside = [marker for marker in markers if not 0 <= marker.t_s <= media.duration_s]
    if outside:
        first = outside[0]
        raise UsageError(
            f"the marker {first.name!r} is at {first.t_s:.2f} s, the recording ends at {media.duration_s:.2f} s",
            "Are the markers of this recording?",
        )
    tell = progress or (lambda _stage, _done, _total: None)
    options = IndexOptions()
    index = build_index(media, options, threads=threads, progress=lambda *steps: tell("reference", *steps))
    pace = pace_of(index.correlation_s, float(index.t_s[-1]))
    times_s = times_around(
        np.array([marker.t_s for marker in markers]), float(index.t_s[-1]), at_pace(RefineOptions(), pace)
    )
    tell("markers", 0, 2)
    around = corners_at(index, times_s.tolist(), options)
    tell("markers", 1, 2)
    pictures = thumbnails(media, [marker.t_s for marker in markers])
    tell("markers", 2, 2)
    telemetry = read_telemetry(media)
    if not with_gps:
        telemetry = telemetry.without_place()
    index = index.thinned(SPACING_S)
    samples = TrailSamples(index.t_s, index.descriptors, index.features, index.pictures)
    arrays = {"frames": {"steps_us": frame_steps(media)}, "index": index_arrays(samples), **sensor_arrays(telemetry)}
    if around:
        arrays["moments"] = corner_arrays(np.array(list(around)), list(around.values()))
    about = {
        "mtbsync": __version__,
        "media": {name: value for name, value in media.as_dict().items() if name in KEPT},
        "camera": camera_about(read_settings(media)),
        **sensors_about(telemetry),
        "markers": [marker_about(marker) for marker in markers],
    }
    names = (thumbnail_name(n) for n in range(len(pictures)))
    files = {name: picture for name, picture in zip(names, pictures, strict=True) if picture}
    write_trail(out, about, arrays, files)


def thumbnails(media: MediaInfo, times_s: Sequence[float]) -> list[bytes]:
    """The frames shown at these times as JPEG; empty bytes where one is damaged.

    Raises:
        MediaError: a file is no longer there.
    """
    found: dict[float, bytes] = {}
    with ExitStack() as opened:
        current: MediaFile | None = None
        for time_s in sorted(set(times_s)):
            file, file_s = media.at(time_s + 1e-9)
            if file is not current:
                opened.close()
                current, table = file, scan(file.path)
                decoder = opened.enter_context(Decoder(file.path, table, threads=2))
            shown = max(0, int(np.searchsorted(table.times_s, file_s, side="right")) - 1)
            frame = decoder.frame_at(int(table.order[shown]))
            if frame is None:
                continue
            picture = colour_picture(frame, width=THUMBNAIL, rotation=table.rotation)
            done, jpeg = cv2.imencode(".jpg", picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
            found[time_s] = jpeg.tobytes() if done else b""
    return [found.get(time_s, b"") for time_s in times_s]
