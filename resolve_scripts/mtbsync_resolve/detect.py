"""Detects version and edition of this machine's Resolve from its files, and the Pythons that it will find.

Resolve need not run. It writes its version at each start to `logs/davinci_resolve.log` (until 17 `ResolveDebug.txt`):

    0x7fc6e47816c0 | Main | INFO  | 2021-12-25 16:47:57,075 | Running DaVinci Resolve v17.4.1.0004 (Linux/Clang x86_64)
    ... | Fusion | ... | Using Python 3.14.7 at ...

(NixOS/nixpkgs pull request 152113; nolgiainc/nolgia-plugins for the second.) Which Python it takes, as far as users
have found out: before 21.1 on Windows what the registry names, on macOS the python3 of /usr/local/bin, on Linux the
system's python3; from 21.1 on these, else one of its own.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path, PurePath
from typing import Iterator, Mapping, NamedTuple, Sequence

from .engine import clean_environment
from .folders import developer_folder, log_folder
from .texts import text

OLDEST_PYTHON = (3, 8)
"""That the menu entries run with."""
_TELL_VERSION = "import struct, sys; print('mtbsync', *sys.version_info[:3], struct.calcsize('P') * 8)"
_RUNNING = re.compile(r"Running DaVinci Resolve( Studio)? v?(\d+(?:\.\d+)+)")
_USING = re.compile(r"Using Python (\d+\.\d+(?:\.\d+)?) at ?(.*)")
_LOG_NAMES = ("davinci_resolve.log", "ResolveDebug.txt")


class ResolveVersion(NamedTuple):
    """Version and edition of Resolve, from its files."""

    numbers: tuple[int, ...]
    exact: bool
    """False where it may also be a later one."""
    edition: str
    """`Studio`, `free`, or empty where nothing tells."""
    source: str
    """The file that says so."""


class FoundPython(NamedTuple):
    """A Python that Resolve may take: how it finds it, its path, and its version (None: it does not start)."""

    how: str
    path: str
    version: tuple[int, ...] | None

    @property
    def fits(self) -> bool:
        """Whether the menu entries run with it."""
        return self.version is not None and self.version >= OLDEST_PYTHON


def resolve_version(platform: str, env: Mapping[str, str], home: PurePath) -> ResolveVersion | None:
    """What Resolve wrote at its last start, else what its other files say; None where nothing does."""
    for log, (studio, dotted) in _in_logs(_RUNNING, platform, env, home):
        return ResolveVersion(_numbers(dotted), True, "Studio" if studio else "free", str(log))
    if platform == "darwin":
        for app in ("/Applications/DaVinci Resolve/DaVinci Resolve.app", "/Applications/DaVinci Resolve.app"):
            plist = Path(app, "Contents", "Info.plist")
            found = re.findall(r"<key>CFBundleShortVersionString</key>\s*<string>([\d.]+)</string>", _text(plist))
            if found:
                return ResolveVersion(_numbers(found[0]), True, "", str(plist))
    # The typed table of calls came with 21.1 (Blackmagic's change log of September 2026).
    typed = Path(developer_folder(platform, env, home) / "DaVinciResolveScript.pyi")
    return ResolveVersion((21, 1), False, "", str(typed)) if typed.is_file() else None


def python_in_log(platform: str, env: Mapping[str, str], home: PurePath) -> str | None:
    """The Python that Resolve says it used last, as version and path."""
    for _, (version, where) in _in_logs(_USING, platform, env, home):
        return text("python_at", version=version, path=where.strip()) if where.strip() else version
    return None


def pythons_for_resolve(platform: str, env: Mapping[str, str]) -> list[FoundPython]:
    """The Pythons that Resolve will find, each asked for its version, in the order in which Resolve looks."""
    found, seen = [], set()
    for how, path in _candidates(platform, env):
        if path not in seen and Path(path).exists():
            seen.add(path)
            found.append(FoundPython(how, path, ask_version(path)))
    return found


def ask_version(path: str) -> tuple[int, ...] | None:
    """Start a Python and let it say its version; None when that is no working 64-bit Python 3."""
    words = _output([path, "-I", "-S", "-c", _TELL_VERSION], timeout_s=20).split()
    if len(words) != 5 or words[0] != "mtbsync" or words[4] != "64":
        return None
    return tuple(int(word) for word in words[1:4])


def run_quietly(command: Sequence[str], *, timeout_s: float, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run a program without a window, and without what bends Pythons and libraries inside Resolve.

    Raises:
        OSError: it cannot be started.
        TimeoutExpired: it took longer.
    """
    return subprocess.run(
        list(command),
        input=stdin,
        capture_output=True,
        cwd=str(Path(command[0]).parent),  # it shall see what is installed, not the folder where somebody stands
        env=clean_environment(os.environ),
        timeout=timeout_s,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        check=False,
    )


def registry_pythons() -> list[tuple[str, str]]:
    """What Windows' registry names as Pythons (PEP 514): the key and the program; empty elsewhere."""
    try:
        import winreg as registry
    except ImportError:
        return []
    found = []
    # mypy checks this file for other systems too, where the module has nothing in it.
    for root_name in ("HKEY_CURRENT_USER", "HKEY_LOCAL_MACHINE"):
        try:
            core = registry.OpenKey(getattr(registry, root_name), r"SOFTWARE\Python\PythonCore")  # type: ignore[attr-defined, unused-ignore]
            with core:
                tags = [registry.EnumKey(core, n) for n in range(registry.QueryInfoKey(core)[0])]  # type: ignore[attr-defined, unused-ignore]
                for tag in sorted(tags, key=_numbers, reverse=True):
                    folder = registry.QueryValue(core, tag + r"\InstallPath")  # type: ignore[attr-defined, unused-ignore]
                    found.append((f"registry {root_name}\\...\\{tag}", str(Path(folder, "python.exe"))))
        except OSError:
            continue
    return found


def _candidates(platform: str, env: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """How Resolve finds a Python, and its path; not all exist."""
    program = "python.exe" if platform == "win32" else "bin/python3"
    for name in ("FUSION_PYTHON3_HOME", "PYTHON3HOME"):
        home = env.get(name)
        if not home and platform == "darwin":  # programs started from the Dock have the variables of launchctl
            home = _output(["/bin/launchctl", "getenv", name], timeout_s=10).strip()
        if home:
            yield name, str(Path(home, program))
    if platform == "win32":
        yield from registry_pythons()
    elif platform == "darwin":
        yield "/usr/local/bin", "/usr/local/bin/python3"
        versions = Path("/Library/Frameworks/Python.framework/Versions")
        for installed in sorted(versions.glob("3.*"), key=lambda folder: _numbers(folder.name), reverse=True):
            yield "python.org", str(installed / "bin" / "python3")
    else:
        yield text("systems_own"), "/usr/bin/python3"
        on_path = shutil.which("python3", path=env.get("PATH", ""))
        if on_path:
            yield "PATH", on_path
        for path in ("/opt/resolve/bin/ResolvePython", "/opt/resolve/ResolvePython/ResolvePython"):
            yield text("resolves_own"), path


def _output(command: Sequence[str], *, timeout_s: float) -> str:
    """What a program prints; '' where it does not start, fails or takes too long."""
    try:
        done = run_quietly(command, timeout_s=timeout_s)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return ""
    return "" if done.returncode else done.stdout.decode("utf-8", "replace")


def _in_logs(
    pattern: re.Pattern[str], platform: str, env: Mapping[str, str], home: PurePath
) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """The last match in each of Resolve's logs that has one, the newest log first."""
    folder = Path(log_folder(platform, env, home))
    logs = [path for name in _LOG_NAMES for path in folder.glob(name + "*") if path.is_file()]
    for log in sorted(logs, key=lambda path: path.stat().st_mtime, reverse=True):
        found = pattern.findall(_text(log))
        if found:
            yield log, found[-1]


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""


def _numbers(dotted: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", dotted))
