"""The leaderboard: every pair through whole programs, as a user would start them.

    python benchmarks/run.py [--cache DIR] [--sets easy,hard] [--seeds 1-20] [--methods ours,orb] [--peer] [--write]

Renders what is missing, measures what has not been measured with this version (the commit, or `--label`), keeps every
result, and prints the table; `--kept` measures nothing. `--peer` adds the original, which is installed into the cache.
The slow methods are measured on the first `--slow-seeds` seeds of each set.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.decode_floor import decode_floor
from benchmarks.methods import METHODS, SLOW, commit, label_of, run_method
from benchmarks.renders import file_of
from benchmarks.report import leaderboard, measured, write_part
from benchmarks.results import Result, load_result, save_result
from benchmarks.score import best_of
from benchmarks.sets import SETS, Pair, add_options, base_options, names, pairs_of

DEFAULT_METHODS = tuple(method for method in METHODS if method != "original")


def jobs(sets: Sequence[str], methods: Sequence[str], given: argparse.Namespace) -> Iterator[tuple[Pair, str]]:
    """Every pair with every method, set by set."""
    base = base_options(given)
    for name in sets:
        for number, pair in enumerate(pairs_of(name, given.seeds, base)):
            for method in methods:
                if method not in SLOW or number < given.slow_seeds or name == "real":
                    yield pair, method


def measure(pair: Pair, method: str, label: str, cache: Path, threads: int) -> Result | None:
    """Run a method on a pair and keep what it gave; None where this version does not know the method."""
    ref, new = file_of(cache, pair.ref), file_of(cache, pair.new)
    with tempfile.TemporaryDirectory() as folder:
        answer = run_method(method, ref, new, Path(folder), cache=cache, threads=threads)
    if answer is None:
        return None
    result = Result(
        of_set=pair.of_set,
        pair=pair.name,
        key=pair.key,
        method=method,
        label=label,
        day=date.today().isoformat(),
        verdict=answer.verdict,
        seconds=answer.cost.seconds,
        peak_mb=answer.cost.peak_mb,
        floor_s=decode_floor(ref, new, threads),
        errors=best_of([answer.errors(truth) for truth in pair.truths]) if pair.truths else None,
    )
    save_result(cache, result)
    return result


def main() -> None:
    """Measure what is asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser)
    parser.add_argument("--sets", type=names(SETS), default=list(SETS), help=f"of {', '.join(SETS)}")
    parser.add_argument("--methods", type=names(METHODS), default=list(DEFAULT_METHODS), help=", ".join(METHODS))
    parser.add_argument("--peer", action="store_true", help="the original as well")
    parser.add_argument("--slow-seeds", type=int, default=2, help="seeds a set for the slow methods (2)")
    parser.add_argument("--label", help="a name for this version of the program in place of its commit")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--kept", action="store_true", help="only what was measured before")
    parser.add_argument("--write", action="store_true", help="put the table into benchmarks/README.md")
    given = parser.parse_args()
    methods = [*given.methods, *(["original"] if given.peer and "original" not in given.methods else [])]
    ours = given.label or commit()
    results = []
    for pair, method in jobs(given.sets, methods, given):
        label = label_of(method, ours)
        # A program that differs from its commit may differ from itself of yesterday.
        kept = (
            None if label.endswith("-dirty") and not given.kept else load_result(given.cache, pair.key, method, label)
        )
        result = kept if kept or given.kept else measure(pair, method, label, given.cache, given.threads)
        if result is None:
            continue
        results.append(result)
        if not kept:
            print(leaderboard([result], [method]).splitlines()[-1].replace(pair.of_set, pair.name, 1), flush=True)
    text = measured(ours, [result.day for result in results]) + leaderboard(results, methods)
    print("\n" + text)
    if given.write:
        write_part("table", text)


if __name__ == "__main__":
    main()
