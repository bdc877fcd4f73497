"""`review.json`: what a person corrected in the review of a folder, which aligning into that folder again heeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from mtbsync_core.alignment.result import Alignment
from mtbsync_core.alignment.user_pairs import UserPair
from mtbsync_core.files import read_versioned, write_json
from mtbsync_core.jobs.edits import Edits
from mtbsync_core.jobs.listener import Listener
from mtbsync_core.jobs.pair import Media, PairOptions
from mtbsync_core.jobs.results import set_aside
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.version import __version__

NAME = "review.json"
SCHEMA = "mtbsync.review"
VERSION = 1


def read_review(folder: Path) -> dict[str, Any] | None:
    """The content of `review.json`; None where there is none.

    Raises:
        FormatError: it is damaged, or of a later version.
    """

    def made(data: dict[str, Any]) -> dict[str, Any]:
        _pairs(data)
        return data

    return read_versioned(folder / NAME, SCHEMA, VERSION, "Rename it: the review then begins anew.", made)


def told(media: MediaInfo | None) -> dict[str, Any] | None:
    """What tells a recording from others by its description alone: names of its files, frames, length."""
    if media is None:
        return None
    names = [file.path.name for file in media.files]
    return {"files": names, "n_frames": media.n_frames, "duration_s": round(media.duration_s, 3)}


def is_of(review: Mapping[str, Any], media: Media) -> bool:
    """Whether a review is of these recordings; of a recording that is not known nothing speaks against it."""
    sides = zip(("ref", "new"), media, strict=True)
    return all(None in (review.get(name), told(one)) or review[name] == told(one) for name, one in sides)


def write_review(folder: Path, edits: Edits, alignment: Alignment) -> None:
    """Write it; `alignment` is that of the folder, without the corrections.

    Raises:
        UsageError: it cannot be written.
    """
    content = {
        "schema": SCHEMA,
        "version": VERSION,
        "mtbsync": __version__,
        "ref": told(alignment.media_ref),
        "new": told(alignment.media_new),
        **edits.as_dict(),
        "seen": [list(pair) for pair in alignment.pairs.of_user],
    }
    write_json(folder / NAME, content)


def reviewed_edits(folder: Path, media: Media) -> Edits:
    """What was corrected on an alignment of these recordings in this folder; nothing where there is no such review.

    Raises:
        FormatError: as `read_review`.
    """
    review = read_review(folder)
    return Edits() if review is None or not is_of(review, media) else Edits.from_dict(review)


def with_reviewed_pairs(options: PairOptions, folder: Path, media: Media, listener: Listener) -> PairOptions:
    """The options with the pairs that were given by hand in the review of this folder, as if they were `--anchor`.

    Those that contradict an `--anchor` are left out. A review of other recordings is set aside, and nothing is taken
    from it.

    Raises:
        FormatError: the review is damaged, or of a later version.
    """
    review = read_review(folder)
    if review is None:
        return options
    if not is_of(review, media):
        set_aside([folder / NAME], listener)
        return options
    given, pairs = options.known.anchor, _pairs(review)
    if pairs and options.align.method == "affine":
        listener.note(f"a straight line cannot go through the {len(pairs)} pairs of {NAME}: they are left out")
        return options
    kept = [p for p in pairs if all((p.ref_s - g.ref_s) * (p.new_s - g.new_s) > 0 for g in given)]
    if kept:
        said = f"{len(kept)} pair{'s' if len(kept) > 1 else ''} that you gave in the review of {folder}"
        listener.note(f"the map goes through {said}: {', '.join(map(str, kept))}")
    return replace(options, known=replace(options.known, anchor=(*given, *kept)))


def _pairs(review: Mapping[str, Any]) -> list[UserPair]:
    return [UserPair(float(pair["ref_s"]), float(pair["new_s"])) for pair in review["pairs"]]
