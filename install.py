#!/usr/bin/env python3
"""Set up mtbsync: find a fitting Python, make an environment, install this checkout into it, and hand over.

    python3 install.py               for daily use, into your own data folder      (Windows: py install.py)
                                     and the menu entries into DaVinci Resolve, where that is found
    python3 install.py --demo        into .venv beside this file, then runs the demo
    python3 install.py --test        into .venv beside this file, then runs all checks and tests

Standard library only. Until `main` has found a fitting Python, everything must run on Python 3.6 (still the system's
python3 on Rocky Linux 8, where DaVinci Resolve lives), so that people read a sentence and not a SyntaxError:
annotations are quoted, and nothing newer is used.
"""

import argparse
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
from typing import Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

ROOT = Path(__file__).resolve().parent
SUPPORTED = ((3, 13), (3, 12), (3, 11))
PACKAGES = ("mtbsync_core", "otio_adapters", "resolve_scripts")
MARKER = "mtbsync-install.json"
"""Lies in every environment made here: what was installed, and the leave to delete the folder again."""
LOCK = "requirements-dev.lock"
NEEDED_MB = 1500

IMPORTS = {
    "numpy": "numpy",
    "scipy": "scipy",
    "opencv-python-headless": "cv2",
    "av": "av",
    "pandas": "pandas",
    "fastdtw": "fastdtw",
    "gpxpy": "gpxpy",
    "fitdecode": "fitdecode",
    "opentimelineio": "opentimelineio",
    "typer": "typer",
    "rich": "rich",
    "platformdirs": "platformdirs",
    "matplotlib": "matplotlib",
}
"""What `--doctor` tries to import for each runtime dependency."""

BY_HAND = "If its menu has entries of mtbsync, delete 'MTB Sync' and 'Utility/MTB Sync*' in its folder Fusion/Scripts."
"""What is left to do where the engine that could do it is broken."""

EXIT_CODES = """exit codes:
  0 done              30 no fitting Python       33 no network
  1 a check failed    31 Python without venv     34 pip failed
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


# ---------------------------------------------------------------- which Python


class Interpreter(NamedTuple):
    """A Python as it answered when asked; `ready` is whether it can make environments with pip in them."""

    path: str
    version: "Tuple[int, int, int]"
    implementation: str
    bits: int
    free_threaded: bool
    ready: bool

    def unfit(self) -> "Optional[str]":
        """Why the engine cannot run under it, or None."""
        if self.version[:2] == SUPPORTED[0] and is_intel_mac(platform.system(), platform.machine()):
            return f"this is Python {self.dotted()}, for which OpenTimelineIO is not to be had on Intel Macs"
        if self.version[:2] not in SUPPORTED:
            age = "older" if self.version[:2] < SUPPORTED[-1] else "newer"
            return f"Python {self.dotted()} is {age} than what mtbsync runs on ({supported_text()})"
        if self.implementation != "cpython":
            return f"this is {self.implementation}, and OpenCV is only to be had for CPython"
        if self.bits != 64:
            return f"this is a {self.bits}-bit Python, and the packages are only to be had for 64 bits"
        if self.free_threaded:
            return "this is a free-threaded Python, for which some packages are not to be had"
        return None

    def dotted(self) -> str:
        """The version as people write it."""
        return "{}.{}.{}".format(*self.version)


QUESTION = (
    "import os, sys, struct, sysconfig, importlib.util as u; v = sys.version_info; "
    "print('mtbsync-probe', v[0], v[1], v[2], sys.implementation.name, struct.calcsize('P') * 8, "
    "int(bool(sysconfig.get_config_var('Py_GIL_DISABLED'))), "
    "int(bool(u.find_spec('venv') and u.find_spec('ensurepip'))), os.fsencode(sys.executable).hex())"
)


def supported_text() -> str:
    """The supported versions, for sentences."""
    return "3.11, 3.12 or 3.13"


def ask(path: str) -> "Optional[Interpreter]":
    """Start `path` and let it say what it is; None when it is no working Python 3.

    Asking is the only safe way: a name on PATH may be pyenv's shim for a version that is not chosen, or the stub that
    opens the Windows Store.
    """
    try:
        done = subprocess.run(
            [path, "-I", "-S", "-c", QUESTION],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=20,
            env=clean_environment(),
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    words = done.stdout.decode("ascii", "replace").split()
    if done.returncode != 0 or len(words) != 9 or words[0] != "mtbsync-probe":
        return None
    version = (int(words[1]), int(words[2]), int(words[3]))
    itself = os.fsdecode(bytes.fromhex(words[8]))
    return Interpreter(itself, version, words[4], int(words[5]), words[6] == "1", words[7] == "1")


def is_intel_mac(system: str, machine: str) -> bool:
    """OpenTimelineIO's wheels for these end with Python 3.12."""
    return system == "Darwin" and machine == "x86_64"


def wanted_versions(system: str, machine: str) -> "Tuple[Tuple[int, int], ...]":
    """Versions in the order of preference."""
    return SUPPORTED[1:] if is_intel_mac(system, machine) else SUPPORTED


def places(version: "Tuple[int, int]", system: str, env: "Dict[str, str]", home: Path) -> "Iterator[str]":
    """Where a Python of this version usually lies, PATH first. Not all of them exist."""
    dotted, digits = "{}.{}".format(*version), "{}{}".format(*version)
    if system == "Windows":
        names = ["python.exe"]
        roots = [env.get("LOCALAPPDATA", str(home / "AppData" / "Local")) + "/Programs/Python/Python" + digits]
        roots += [env[v] + "/Python" + digits for v in ("ProgramFiles", "SystemDrive") if env.get(v)]
        globs = [
            (home / ".pyenv" / "pyenv-win" / "versions", dotted + ".*/python.exe"),
            (Path(env.get("APPDATA", str(home))) / "uv" / "python", "cpython-" + dotted + ".*/python.exe"),
        ]
    else:
        names = ["python" + dotted]
        roots = ["/usr/bin", "/usr/local/bin", str(home / ".local" / "bin")]
        if system == "Darwin":
            roots += [
                "/opt/homebrew/bin",
                "/opt/homebrew/opt/python@" + dotted + "/bin",
                "/usr/local/opt/python@" + dotted + "/bin",
                "/Library/Frameworks/Python.framework/Versions/" + dotted + "/bin",
                "/opt/local/bin",
            ]
        data = Path(env.get("XDG_DATA_HOME") or str(home / ".local" / "share"))
        globs = [
            (Path(env.get("PYENV_ROOT") or str(home / ".pyenv")) / "versions", dotted + ".*/bin/python" + dotted),
            (data / "uv" / "python", "cpython-" + dotted + ".*/bin/python" + dotted),
        ]
    on_path = shutil.which("python" + dotted, path=env.get("PATH", ""))
    if on_path:
        yield on_path
    for root in roots:
        for name in names:
            yield str(Path(root) / name)
    for folder, pattern in globs:
        for found in sorted(folder.glob(pattern), reverse=True):
            yield str(found)


def from_launcher() -> "List[str]":
    """What the Windows launcher `py` knows of."""
    try:
        done = subprocess.run(
            ["py", "--list-paths"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return re.findall(r"[A-Za-z]:\\[^\r\n]*?\.exe", done.stdout.decode("utf-8", "replace"))


def find_interpreters(
    system: str, machine: str, env: "Dict[str, str]", home: Path, only: "Optional[Tuple[int, int]]" = None
) -> "List[Interpreter]":
    """All fitting Pythons, best first; `only` limits the search to one version."""
    versions = wanted_versions(system, machine)
    paths = [p for v in versions if only in (None, v) for p in places(v, system, env, home)]
    generic = [shutil.which(name, path=env.get("PATH", "")) for name in ("python3", "python")]
    paths += [p for p in generic if p] + (from_launcher() if system == "Windows" else [])
    found, seen = [], set()
    for path in paths:
        if not Path(path).exists() or os.path.realpath(path) in seen:
            continue
        answer = ask(path)
        seen.add(os.path.realpath(path))
        if answer is None or answer.unfit() or only not in (None, answer.version[:2]):
            continue
        if path == answer.path or os.path.realpath(answer.path) not in seen:
            found.append(answer)
        seen.add(os.path.realpath(answer.path))
    return sorted(found, key=lambda i: (not i.ready, versions.index(i.version[:2])))


def how_to_get_python(system: str) -> str:
    """What to install, per system."""
    if system == "Windows":
        return "Install Python 3.13 (64-bit) from python.org or the Microsoft Store, then run: py install.py"
    if system == "Darwin":
        return "Install Python 3.12 from python.org, or with Homebrew: brew install python@3.12. Then run this again."
    return (
        "Install one, for example: sudo apt install python3.12 python3.12-venv (Debian, Ubuntu), "
        "sudo dnf install python3.12 (Fedora, Rocky, RHEL). Then run this again."
    )


def how_to_get_venv(interpreter: Interpreter, system: str) -> str:
    """What to install when `venv` or `ensurepip` is missing; Debian ships them apart."""
    if system == "Linux":
        name = "python{}.{}-venv".format(*interpreter.version)
        return f"On Debian and Ubuntu: sudo apt install {name} (or python3-venv). Then run this again."
    return "Repair or reinstall this Python with its standard library complete, then run this again."


def choose(current: Interpreter, others: "Iterable[Interpreter]", system: str) -> Interpreter:
    """The running Python when it fits, else the best of the others.

    Raises:
        SetupError: none fits, or none of those that fit can make an environment.
    """
    reason = current.unfit()
    if reason is None and current.ready:
        return current
    fitting = sorted(others, key=lambda i: not i.ready)
    if fitting and fitting[0].ready:
        return fitting[0]
    if reason is None:
        fitting = [current]
    if fitting:
        message = f"The Python at {fitting[0].path} has no venv module."
        raise SetupError(message, how_to_get_venv(fitting[0], system), 31)
    message = "{}, and no other Python was found.".format(reason[0].upper() + reason[1:] if reason else "")
    raise SetupError(message, how_to_get_python(system), 30)


# ---------------------------------------------------------------- the environment


def data_folder(system: str, env: "Dict[str, str]", home: Path) -> Path:
    """The user's data folder of mtbsync, as each system has it."""
    if system == "Windows":
        base = Path(env.get("LOCALAPPDATA") or str(home / "AppData" / "Local"))
    elif system == "Darwin":
        base = home / "Library" / "Application Support"
    else:
        base = Path(env.get("XDG_DATA_HOME") or str(home / ".local" / "share"))
    return base / "mtbsync"


def program_in(venv: Path, name: str, system: str) -> Path:
    """The path of a program of an environment."""
    return venv / "Scripts" / (name + ".exe") if system == "Windows" else venv / "bin" / name


def clean_environment(env: "Optional[Dict[str, str]]" = None) -> "Dict[str, str]":
    """The environment for child Pythons: without what would bend them (Resolve's manual has people set PYTHONPATH)."""
    bending = {"PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__", "PIP_USER", "PIP_TARGET", "PIP_PREFIX"}
    kept = {k: v for k, v in (os.environ if env is None else env).items() if k not in bending}
    kept["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    return kept


def digest(paths: "Iterable[Path]", words: "Sequence[str]") -> str:
    """One number for the contents of files and some words; a file that is not there counts as such."""
    total = hashlib.sha256("\0".join(words).encode("utf-8", "surrogateescape"))
    for path in paths:
        total.update(str(path.name).encode("utf-8") + b"\0" + (path.read_bytes() if path.is_file() else b"-"))
    return total.hexdigest()


def wanted_stamp(root: Path, editable: bool, extras: "Sequence[str]", version: str) -> "Dict[str, object]":
    """What an up-to-date environment's marker says. An editable install follows its sources by itself."""
    files = [root / "pyproject.toml", root / LOCK, root / PACKAGES[0] / "__init__.py"]
    if not editable:
        for package in PACKAGES:
            folder = root / package
            files += sorted(p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    names = [str(p.relative_to(root).as_posix()) for p in files]
    return {
        "made_by": "mtbsync install.py",
        "python": version,
        "extras": sorted(extras),
        "editable": editable,
        "source": str(root),
        "digest": digest(files, names),
        "complete": True,
    }


def read_marker(venv: Path) -> "Optional[Dict[str, object]]":
    """The marker of an environment made here, else None."""
    try:
        marker = json.loads((venv / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return marker if isinstance(marker, dict) and marker.get("made_by") == "mtbsync install.py" else None


def write_marker(venv: Path, marker: "Dict[str, object]") -> None:
    """Leave the marker; its first form, before anything is installed, already allows --uninstall."""
    (venv / MARKER).write_text(json.dumps(marker, indent=2) + "\n", encoding="utf-8")


def make_environment(venv: Path, interpreter: str, system: str) -> Interpreter:
    """Make the environment, or keep the one that is there and works; say which Python is in it.

    Raises:
        SetupError: the folder cannot be written, is somebody else's, or `venv` failed.
    """
    python = program_in(venv, "python", system)
    inside = ask(str(python)) if python.exists() else None
    marker = read_marker(venv)
    if inside and not inside.unfit() and marker:
        return inside
    if venv.is_dir() and marker is None and any(venv.iterdir()):
        raise SetupError(
            f"{venv} is there already, and was not made by this script.",
            "Move it away or delete it, or choose another folder with --venv FOLDER.",
            32,
        )
    say(f"making an environment in {venv}")
    try:
        venv.mkdir(parents=True, exist_ok=True)
        write_marker(venv, {"made_by": "mtbsync install.py", "complete": False})
    except OSError as error:
        raise SetupError(
            f"Cannot write to {venv} ({error.strerror or error}).",
            "Make the folder writable, or choose another with --venv FOLDER.",
            32,
        ) from None
    free_mb = shutil.disk_usage(str(venv)).free // 2**20
    if free_mb < NEEDED_MB:
        say(f"only {free_mb} MB are free there; about {NEEDED_MB} MB are needed")
    if marker is not None:
        for stale in ("bin", "Scripts", "lib", "Lib", "lib64", "Include", "include", "pyvenv.cfg"):
            remove(venv / stale)
    done = subprocess.run(
        [interpreter, "-m", "venv", str(venv)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=clean_environment(),
        check=False,
    )
    inside = ask(str(python))
    if done.returncode != 0 or inside is None:
        text = done.stdout.decode("utf-8", "replace").strip()
        raise SetupError(
            f"Making an environment with {interpreter} failed:\n{text}",
            "On Debian and Ubuntu this means: sudo apt install python3-venv. Elsewhere, reinstall this Python.",
            31,
        )
    return inside


def remove(path: Path) -> None:
    """Delete a file, a link (not what it points at) or a folder."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(str(path))


PIP_TROUBLE = (
    (
        r"No space left|not enough space|Errno 28",
        34,
        f"The disk is full: make room (about {NEEDED_MB} MB), then run this again.",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLError|SSLCertVerificationError",
        33,
        "The connection is not trusted. In a company network, point PIP_CERT at its certificate file.",
    ),
    (
        r"NewConnectionError|Failed to establish a new connection|name resolution|getaddrinfo failed|ProxyError"
        r"|Connection refused|Network is unreachable|ConnectTimeout|ReadTimeout|Read timed out|RemoteDisconnected"
        r"|Connection aborted|ConnectionResetError|No matching distribution found for hatchling",
        33,
        "There is no connection to the package index: go online (or set HTTPS_PROXY), then run this again.",
    ),
    (
        r"Permission denied|Access is denied|WinError 5|WinError 32",
        32,
        "A file cannot be written: close programs that use mtbsync, check the folder's permissions, run this again.",
    ),
    (
        r"No matching distribution found",
        34,
        "A package has no ready-made wheel for this system: update the system or use Python 3.12, 64-bit.",
    ),
)


def explain_pip(output: str) -> "Tuple[int, str]":
    """Exit code and advice for what pip printed before it gave up."""
    for pattern, exit_code, hint in PIP_TROUBLE:
        if re.search(pattern, output):
            return exit_code, hint
    return 34, "The lines above are pip's own; the whole of it is in the log named there."


def pip_install(venv: Path, arguments: "Sequence[str]", system: str) -> None:
    """Run pip, with its output in a log and, at a terminal, its progress on one line.

    Raises:
        SetupError: pip failed; the message ends with pip's last lines.
    """
    log = venv / "install.log"
    # An older wheel rather than the newest source: on macOS 12 and 13 PyAV's newest would want a compiler and ffmpeg.
    options = ["--no-input", "--prefer-binary"]
    command = [str(program_in(venv, "python", system)), "-m", "pip", "install", *options, *arguments]
    environment = clean_environment()
    environment.update(PYTHONUTF8="1", PIP_PROGRESS_BAR="off")
    lines = []  # type: List[str]
    width = shutil.get_terminal_size().columns - 1
    with log.open("w", encoding="utf-8") as file, subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment
    ) as pip:
        for raw in pip.stdout or ():
            line = raw.decode("utf-8", "replace").rstrip()
            lines.append(line)
            file.write(line + "\n")
            if sys.stdout.isatty():
                sys.stdout.write("\r" + printable(line)[:width].ljust(width))
                sys.stdout.flush()
    if sys.stdout.isatty():
        sys.stdout.write("\r" + " " * width + "\r")
    if pip.returncode != 0:
        told = [line for line in lines if line.strip()]
        exit_code, hint = explain_pip("\n".join(told))
        message = "Installing the packages failed. pip's last lines (all of them: {}):\n{}"
        raise SetupError(message.format(log, "\n".join("    " + line for line in told[-15:])), hint, exit_code)


def site_packages(venv: Path, inside: Interpreter, system: str) -> Path:
    """Where an environment keeps its packages."""
    if system == "Windows":
        return venv / "Lib" / "site-packages"
    return venv / "lib" / "python{}.{}".format(*inside.version) / "site-packages"


def make_paths_relative(site: Path, root: Path) -> None:
    """Point the editable install at the checkout by a relative path.

    Its .pth file holds the path in UTF-8, but Python before 3.13 reads it in the locale's encoding: in a folder like
    C:/Users/Joerg with an umlaut the package is not found, and under LC_ALL=C Python does not even start.
    """
    relative = os.path.relpath(str(root), os.path.realpath(str(site)))
    try:
        line = relative.encode("ascii")
    except UnicodeEncodeError:
        return
    absolute = str(root).encode("utf-8", "surrogateescape")
    for path in site.glob("*.pth"):
        lines = path.read_bytes().splitlines()
        if absolute in lines:
            path.write_bytes(b"\n".join(line if old == absolute else old for old in lines) + b"\n")


def install(venv: Path, interpreter: str, system: str, editable: bool, extras: "Sequence[str]") -> Interpreter:
    """Bring an environment up to date with this checkout; does nothing when it is. Gives the Python inside."""
    inside = make_environment(venv, interpreter, system)
    marker = read_marker(venv) or {}
    before = marker.get("extras")
    extras = sorted(set(extras) | set(before if isinstance(before, list) else []))
    stamp = wanted_stamp(ROOT, editable, extras, inside.dotted())
    if marker == stamp and imports(inside.path, ["mtbsync_core"])["mtbsync_core"] is None:
        return inside
    say("installing packages, a minute or two ...")
    started = time.time()
    write_marker(venv, dict(stamp, complete=False))
    target = str(ROOT) + ("[{}]".format(",".join(extras)) if extras else "")
    # pip installs a folder anew even when its version is the same.
    arguments = ["--editable", target] if editable else [target]
    if "dev" in extras and (ROOT / LOCK).is_file():
        arguments += ["--constraint", str(ROOT / LOCK)]
    pip_install(venv, arguments, system)
    if editable:
        make_paths_relative(site_packages(venv, inside, system), ROOT)
    write_marker(venv, stamp)
    say(f"installed in {time.time() - started:.0f} s")
    return inside


def known_extras(pyproject: str) -> "List[str]":
    """The names in [project.optional-dependencies], read without a TOML parser so that any Python can."""
    table = pyproject.partition("[project.optional-dependencies]")[2].partition("\n[")[0]
    return re.findall(r"(?m)^([a-z][a-z0-9_-]*)\s*=", table)


def write_launcher(folder: Path, venv: Path, system: str) -> Path:
    """A folder with nothing but the command, for PATH: an environment's own also holds a `python`."""
    folder.mkdir(parents=True, exist_ok=True)
    if system == "Windows":
        launcher = folder / "mtbsync.cmd"
        # Relative, since the command window reads these files in a code page that may lack the user's letters.
        relative = os.path.relpath(str(program_in(venv, "mtbsync", system)), str(folder)).replace("/", "\\")
        launcher.write_bytes(f'@"%~dp0{relative}" %*\r\n'.encode())
    else:
        launcher = folder / "mtbsync"
        command = shlex.quote(str(program_in(venv, "mtbsync", system)))
        launcher.write_bytes(os.fsencode(f'#!/bin/sh\nexec {command} "$@"\n'))
        launcher.chmod(0o755)
    return launcher


def typed(path: Path, system: str) -> str:
    """A path as it is typed at a prompt. A quoted command needs `&` in PowerShell, and must not have it elsewhere."""
    if system != "Windows":
        return shlex.quote(str(path))
    return f'"{path}"    (in PowerShell: & "{path}")' if re.search(r"[^\w.:\\-]", str(path)) else str(path)


def path_advice(folder: Path, system: str) -> str:
    """How to be able to type just `mtbsync`."""
    if system == "Windows":
        return f"Settings > System > About > Advanced system settings > Environment variables > Path > New: {folder}"
    start = "~/.zprofile" if system == "Darwin" else "~/.profile"
    return f"add this line to {start}: export PATH={shlex.quote(str(folder))}:$PATH"


# ---------------------------------------------------------------- what people ask for


def run_briefly(command: "Sequence[str]") -> "Optional[str]":
    """Run a short command: the last line of its complaint, or None when it succeeds.

    It runs beside the program, so that a Python sees what is installed and not the folder where somebody stands.
    """
    try:
        done = subprocess.run(
            command,
            cwd=str(Path(command[0]).parent),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=clean_environment(),
            timeout=120,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    last = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return None if done.returncode == 0 else (last[-1] if last else "failed without a word")


def imports(python: str, modules: "Sequence[str]") -> "Dict[str, Optional[str]]":
    """Import each module with another Python: name -> what went wrong, or None."""
    return {module: run_briefly([python, "-c", "import " + module]) for module in modules}


def environments(plain: Path) -> "List[Path]":
    """Every folder that this script may have made, beginning with the one for daily use."""
    return [plain, *sorted(ROOT.glob(".venv*"))]


def doctor(
    plain: Path, current: Interpreter, system: str, others: "Sequence[Interpreter]", resolve_dir: "Optional[str]" = None
) -> int:
    """Print what is here and what works, also in DaVinci Resolve; 0 when at least one installation is whole."""
    say(f"system      {platform.system()} {platform.release()}, {platform.machine()}")
    say("this Python {} at {} ({})".format(current.dotted(), current.path, current.unfit() or "fits"))
    for other in others:
        say("found       {} at {}{}".format(other.dotted(), other.path, "" if other.ready else " (no venv module)"))
    folder = plain
    while not folder.exists():
        folder = folder.parent
    say(f"free disk   {shutil.disk_usage(str(folder)).free / 1e9:.1f} GB at {folder}")
    whole = []  # type: List[str]
    for venv in environments(plain):
        marker = read_marker(venv)
        if marker is None:
            say("environment {}: {}".format(venv, "not made by this script" if venv.exists() else "not installed"))
            continue
        python = program_in(venv, "python", system)
        inside = ask(str(python))
        if inside is None:
            say(f"environment {venv}: its Python is gone; run this script again to make it anew")
            continue
        wrong = {module: error for module, error in imports(str(python), sorted(IMPORTS.values())).items() if error}
        command = run_briefly([str(python), "-m", "mtbsync_core", "version"])
        if command:
            wrong["mtbsync version"] = command
        state = "whole" if marker.get("complete") and not wrong else "damaged"
        whole += [str(python)] if state == "whole" else []
        kept = marker.get("extras")
        say(
            "environment {}: {}, Python {}, extras {}, from {}".format(
                venv,
                state,
                inside.dotted(),
                ", ".join(kept) if isinstance(kept, list) and kept else "none",
                marker.get("source", "?"),
            )
        )
        for module, error in wrong.items():
            say(f"            {module}: {error}")
    say("at least one installation is whole" if whole else "no whole installation; run this script without options")
    if not whole:
        return 1
    say("")
    say("and DaVinci Resolve:")
    checking = [whole[0], "-m", "mtbsync_core", "doctor"]
    checking += ["--resolve-dir", resolve_dir] if resolve_dir else []
    sys.stdout.flush()
    return subprocess.call(checking, cwd=str(Path(whole[0]).parent), env=clean_environment())


def uninstall(plain: Path, launcher_folder: Path, system: str, resolve_dir: "Optional[str]" = None) -> int:
    """Delete the environments, the launcher and Resolve's menu entries that this script made, and nothing else."""
    if any(venv in Path(sys.executable).parents for venv in environments(plain)):
        raise SetupError("This Python lies in what is to be removed.", "Run it with the Python of your system.", 2)
    if read_marker(plain) is not None:
        out_of_resolve(str(program_in(plain, "python", system)), resolve_dir)
    removed = 0
    for venv in environments(plain):
        if not venv.is_symlink() and read_marker(venv) is not None:
            say(f"removing {venv}")
            remove(venv)
            removed += 1
            if venv == plain:
                for name in ("mtbsync", "mtbsync.cmd"):
                    remove(launcher_folder / name)
    for folder in (launcher_folder, launcher_folder.parent):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    say("done; results and demo folders are yours and were kept" if removed else "nothing of this script was found")
    return 0


def resolve_verb(python: str, verb: str, resolve_dir: "Optional[str]") -> "Dict[str, object]":
    """What `mtbsync resolve VERB` of an environment answers, as data; an `error` is a part of it."""
    command = [python, "-m", "mtbsync_core", "resolve", verb, "--json"]
    command += ["--resolve-dir", resolve_dir] if resolve_dir else []
    try:
        done = subprocess.run(
            command,
            cwd=str(Path(python).parent),  # so that it sees what is installed, and not the folder where somebody stands
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=clean_environment(),
            timeout=300,
        )
        answer = json.loads(done.stdout.decode("utf-8", "replace"))
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        hint = "Try mtbsync resolve install." if verb == "install" else BY_HAND
        answer = {"error": {"code": "no_answer", "message": f"the engine does not answer ({error})", "hint": hint}}
    return answer if isinstance(answer, dict) else {}


def into_resolve(python: str, resolve_dir: "Optional[str]") -> int:
    """Put the menu entries into DaVinci Resolve; 0 also where there is none and nobody named one."""
    answer = resolve_verb(python, "install", resolve_dir)
    notes, error, done = (answer.get(name) for name in ("notes", "error", "resolve"))
    for note in notes if isinstance(notes, list) else []:
        say(f"note: {note}")
    if isinstance(done, dict):
        say("DaVinci Resolve: the menu entries are below {}.".format(done.get("scripts")))
        say("Start Resolve again; they are under Workspace > Scripts. To check them: mtbsync doctor")
        return 0
    error = error if isinstance(error, dict) else {}
    say("DaVinci Resolve: {}. {}".format(error.get("message"), error.get("hint")))
    return 0 if resolve_dir is None and error.get("code") in ("no_resolve", "sandboxed") else 35


def out_of_resolve(python: str, resolve_dir: "Optional[str]") -> None:
    """Take the menu entries out of DaVinci Resolve, as long as there is an engine that can."""
    answer = resolve_verb(python, "uninstall", resolve_dir)
    error, done = answer.get("error"), answer.get("resolve")
    for one in done if isinstance(done, list) else []:
        say("removing the menu entries below {}".format(one.get("scripts")))
    for note in answer.get("notes") or []:  # type: ignore[attr-defined]
        say(f"note: {note}")
    if isinstance(error, dict):
        say("DaVinci Resolve: {}. {}".format(error.get("message"), error.get("hint")))


def demo(python: str, folder: Path) -> int:
    """Run the demo into `folder`."""
    say(f"demo: everything it writes goes to {folder}")
    sys.stdout.flush()
    return subprocess.call([python, "-m", "mtbsync_core", "demo", "--out", str(folder)], env=clean_environment())


def test(venv: Path, chosen: Interpreter, system: str, home: Path, extras: "Sequence[str]") -> int:
    """Set up two environments side by side, one per end of the supported range, and run every check of the house."""
    kept = program_in(venv, "python", system)
    second = other_end((ask(str(kept)) if kept.exists() else None) or chosen, system, home)
    if second is None:
        say(f"no second Python of the supported range was found; the tests run on {chosen.dotted()} only")
    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(install, venv, chosen.path, system, True, extras)]
        if second is not None:
            folder = venv.with_name("{}-{}.{}".format(venv.name, *second.version))
            jobs.append(pool.submit(install, folder, second.path, system, True, ["dev"]))
        pythons = [job.result().path for job in jobs]
    command = [pythons[0], str(ROOT / "tests" / "house" / "steps.py")]
    for other in pythons[1:]:
        command += ["--also", other]
    sys.stdout.flush()
    return subprocess.call(command, cwd=str(ROOT), env=clean_environment())


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
    what.add_argument("--test", action="store_true", help="set up .venv beside this file and run all checks and tests")
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


def other_end(inside: Interpreter, system: str, home: Path) -> "Optional[Interpreter]":
    """A Python of the other end of the supported range, so that the tests run at both."""
    versions = wanted_versions(system, platform.machine())
    version = versions[-1] if inside.version[:2] == versions[0] else versions[0]
    found = find_interpreters(system, platform.machine(), dict(os.environ), home, only=version)
    return found[0] if found and found[0].ready else None


def main(argv: "Sequence[str]") -> int:
    """Find the Python, then do what was asked."""
    wish = parse(argv)
    system, home = platform.system(), Path.home()
    current = ask(sys.executable)
    if current is None:
        raise SetupError(f"This Python cannot start itself ({sys.executable}).", how_to_get_python(system), 30)
    data = data_folder(system, dict(os.environ), home)
    launcher_folder = data / "bin"
    plain = Path(wish.venv).absolute() if wish.venv else data / "venv"

    if wish.uninstall:
        return uninstall(plain, launcher_folder, system, wish.resolve_dir)
    others = []  # type: List[Interpreter]
    if wish.doctor or current.unfit() or not current.ready:
        others = find_interpreters(system, platform.machine(), dict(os.environ), home)
    if wish.doctor:
        return doctor(plain, current, system, others, wish.resolve_dir)

    known = known_extras((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    unknown = [extra for extra in wish.extras if extra not in known]
    if unknown:
        raise SetupError("There is no extra {}.".format(", ".join(unknown)), "Known: {}.".format(", ".join(known)), 2)

    chosen = choose(current, others, system)
    if chosen is not current:
        say(f"using Python {chosen.dotted()} at {chosen.path}")
        sys.stdout.flush()
        # Not execv: on Windows it returns to the prompt while the new process still runs.
        return subprocess.call([chosen.path, str(Path(__file__).resolve()), *argv], env=clean_environment())

    if wish.demo is None and not wish.test and not wish.dev:
        inside = install(plain, chosen.path, system, editable=False, extras=wish.extras)
        # The Store's Python redirects what it writes to AppData; only the real path works elsewhere.
        venv = Path(os.path.realpath(str(plain)))
        launcher = write_launcher(Path(os.path.realpath(str(launcher_folder))), venv, system)
        say(f"mtbsync is installed, with Python {inside.dotted()}. Run it as:")
        say(f"    {typed(launcher, system)}")
        if str(launcher.parent) not in os.environ.get("PATH", "").split(os.pathsep):
            say(f"To type just `mtbsync`: {path_advice(launcher.parent, system)}")
        return into_resolve(str(program_in(venv, "python", system)), wish.resolve_dir)

    venv = Path(wish.venv).absolute() if wish.venv else ROOT / ".venv"
    extras = sorted(set(wish.extras) | ({"dev"} if wish.test or wish.dev else set()))
    if wish.test:
        return test(venv, chosen, system, home, extras)
    inside = install(venv, chosen.path, system, editable=True, extras=extras)
    if wish.dev:
        say(f"ready: {inside.path}")
        return 0
    return demo(inside.path, Path(wish.demo).absolute())


def run(argv: "Sequence[str]") -> int:
    """`main`, with its errors told to a person."""
    try:
        return main(argv)
    except SetupError as error:
        say("")
        say(error.message)
        say(error.hint)
        return error.exit_code
    except KeyboardInterrupt:
        say("interrupted; run this again to go on")
        return 130


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
