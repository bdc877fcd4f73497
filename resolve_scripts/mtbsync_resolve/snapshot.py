"""The timeline or the Media Pool as a transfer finds it: the reference and its markers, new runs, what is skipped."""

from __future__ import annotations

from typing import NamedTuple

from .calls import call_dict, call_object
from .errors import ScriptError
from .ours import id_digest
from .pairs import Pair, pairs_between
from .placed import Found, read_all
from .recordings import Recording, key_of, laps_of, recordings_of
from .reference import MarkedRecording, ReferenceMarker, find_reference
from .selection import read_selection
from .session import Session, TrackItem
from .settings import Settings
from .texts import text
from .timeline_clock import TimelineClock


class Snapshot(NamedTuple):
    """What was read of the timeline or the Media Pool when a run began."""

    place_id: str
    """As that of the session."""
    clock: TimelineClock
    reference: MarkedRecording
    because: str
    """How the reference was told from the new runs, to follow on "as"."""
    new: list[Recording]
    unselected: list[TrackItem]
    """Other items of the video tracks."""
    remarks: list[str]
    """What was skipped, and what else the person should know."""
    found: Found
    """All markers of the timeline and of the clips."""
    left_out: tuple[ReferenceMarker, ...] = ()
    """Markers of the reference that are not to be carried now; what an earlier run wrote of them stays."""

    def pairs(self, new: Recording) -> list[Pair]:
        """Moments of the reference and of a new run that a person says match. Raises as `pairs_between`."""
        of = self.reference.recording
        return pairs_between(of, new, self.found, self.clock, lambda told: self.has_elsewhere(told, new))

    def has_elsewhere(self, told: str, new: Recording) -> bool:
        """Whether a clip of the media pool, known by the digest of its id, is on the timeline for another recording."""
        mine = (self.reference.recording.key, new.key)
        if any(id_digest(clip.media_id) == told for one in self.new if one.key not in mine for clip in one.clips):
            return True
        other = next((one for one in self.unselected if one.media_id and id_digest(one.media_id) == told), None)
        pool = call_object(other.item, "GetMediaPoolItem") if other is not None else None
        return pool is not None and key_of(str(call_dict(pool, "GetClipProperty").get("File Path"))) not in mine


def take_snapshot(session: Session, settings: Settings, *, many: bool, pack: MarkedRecording | None = None) -> Snapshot:
    """Reads it; with `many`, more than one new run may be chosen. Beside a trail pack all of them are new.

    Raises ScriptError where the selection does not say which markers are to be carried where.
    """
    clock, clips, others, skipped, how = read_selection(session, settings)
    recordings = recordings_of(clips)
    if pack is not None and not recordings:
        raise ScriptError(text("new_needed", how=how), " ".join(skipped))
    if pack is None and len(recordings) == 1 and len(clips) > 1:
        recordings = laps_of(recordings[0])
    if pack is None and len(recordings) < 2:
        name = recordings[0].name if recordings else text("none")
        raise ScriptError(text("two_needed", how=how, name=name), " ".join(skipped))
    found = read_all(session.timeline, clips)
    if pack is not None:
        reference, because = pack, text("because_named")
    else:
        reference, because = find_reference(recordings, found, clock, settings)
    new = [one for one in recordings if one is not reference.recording]
    if len(new) > 1 and not many:
        names = ", ".join(one.name for one in new)
        raise ScriptError(text("many_new", names=names), text("many_new_hint"))
    mixed = [clip.where(clock) for one in new for clip in one.clips if not clip.counts_alike]
    if mixed and settings.write_to == "clip":
        raise ScriptError(text("not_to_clips", clips=", ".join(mixed)), text("not_to_clips_hint"))
    remarks = [*skipped, text("clips_are", how=how)]
    remarks += [f"{clip.where(clock)}: {remark}" for clip in clips for remark in clip.remarks]
    remarks += reference.remarks
    return Snapshot(session.place_id, clock, reference, because, new, others, remarks, found)
