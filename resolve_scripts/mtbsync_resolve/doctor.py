"""What is installed for Resolve, whether it can work, and what to do; for `mtbsync doctor` and the menu's own check.

`examine` collects plain data (JSON-ready), `lines` puts it into words. Nothing is changed, and Resolve need not run.
"""

from __future__ import annotations

import json
import os
import platform as machine
import subprocess
import sys
from pathlib import Path, PurePath
from typing import Any, Mapping, Sequence

from .detect import ResolveVersion, python_in_log, pythons_for_resolve, resolve_version, run_quietly
from .engine import PROTOCOL
from .folders import APP_STORE, Location, config_folder, known_locations, location_of, this_system
from .install import FILE_ROUTE
from .manifest import MANIFEST, digest, read_manifest

_HELLO_TIMEOUT_S = 90.0
_NO_PYTHON_SINCE = (21, 1)
"""From this version on the free edition lists no Python scripts (Blackmagic's forum, thread 239823)."""


def examine(
    engine: Sequence[str] | None = None,
    version: str | None = None,
    resolve_dir: Path | None = None,
    *,
    system: tuple[str, Mapping[str, str], PurePath] | None = None,
) -> dict[str, Any]:
    """Look at everything; `ok` of the result says whether nothing is in the way.

    Args:
        engine: the command that starts the engine; by default the one of the first installation.
        version: of the scripts that should be installed; None takes what is there.
        resolve_dir: also look at this folder of Resolve.
        system: platform, environment and home folder, by default those of this system.
    """
    platform, env, home = this_system() if system is None else system
    known = known_locations(platform, env, home)
    named = [resolve_dir.expanduser().absolute()] if resolve_dir is not None else []
    # This very file may have been installed into a folder that is none of the known ones.
    package = Path(__file__).absolute().parent
    own = [package.parent.parent] if (package / MANIFEST).is_file() else []
    # What is known comes out of `location_of` under another kind; each folder is looked at once.
    others = [location_of(folder, known) for folder in [*named, *own]]
    locations = [*known, *(location for location in others if location.scripts not in [one.scripts for one in known])]
    seen = [_look_at(location, version) for location in dict.fromkeys(locations)]
    command = list(engine) if engine else next((one["engine"] for one in seen if one["engine"]), None)
    answer = hello(command) if command else _failed("no installation says where the engine is")
    resolve = resolve_version(platform, env, home)
    found: dict[str, Any] = {
        "system": f"{machine.system()} {machine.release()}, {machine.machine()}",
        "this_python": f"{machine.python_version()} at {sys.executable or 'no path'}",
        "folders": seen,
        "config_folder": str(config_folder(platform, env, home)),
        "resolve": None if resolve is None else {**resolve._asdict(), "numbers": list(resolve.numbers)},
        "python_in_log": python_in_log(platform, env, home),
        "pythons": [
            {"how": p.how, "path": p.path, "version": p.version and list(p.version), "fits": p.fits}
            for p in pythons_for_resolve(platform, env)
        ],
        "engine": {"command": command, "answer": answer},
    }
    found["to_do"] = _to_do(found, resolve)
    found["ok"] = not found["to_do"]
    return found


def hello(engine: Sequence[str]) -> dict[str, Any]:
    """The engine's answer to `hello`, or `{"event": "error", "error": {"message": ..., "hint": ...}}`; never raises."""
    request = json.dumps({"protocol": PROTOCOL, "do": "hello"}).encode("ascii")
    try:
        done = run_quietly([*engine, "rpc"], timeout_s=_HELLO_TIMEOUT_S, stdin=request)
    except subprocess.TimeoutExpired:
        return _failed(f"the engine gave no answer within {_HELLO_TIMEOUT_S:.0f} s")
    except (OSError, ValueError) as error:
        return _failed(f"the engine does not start: {error}")
    for line in done.stdout.decode("utf-8", "replace").splitlines():
        try:
            answer = json.loads(line)
        except ValueError:
            continue
        if isinstance(answer, dict) and answer.get("event") in ("hello", "error"):
            return answer
    last = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return _failed(f"the engine ended with {done.returncode}: {last[-1] if last else 'without a word'}")


def lines(found: Mapping[str, Any]) -> list[str]:
    """What `examine` found, in words; what to do comes last."""
    text = [
        f"system      {found['system']}",
        f"this Python {found['this_python']}",
        f"settings    {found['config_folder']}",
    ]
    resolve = found["resolve"]
    if resolve is None:
        text.append("Resolve     version and edition not known: it wrote no log here")
    else:
        dotted = ".".join(map(str, resolve["numbers"])) + ("" if resolve["exact"] else " or later")
        text.append(f"Resolve     {dotted}, {resolve['edition'] or 'edition not known'}, says {resolve['source']}")
    for location in found["folders"]:
        if location["there"] or location["installed"]:
            text.append(f"scripts     {location['scripts']} ({location['kind']}): {_state_in_words(location)}")
        else:
            text.append(f"no Resolve  {location['product']} ({location['kind']})")
    if found["python_in_log"]:
        text.append(f"Python      Resolve last used {found['python_in_log']}")
    for python in found["pythons"]:
        about = ".".join(map(str, python["version"])) if python["version"] else "does not start"
        fits = "" if python["fits"] or not python["version"] else ", too old for the scripts"
        text.append(f"Python      {python['path']} ({python['how']}): {about}{fits}")
    engine = found["engine"]
    if engine["answer"].get("event") == "hello":
        answer = engine["answer"]
        text.append(f"engine      {answer.get('version')}, Python {answer.get('python')}, {answer.get('matcher')}")
    else:
        text.append(f"engine      {engine['answer']['error']['message']}")
    if engine["command"]:
        text.append(f"            {' '.join(engine['command'])}")
    text += [f"to do       {task}" for task in found["to_do"]]
    return [*text, "nothing is in the way" if found["ok"] else "see what is to do above"]


def lists_no_python(resolve: ResolveVersion | None) -> bool:
    """Whether this is known to be a Resolve whose menu has no Python scripts."""
    return resolve is not None and resolve.edition == "free" and resolve.numbers >= _NO_PYTHON_SINCE


def _look_at(location: Location, version: str | None) -> dict[str, Any]:
    scripts = Path(location.scripts)
    manifest = read_manifest(scripts) or {}
    installed = str(manifest.get("version")) if manifest else None
    command, files = manifest.get("engine"), manifest.get("files", {})
    is_command = isinstance(command, list) and command and all(isinstance(word, str) for word in command)
    return {
        "kind": location.kind,
        "product": str(location.product),
        "scripts": str(scripts),
        "there": Path(location.product).is_dir(),
        "writable": _writable(scripts),
        "installed": installed,
        "engine": command if is_command else None,
        "damaged": sorted(name for name, hashes in files.items() if not _as_written(scripts / name, hashes)),
        "outdated": version is not None and installed not in (None, version),
    }


def _as_written(path: Path, hashes: Sequence[str]) -> bool:
    try:
        return digest(path.read_bytes()) in hashes
    except OSError:
        return False


def _writable(folder: Path) -> bool:
    """Whether the folder, or the nearest one above it that exists, can be written, as far as access rights tell."""
    while not folder.exists() and folder.parent != folder:
        folder = folder.parent
    return os.access(str(folder), os.W_OK)


def _failed(message: str) -> dict[str, Any]:
    return {"event": "error", "error": {"message": message, "hint": "Run install.py of mtbsync again."}}


def _to_do(found: Mapping[str, Any], resolve: ResolveVersion | None) -> list[str]:
    to_do = []
    if found["engine"]["answer"].get("event") != "hello":
        error = found["engine"]["answer"]["error"]
        to_do.append(f"{error['message']}. {error['hint']}")
    there = [location for location in found["folders"] if location["there"]]
    usable = [location for location in there if location["kind"] != APP_STORE]
    if there and not usable:
        to_do.append(f"The Resolve of Apple's App Store is sandboxed and cannot start the engine: {FILE_ROUTE}.")
    installed = [location for location in found["folders"] if location["installed"] is not None]
    if not there and not installed:
        to_do.append(
            "No DaVinci Resolve was found on this computer. If there is one, start it once, or name its folder with"
            " --resolve-dir; all else of mtbsync works without it."
        )
    if usable and not installed:
        to_do.append("The scripts are not installed: mtbsync resolve install.")
    for location in installed:
        if location["damaged"]:
            names = ", ".join(location["damaged"])
            to_do.append(f"Missing or changed in {location['scripts']}: {names}. Run mtbsync resolve install.")
        if location["outdated"]:
            to_do.append(f"The scripts in {location['scripts']} are of another version: mtbsync resolve install.")
        if location["engine"] and location["engine"] != found["engine"]["command"]:
            to_do.append(f"The scripts in {location['scripts']} start another engine, {location['engine'][0]}.")
    if usable and lists_no_python(resolve):
        to_do.append(f"Since 21.1 the free Resolve lists no Python scripts: {FILE_ROUTE}.")
    elif usable and not any(python["fits"] for python in found["pythons"]) and not _has_its_own(resolve):
        to_do.append(_HOW_TO_GET_PYTHON)
    return to_do


def _has_its_own(resolve: ResolveVersion | None) -> bool:
    """Whether this Resolve brings a Python."""
    return resolve is not None and resolve.numbers >= _NO_PYTHON_SINCE


def _state_in_words(location: Mapping[str, Any]) -> str:
    if location["installed"] is None:
        if location["kind"] == APP_STORE:
            return "sandboxed, scripts cannot work there"
        return "not installed" + ("" if location["writable"] else ", and not to be written by you")
    damage = f", {len(location['damaged'])} files missing or changed" if location["damaged"] else ""
    return f"version {location['installed']} installed{damage}"


_HOW_TO_GET_PYTHON = (
    "Resolve will find no Python, so it lists no Python scripts. Install a 64-bit Python 3.12 from python.org, or on "
    "Linux by the package manager; those of Homebrew, pyenv and the Microsoft Store are not seen. Then restart it."
)
