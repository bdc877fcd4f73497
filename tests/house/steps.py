"""The checks that a change must pass, one after the other, with seconds; `install.py --test` runs this.

A failing step does not stop the others: one run tells all that is wrong. Exits 1 when a step failed, and closes with
pytest's own closing line.

    python tests/house/steps.py [unit|slow] [--also PYTHON] [--only WORD]

`unit`: what reads the code without running it, and the unit set. `slow`: the slow set.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NEWEST = "3.13"
AWKWARD = "Läufe & Spuren (2026)"
"""A folder as riders have them: a space, a letter outside ASCII, an ampersand, brackets."""


@dataclass(frozen=True, slots=True)
class Step:
    """One command; `cwd` is where it runs, `extra_env` what it needs besides."""

    name: str
    command: Sequence[str]
    cwd: Path = ROOT
    extra_env: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a step."""

    step: Step
    ok: bool
    seconds: float
    output: str

    @property
    def closing_line(self) -> str:
        """pytest's last line, as `pytest -q` writes it, or nothing."""
        found = re.findall(r"(?m)^(?:\d+ (?:passed|failed|errors?)|no tests ran)\b.* in [\d.]+s.*$", self.output)
        return found[-1] if found else ""


def static_steps(python: str) -> list[Step]:
    """What reads the code without running it."""

    def mypy(name: str, *options: str) -> Step:
        # Each platform keeps its own cache, else every run throws away the other's.
        cache = ROOT / ".mypy_cache" / name
        return Step(f"mypy {name}", [python, "-m", "mypy", "--cache-dir", str(cache), *options])

    foreign = {"Windows": "win32", "Darwin": "darwin", "Linux": "linux"}
    here = foreign.pop(platform.system(), platform.system())
    return [
        mypy(here),
        # The newest Python's view is taken on the way, or it would be one run more.
        *(mypy(name, "--platform", name, "--python-version", NEWEST) for name in foreign.values()),
        Step("ruff check", [python, "-m", "ruff", "check", "."]),
        Step("ruff format", [python, "-m", "ruff", "format", "--check", "."]),
        Step("import-linter", [python, "-c", "from importlinter.cli import lint_imports_command as c; c()"]),
    ]


def pytest_step(python: str, which: str, scratch: Path, *, first: bool) -> Step:
    """The unit set or the slow set. The second Python runs its unit set as on an awkward machine, and of the slow
    tests those that put the whole together; the others are about pictures and systems and not about Pythons.
    """
    label = f"Python {version_of(python)}"
    pytest = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--durations=5"]
    # EncodingWarning: text opened without an encoding works here and breaks on Windows.
    strict = {"PYTHONWARNDEFAULTENCODING": "1"}
    tests = ROOT / "tests"
    if which == "slow":
        # Tests of one file share what they have rendered, so they stay on one worker.
        command = [*pytest, "-m", "slow", "--dist", "loadscope"]
        command += [] if first else [str(tests / "cli"), str(tests / "otio_adapters")]
        return Step(f"pytest slow, {label}", command, extra_env=strict)
    if first:
        return Step(f"pytest unit, {label}", pytest, extra_env=strict)
    there = scratch / label / AWKWARD
    there.mkdir(parents=True)
    rooted = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT), "--basetemp", str(there / "tmp"), str(tests)]
    name = f"pytest unit, {label}, LC_ALL=C, in '{AWKWARD}'"
    return Step(name, [*pytest, *rooted], cwd=there, extra_env={"LC_ALL": "C", "LANG": "C"})


def run(step: Step, *, live: bool) -> Outcome:
    """Run one step; `live` passes its output on as it comes."""
    started = time.monotonic()
    env = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8", **step.extra_env}
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # else every worker of every step compiles the tests anew
    lines: list[str] = []
    with subprocess.Popen(
        step.command,
        cwd=step.cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            lines.append(line)
            if live:
                show(line.rstrip("\n"))
    return Outcome(step, process.returncode == 0, time.monotonic() - started, "".join(lines))


def report(outcome: Outcome, *, with_output: bool) -> None:
    """One line for a step, with its output above it when it is wanted."""
    if with_output:
        show(outcome.output.rstrip())
    show(f"{'ok    ' if outcome.ok else 'FAILED'} {outcome.seconds:6.1f} s  {outcome.step.name}")


def show(text: str) -> None:
    """Print at once, whatever the terminal can show."""
    encoding = sys.stdout.encoding or "ascii"
    print(text.encode(encoding, "backslashreplace").decode(encoding), flush=True)


def version_of(python: str) -> str:
    """`3.13` for an interpreter of that version."""
    question = "import sys; print('%d.%d' % sys.version_info[:2])"
    return subprocess.run([python, "-c", question], stdout=subprocess.PIPE, check=True).stdout.decode("ascii").strip()


def main(argv: Sequence[str]) -> int:
    """Run the steps and sum up."""
    parser = argparse.ArgumentParser(description="Run the checks of the house.")
    parser.add_argument("which", nargs="?", choices=("unit", "slow"), default="unit", help="which set")
    parser.add_argument(
        "--also", action="append", default=[], metavar="PYTHON", help="a second Python with the package"
    )
    parser.add_argument("--only", metavar="WORD", help="only the steps with this word in their name")
    wish = parser.parse_args(argv)
    started = time.monotonic()
    outcomes: list[Outcome] = []

    def wanted(steps: list[Step]) -> list[Step]:
        return [step for step in steps if not wish.only or wish.only in step.name]

    with tempfile.TemporaryDirectory(prefix="mtbsync-steps-", ignore_cleanup_errors=True) as folder:
        static = static_steps(sys.executable) if wish.which == "unit" else []
        # These use one core each; the tests below take what cores there are.
        with ThreadPoolExecutor(2) as pool:
            for outcome in pool.map(lambda step: run(step, live=False), wanted(static)):
                report(outcome, with_output=not outcome.ok)
                outcomes.append(outcome)
        pythons = enumerate((sys.executable, *wish.also))
        tests = [pytest_step(python, wish.which, Path(folder), first=number == 0) for number, python in pythons]
        for step in wanted(tests):
            show(f"---- {step.name}")
            outcome = run(step, live=True)
            report(outcome, with_output=False)
            outcomes.append(outcome)

    failed = [outcome for outcome in outcomes if not outcome.ok]
    show("")
    for outcome in outcomes:
        report(outcome, with_output=False)
    show(f"{len(outcomes)} steps in {time.monotonic() - started:.0f} s")
    for outcome in failed:
        show(f"FAILED: {outcome.step.name}")
    closing = [outcome.closing_line for outcome in outcomes if outcome.closing_line]
    # A failing run's closing line comes last, so that the end never looks better than the whole.
    for line in sorted(closing, key=lambda line: "failed" in line or "error" in line):
        show(line)
    return 1 if failed or not outcomes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
