"""Prove that nothing needs a compiler: resolve the runtime dependencies for other systems, from wheels only.

    python tests/house/wheels.py            prints a table, as it stands in docs/development.md

uv resolves, since it reads environment markers for the system asked for, where pip reads them for its own. fastdtw has
no wheels; its set-up falls back to pure Python where nothing compiles, which `test_wheels.py` tries out.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PYTHONS = ("3.11", "3.12", "3.13")
SHOWN = ("numpy", "scipy", "opencv-python-headless", "av", "pandas", "opentimelineio", "matplotlib")


@dataclass(frozen=True, slots=True)
class System:
    """A system as people call it, uv's name for it, and on macOS the oldest release asked for."""

    name: str
    platform: str
    macos: str = ""


SYSTEMS = (
    System("Windows 64-bit", "x86_64-pc-windows-msvc"),
    System("macOS 12, Apple", "aarch64-apple-darwin", "12.0"),
    System("macOS 14, Apple", "aarch64-apple-darwin", "14.0"),
    System("macOS 12, Intel", "x86_64-apple-darwin", "12.0"),
    System("macOS 14, Intel", "x86_64-apple-darwin", "14.0"),
    System("Linux (glibc 2.28), x86-64", "x86_64-manylinux_2_28"),
    System("Linux (glibc 2.28), ARM", "aarch64-manylinux_2_28"),
)


@dataclass(frozen=True, slots=True)
class Resolution:
    """The versions found, or uv's reason why there are none."""

    system: System
    python: str
    versions: dict[str, str]
    reason: str = ""


def dependencies() -> list[str]:
    """The runtime dependencies as pyproject.toml lists them."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        return list(tomllib.load(file)["project"]["dependencies"])


def resolve(system: System, python: str) -> Resolution:
    """Resolve the runtime dependencies from wheels for one system and Python."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "-", "--quiet", "--no-header", "--no-annotate"]
    # Named, so that uv does not go looking for an interpreter of that version.
    command += [
        "--python",
        sys.executable,
        "--python-version",
        python,
        "--python-platform",
        system.platform,
        "--only-binary",
        ":all:",
    ]
    env = {**os.environ, "PYTHONUTF8": "1"}
    if system.macos:
        env["MACOSX_DEPLOYMENT_TARGET"] = system.macos
    wanted = "\n".join(dependency for dependency in dependencies() if not dependency.startswith("fastdtw"))
    done = subprocess.run(command, input=wanted, env=env, capture_output=True, encoding="utf-8", check=False)
    versions = dict(re.findall(r"(?m)^([a-z0-9-]+)==(\S+)", done.stdout))
    return Resolution(system, python, versions if done.returncode == 0 else {}, done.stderr.strip())


def resolve_all() -> list[Resolution]:
    """Every system with every Python."""
    asked = [(system, python) for system in SYSTEMS for python in PYTHONS]
    with ThreadPoolExecutor(4) as pool:  # waits for the network more than for a core
        return list(pool.map(lambda pair: resolve(*pair), asked))


def main() -> int:
    """Print the table; 1 when something does not resolve."""
    found = resolve_all()
    print("| system | Python |", " | ".join(SHOWN), "|")
    print("|---|---|" + "---|" * len(SHOWN))
    for r in found:
        cells = [r.versions.get(name, "–") for name in SHOWN] if r.versions else [r.reason.splitlines()[0]]
        print(f"| {r.system.name} | {r.python} |", " | ".join(cells), "|")
    return 0 if all(r.versions for r in found) else 1


if __name__ == "__main__":
    sys.exit(main())
