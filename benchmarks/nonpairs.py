"""Refusal: pairs of which nothing, or only a part, is common; a false accept here would be a marker in a wrong place.

    python benchmarks/nonpairs.py [--cache DIR] [--label NAME] [--render] [--write]

Crossed by their indexes with the product's own options, so that the verdict is the product's: 100 pairs of other trails
(easy and hard new runs in turn), 50 of other trails grown with the same plants on the same ground, 100 of such trails
that besides lead through the same types of scene in the same order (`scene`), 20 forks (the first 40 % are common, of
the rest nothing may be mapped), 20 runs backwards (an index turned round, no second encoding), and all real recordings
with each other, forwards and backwards. Runs are shared between pairs. The same trails, which
must not be refused, stand below. `--render` only makes the recordings. What was crossed with one version (the commit,
or `--label`) is kept, so that a run that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.footage import Footage, fork, plain, truths
from benchmarks.methods import commit
from benchmarks.renders import Source, again_of, fingerprint, index_of
from benchmarks.report import cells, measured, write_part
from benchmarks.sets import add_options, base_options, real_pairs, render_all
from mtbsync_core.alignment.pipeline import align_indexes
from mtbsync_core.alignment.result import Alignment
from mtbsync_core.demo.plan import DemoOptions
from mtbsync_core.errors import EvidenceError
from mtbsync_core.vision.index import FrameIndex

Again = Callable[[FrameIndex], FrameIndex]

OTHERS = 5
"""So many other trails is each reference crossed with."""
LOOK, LOOK_SEEDS, LOOK_CROSSINGS = 400, range(401, 409), 50
SCENES, SCENE_TRAILS = range(501, 506), 5
"""Orders of scene types, and trails of each: 5 x 4 crossings of two of them."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """A pair and what it is: `same` is to be accepted, `fork` up to `fork_new_s` of the new clock, all else refused."""

    kind: str
    ref: Source
    new: Source
    backwards: bool = False
    fork_new_s: float | None = None

    @property
    def key(self) -> str:
        """Names the crossing among kept ones."""
        return f"{fingerprint(self.ref)}-{fingerprint(self.new)}{'-backwards' * self.backwards}"


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
    scenes = [_of_scenes(order, base) for order in SCENES]
    for trails in scenes:
        for a, (ref, _) in enumerate(trails):
            yield from (Crossing("scene", ref, new) for b, (_, new) in enumerate(trails) if a != b)
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
    for trails in scenes:
        yield Crossing("same, scene", *trails[0])


def _of_scenes(order: int, base: DemoOptions) -> list[tuple[Footage, Footage]]:
    """Pairs of trails of one look and one order of scene types."""
    return [plain(replace(base, seed=100 * order + n, look=order, scenes=order)) for n in range(SCENE_TRAILS)]


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


@dataclass(frozen=True, slots=True)
class Crossed:
    """What the product said of a crossing: evidence in nats per second of what it mapped, and how far (nats) that leads
    the best of the new run reversed and shuffled; for a fork the share of the foreign part that is not mapped.
    """

    kind: str
    verdict: str
    evidence_per_s: float
    lead: float
    foreign_gap: float | None


def cross(crossing: Crossing, ref: FrameIndex, new: FrameIndex, again: Again) -> Crossed:
    """Align two indexes with the product's options, and `again` those of the second describer where it looks again."""
    turned = backwards(new) if crossing.backwards else new

    def again_turned(one: FrameIndex) -> FrameIndex:
        return backwards(again(new)) if crossing.backwards and one.key == new.key else again(one)

    try:
        found = align_indexes(ref, turned, again=again_turned)
    except EvidenceError:
        return Crossed(crossing.kind, "refused", 0.0, 0.0, None)
    quality = found.quality.as_dict()
    lead = quality["evidence"] - max(quality["null_evidence"], 0.0)
    return Crossed(crossing.kind, found.verdict, quality["evidence_per_s"], lead, _foreign_gap(crossing, found))


def backwards(index: FrameIndex) -> FrameIndex:
    """The index of the same recording played from its end."""
    t_s = index.media.duration_s - index.t_s[::-1]
    return replace(index, t_s=t_s, descriptors=index.descriptors[::-1], features=index.features[::-1])


def _foreign_gap(crossing: Crossing, found: Alignment) -> float | None:
    if crossing.fork_new_s is None or found.warp is None or found.media_new is None or not found.usable:
        return None
    foreign = np.arange(crossing.fork_new_s, found.media_new.duration_s, 0.1)
    return float(np.isnan(found.warp.to_ref(foreign)).mean())


def cross_all(chosen: Sequence[Crossing], cache: Path, label: str, threads: int) -> list[Crossed]:
    """Cross what has not been crossed with this version, and tell of what comes out wrong."""
    sources = {fingerprint(source): source for crossing in chosen for source in (crossing.ref, crossing.new)}
    cache.mkdir(parents=True, exist_ok=True)
    book = cache / f"crossings-{label}.jsonl"
    if label.endswith("-dirty"):
        book.unlink(missing_ok=True)  # a program that differs from its commit may differ from itself of yesterday
    book.touch()
    lines = map(json.loads, book.read_text(encoding="utf-8").splitlines())
    kept = {line.pop("key"): Crossed(**line) for line in lines}
    print(f"{sum(crossing.key in kept for crossing in chosen)} of {len(chosen)} crossings are kept", flush=True)

    @lru_cache(maxsize=16)
    def index(name: str) -> FrameIndex:
        return index_of(cache, sources[name], threads=threads)

    crossed = []
    for number, crossing in enumerate(chosen, start=1):
        if crossing.key not in kept:
            sides = index(fingerprint(crossing.ref)), index(fingerprint(crossing.new))
            found = cross(crossing, *sides, partial(again_of, cache, threads=threads))
            with book.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"key": crossing.key, **asdict(found)}) + "\n")
            _tell(number, len(chosen), found)
            kept[crossing.key] = found
        crossed.append(kept[crossing.key])
    return crossed


def _tell(number: int, total: int, found: Crossed) -> None:
    if found.foreign_gap is not None:
        print(f"{number}: {found.kind}: {100 * found.foreign_gap:.0f} % of the foreign part is gap", flush=True)
    elif found.kind.startswith("same") == (found.verdict == "refused"):
        print(f"{number}: {found.kind}: {found.verdict}, {found.evidence_per_s:.2f} nats/s", flush=True)
    if number % 20 == 0:
        print(f"{number}/{total}", flush=True)


def table(crossed: Sequence[Crossed]) -> str:
    """A row for each kind: verdicts, and the spread of the two figures that decide."""
    columns = ["kind", "pairs", "refused", "check", "good", "evidence per s: least", "median", "most"]
    lines = [cells([*columns, "lead: least", "median", "most"]), "|---" * (len(columns) + 3) + "|"]
    for kind in dict.fromkeys(c.kind for c in crossed):
        group = [c for c in crossed if c.kind == kind]
        counts = [str(sum(c.verdict == verdict for c in group)) for verdict in ("refused", "check", "good")]
        rates = np.percentile([c.evidence_per_s for c in group], (0, 50, 100))
        leads = np.percentile([c.lead for c in group], (0, 50, 100))
        spread = [*(f"{rate:.2f}" for rate in rates), *(f"{lead:.0f}" for lead in leads)]
        lines.append(cells([kind, str(len(group)), *counts, *spread]))
    return "\n".join(lines) + "\n"


def summary(crossed: Sequence[Crossed]) -> str:
    """The three promises in words."""
    strangers = [c for c in crossed if c.kind != "fork" and not c.kind.startswith("same")]
    same = [c for c in crossed if c.kind.startswith("same")]
    gaps = [c.foreign_gap for c in crossed if c.foreign_gap is not None]
    lines = [
        f"{sum(c.verdict != 'refused' for c in strangers)} false accepts among {len(strangers)} pairs of strangers;"
    ]
    if same:
        refused = sum(c.verdict == "refused" for c in same)
        lines.append(f"{refused} of {len(same)} pairs of one trail refused ({100 * refused / len(same):.1f} %);")
    if gaps:
        worst = 100 * min(gaps)
        lines.append(
            f"of the foreign part of the {len(gaps)} forks that were not refused, {100 * np.mean(gaps):.0f} % are gap "
            f"in the mean and {worst:.0f} % in the worst."
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Render or cross."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser, seconds=24.0, seeds="301-320")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--label", help="a name for this version of the program in place of its commit")
    parser.add_argument("--render", action="store_true", help="only make the recordings that are not there yet")
    parser.add_argument("--write", action="store_true", help="put the table into benchmarks/README.md")
    given = parser.parse_args()
    chosen = list(crossings(given.seeds, base_options(given)))
    if given.render:
        render_all(given.cache, [source for crossing in chosen for source in (crossing.ref, crossing.new)])
        return

    label = given.label or commit()
    crossed = cross_all(chosen, given.cache, label, given.threads)
    text = f"{measured(label)}{summary(crossed)}\n{table(crossed)}"
    print("\n" + text)
    if given.write:
        write_part("nonpairs", text)


if __name__ == "__main__":
    main()
