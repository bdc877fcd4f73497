"""What pairs: a folder of files by their names, one reference with many new runs, or a manifest."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from mtbsync_core.errors import MtbsyncError, UsageError
from mtbsync_core.files import same_file
from mtbsync_core.media.chapters import chapter_name
from mtbsync_core.media.probe import probe
from mtbsync_core.media.trail_file import is_trail
from mtbsync_core.options import option
from mtbsync_core.runs.manifest import read_manifest
from mtbsync_core.runs.pairing import Pair
from mtbsync_core.runs.run_file import WhoseRun

_EXAMPLE = "See: mtbsync batch --help"
_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOptions:
    """Which recordings pair; one of three ways."""

    input_dir: Path | None = option(
        None,
        argument="INPUT_DIR",
        help="A folder with pairs that are called alike: jump_ref.mp4 and jump_new.mp4. Or give --reference and --new, "
        "or --manifest.",
    )
    ref_suffix: str = option("_ref.mp4", "--ref-suffix", "How the references in INPUT_DIR end.")
    new_suffix: str = option("_new.mp4", "--new-suffix", "How the new runs in INPUT_DIR end.")
    reference: tuple[Path, ...] = option(
        (),
        "--reference",
        "The reference of all of --new. Of several recordings of one trail, the one nearest in season and hour is "
        "taken for each new run; of several as near the one with the strongest evidence.",
        read=Path,
    )
    new: tuple[str, ...] = option(
        (), "--new", "The new runs: files or patterns such as 'runs/*.MP4'. May be given again and again."
    )
    manifest: Path | None = option(
        None,
        "--manifest",
        "A table of pairs with the columns reference and new, and where wanted name, markers, ref_gpx, new_gpx, rider, "
        "bike, date, notes; paths count from its folder.",
    )
    markers: Path | None = option(
        None,
        "--markers",
        "Markers of the reference of every pair; else a .csv called like the reference, where there is one. Without, "
        "no markers are moved.",
    )
    whose: WhoseRun = field(default_factory=WhoseRun)


def plan(options: PlanOptions, note: Callable[[str], None]) -> list[Pair]:
    """The pairs, by their names; one that lacks a file says so as its `problem`.

    Raises:
        UsageError: no way or several are given, or there is nothing to pair.
        FormatError: the manifest cannot be read.
    """
    o = options
    ways = [o.input_dir is not None, bool(o.reference or o.new), o.manifest is not None]
    if sum(ways) != 1:
        said = "several ways to pair are given" if sum(ways) else "it is not said what pairs"
        quotes = " Patterns want quotes: --new 'runs/*.MP4'." if o.new else ""
        raise UsageError(said, f"Give INPUT_DIR, or --reference and --new, or --manifest.{quotes} {_EXAMPLE}")
    if o.markers is not None and not o.markers.is_file() and str(o.markers) != "hilights":
        raise UsageError(f"there is no marker file {o.markers}", "Check --markers.")
    if o.input_dir is not None:
        pairs = _by_suffix(o.input_dir, o.ref_suffix, o.new_suffix, note)
    elif o.manifest is not None:
        pairs = read_manifest(o.manifest, note)
    else:
        pairs = _one_to_many(o.reference, o.new, note)
    pairs = [
        replace(pair, markers=pair.markers or o.markers or _beside(pair), whose=pair.whose.over(o.whose))
        for pair in pairs
    ]
    return [pair.checked() for pair in _named_apart(pairs)]


def _by_suffix(folder: Path, ref_suffix: str, new_suffix: str, note: Callable[[str], None]) -> list[Pair]:
    if not folder.is_dir():
        what = "is a file, not a folder" if folder.exists() else "does not exist"
        raise UsageError(f"{folder} {what}", "INPUT_DIR is the folder with the pairs.")
    if ref_suffix.casefold() == new_suffix.casefold():
        raise UsageError(f"references and new runs both end in {ref_suffix}", "Give two different suffixes.")
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    refs, news = (
        {_stem(path, suffix): path for path in files if _ends(path, suffix)} for suffix in (ref_suffix, new_suffix)
    )
    both = [stem for stem in refs if stem in news]
    for ends, alone, other in ((new_suffix, refs, news), (ref_suffix, news, refs)):
        for stem in alone:
            if stem not in other:
                note(f"{alone[stem].name} has no {alone[stem].name[: len(stem)]}{ends} beside it and is left out")
    if not both:
        names = ", ".join(path.name for path in files[:_SHOWN]) + (", ..." if len(files) > _SHOWN else "")
        raise UsageError(
            f"{folder} holds no pair NAME{ref_suffix} and NAME{new_suffix}; it holds {names or 'no file'}",
            "Say how the names end with --ref-suffix and --new-suffix, or give --reference and --new.",
        )
    return [Pair(refs[stem].name[: len(stem)].rstrip("_-. ") or "pair", (refs[stem],), news[stem]) for stem in both]


def _one_to_many(references: Sequence[Path], patterns: Sequence[str], note: Callable[[str], None]) -> list[Pair]:
    if not references or not patterns:
        missing = "--new" if references else "--reference"
        raise UsageError(f"{missing} is missing", "For example: --reference trail.mp4 --new 'runs/*.MP4'")
    for path in references:
        if not path.is_file():
            raise UsageError(f"there is no reference {path}", "Check --reference.")
    found: list[Path] = []
    for pattern in patterns:
        paths = _matching(Path(pattern))
        files = [path for path in paths if path.is_file()]
        if not files:
            folder = f"{pattern} is a folder" if Path(pattern).is_dir() else f"no file is called {pattern}"
            raise UsageError(folder, f"Give files or a pattern: --new '{Path(pattern) / '*.MP4'}'" if paths else "")
        found += files
    news: list[Path] = []
    for path in dict.fromkeys(found):
        if any(same_file(path, reference) for reference in references):
            note(f"{path.name} is the reference and is left out of the new runs")
        else:
            news.append(path)
    return [Pair(path.stem, tuple(references), path) for path in _first_chapters(news, note)]


def _matching(pattern: Path) -> list[Path]:
    """The file of this name, else those that the pattern matches."""
    if pattern.is_file():
        return [pattern]
    base = Path(pattern.anchor)
    below = str(pattern.relative_to(base)) if pattern.anchor else str(pattern)
    return sorted(base.glob(below))


def _first_chapters(paths: Sequence[Path], note: Callable[[str], None]) -> list[Path]:
    """The files without those that are a later chapter of another one: they are one recording."""
    later: set[Path] = set()
    for path in paths:
        own = chapter_name(path.name)
        beside = [
            other
            for other in paths
            if own is not None and other != path and other.parent == path.parent
            and (name := chapter_name(other.name)) is not None and name.recording == own.recording
        ]  # fmt: skip
        if not beside or path in later:
            continue
        try:
            files = [file.path for file in probe(path).files]
        except MtbsyncError:
            continue  # its pair will say so
        later |= {other for other in beside if any(same_file(other, file) for file in files[1:])}
    if later:
        note(f"{len(later)} files are later chapters of another one and go with it")
    return [path for path in paths if path not in later]


def _beside(pair: Pair) -> Path | None:
    """The marker file that is called like the reference; of a trail pack without one, its own."""
    for path in pair.references:
        if (markers := path.with_suffix(".csv")).is_file():
            return markers
        if is_trail(path):
            return path
    return None


def _named_apart(pairs: Iterable[Pair]) -> list[Pair]:
    """With names that do for folders, and all different, whatever order they come in."""
    named = [replace(pair, name=_safe(pair.name)) for pair in pairs]
    counts = Counter(pair.name.casefold() for pair in named)
    return [
        replace(pair, name=f"{pair.name}-{_mark(pair)}") if counts[pair.name.casefold()] > 1 else pair for pair in named
    ]


def _mark(pair: Pair) -> str:
    """Six letters that tell a pair from another one of the same name."""
    places = [str(path.absolute()) for path in (*pair.references, pair.new)]
    return hashlib.sha256("\n".join(places).encode("utf-8", "surrogateescape")).hexdigest()[:6]


def _safe(name: str) -> str:
    safe = re.sub(r'[\x00-\x1f<>:"/\\|?*]+', "_", name).strip(" .") or "pair"
    reserved = re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d|indexes)(\..*)?", safe)
    return f"{safe}_" if reserved else safe


def _ends(path: Path, suffix: str) -> bool:
    return _whole(path, suffix).casefold().endswith(suffix.casefold())


def _stem(path: Path, suffix: str) -> str:
    """What is left of the name, in small letters."""
    return _whole(path, suffix)[: -len(suffix)].casefold()


def _whole(path: Path, suffix: str) -> str:
    """The name as the suffix counts it: one without a dot is of the name before the dot."""
    return path.name if "." in suffix else path.stem
