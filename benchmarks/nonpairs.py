"""Refusal: pairs of which nothing, or only a part, is common; a false accept here would be a marker in a wrong place.

    python benchmarks/nonpairs.py [--cache DIR] [--render] [--write]

Crossed by their indexes with the product's own options, so that the verdict is the product's: 100 pairs of other trails
(easy and hard new runs in turn), 50 of other trails grown with the same plants on the same ground, 20 forks (the first
40 % are common, of the rest nothing may be mapped), 20 runs backwards (an index turned round, no second encoding),
and all real recordings with each other, forwards and backwards. Runs are shared between pairs. The same trails, which must not be
refused, stand below. `--render` only makes the recordings.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.renders import Source
from benchmarks.sets import add_options, base_options, real_pairs, render_all
from mtbsync_core.demo.footage import fork, plain, truths
from mtbsync_core.demo.plan import DemoOptions

OTHERS = 5
"""So many other trails is each reference crossed with."""
LOOK, LOOK_SEEDS, LOOK_CROSSINGS = 400, range(401, 409), 50


@dataclass(frozen=True, slots=True)
class Crossing:
    """A pair and what it is: `same` is to be accepted, `fork` up to `fork_new_s` of the new clock, all else refused."""

    kind: str
    ref: Source
    new: Source
    backwards: bool = False
    fork_new_s: float | None = None


def crossings(seeds: Sequence[int], base: DemoOptions) -> Iterator[Crossing]:
    """All pairs: the simulated ones of `seeds`, of the family of one look, and the real ones."""
    refs, easy, hard = {}, {}, {}
    for seed in seeds:
        (refs[seed], easy[seed]) = plain(replace(base, seed=seed))
        hard[seed] = plain(replace(base, seed=seed, difficulty="hard"))[1]
    for i, seed in enumerate(seeds):
        for away in range(1, min(OTHERS, len(seeds) - 1) + 1):
            new = (easy, hard)[away % 2][seeds[(i + away) % len(seeds)]]
            yield Crossing("other trail", refs[seed], new)
    family = [plain(replace(base, seed=seed, look=LOOK)) for seed in LOOK_SEEDS]
    strangers = [(a, b) for a, (ref, _) in enumerate(family) for b in range(len(family)) if a != b]
    for a, b in strangers[:LOOK_CROSSINGS]:
        yield Crossing("other trail, same look", family[a][0], family[b][1])
    for seed in seeds:
        ref, new = fork(replace(base, seed=seed))
        ((_, common_new_s),) = truths(ref, new)
        yield Crossing("fork", ref, new, fork_new_s=float(common_new_s[-1]))
    for seed in seeds:
        yield Crossing("backwards", refs[seed], easy[seed], backwards=True)
    yield from _real()
    for seed in seeds:
        yield Crossing("same", refs[seed], easy[seed])
        yield Crossing("same, hard", refs[seed], hard[seed])
    for ref, new in family:
        yield Crossing("same", ref, new)


def _real() -> Iterator[Crossing]:
    pairs = list(real_pairs())
    for pair in pairs:
        yield Crossing("same, real", pair.ref, pair.new)
        yield Crossing("same, real", pair.new, pair.ref)
        yield Crossing("real, backwards", pair.ref, pair.new, backwards=True)
        yield Crossing("real, backwards", pair.new, pair.ref, backwards=True)
        for other in pairs:
            if other is not pair:
                yield from (Crossing("real", a, b) for a in (pair.ref, pair.new) for b in (other.ref, other.new))


def main() -> None:
    """Render or cross."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser, seconds=24.0, seeds="301-320")
    parser.add_argument("--render", action="store_true", help="only make the recordings that are not there yet")
    given = parser.parse_args()
    chosen = list(crossings(given.seeds, base_options(given)))
    if given.render:
        render_all(given.cache, [source for crossing in chosen for source in (crossing.ref, crossing.new)])
        return


if __name__ == "__main__":
    main()
