"""The Pythons of this machine that Resolve might start scripts with: 3.8 and newer, one of each minor version."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType
from typing import Iterator, Mapping

OLDEST, NEWEST = 8, 14


@functools.lru_cache(maxsize=None)
def found_pythons() -> Mapping[str, str]:
    """Paths by version, as "3.8": the one that runs this, those on PATH, those of pyenv and uv."""
    found = {f"3.{sys.version_info.minor}": sys.executable}
    with ThreadPoolExecutor(4) as pool:
        for version, executable in pool.map(_answer_of, _candidates()):
            if version:
                found.setdefault(version, executable)
    return MappingProxyType({version: found[version] for version in sorted(found, key=lambda text: int(text[2:]))})


def _candidates() -> Iterator[str]:
    for minor in range(OLDEST, NEWEST + 1):
        on_path = shutil.which(f"python3.{minor}")
        if on_path and Path(on_path).parent.name != "shims":  # what a shim of pyenv starts is found below, and sooner
            yield on_path
    kept = [Path(os.environ.get("PYENV_ROOT", str(Path.home() / ".pyenv"))) / "versions"]
    kept.append(Path.home() / ".local" / "share" / "uv" / "python")
    for folder in kept:
        for home in sorted(folder.iterdir()) if folder.is_dir() else []:
            python = home / "bin" / "python3"
            if python.exists():
                yield str(python)


def _answer_of(path: str) -> tuple[str, str]:
    """Version, as "3.8", and program of a CPython that works and is not too old; empty otherwise.

    The program is what it says itself: what is on PATH may be a launcher.
    """
    asked = "import sys; print(sys.implementation.name, *sys.version_info[:2], sys.executable)"
    try:
        done = subprocess.run(
            [path, "-I", "-S", "-c", asked], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return "", ""
    name, major, minor, executable = os.fsdecode(done.stdout).rstrip("\r\n").split(" ", 3)
    fits = name == "cpython" and major == "3" and OLDEST <= int(minor) <= NEWEST
    return (f"3.{minor}", executable) if fits else ("", "")
