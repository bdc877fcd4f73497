"""Whether the program knows how sure it is, on simulator seeds that no test and no fitted number has seen.

    python benchmarks/calibration.py [--cache DIR] [--sets easy,hard] [--seeds 101-120] [--write]

At every true moment: is the error within the map's own 90 % interval, and does the confidence, P(|error| <= 0.3 s),
come true? Prints the coverage, over all and over what is below a confidence of 0.9, the coverage of each tenth of the
moments by their stated deviation, and the expected calibration error, which says little where nearly all is right
anyway; and draws benchmarks/reliability.png. Moments of one pair err together, so that 40 pairs are fewer witnesses
than their moments.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import NormalDist

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.methods import commit
from benchmarks.renders import again_of, index_of
from benchmarks.report import cells, measured, write_part
from benchmarks.score import Errors, Floats, best_of, warp_errors
from benchmarks.sets import SETS, Pair, add_options, base_options, names, pairs_of
from mtbsync_core.alignment.pipeline import align_indexes
from mtbsync_core.markers import TOLERANCE_S, confidence_of

PICTURE = Path(__file__).with_name("reliability.png")
_BINS = 10
_UNSURE = 0.9
"""Confidence below which a moment may well be wrong."""
_LEVELS = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95])


@dataclass(frozen=True, slots=True)
class Moments:
    """Mapped true moments, shape (N,) each: size of the error and stated standard deviation, seconds."""

    error_s: Floats
    sigma_s: Floats

    @classmethod
    def of(cls, errors: Sequence[Errors]) -> Moments:
        """The mapped moments of several pairs."""
        error, sigma = (np.concatenate([getattr(e, name) for e in errors]) for name in ("error_s", "sigma_s"))
        there = np.isfinite(error)
        return cls(np.abs(error[there]), sigma[there])

    def coverage(self, level: float) -> float:
        """Share of errors within the central interval of that probability."""
        return float((self.error_s <= NormalDist().inv_cdf(0.5 + level / 2) * self.sigma_s).mean())

    def unsure(self) -> Moments:
        """Those whose confidence is below 0.9."""
        few = np.array([confidence_of(float(sigma)) < _UNSURE for sigma in self.sigma_s], bool)
        return Moments(self.error_s[few], self.sigma_s[few])

    def deciles(self) -> list[tuple[float, float]]:
        """Median stated deviation, seconds, and coverage at 0.9, of each tenth of the moments by that deviation."""
        order = np.array_split(np.argsort(self.sigma_s, kind="stable"), 10)
        tenths = [Moments(self.error_s[rows], self.sigma_s[rows]) for rows in order if len(rows)]
        return [(float(np.median(tenth.sigma_s)), tenth.coverage(0.9)) for tenth in tenths]

    def reliability(self) -> list[tuple[float, float, int]]:
        """Mean confidence, share that came true and number of moments, of each bin of confidence that has any."""
        confidence = np.array([confidence_of(float(sigma)) for sigma in self.sigma_s])
        came_true = self.error_s <= TOLERANCE_S
        number = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
        groups = [number == k for k in range(_BINS)]
        return [(float(confidence[g].mean()), float(came_true[g].mean()), int(g.sum())) for g in groups if g.any()]

    def calibration_error(self) -> float:
        """Expected calibration error: how far the bins are off, weighted by their moments."""
        bins = self.reliability()
        return sum(n * abs(said - true) for said, true, n in bins) / sum(n for _, _, n in bins)


def errors_of(pair: Pair, cache: Path, threads: int) -> Errors | None:
    """The map of a pair against its truth; None where it was refused."""
    indexes = [index_of(cache, source, threads=threads) for source in (pair.ref, pair.new)]
    found = align_indexes(*indexes, threads=threads, again=partial(again_of, cache, threads=threads))
    return best_of([warp_errors(found.warp, truth) for truth in pair.truths]) if found.usable else None


def draw(path: Path, groups: dict[str, Moments]) -> None:
    """Left: what confidence says and what came true; right: how often intervals of each probability hold the truth."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4.4), layout="constrained")
    for name, moments in groups.items():
        said, true, count = (np.array(column) for column in zip(*moments.reliability(), strict=True))
        (line,) = left.plot(said, true, "-", lw=1, label=f"{name}, {len(moments.error_s)} moments")
        left.scatter(said, true, s=12 + 160 * count / count.sum(), color=line.get_color(), alpha=0.7)
        right.plot(_LEVELS, [moments.coverage(level) for level in _LEVELS], "o-", ms=4, lw=1, color=line.get_color())
    for axes in (left, right):
        axes.plot([0, 1], [0, 1], ":", color="0.5", lw=1)
        axes.set(xlim=(0, 1.02), ylim=(0, 1.02), aspect="equal")
    left.set(xlabel="confidence", ylabel="share with an error of at most 0.3 s", title="Confidence")
    right.set(xlabel="probability of the interval", ylabel="share of errors within it", title="Intervals")
    right.fill_between([0.88, 0.92], 0.87, 0.95, color="0.5", alpha=0.3, lw=0)
    right.annotate("goal", (0.9, 0.86), ha="center", va="top", fontsize=8)
    left.legend(fontsize=8, loc="lower right")
    figure.savefig(path, dpi=110)


def table(groups: dict[str, Moments], refused: dict[str, int]) -> str:
    """Coverage and calibration error of each set, as Markdown."""
    columns = [
        "set",
        "moments",
        "refused pairs",
        "90 % interval holds",
        "below 0.9: moments, holds",
        "calibration error",
        "mean confidence",
        "≤ 0.3 s",
    ]
    lines = [cells(columns), "|---" * len(columns) + "|"]
    for name, moments in groups.items():
        mean = np.mean([confidence_of(float(sigma)) for sigma in moments.sigma_s])
        unsure = moments.unsure()
        few = f"{len(unsure.error_s)}, {100 * unsure.coverage(0.9):.1f} %" if len(unsure.error_s) else "0"
        figures = [f"{100 * moments.coverage(0.9):.1f} %", few, f"{moments.calibration_error():.3f}"]
        figures += [f"{100 * mean:.1f} %", f"{100 * np.mean(moments.error_s <= TOLERANCE_S):.1f} %"]
        lines.append(cells([name, str(len(moments.error_s)), str(refused[name]), *figures]))
    return "\n".join(lines) + "\n"


def decile_table(groups: dict[str, Moments]) -> str:
    """The stated deviation of each tenth of the moments, and how often its 90 % intervals hold, as Markdown."""
    lines = [cells(["set", *(f"{10 * k} to {10 * k + 10} %" for k in range(10))]), "|---" * 11 + "|"]
    for name, moments in groups.items():
        lines.append(cells([name, *(f"±{sigma:.3f} s: {100 * holds:.0f} %" for sigma, holds in moments.deciles())]))
    return "By the stated deviation, from the least to the largest tenth:\n\n" + "\n".join(lines) + "\n"


def main() -> None:
    """Align, print and draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser, seeds="101-120")
    parser.add_argument("--sets", type=names(SETS), default=["easy", "hard"], help=f"of {', '.join(SETS)}")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--picture", type=Path, default=PICTURE)
    parser.add_argument("--write", action="store_true", help="put the table into benchmarks/README.md")
    given = parser.parse_args()
    base = base_options(given)
    found: dict[str, list[Errors]] = {}
    refused = dict.fromkeys([*given.sets, "all"], 0)
    for name in given.sets:
        for pair in pairs_of(name, given.seeds, base):
            errors = errors_of(pair, given.cache, given.threads)
            if errors is None:
                refused[name] += 1
                refused["all"] += 1
            else:
                found.setdefault(name, []).append(errors)
            print(f"{pair.name}: {'refused' if errors is None else f'{errors.mapped} moments'}", flush=True)
    groups = {name: Moments.of(errors) for name, errors in found.items()}
    groups["all"] = Moments.of([e for errors in found.values() for e in errors])
    draw(given.picture, groups)
    text = measured(commit()) + table(groups, refused) + "\n" + decile_table(groups)
    print("\n" + text)
    if given.write:
        write_part("calibration", f"{text}\n![What confidence says and what came true]({given.picture.name})")


if __name__ == "__main__":
    main()
