"""`pack_trail`: a reference and its markers as a `.mtbtrail`, which can be aligned with in place of the video.

Of most recordings all samples are kept, and frames around markers as densely as `find_anchors_at` asks for them: so a
marker that was packed is where the video would put it. Of what is sampled more densely than a GoPro's key frames are
apart, and is longer than a minute, fewer are kept (`_thinned`), and frames around markers make up for them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import cv2
import numpy as np

from mtbsync_core.alignment.refine.anchor_search import times_around
from mtbsync_core.alignment.refine.options import RefineOptions
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
from mtbsync_core.vision.index import FrameIndex, IndexOptions, build_index
from mtbsync_core.vision.moments import corners_at
from mtbsync_core.vision.pace import pace_of
from mtbsync_core.vision.trail_index import TrailSamples, corner_arrays, index_arrays

MOST_SAMPLES = 700
"""That are kept of a recording in any case: with 27 kB each they have 19 MB."""
SPACING_S = 0.3
"""Seconds between samples of longer recordings: 16 MB of three minutes. GoPro's key frames are as far apart."""
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
    o = at_pace(RefineOptions(), pace_of(index.correlation_s, float(index.t_s[-1])))
    index = _thinned(index)
    samples = TrailSamples(index.t_s, index.descriptors, index.features, index.pictures)
    telemetry = read_telemetry(media)
    if not with_gps:
        telemetry = telemetry.without_place()
    arrays = {"frames": {"steps_us": frame_steps(media)}, "index": index_arrays(samples), **sensor_arrays(telemetry)}
    moments_s = [marker.t_s for marker in markers]
    tell("markers", 0, 2)
    if float(np.median(np.diff(index.t_s))) > o.dense_s:
        times_s = times_around(np.array(moments_s), float(index.t_s[-1]), o)
        around = corners_at(index, times_s.tolist(), options)
    else:
        around = {}
    if around:
        arrays["moments"] = corner_arrays(np.array(list(around)), list(around.values()))
    tell("markers", 1, 2)
    pictures = thumbnails(media, moments_s)
    tell("markers", 2, 2)
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


def _thinned(index: FrameIndex) -> FrameIndex:
    """The samples that are kept: `MOST_SAMPLES`, or more where these would be more than `SPACING_S` apart."""
    every_s = float(np.median(np.diff(index.t_s))) * -(-len(index.t_s) // MOST_SAMPLES)
    return index.thinned(min(every_s, SPACING_S))


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
