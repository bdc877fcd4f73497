"""`FrameIndex`: all that aligning needs of a recording: for each sample 2 KB of descriptor, some 35 KB of corners, and
18 KB of picture. `vision.index_file` keeps it.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from mtbsync_core.errors import EvidenceError, UsageError
from mtbsync_core.files import add_content
from mtbsync_core.media.frames import decodes_all, reduce_frames
from mtbsync_core.media.proxy import with_proxies
from mtbsync_core.media.sampling import FAST, Sampling
from mtbsync_core.media.trail_file import is_trail
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.options import option
from mtbsync_core.vision.canvas import canvas_of, corners_on_canvas, on_canvas, visible_on_canvas
from mtbsync_core.vision.ego_mask import NOTHING, EgoMask, ego_mask
from mtbsync_core.vision.features import Features, FeatureStore
from mtbsync_core.vision.frame_store import PictureStore
from mtbsync_core.vision.pace import correlation_time, pace_of
from mtbsync_core.vision.registry import (
    AUTO,
    DESCRIBER,
    MATCHER,
    SECOND_DESCRIBER,
    Extractor,
    checked_name,
    describer_choice,
    describer_named,
    matcher_named,
    names_of,
    squeezed,
)
from mtbsync_core.vision.trail_index import trail_samples

FORMAT = 4
"""Of index files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexOptions:
    """What changes the content of an index; threads do not and are not here."""

    fps: float | None = option(
        None,
        "--fps",
        "Pictures looked at per second. Default: the key frames, which is fastest; ten of a small file.",
        minimum=0.1,
        maximum=60.0,
    )
    describer: str = option(
        AUTO,
        "--describer",
        "What describes and compares whole pictures. auto: hog, and where that leaves doubt efficientnet, a network "
        "that sees through season and light, and takes longer.",
        metavar="|".join([AUTO, *names_of("describers")]),
        read=describer_choice,
    )
    matcher: str = option(
        MATCHER,
        "--matcher",
        "What finds and pairs local features. xfeat, a network, needs `install.py --with learned`.",
        metavar="|".join(names_of("matchers")),
        read=partial(checked_name, "matchers"),
    )
    n_features: int | None = option(
        None,
        "--n-features",
        "Local features (corners) kept per picture, 500, with orb 800; 0 switches them off.",
        minimum=0,
        maximum=10_000,
    )
    clahe: bool = option(False, "--clahe/--no-clahe", "Even out local contrast first; for dark forest.")
    fast: bool = option(
        False,
        "--fast",
        "Look at key frames only, however far apart (up to 2 s). Less exact where that is a second or so.",
    )
    proxy: bool = option(
        True, "--no-proxy", "Look at the recording itself, also where a small copy (.LRV) lies beside it."
    )
    canvas: float | None = option(None, minimum=0.1, maximum=10.0)
    """Width over height of the middle of the scene that is described (`vision.canvas`); None: the picture as it is."""

    def beside(self, media: MediaInfo, other: MediaInfo) -> IndexOptions:
        """For a recording that is compared with another one, which may be of a very unlike shape."""
        return replace(self, canvas=canvas_of(media, other))

    @property
    def first_describer(self) -> str:
        """The one that an index is made with."""
        return DESCRIBER if self.describer == AUTO else self.describer


@dataclass(frozen=True, slots=True, eq=False)
class FrameIndex:
    """Samples of one recording: `t_s` (N,) seconds on its clock; `descriptors` (N, ...) by `describer`, of its shape;
    `features` by `matcher`, one entry per sample, or none at all.
    """

    media: MediaInfo
    t_s: NDArray[np.float64]
    descriptors: NDArray[np.float16]
    features: Sequence[Features]
    key: str
    pictures: Sequence[NDArray[np.uint8]] = ()
    """Of each sample what the second describer sees, so that nothing is decoded for it."""
    matcher: str = MATCHER
    describer: str = DESCRIBER
    canvas: float | None = None
    """As in `IndexOptions`."""
    ego: EgoMask | None = None
    """What moves with the camera; None where that was not looked for (`with_ego_mask`), and kept in no file."""
    kept: Path | None = None
    """The file that it is kept in, if any."""
    _world: dict[int, NDArray[np.bool_]] = field(init=False, repr=False, default_factory=dict)
    """Which corners of a sample are of the world, where that was asked for."""

    @property
    def aspect(self) -> float:
        """The picture's height over its width."""
        return self.media.height / self.media.width

    def with_ego_mask(self) -> FrameIndex:
        """The same with its ego mask, which corners tell. It is looked for once."""
        if self.ego is not None or not self.features:
            return self
        matcher = matcher_named(self.matcher)
        return replace(self, ego=ego_mask(self.t_s, self.descriptors, self.features, self.aspect, matcher))

    def corners(self, sample: int) -> Features:
        """The corners of one sample that are of the world."""
        corners = self.features[sample]
        if self.ego is None or self.ego is NOTHING:
            return corners
        if sample not in self._world:
            self._world[sample] = self.ego.world(corners, float(self.t_s[sample]), self.aspect)
        return corners.where(self._world[sample])

    @property
    def blind(self) -> NDArray[np.bool_]:
        """Which samples (N,) show next to nothing."""
        return describer_named(self.describer).blind(self.descriptors)

    def visible(self, rows: int, columns: int) -> NDArray[np.float32]:
        """The share of each cell of a grid, of any size, over what is described that shows the world."""
        visible = (self.ego or NOTHING).visible
        if self.canvas is None:
            return visible(rows, columns)
        return visible_on_canvas(visible, self.canvas, self.aspect, rows, columns)

    @property
    def correlation_s(self) -> float:
        """Correlation time of the pictures, seconds (`vision.pace`)."""
        return correlation_time(self.descriptors, self.t_s, describer_named(self.describer), self.visible)

    def thinned(self, every_s: float) -> FrameIndex:
        """The index with samples at least about so many seconds apart."""
        step = max(1, round(every_s / float(np.median(np.diff(self.t_s)))))
        some = slice(None, None, step)
        return replace(
            self,
            t_s=self.t_s[some],
            descriptors=self.descriptors[some],
            features=self.features[some],
            pictures=self.pictures[some],
        )

    def require_same(self, other: FrameIndex, what: Literal["describer", "matcher"]) -> None:
        """Refuse to compare indexes of unlike describers, or matchers, with UsageError."""
        one, two = getattr(self, what), getattr(other, what)
        if one != two:
            raise UsageError(
                f"the index of the reference was made with --{what} {one}, the new run with {two}",
                f"Make the index again with the same {what}, or leave the option out.",
            )


def build_index(
    media: MediaInfo,
    options: IndexOptions | None = None,
    *,
    threads: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> FrameIndex:
    """Decode the samples of a recording and describe each; of a trail pack they are those that it keeps.

    Of a recording that is decoded in full, the samples are as many as its pace needs: that is found out first.

    Raises:
        MediaError: the recording cannot be decoded.
        EvidenceError: it has fewer than two samples.
        UsageError: a trail pack was made by another matcher.
    """
    o = options or IndexOptions()
    if is_trail(media.path):
        return _of_trail(media, o)
    describer, second = describer_named(o.first_describer), describer_named(SECOND_DESCRIBER)
    local, features, pictures = threading.local(), FeatureStore(), PictureStore()

    def look(luma: NDArray[np.uint8]) -> NDArray[np.float16]:
        return describer.describe(on_canvas(luma, o.canvas)).astype(np.float16)

    def describe(luma: NDArray[np.uint8]) -> tuple[NDArray[np.float16], int, int | None]:
        shown = on_canvas(luma, o.canvas)
        whole, picture = describer.describe(shown).astype(np.float16), pictures.add(squeezed(shown, second.size))
        if o.n_features == 0:
            return whole, picture, None
        if not hasattr(local, "extract"):
            local.extract = feature_extractor(o)
        return whole, picture, features.add(local.extract(luma))

    media = looked_at(media, o)
    sampling = replace(FAST if o.fast else Sampling(), fps=o.fps, threads=threads)
    if decodes_all(media, sampling):
        t_s, looks = reduce_frames(media, look, sampling)
        pace = pace_of(correlation_time(np.stack(looks), t_s, describer), float(t_s[-1]))
        # Twice as many as the pace needs, and a whole part, so that they stay even: with no more laps of a small car
        # were 0.056 s off in place of 0.036 s.
        sampling = replace(sampling, small_fps=sampling.small_fps / max(1, pace // 2))
        del looks
    t_s, described = reduce_frames(media, describe, sampling, progress=progress)
    if len(t_s) < 2:
        raise EvidenceError(f"{media.name} has only {len(t_s)} usable picture", "A recording needs to move.")
    return FrameIndex(
        media=media,
        t_s=t_s,
        descriptors=np.stack([whole for whole, *_ in described]),
        features=features.chosen(corners for *_, corners in described if corners is not None),
        key=index_key(media, o),
        pictures=pictures.chosen(picture for _, picture, _ in described),
        matcher=o.matcher,
        describer=o.first_describer,
        canvas=o.canvas,
    )


def _of_trail(media: MediaInfo, o: IndexOptions) -> FrameIndex:
    """The samples of a trail pack; described by another describer, or on a canvas, they are so from small pictures."""
    if o.matcher != MATCHER:
        raise UsageError(
            f"{media.name} keeps the local features of {MATCHER}, not of {o.matcher}", "Leave out --matcher."
        )
    seen = trail_samples(media)
    if len(seen.t_s) < 2:
        raise EvidenceError(f"{media.name} has only {len(seen.t_s)} picture there", "Take a longer part of it.")
    descriptors, features, pictures = seen.descriptors, seen.features, seen.pictures
    if o.canvas is not None:
        shape = pictures[0].shape[1], round(pictures[0].shape[1] * media.height / media.width)
        shown = [on_canvas(squeezed(picture, shape), o.canvas) for picture in pictures]
        pictures = [squeezed(picture, describer_named(SECOND_DESCRIBER).size) for picture in shown]
        widest = o.canvas * media.height / media.width
        features = [corners.where(np.abs(corners.xy[:, 0]) <= widest) for corners in features]
    if o.canvas is not None or o.first_describer != DESCRIBER:
        describer = describer_named(o.first_describer)
        descriptors = np.stack([describer.describe(picture).astype(np.float16) for picture in pictures])
    return FrameIndex(
        media=media,
        t_s=seen.t_s,
        descriptors=descriptors,
        features=features if o.n_features != 0 else (),
        key=index_key(media, o),
        pictures=pictures,
        describer=o.first_describer,
        canvas=o.canvas,
    )


def described_again(index: FrameIndex, *, threads: int = 2) -> FrameIndex:
    """The samples of an index by the second describer; corners and ego mask stay.

    Raises:
        EngineMissingError: the second describer is not installed.
        UsageError: the index has no pictures.
    """
    if len(index.pictures) < len(index.t_s):
        raise UsageError("the index is of an earlier version and keeps no pictures", "Make it anew.")
    describer = describer_named(SECOND_DESCRIBER)
    with ThreadPoolExecutor(threads) as pool:
        found = list(pool.map(lambda picture: describer.describe(picture).astype(np.float16), index.pictures))
    return replace(index, descriptors=np.stack(found), describer=SECOND_DESCRIBER)


def looked_at(media: MediaInfo, options: IndexOptions) -> MediaInfo:
    """The recording with the small copies that its index is made of."""
    if is_trail(media.path) or not options.proxy or any(file.proxy for file in media.files):
        return media
    return with_proxies(media)


def feature_extractor(options: IndexOptions) -> Extractor:
    """What finds the corners of a frame by these options; one per thread. Errors as `Matcher.extractor`."""
    matcher = matcher_named(options.matcher)
    extract = matcher.extractor(options.n_features or matcher.n_features)
    if options.canvas is not None:
        extract = corners_on_canvas(extract, options.canvas)
    if not options.clahe:
        return extract
    clahe = cv2.createCLAHE(clipLimit=2.0, tileGridSize=(8, 8))
    return lambda luma: extract(np.asarray(clahe.apply(luma), np.uint8))


def index_key(media: MediaInfo, options: IndexOptions) -> str:
    """Digest of format, options, the part of its files that a recording is, and the size, first, middle and last MiB of
    each chapter and small copy.
    """
    part = [*(file.start_s for file in media.files), media.duration_s]
    kept = replace(options, describer=options.first_describer)
    digest = hashlib.sha256(json.dumps([FORMAT, asdict(kept), part]).encode())
    for path in (path for file in media.files for path in (file.path, file.proxy) if path is not None):
        add_content(digest, path)
    return digest.hexdigest()[:32]
