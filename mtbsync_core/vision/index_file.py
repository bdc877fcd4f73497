"""Files of indexes: `.npz` without pickle; one that is unreadable or of another key (`index_key`) is built again."""

from __future__ import annotations

import json
import logging
import zipfile
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from mtbsync_core.errors import FormatError, UsageError
from mtbsync_core.files import refuse_special, remove_scratch, replacing
from mtbsync_core.lock import locked
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.vision.features import Features, FeatureStore
from mtbsync_core.vision.frame_store import PictureStore
from mtbsync_core.vision.index import (
    FORMAT,
    FrameIndex,
    IndexOptions,
    build_index,
    described_again,
    index_key,
    looked_at,
)
from mtbsync_core.vision.registry import DESCRIBER, SECOND_DESCRIBER, describer_named, names_of

_REMAKE = "Delete it; it is made anew."

logger = logging.getLogger(__name__)


def save_index(index: FrameIndex, path: Path) -> None:
    """Write an index as `.npz`, atomically. Ragged corners are stored end to end with their counts."""
    header = {
        "schema": "mtbsync.index",
        "version": FORMAT,
        "key": index.key,
        "matcher": index.matcher,
        "describer": index.describer,
        "canvas": index.canvas,
        "media": index.media.as_dict(),
    }
    with replacing(path) as scratch, scratch.open("wb") as file:
        np.savez(
            file,
            header=np.frombuffer(json.dumps(header).encode(), np.uint8),
            t_s=index.t_s,
            layout=index.descriptors,
            counts=np.array([len(f) for f in index.features], np.int32),
            xy=np.concatenate([f.xy for f in index.features] or [np.zeros((0, 2), np.float32)]),
            descriptors=np.concatenate([f.descriptors for f in index.features] or [np.zeros((0, 32), np.uint8)]),
            pictures=np.array(list(index.pictures), np.uint8),
        )


def load_index(path: Path) -> FrameIndex:
    """Read an index; FormatError where there is none, or it is damaged or of another version."""
    refuse_special(path)
    try:
        with np.load(path, allow_pickle=False) as data:
            header = json.loads(data["header"].tobytes())
            describer = header.get("describer", DESCRIBER)
            known = header.get("version") == FORMAT and describer in names_of("describers")
            if header.get("schema") != "mtbsync.index" or not known:
                raise FormatError(f"{path} is an index of another version", _REMAKE)
            ends = np.cumsum(data["counts"])
            frames = (np.split(data[name], ends)[:-1] for name in ("xy", "descriptors"))
            index = FrameIndex(
                media=MediaInfo.from_dict(header["media"]),
                t_s=data["t_s"],
                descriptors=data["layout"],
                features=FeatureStore(map(Features, *frames)),
                key=header["key"],
                pictures=PictureStore(data.get("pictures", ())),
                matcher=header["matcher"],
                describer=describer,
                canvas=header.get("canvas"),
            )
    except FileNotFoundError:
        raise FormatError(f"there is no index {path}", "Make one with mtbsync index.") from None
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        reason = getattr(error, "strerror", None) or error
        raise FormatError(f"{path} is not a readable index: {reason}", _REMAKE) from error
    shape = (len(index.t_s), *describer_named(describer).shape)
    counts = len(index.features), len(index.pictures)
    if index.descriptors.shape != shape or not {*counts} <= {0, len(index.t_s)}:
        raise FormatError(f"{path} is a damaged index", _REMAKE)
    return index


def cached_index(
    media: MediaInfo,
    path: Path,
    options: IndexOptions | None = None,
    *,
    threads: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> FrameIndex:
    """The index at `path` when it is of this recording and these options, else a new one, which is saved there; one
    without pictures is of an earlier version.
    """
    o = options or IndexOptions()
    if path.exists():
        try:
            index, shown = load_index(path), looked_at(media, o)
            if index.key == index_key(shown, o) and index.pictures:
                return replace(index, media=shown, kept=path)  # the files may have been renamed since
            logger.warning("%s is of another recording or other options; making it anew", path)
        except FormatError as error:
            logger.warning("%s", error.message)
    index = build_index(media, o, threads=threads, progress=progress)
    save_index(index, path)
    return replace(index, kept=path)


def cached_second_look(index: FrameIndex, *, threads: int = 2) -> FrameIndex:
    """`described_again`; of an index that is kept in a file this is kept beside it, called after the describer.

    Of several processes that want it at once one makes it, and the others wait. Where it cannot be written it is made
    all the same. Errors as `described_again`.
    """
    if index.kept is None:
        return described_again(index, threads=threads)
    path = index.kept.with_name(f"{index.kept.stem}-{SECOND_DESCRIBER}.npz")
    with ExitStack() as stack:
        with suppress(OSError):  # nothing can be written there
            stack.enter_context(locked(index.kept, wait_s=None))
        found = _second_look_at(path, index)
        if found is None:
            remove_scratch(path.parent, path.stem)
            found = described_again(index, threads=threads)
            try:
                save_index(replace(found, features=(), pictures=()), path)
            except UsageError as error:
                logger.warning("%s", error.message)
        return found


def _second_look_at(path: Path, index: FrameIndex) -> FrameIndex | None:
    """What is kept at `path`, where it is the second look at this index."""
    try:
        found = load_index(path) if path.exists() else None
    except FormatError as error:
        logger.warning("%s", error.message)
        return None
    if found is None or (found.key, found.describer) != (index.key, SECOND_DESCRIBER):
        return None
    return replace(index, descriptors=found.descriptors, describer=SECOND_DESCRIBER)
