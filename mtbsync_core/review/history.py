"""`History`: what was changed in a review, step by step, to be undone and done again. A value."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mtbsync_core.jobs.edits import Edits
from mtbsync_core.review.notes import Note


@dataclass(frozen=True, slots=True)
class NoteChange:
    """A note before and after; None where there is none."""

    id: str
    before: Note | None
    after: Note | None

    def undone(self) -> NoteChange:
        """The change that takes this one back."""
        return NoteChange(self.id, self.after, self.before)


@dataclass(frozen=True, slots=True)
class Step:
    """One change, in words and in values."""

    label: str
    before: Edits
    after: Edits
    note: NoteChange | None = None


@dataclass(frozen=True, slots=True)
class History:
    """The steps taken; `done` of them hold, those behind were undone."""

    edits: Edits
    steps: tuple[Step, ...] = ()
    done: int = 0

    def step(self, step: Step) -> History:
        """With one more; what was undone before it is gone."""
        return History(step.after, (*self.steps[: self.done], step), self.done + 1)

    @property
    def undoes(self) -> Step | None:
        """What undo takes back."""
        return self.steps[self.done - 1] if self.done else None

    @property
    def redoes(self) -> Step | None:
        """What redo does again."""
        return self.steps[self.done] if self.done < len(self.steps) else None

    def undone(self) -> History:
        """Without the last step."""
        step = self.undoes
        return self if step is None else replace(self, edits=step.before, done=self.done - 1)

    def redone(self) -> History:
        """With the last step that was undone."""
        step = self.redoes
        return self if step is None else replace(self, edits=step.after, done=self.done + 1)
