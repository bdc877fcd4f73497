"""`Review`: one alignment that people look at and correct, with undo, by any number of requests at once."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mtbsync_core.alignment.result import Alignment
from mtbsync_core.alignment.user_pairs import UserPair
from mtbsync_core.errors import MtbsyncError
from mtbsync_core.jobs.corrected import draw_again, write_corrected
from mtbsync_core.jobs.edits import Edits, NotedPair, edited, next_id
from mtbsync_core.jobs.listener import Notes
from mtbsync_core.jobs.reviewed import is_of, read_review, write_review
from mtbsync_core.markers import MovedMarker
from mtbsync_core.review.base import Base, Sources, open_base
from mtbsync_core.review.history import History, NoteChange, Step
from mtbsync_core.review.notes import Memory, Note, NoteBook, note_book, notes_root
from mtbsync_core.review.operations import Now, step
from mtbsync_core.review.refit import SAME_S, refit
from mtbsync_core.runs.rebuild import write_records
from mtbsync_core.telemetry.reading import read_telemetry
from mtbsync_core.telemetry.track import Track


class NothingToUndoError(MtbsyncError):
    """Undo before the first step, or redo behind the last."""

    code = "nothing"


class ReadOnlyError(MtbsyncError):
    """Something would be written, and nothing may be."""

    code = "read_only"


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A review at one moment, consistent in itself."""

    run: str
    revision: int
    base: Base
    alignment: Alignment
    moved: tuple[MovedMarker, ...]
    edits: Edits
    notes: tuple[Note, ...]
    history: History
    saved: bool
    track: Track | None
    problems: tuple[str, ...]

    @property
    def end_s(self) -> float:
        """The end of the reference, or of what is known of it, seconds."""
        media, warp = self.alignment.media_ref, self.alignment.warp
        if media is not None:
            return media.duration_s
        return float(warp.ref_s[-1]) if warp is not None else 0.0


class Review:
    """The review of a folder.

    Args:
        run: its name.
        roots: the folders that the server shows; the notes lie in one of them.
        writable: False keeps notes in `memory`, and refuses to save.
        memory: notes that are not to be written, shared by all reviews of a server.

    Raises:
        FormatError: a file of the folder is damaged.
    """

    _base: Base
    _saved: Edits
    _alignment: Alignment
    _history: History
    _notes: NoteBook

    def __init__(
        self, run: str, sources: Sources, roots: tuple[Path, ...] = (), *, writable: bool, memory: Memory | None = None
    ) -> None:
        self.run, self.sources, self.writable = run, sources, writable
        self._roots = roots
        self._memory: Memory = {} if memory is None else memory
        self._lock = threading.RLock()
        self._drawing = threading.Lock()
        self._revision = 0
        self._track: tuple[Track | None] | None = None
        self._load()

    def inputs(self) -> list[Path]:
        """What the review is made of, never to be written over."""
        alignment, sources = self._base.alignment, self.sources
        recordings = [f.path for m in (alignment.media_ref, alignment.media_new) if m is not None for f in m.files]
        given = (sources.ref, sources.new, sources.ref_markers, sources.new_markers, sources.timewarp)
        return [*recordings, *(path for path in given if path is not None)]

    @property
    def untouched(self) -> bool:
        """Whether nothing was changed since it was opened."""
        return not self._history.steps

    def view(self) -> View:
        """What there is to see now; where the folder was aligned anew, on that, with the same edits."""
        with self._lock:
            if self.sources.stamp() != self._stamp:
                self._reload()
            edits = self._history.edits
            moved = edited(
                self._base.moved,
                edits,
                self._alignment.warp if self._alignment.usable else None,
                refitted=self._alignment is not self._base.alignment,
                review_threshold=self._base.review_threshold,
            )
            notes, problems = self._noted()
            return View(
                run=self.run,
                revision=self._revision,
                base=self._base,
                alignment=self._alignment,
                moved=tuple(moved),
                edits=edits,
                notes=tuple(notes),
                history=self._history,
                saved=edits == self._saved,
                track=self._reference_track(),
                problems=(*self._base.notes, *self._problems, *problems),
            )

    def edit(self, body: Any) -> View:
        """Do one operation (`operations.step`), and fit the map again where it is about pairs.

        Raises:
            UsageError: it cannot be done; nothing is changed then.
        """
        with self._lock:
            seen = self.view()
            now = Now(
                seen.edits,
                {m.source.marker_id: m.source.t_s for m in seen.moved},
                {note.id: note for note in seen.notes},
                self.run,
                frozenset(m.source.marker_id for m in self._base.moved),
            )
            done = step(body, now)
            self._go(self._history.step(done), done.note)
            return self.view()

    def undo(self) -> View:
        """Take the last step back.

        Raises:
            NothingToUndoError: there is none.
        """
        with self._lock:
            one = self._history.undoes
            if one is None:
                raise NothingToUndoError("there is nothing to undo")
            self._go(self._history.undone(), one.note and one.note.undone())
            return self.view()

    def redo(self) -> View:
        """Do the last step again that was undone.

        Raises:
            NothingToUndoError: there is none.
        """
        with self._lock:
            one = self._history.redoes
            if one is None:
                raise NothingToUndoError("there is nothing to do again")
            self._go(self._history.redone(), one.note)
            return self.view()

    def save(self) -> list[str]:
        """Write `review.json`, and the files of the folder as they were corrected (`jobs.corrected`).

        Returns:
            What is worth knowing about the files, in words.

        Raises:
            ReadOnlyError: nothing is to be written.
            UsageError: a file cannot be written.
        """
        if not self.writable:
            raise ReadOnlyError("nothing is saved: this server only shows", "Start it with --allow-write.")
        with self._lock:
            view = self.view()
            said = Notes()
            write_review(self.sources.folder, view.edits, self._base.alignment)
            kept = write_corrected(
                self._base.alignment,
                self._base.moved,
                view.alignment,
                view.moved,
                folder=self.sources.folder,
                timewarp=self.sources.timewarp,
                markers=self.sources.saved_markers,
                kept=self._base.corrected,
                listener=said,
            )
            if self.sources.timewarp == self.sources.folder / "timewarp.json":
                write_records([self.sources.folder], said.note)
            self._base = replace(self._base, corrected=kept)
            self._saved, self._stamp = view.edits, self.sources.stamp()
            self._revision += 1
            return said.notes

    def draw(self) -> None:
        """Draw the overlay of the folder as the review was saved; for whoever saved, when nobody waits."""
        with self._drawing:
            view = self.view()
            draw_again(view.alignment, view.moved, self.sources.saved_markers)

    def _go(self, history: History, note: NoteChange | None) -> None:
        """To another place of the history; what can fail comes first."""
        alignment = self._alignment
        if history.edits.pairs != self._history.edits.pairs:
            alignment = self._fitted(history.edits)
        if note is not None:
            self._notes.put(note.id, note.after)
        self._alignment, self._history = alignment, history
        self._revision += 1

    def _load(self) -> None:
        stamp = self.sources.stamp()
        self._base = open_base(self.sources)
        self._problems: tuple[str, ...] = ()
        start = self._beginning()
        self._history = History(start)
        self._alignment = self._fitted_or_not(start)
        self._notes = self._note_book()
        self._stamp = stamp

    def _reload(self) -> None:
        """The folder was aligned anew, or its review saved by another program: what was not saved here stays, on what
        the folder is now, with the pairs that it was given since; what was saved is as the folder says.
        """
        history, before = self._history, self._history.edits
        unsaved = before != self._saved
        self._load()
        self._revision += 1
        after = self._history.edits
        if not history.steps:
            return
        if unsaved:
            known = [p for one in history.steps for edits in (one.before, one.after) for p in _plain(edits)]
            after = _with_pairs(before, [pair for pair in _plain(after) if not _near(pair, known)])
        if after != before:
            history = history.step(Step("what is in the folder since", before, after))
        self._alignment, self._history = self._fitted_or_not(after), history

    def _beginning(self) -> Edits:
        """The edits of `review.json`, and pairs that the alignment was given since."""
        review = read_review(self.sources.folder)
        given = [UserPair(*pair) for pair in self._base.alignment.pairs.of_user]
        media = self._base.alignment.media_ref, self._base.alignment.media_new
        if review is not None and not is_of(review, media):
            self._problems = (*self._problems, "review.json is of other recordings, so nothing is taken from it")
            review = None
        if review is None:
            self._saved = _with_pairs(Edits(), given)
            return self._saved
        self._saved = Edits.from_dict(review)
        seen = [UserPair(*map(float, pair)) for pair in review.get("seen", ())]
        return _with_pairs(self._saved, [pair for pair in given if not _near(pair, seen)])

    def _fitted_or_not(self, edits: Edits) -> Alignment:
        try:
            return self._fitted(edits)
        except MtbsyncError as error:
            self._problems = (*self._problems, f"your pairs do not fit this alignment: {error.message}")
            return self._base.alignment

    def _fitted(self, edits: Edits) -> Alignment:
        return refit(self._base.alignment, _plain(edits))

    def _note_book(self) -> NoteBook:
        root = notes_root(self.sources.folder, self._roots)
        memory = None if self.writable else self._memory
        return note_book(root, self._base.alignment.media_ref, self.sources, self.run, memory=memory)

    def _noted(self) -> tuple[list[Note], tuple[str, ...]]:
        try:
            return self._notes.notes(), ()
        except MtbsyncError as error:
            return [], (error.message,)

    def _reference_track(self) -> Track | None:
        """Where the reference went, for distances; read once."""
        if self._track is None:
            media, track = self._base.reference, None
            if media is not None:
                try:
                    track = read_telemetry(media).track
                except MtbsyncError:  # no distance then; whoever plays the file says what is wrong with it
                    track = None
            self._track = (track,)
        return self._track[0]


def _plain(edits: Edits) -> list[UserPair]:
    return [UserPair(pair.ref_s, pair.new_s) for pair in edits.pairs]


def _with_pairs(edits: Edits, given: list[UserPair]) -> Edits:
    for pair in given:
        if not _near(pair, _plain(edits)):
            one = NotedPair(next_id("P", [p.id for p in edits.pairs]), pair.ref_s, pair.new_s)
            edits = replace(edits, pairs=(*edits.pairs, one))
    return edits


def _near(pair: UserPair, others: list[UserPair]) -> bool:
    return any(abs(pair.ref_s - o.ref_s) <= SAME_S and abs(pair.new_s - o.new_s) <= SAME_S for o in others)
