"""The markers that we wrote: of which two recordings they are, and which of them an editor changed since.

A marker of ours that was moved, renamed, recoloured, noted or made longer is the editor's: it is never deleted.
"""

from __future__ import annotations

from typing import Callable, Mapping, NamedTuple

from .markers import ResolveMarker, Stamp, digest, look_of, stamp_of
from .owners import Owner
from .placed import Placed, owners_of, placed_on
from .recordings import Part, Recording, legacy_pair_digest, pair_digest
from .timeline_clock import TimelineClock


class Ours(NamedTuple):
    """A marker that we wrote, and where it lies on the clips of a recording: nowhere, or on one or several."""

    owner: Owner
    marker: ResolveMarker
    stamp: Stamp
    places: list[Placed]
    was_moved: bool
    is_changed: bool
    """Whether it was moved or looks otherwise than it was written."""

    @property
    def new_s(self) -> float:
        """Seconds of the new run's file where it is; where that is not known, at which it was written."""
        return next((float(place.t_s) for place in self.places if place.certain), self.stamp.new_s)


def ours_on(recording: Recording, found: Mapping[Owner, list[ResolveMarker]], clock: TimelineClock) -> list[Ours]:
    """Our markers among those of the timeline and of the recording's clips, whatever recordings they are of."""
    places: dict[tuple[Owner, int], list[Placed]] = {}
    for one in placed_on(recording, found, clock):
        places.setdefault((one.owner, one.marker.frame), []).append(one)
    ours = []
    for owner in owners_of(recording.clips):
        for marker in found.get(owner, []):
            stamp = stamp_of(marker)
            if stamp is not None:
                on = places.get((owner, marker.frame), [])
                moved = _was_moved(marker, stamp, on)
                changed = moved or (bool(stamp.look) and look_of(marker) != stamp.look)
                ours.append(Ours(owner, marker, stamp, on, moved, changed))
    return ours


def stamp_for(run_id: str, reference: Recording, new: Recording, ref_part: Part, new_part: Part) -> Stamp:
    """The stamp of a marker that is carried from the one file to the other, without its places and its look."""
    # A trail pack has no clips.
    ref_id, new_id = (id_digest(part.clips[0].media_id if part.clips else "") for part in (ref_part, new_part))
    pair = pair_digest(reference, new)
    return Stamp(run_id, pair, file_digest(ref_part), file_digest(new_part), ref_id, new_id)


def file_digest(part: Part) -> str:
    """Four letters for the name of a file, wherever it lies."""
    return digest(part.stem, 4)


def is_of_pair(stamp: Stamp, reference: Recording, new: Recording, is_elsewhere: Callable[[str], bool]) -> bool:
    """Whether a marker was carried from the one recording to the other.

    Clips keep their ids in the media pool when their files are moved and relinked; files that are brought in again keep
    their names. Where another clip on the timeline has the id that the stamp tells of, there are two recordings of one
    name, and the marker is of that other.

    Args:
        is_elsewhere: whether the digest is that of a clip on the timeline that shows another recording.
    """
    if not stamp.look:
        return stamp.pair == legacy_pair_digest(reference, new)
    strange = [
        told
        for told, recording in ((stamp.ref_id, reference), (stamp.new_id, new))
        if told not in {id_digest(clip.media_id) for clip in recording.clips}
    ]
    if not strange:
        return True
    if stamp.pair != pair_digest(reference, new):
        return False
    return not any(map(is_elsewhere, strange))


def _was_moved(marker: ResolveMarker, stamp: Stamp, on: list[Placed]) -> bool:
    """Whether it lies elsewhere on its owner and in its file: clips are moved on timelines, with markers or without."""
    if not stamp.look or marker.frame == stamp.at:
        return False
    return not any(not one.certain or abs(float(one.t_s) - stamp.new_s) < float(one.frame_s) / 2 for one in on)


def id_digest(media_id: str) -> str:
    """Six letters for the id of a clip in the media pool."""
    return digest(media_id, 6)
