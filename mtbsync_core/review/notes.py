"""`NoteBook`: notes pinned to places of a reference, in `notes.json` of a root, so that every run of it shows them.

A reference is known by the digest of its content (`run_file.content_digest`), wherever it lies; where its file is not
there now, by what was told of it when it was. Several programs may write at once: each change is made under a lock,
to what is in the file by then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from mtbsync_core.errors import UsageError
from mtbsync_core.files import read_versioned, write_json
from mtbsync_core.jobs.reviewed import told
from mtbsync_core.lock import HeldError, locked
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.review.base import Sources
from mtbsync_core.runs.catalogue import NAME as CATALOGUE
from mtbsync_core.runs.run_file import content_digest, load_run, lock_of

NAME = "notes.json"
SCHEMA = "mtbsync.notes"
VERSION = 1
WAIT_S = 10.0
"""How long a write waits for that of another program, seconds; one takes milliseconds."""
_DEPTH = 4


@dataclass(frozen=True, slots=True)
class Note:
    """A text at a moment of the reference; `drawing` holds SVG paths in fractions of the picture, or is None."""

    id: str
    t_ref: float
    text: str
    drawing: tuple[str, ...] | None = None
    author: str = ""
    created: str = ""
    run: str = ""


Memory = dict[str, dict[str, Note | None]]
"""Notes that are not written, by reference and id; None is one that was deleted."""


class NoteBook:
    """The notes of one reference.

    Args:
        root: the folder of `notes.json`.
        reference: the recording, where the warp knows it.
        digest: of its content; None where it is not there.
        run: what stands for the reference where nothing is known of it: the notes are then of this run alone.
        memory: where changes are kept instead of the file, for all note books that are given it.
    """

    def __init__(
        self, root: Path, reference: MediaInfo | None, digest: str | None, run: str, *, memory: Memory | None = None
    ) -> None:
        self._path = root / NAME
        self._root = root
        self._told = told(reference)
        self._key = digest
        self._run = f"run:{run}"
        self._memory = memory

    def notes(self) -> list[Note]:
        """By rising time.

        Raises:
            FormatError: the file is damaged, or of a later version.
        """
        data = self._read()
        kept = {note.id: note for note in self._of(data)}
        for id, note in (self._memory or {}).get(self._entry(data), {}).items():
            kept.pop(id, None)
            if note is not None:
                kept[id] = note
        return sorted(kept.values(), key=lambda note: (note.t_ref, note.id))

    def put(self, id: str, note: Note | None) -> None:
        """Set the note of this id; None deletes it.

        Raises:
            UsageError: the file cannot be written.
            FormatError: as `notes`.
        """
        if self._memory is not None:
            self._memory.setdefault(self._entry(self._read()), {})[id] = note
            return
        with self._held():
            data = self._read()
            key = self._entry(data)
            entry = data.setdefault(key, {"reference": self._told, "notes": []})
            entry["notes"] = [one for one in entry["notes"] if one["id"] != id]
            if note is not None:
                entry["notes"].append(asdict(note))
            elif not entry["notes"]:
                del data[key]
            write_json(self._path, {"schema": SCHEMA, "version": VERSION, "references": data})

    @contextmanager
    def _held(self) -> Iterator[None]:
        lock = locked(lock_of(self._root, NAME), wait_s=WAIT_S)
        try:
            lock.__enter__()
        except (HeldError, OSError) as error:
            raise UsageError(f"cannot write {self._path}: {error}", "Is another program writing it?") from error
        try:
            yield
        finally:
            lock.__exit__(None, None, None)

    def _read(self) -> dict[str, Any]:
        hint = "Rename it: notes then begin anew."
        return read_versioned(self._path, SCHEMA, VERSION, hint, lambda data: dict(data["references"])) or {}

    def _entry(self, data: Mapping[str, Any]) -> str:
        """Its name in the file: its digest; else what was told of it while its own file was not there."""
        if self._key is not None and self._key in data:
            return self._key
        told = "told:" + "|".join(map(str, (self._told or {}).values()))
        alike = [key for key, entry in data.items() if self._told is not None and entry["reference"] == self._told]
        if self._key is not None:
            return told if told in alike else self._key
        return alike[0] if alike else told if self._told is not None else self._run

    def _of(self, data: Mapping[str, Any]) -> list[Note]:
        known = {f.name for f in fields(Note)}
        found = []
        for one in data.get(self._entry(data), {}).get("notes", ()):
            given = {name: value for name, value in one.items() if name in known}
            drawing = given.get("drawing")
            found.append(Note(**{**given, "drawing": tuple(drawing) if drawing else None}))
        return found


def note_book(
    root: Path, reference: MediaInfo | None, sources: Sources, run: str, *, memory: Memory | None = None
) -> NoteBook:
    """The notes on the reference of a result, in a root.

    Args:
        run: what stands for the reference where nothing is known of it.
    """
    described = load_run(sources.folder)
    digest = described.inputs.get("reference") if described is not None and sources.ref is None else None
    if digest is None:
        found = sources.located(reference)
        digest = content_digest([found.path]) if found is not None else None
    return NoteBook(root, reference, digest, run, memory=memory)


def notes_root(folder: Path, roots: tuple[Path, ...]) -> Path:
    """Where the notes of a run lie: the nearest folder above it that has notes or a catalogue, else the root of the
    server that it is below, else the folder above it.
    """
    above = list(folder.absolute().parents)[:_DEPTH]
    for one in above:
        if (one / NAME).is_file() or (one / CATALOGUE).is_file():
            return one
    known = [root for root in roots if root.absolute() in above]
    return known[0] if known else above[0]
