"""`new_markers.csv`, the result of a transfer, out and in again, with its provenance in a `.json` beside it.

Reading is the exact inverse of writing, to the microsecond, and also works after a spreadsheet has saved the file.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any, cast, get_args

from mtbsync_core.errors import FormatError, UsageError
from mtbsync_core.files import read_object, replacing, write_json
from mtbsync_core.markers import COLOURS, Marker, MovedMarker, Status
from mtbsync_core.mediainfo import MediaInfo
from mtbsync_core.table import Row, cell, column_key, has_decimal_commas, parse_number, read_table, unguarded

SCHEMA = "mtbsync.markers"
VERSION = 1

_FIELDS = {
    "marker_id": "source.marker_id",
    "name": "source.name",
    "t_ref": "source.t_s",
    "t_new": "t_new",
    "t_lo": "t_lo",
    "t_hi": "t_hi",
    "confidence": "confidence",
    "needs_review": "needs_review",
    "status": "status",
    "colour": "source.colour",
    "comment": "source.comment",
    "duration": "duration_new_s",
    "duration_ref": "source.duration_s",
    "custom": "source.custom",
}
"""The columns, and which field of a `MovedMarker` each holds."""
_NUMBERS = ("t_ref", "t_new", "t_lo", "t_hi", "confidence", "duration", "duration_ref")
# The original tool calls the new time t_new_est and knows neither spread nor status.
_PLACE = ("file", "t_file")
"""Where `t_new` is in a recording of several files."""
_MOVED_KEYS = frozenset((*_FIELDS, *_PLACE, "color", "t_new_est"))
_EXTRA = "extra:"
_COLOUR = {colour.casefold(): colour for colour in COLOURS}
# A spreadsheet saves the words of its own language or a digit; only a clear no counts as no.
_NO = ("false", "0", "no", "falsch", "faux", "falso")


class NoNewTimesError(FormatError):
    """A marker file without new times: plain reference markers, perhaps."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a marker file comes from: the new recording, the warp file, the verdict on it, the options."""

    media: MediaInfo
    timewarp: Path | None
    verdict: str
    options: dict[str, Any]


def write_moved(
    path: Path, moved: Sequence[MovedMarker], *, label: str | None = None, media: MediaInfo | None = None
) -> None:
    """Write `new_markers.csv`: UTF-8, commas, seconds with 6 decimals, empty where a marker has no place.

    With a new recording `media` of several files each place is also told as `file` and second in it, `t_file`.

    A text that a spreadsheet would run as a formula gets an apostrophe in front (see `table.guarded`), which
    `read_moved` takes away again: nothing is lost, and a stranger's marker name runs nothing. Extra columns come
    last; one that is called like a column of ours is written as `extra:NAME`. `custom` is left out where all are empty.

    Raises:
        UsageError: the file cannot be written.
    """
    extras = list(dict.fromkeys(key for m in moved for key in m.source.extra))
    rows = moved_as_dicts(moved, media)
    columns = [column for column in _FIELDS if column != "custom"]
    columns += _PLACE if media is not None and len(media.files) > 1 else ()
    columns += ["custom"] if any(row["custom"] for row in rows) else []
    columns += ["label"] if label is not None else []
    taken = _MOVED_KEYS | {"", *columns}
    header = [f"{_EXTRA}{k}" if column_key(k) in taken or k.startswith(_EXTRA) else k for k in extras]
    with replacing(path) as scratch, scratch.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(map(cell, (*columns, *header)))
        for row, marker in zip(rows, moved, strict=True):
            values = {**row, "label": label}
            further = (marker.source.extra.get(key, "") for key in extras)
            writer.writerow(map(cell, (*(values[c] for c in columns), *further)))


def moved_as_dicts(moved: Iterable[MovedMarker], media: MediaInfo | None = None) -> list[dict[str, Any]]:
    """The rows of `new_markers.csv` as JSON-ready data: None where there is no place, extra columns apart.

    With the new recording, also the `file` that shows the place and the second in it, `t_file`.
    """
    rows = []
    for m in moved:
        values = {column: attrgetter(path)(m) for column, path in _FIELDS.items()}
        if media is not None:
            file, t_file = (None, None) if m.t_new is None else media.at(m.t_new)
            values |= {"file": file and file.path.name, "t_file": t_file}
        row = {key: round(value, 6) if isinstance(value, float) else value for key, value in values.items()}
        rows.append(row | {"extra": dict(m.source.extra)})
    return rows


def read_moved(path: Path) -> list[MovedMarker]:
    """Inverse of `write_moved`; every marker gets every extra column, and a `label` column is one of them.

    A file of the original tool (`marker_id,t_ref,t_new_est`) is read too: its markers are `doubtful`, since it
    says nothing about how sure they are.

    Raises:
        UsageError: the file is missing or locked.
        NoNewTimesError: it has no column of new times.
        FormatError: a line is damaged; the message names it.
    """
    table = read_table(path, _MOVED_KEYS, exact=True)
    columns = [unguarded(column) for column in table.columns]
    at = {column_key(c): i for i, c in reversed(list(enumerate(columns))) if column_key(c) in _MOVED_KEYS}
    at.setdefault("t_new", at.get("t_new_est", -1))
    at.setdefault("colour", at.get("color", -1))
    if at["t_new"] < 0:
        raise NoNewTimesError(f"{path} has no column t_new; its columns are: {', '.join(columns)}")
    if broken := [problem for problem in table.problems if not problem.kept]:
        raise FormatError(f"{path}: {broken[0]}")
    try:
        decimal_comma = has_decimal_commas(table, [at[key] for key in _NUMBERS if at.get(key, -1) >= 0])
        return [_moved(row, columns, at, decimal_comma) for row in table.rows]
    except FormatError as error:
        raise FormatError(f"{path}: {error.message}", error.hint) from error


def _moved(row: Row, columns: Sequence[str], at: Mapping[str, int], decimal_comma: bool) -> MovedMarker:
    def text(key: str) -> str:
        i = at.get(key, -1)
        return unguarded(row.cells[i]) if i >= 0 else ""

    def number(key: str) -> float | None:
        said = text(key).strip()
        try:
            value = parse_number(said, decimal_comma=decimal_comma) if said else None
        except FormatError as error:
            raise FormatError(f"line {row.line}, column {key}: {error.message}", error.hint) from error
        if value is not None and not math.isfinite(value):
            raise FormatError(f"line {row.line}, column {key}: {said} is too large")
        return value

    t_new, confidence = number("t_new"), number("confidence")
    status = text("status").strip().casefold()
    if not status:
        status = "outside" if t_new is None else "moved" if confidence is not None else "doubtful"
    if status not in get_args(Status) or (t_new is None) != (status in ("outside", "gap")):
        raise FormatError(f"line {row.line}: status {status!r} does not go with t_new {text('t_new')!r}")
    review = text("needs_review").strip().casefold()
    duration = number("duration") or 0.0
    duration_ref = number("duration_ref")
    own = {at[key] for key in (*_FIELDS, *_PLACE) if key in at}
    others = {name: unguarded(row.cells[i]) for i, name in enumerate(columns) if i not in own}
    plain = {name: value for name, value in others.items() if not name.startswith(_EXTRA)}
    prefixed = {name.removeprefix(_EXTRA): value for name, value in others.items() if name not in plain}
    source = Marker(
        name=text("name" if "name" in at else "marker_id"),
        t_s=number("t_ref") or 0.0,
        duration_s=duration if duration_ref is None else duration_ref,
        colour=_COLOUR.get(text("colour").strip().casefold(), text("colour")),
        comment=text("comment"),
        marker_id=text("marker_id"),
        custom=text("custom"),
        extra={**plain, **prefixed},
    )
    return MovedMarker(
        source=source,
        status=cast(Status, status),
        t_new=t_new,
        t_lo=number("t_lo"),
        t_hi=number("t_hi"),
        duration_new_s=duration,
        confidence=confidence or 0.0,
        needs_review=review not in _NO if review else status != "moved",
    )


def provenance_path(csv_path: Path) -> Path:
    """The sidecar of a marker file: the same name with `.json`.

    Raises:
        UsageError: the marker file itself is called .json.
    """
    if csv_path.suffix.casefold() == ".json":
        raise UsageError(f"{csv_path} would be overwritten by its own description", "Call the marker file .csv.")
    return csv_path.with_suffix(".json")


def write_provenance(
    csv_path: Path,
    *,
    media: MediaInfo,
    timewarp: Path | None,
    verdict: str,
    options: Mapping[str, Any],
    visual: Mapping[str, Any] | None = None,
) -> Path:
    """Write beside a marker file what the export needs to know, and return where.

    Args:
        media: the new recording: rate, start timecode and drop flag for editors.
        timewarp: the warp file; written relative to the marker file where it lies in or below its folder.
        verdict: `good`, `check` or `refused`.
        visual: further top-level fields; `--vis-json` puts `params`, `markers` and `label` here, where users of
            the original look for them.

    Raises:
        UsageError: the file cannot be written, or is some other file of ours.
    """
    target = provenance_path(csv_path)
    if (read_object(target) or {}).get("schema", SCHEMA) != SCHEMA:
        hint = f"Call the marker file other than {csv_path.name}."
        raise UsageError(f"{target} is another file of this program", hint)
    warp = None
    if timewarp is not None:
        folder, file = csv_path.parent.absolute(), timewarp.absolute()
        warp = file.relative_to(folder).as_posix() if file.is_relative_to(folder) else str(file)
    own = {
        "schema": SCHEMA,
        "version": VERSION,
        "media": media.as_dict(),
        "timewarp": warp,
        "verdict": verdict,
        "options": dict(options),
    }
    write_json(target, {**own, **{k: v for k, v in (visual or {}).items() if k not in own}})
    return target


def read_provenance(csv_path: Path) -> Provenance | None:
    """The provenance of a marker file, or None where there is none.

    Raises:
        FormatError: the sidecar is ours but damaged or newer than this program.
    """
    target = provenance_path(csv_path)
    data = read_object(target) or {}
    if data.get("schema") != SCHEMA:
        return None
    if (found := data.get("version")) != VERSION:
        raise FormatError(f"{target} has version {found}; this program reads {VERSION}", "Update mtbsync.")
    try:
        warp = csv_path.parent / data["timewarp"] if data["timewarp"] else None
        media = MediaInfo.from_dict(data["media"])
        return Provenance(media, warp, str(data["verdict"]), dict(data["options"]))
    except (KeyError, TypeError, ValueError) as error:
        raise FormatError(f"{target} is damaged: {error}", "Run transfer-markers again.") from error
