"""Footage as riders have it: what is done to a pair, and how many markers are then sure and wrong.

    python benchmarks/adverse.py [--cache DIR] [--sets donkeycar,easy,hard] [--seeds 1-5] [--rows gauges,cut] [--write]

Each row of `adversities.py` (nothing, gauges, handlebar, rider, 9:16, zoom, headlamp, cut, short cut, start) is done to
the files of each pair with OpenCV and PyAV; the truth goes along. A marker at every true moment (one in half a second)
goes through `align_indexes` and `markers.transfer`, so that its status is what a user gets. Columns:

    sure wrong    markers `moved` and more than 0.5 s off
    into cut      markers `moved` though the new run lacks their place by more than 0.3 s
    ends          how far the ends of the gap are from those of the cut, the worst (reference seconds)
    × nothing     the median over that of the same pairs with nothing done

Files and indexes are made once and kept in the cache; results are kept by version (the commit, or `--label`), those of
a changed checkout (`-dirty`) are not. An index that is made differently needs a new `FORMAT`, or another cache.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.adversities import ADVERSITIES, DRAWN, Adversity, write
from benchmarks.methods import commit
from benchmarks.renders import again_of, file_of, index_of
from benchmarks.report import cells, measured, write_part
from benchmarks.score import Errors, Floats, Truth, figures, read_truth, warp_errors
from benchmarks.sets import Pair, add_options, base_options, names, pairs_of
from mtbsync_core.alignment.pipeline import align_indexes
from mtbsync_core.alignment.result import Alignment
from mtbsync_core.errors import EvidenceError
from mtbsync_core.files import write_json
from mtbsync_core.markers import Marker, transfer
from mtbsync_core.media.probe import probe
from mtbsync_core.warp import TimeWarp

LAPS = Path(__file__).resolve().parents[1] / "tests" / "data" / "donkeycar_laps"
SETS = ("donkeycar", "easy", "hard")
_ROWS = tuple(what.name for what in ADVERSITIES)
_WRONG_S, _INSIDE_S, _EVERY_S = 0.5, 0.3, 0.5
_NONE = "–"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A row done to a pair. Of its true moments: `error_s` and `sigma_s`, None where there is no answer, and the
    `status` of a marker there; `lacking`: the statuses of markers at places that were cut out; `ends_s`: how far the
    ends of the gap are off, reference seconds, None without one.
    """

    of_set: str
    pair: str
    row: str
    verdict: str
    error_s: list[float | None]
    sigma_s: list[float | None]
    status: list[str]
    lacking: list[str]
    ends_s: tuple[float, float] | None

    @property
    def errors(self) -> Errors:
        """As the tables take them."""
        return Errors(np.array(self.error_s, np.float64), np.array(self.sigma_s, np.float64))

    @property
    def sure_wrong(self) -> int:
        """Markers `moved` and more than half a second off."""
        return sum(s == "moved" and abs(e or 0.0) > _WRONG_S for s, e in zip(self.status, self.error_s, strict=True))


def adverse_pairs(name: str, seeds: Sequence[int], given: argparse.Namespace) -> Iterator[Pair]:
    """The pairs of a set that something is done to."""
    if name == "donkeycar":
        yield Pair(name, name, LAPS / "lap1.mp4", LAPS / "lap2.mp4", (read_truth(LAPS / "truth.csv"),))
    else:
        yield from pairs_of(name, seeds, base_options(given))


def measure(pair: Pair, what: Adversity, cache: Path, threads: int) -> Outcome:
    """Make the files that are not there, align them, and carry a marker of every true moment over."""
    sources = file_of(cache, pair.ref), file_of(cache, pair.new)
    new_s = probe(sources[1]).duration_s
    made = [_made(cache, path, what, side) for side, path in enumerate(sources)]
    indexes = [index_of(cache, *sides, threads=threads) for sides in (made, made[::-1])]
    try:
        found: Alignment | None = align_indexes(
            *indexes, threads=threads, again=partial(again_of, cache, threads=threads)
        )
    except EvidenceError:
        found = None
    warp = found.usable_warp() if found is not None and found.usable else None
    (truth,) = pair.truths
    changed = _changed(truth, what, new_s)
    errors = warp_errors(warp, changed)
    step = max(1, round(_EVERY_S / float(np.median(np.diff(changed.ref_s)))))
    few = slice(None, None, step)
    start, end = what.missing(new_s)
    deep = (truth.new_s > start + _INSIDE_S) & (truth.new_s < end - _INSIDE_S) & (what.cut_s > 0)
    return Outcome(
        of_set=pair.of_set,
        pair=pair.name,
        row=what.name,
        verdict=found.verdict if found is not None else "refused",
        error_s=_numbers(errors.error_s[few]),
        sigma_s=_numbers(errors.sigma_s[few]),
        status=_statuses(changed.ref_s[few], warp),
        lacking=_statuses(what.ref_clock(truth.ref_s[deep])[few], warp),
        ends_s=_ends(warp, truth, what, new_s) if warp is not None and what.cut_s else None,
    )


def _made(cache: Path, source: Path, what: Adversity, side: int) -> Path:
    if not (what.new if side else what.ref) and not (what.cut_s or what.stands_s if side else what.late_s):
        return source
    name = hashlib.sha256(f"{DRAWN} {source.name} {source.stat().st_size} {what.name} {side}".encode()).hexdigest()[:16]
    path = cache / "adverse" / f"{name}.mp4"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write(source, path, what, side)
    return path


def _changed(truth: Truth, what: Adversity, new_s: float) -> Truth:
    """The true moments that both changed runs have, on their clocks."""
    ref, new = what.ref_clock(truth.ref_s), what.new_clock(truth.new_s, new_s)
    there = (ref >= 0) & np.isfinite(new)
    return Truth(ref[there], new[there])


def _statuses(ref_s: Floats, warp: TimeWarp | None) -> list[str]:
    if warp is None:
        return ["refused"] * len(ref_s)
    return [moved.status for moved in transfer([Marker("", float(t)) for t in ref_s], warp)]


def _ends(warp: TimeWarp, truth: Truth, what: Adversity, new_s: float) -> tuple[float, float] | None:
    """How far the ends of the gap that covers most of the cut are from the true ones, in reference seconds."""
    first, last = what.ref_clock(np.interp(what.missing(new_s), truth.new_s, truth.ref_s))
    gaps = [(float(warp.ref_s[i]), float(warp.ref_s[i + 1])) for i in warp.gaps]
    common, start, end = max(((min(b, last) - max(a, first), a, b) for a, b in gaps), default=(0.0, 0.0, 0.0))
    return (start - float(first), end - float(last)) if common > 0 else None


def _numbers(values: Floats) -> list[float | None]:
    return [round(float(v), 6) if np.isfinite(v) else None for v in values]


def kept_or_measured(pair: Pair, what: Adversity, label: str, cache: Path, threads: int) -> Outcome:
    """The outcome of this version, measured once."""
    path = cache / "adverse" / "results" / f"{pair.key}-{what.name.replace(':', '_')}-{DRAWN}-{label}.json"
    if path.exists() and not label.endswith("-dirty"):
        return Outcome(**json.loads(path.read_text(encoding="utf-8")))
    outcome = measure(pair, what, cache, threads)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, asdict(outcome))
    return outcome


_COLUMNS = "set, row, pairs, verdict, median s, P95, own 90 % holds, placed, sure wrong, into cut, ends s, × nothing"


def table(outcomes: Sequence[Outcome]) -> str:
    """A row for each set and adversity, its pairs pooled."""
    columns = _COLUMNS.split(", ")
    lines = [cells(columns), "|---" * len(columns) + "|"]
    groups: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault((outcome.of_set, outcome.row), []).append(outcome)
    for (of_set, _), group in groups.items():
        lines.append(line(group, groups.get((of_set, _ROWS[0]), [])))
    return "\n".join(lines) + "\n"


def line(group: Sequence[Outcome], plain: Sequence[Outcome]) -> str:
    """One row of the table, of one pair or more; `plain` are the outcomes of the same with nothing done."""
    score, before = (figures([o.errors for o in some]) if some else None for some in (group, plain))
    verdicts = Counter(o.verdict for o in group)
    said = ", ".join(v if len(verdicts) == 1 else f"{n} {v}" for v, n in verdicts.most_common())
    told = [_NONE] * 4
    if score:
        told = [
            f"{score.median:.3f}",
            f"{score.p95:.3f}",
            f"{100 * score.in_90:.0f} %",
            f"{100 * score.coverage:.0f} %",
        ]
    lacking = [status for o in group for status in o.lacking]
    into = f"{lacking.count('moved')} of {len(lacking)}" if lacking else _NONE
    cuts = [o.ends_s for o in group if o.lacking]
    ends = _NONE
    if cuts:
        ends = "none" if None in cuts else f"{max(abs(s) for pair in cuts if pair for s in pair):.2f}"
    ratio = f"{score.median / before.median:.1f}" if score and before and before.median else _NONE
    wrong = f"{sum(o.sure_wrong for o in group)} of {sum(len(o.status) for o in group)}"
    return cells([group[0].of_set, group[0].row, str(len(group)), said, *told, wrong, into, ends, ratio])


def main() -> None:
    """Measure what is asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser, seeds="1-5")
    parser.add_argument("--sets", type=names(SETS), default=list(SETS), help=f"of {', '.join(SETS)}")
    parser.add_argument("--rows", type=names(_ROWS), default=list(_ROWS), help=f"of {', '.join(_ROWS)}")
    parser.add_argument("--label", help="a name for this version of the program in place of its commit")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="put the table into benchmarks/README.md")
    given = parser.parse_args()
    label = given.label or commit()
    outcomes = []
    for name in given.sets:
        for pair in adverse_pairs(name, given.seeds, given):
            plain: list[Outcome] = []
            for what in (w for w in ADVERSITIES if w.name in given.rows):
                outcome = kept_or_measured(pair, what, label, given.cache, given.threads)
                plain = [outcome] if what.name == _ROWS[0] else plain
                print(line([outcome], plain).replace(name, pair.name, 1), flush=True)
                outcomes.append(outcome)
    text = measured(label) + table(sorted(outcomes, key=lambda o: (SETS.index(o.of_set), _ROWS.index(o.row))))
    print("\n" + text)
    if given.write:
        write_part("adverse", text)


if __name__ == "__main__":
    main()
