"""`TrailFile`: the file of a trail pack, `.mtbtrail`: what is known of a recording, without its video.

A ZIP with `trail.json` (`schema`, `version`, `media`, `camera`, ...), tables, pictures, and arrays as `NAME.npy.xz`
(the format of numpy, compressed by LZMA). Whoever knows something of a recording keeps it there under names of his own:
here the stamps of the frames, `vision.trail_index` the index, `telemetry.trail_sensors` what sensors said.

The file may come from anybody. Nothing of it is ever written to disk, so no name in it can lead anywhere; nothing is
unpickled; of everything the size is known, and held against what is sensible, before it is unpacked.
"""

from __future__ import annotations

import io
import json
import lzma
import math
import struct
import zipfile
import zlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtbsync_core.errors import MediaError
from mtbsync_core.files import replacing
from mtbsync_core.media.container import TRAIL, VIDEOS, DamagedMediaError, check_file

SCHEMA, VERSION = "mtbsync.trail", 1
ABOUT = "trail.json"

_ZIP, _NAME_AT = b"PK\x03\x04", 30
"""How a ZIP begins, and where in it the name of its first file stands."""
_ARRAY = ".npy.xz"
_KINDS = "bfiu"
"""Of dtypes: flags, floats and whole numbers."""
_MOST_MEMBERS = 10_000
_MOST_TEXT = 16 << 20
"""Bytes of JSON, of a table and of a picture."""
_MOST_TIMES, _MOST_BESIDES = 12, 32 << 20
"""Bytes of the arrays of a folder: so many times as many as the file has, and some more. Those of a real one are three
times as large; without a limit a file of one megabyte could fill the memory of any machine."""
_UNPACKER_BYTES = 64 << 20
_ZIP_ERRORS = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, KeyError, NotImplementedError, OSError, RuntimeError),
    ValueError,
)
_DAMAGED = "Ask for it again, or make it anew with mtbsync trail pack."


def is_trail(path: Path) -> bool:
    """Whether a file is a trail pack: by how its name ends, else by the first file in it; False where that cannot be
    read.
    """
    suffix = path.suffix.casefold()
    if suffix == TRAIL or suffix in VIDEOS:
        return suffix == TRAIL
    if not path.is_file():  # nor is a pipe opened, which would wait for somebody to write
        return False
    try:
        with path.open("rb") as file:
            head = file.read(_NAME_AT + len(ABOUT))
            return head.startswith(_ZIP) and head[_NAME_AT:] == ABOUT.encode()
    except OSError:
        return False


class TrailFile:
    """What a trail pack holds; it is read as it is asked for."""

    def __init__(self, path: Path) -> None:
        """Errors as `open_trail`."""
        self.path = path
        size, _ = check_file(path)
        self._most = _MOST_TIMES * size + _MOST_BESIDES
        try:
            with zipfile.ZipFile(path) as archive:
                members = archive.infolist()
        except _ZIP_ERRORS as error:
            raise self._damaged("it is no whole ZIP") from error
        if len(members) > _MOST_MEMBERS:
            raise self._damaged(f"it holds {len(members)} entries")
        self.names = frozenset(member.filename for member in members)
        if ABOUT not in self.names:
            raise MediaError(
                f"{path} is a ZIP archive, and no trail pack: there is no {ABOUT} in it",
                "Unpack it, and give the recording itself.",
            )
        try:
            about = json.loads(self.read(ABOUT))
            if about["schema"] != SCHEMA or not isinstance(about["version"], int):
                raise ValueError("it does not say that it is a trail pack")
            if about["version"] > VERSION:
                raise MediaError(f"{path} was made by a later version of mtbsync", "Update mtbsync.")
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise self._damaged(f"{ABOUT} cannot be read") from error
        self.about: dict[str, Any] = about

    def read(self, name: str) -> bytes:
        """A table or a picture. Errors as `open_trail`."""
        return self._bytes(name, _MOST_TEXT)

    def arrays(self, folder: str) -> dict[str, NDArray[Any]]:
        """All arrays of a folder, by their names in it; empty where there is none. Errors as `open_trail`."""
        start = f"{folder}/"
        inside = sorted(name for name in self.names if name.startswith(start) and name.endswith(_ARRAY))
        found: dict[str, NDArray[Any]] = {}
        left = self._most
        for name in inside:
            array = self._array(name, left)
            found[name[len(start) : -len(_ARRAY)]] = array
            left -= array.nbytes
        return found

    def damaged(self, part: str) -> MediaError:
        """What is raised where a part of it means nothing."""
        return self._damaged(f"its {part} cannot be used")

    def _damaged(self, why: str) -> DamagedMediaError:
        return DamagedMediaError(f"{self.path} is a damaged trail pack: {why}", _DAMAGED)

    def _bytes(self, name: str, most: int) -> bytes:
        try:
            with zipfile.ZipFile(self.path) as archive:
                member = archive.getinfo(name)
                # LZMA and BZIP2 within ZIP are unpacked at once, whatever comes of it.
                if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or member.file_size > most:
                    raise self._damaged(f"{name} is too large")
                with archive.open(member) as file:
                    return file.read(member.file_size)
        except _ZIP_ERRORS as error:
            raise self._damaged(f"{name} cannot be read") from error

    def _array(self, name: str, most: int) -> NDArray[Any]:
        packed = self._bytes(name, most)
        try:
            unpacker = lzma.LZMADecompressor(lzma.FORMAT_XZ, _UNPACKER_BYTES)
            head = unpacker.decompress(packed, 512)
            file = io.BytesIO(head)
            if np.lib.format.read_magic(file) != (1, 0):
                raise ValueError("it is no array")
            shape, columns_first, kind = np.lib.format.read_array_header_1_0(file)
            size = math.prod(shape) * kind.itemsize
            if kind.kind not in _KINDS or columns_first or size > most:
                raise ValueError(f"it is an array of {shape} {kind}")
            data, whole = bytearray(head[file.tell() :]), size + 1
            while len(data) < size and not unpacker.eof:
                more = unpacker.decompress(b"", whole - len(data))
                if not more and unpacker.needs_input:
                    break
                data += more
            if len(data) != size:
                raise ValueError(f"it has {len(data)} bytes in place of {size}")
            return np.frombuffer(data, kind).reshape(shape)
        except (ValueError, EOFError, lzma.LZMAError, MemoryError, TypeError, SyntaxError) as error:
            raise self._damaged(f"{name}: {error}") from error


def open_trail(path: Path) -> TrailFile:
    """A trail pack; a second call for an unchanged file costs nothing.

    Raises:
        MediaError: the file is missing, damaged, of a later version, or no trail pack; so its methods.
    """
    size, changed_ns = check_file(path)
    return _opened(path.absolute(), size, changed_ns)


@lru_cache(maxsize=8)
def _opened(path: Path, size: int, changed_ns: int) -> TrailFile:
    return TrailFile(path)


def write_trail(
    path: Path, about: Mapping[str, Any], arrays: Mapping[str, Mapping[str, NDArray[Any]]], files: Mapping[str, bytes]
) -> None:
    """Write a trail pack, atomically; the same content makes the same bytes.

    Args:
        about: `trail.json` but for `schema` and `version`.
        arrays: by folder and name.
        files: tables and pictures, by name.

    Raises:
        UsageError: it cannot be written.
    """
    text = json.dumps({"schema": SCHEMA, "version": VERSION, **about}, indent=2, ensure_ascii=False, allow_nan=False)
    with replacing(path) as scratch, zipfile.ZipFile(scratch, "w") as archive:
        _add(archive, ABOUT, text.encode())
        for name, content in files.items():
            _add(archive, name, content)
        for folder, inside in arrays.items():
            for name, array in inside.items():
                file = io.BytesIO()
                np.lib.format.write_array(file, np.ascontiguousarray(array), (1, 0), allow_pickle=False)
                _add(archive, f"{folder}/{name}{_ARRAY}", _packed(file.getvalue()), packed=True)


def _packed(content: bytes) -> bytes:
    """By LZMA, whose dictionary is no larger than what it is of: of a small array it takes no 90 MB."""
    size = 1 << max(12, min(23, len(content).bit_length()))
    return lzma.compress(content, filters=[{"id": lzma.FILTER_LZMA2, "preset": 6, "dict_size": size}])


def _add(archive: zipfile.ZipFile, name: str, content: bytes, *, packed: bool = False) -> None:
    # ZIP's first day, and the system that all are said to be of: neither when nor where it was made changes a byte.
    member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    member.create_system, member.external_attr = 3, 0o644 << 16
    member.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
    archive.writestr(member, content, compresslevel=None if packed else 9)
