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
from .texts import text

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
    answer = hello(command) if command else _failed(text("engine_nowhere"))
    resolve = resolve_version(platform, env, home)
    found: dict[str, Any] = {
        "system": f"{machine.system()} {machine.release()}, {machine.machine()}",
        "this_python": text("python_at", version=machine.python_version(), path=sys.executable or text("no_path")),
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
        return _failed(text("engine_no_answer", n=round(_HELLO_TIMEOUT_S)))
    except (OSError, ValueError) as error:
        return _failed(text("engine_starts_not", error=error))
    for line in done.stdout.decode("utf-8", "replace").splitlines():
        try:
            answer = json.loads(line)
        except ValueError:
            continue
        if isinstance(answer, dict) and answer.get("event") in ("hello", "error"):
            return answer
    last = done.stderr.decode("utf-8", "replace").strip().splitlines()
    said = last[-1] if last else text("engine_without_word")
    return _failed(text("engine_ended", code=done.returncode, said=said))


def lines(found: Mapping[str, Any]) -> list[str]:
    """What `examine` found, in words; what to do comes last."""
    told = [
        text("doctor_system", system=found["system"]),
        text("doctor_this_python", python=found["this_python"]),
        text("doctor_settings", folder=found["config_folder"]),
    ]
    resolve = found["resolve"]
    if resolve is None:
        told.append(text("doctor_no_version"))
    else:
        version = ".".join(map(str, resolve["numbers"]))
        version = version if resolve["exact"] else text("or_later", version=version)
        edition = resolve["edition"] or text("no_edition")
        told.append(text("doctor_version", version=version, edition=edition, source=resolve["source"]))
    for location in found["folders"]:
        if location["there"] or location["installed"]:
            folder, kind, state = location["scripts"], location["kind"], _state_in_words(location)
            told.append(text("doctor_scripts", folder=folder, kind=kind, state=state))
        else:
            told.append(text("doctor_no_resolve", folder=location["product"], kind=location["kind"]))
    if found["python_in_log"]:
        told.append(text("doctor_last_python", python=found["python_in_log"]))
    for python in found["pythons"]:
        about = ".".join(map(str, python["version"])) if python["version"] else text("starts_not")
        if python["version"] and not python["fits"]:
            about = text("too_old", version=about)
        told.append(text("doctor_python", path=python["path"], how=python["how"], about=about))
    engine, answer = found["engine"], found["engine"]["answer"]
    if answer.get("event") == "hello":
        about = text("engine_about", **{name: answer.get(name) for name in ("version", "python", "matcher")})
    else:
        about = answer["error"]["message"]
    told.append(text("doctor_engine", about=about))
    if engine["command"]:
        told.append(text("doctor_command", command=" ".join(engine["command"])))
    told += [text("doctor_to_do", task=task) for task in found["to_do"]]
    return [*told, text("nothing_to_do" if found["ok"] else "something_to_do")]


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
    return {"event": "error", "error": {"message": message, "hint": text("engine_hint")}}


def _to_do(found: Mapping[str, Any], resolve: ResolveVersion | None) -> list[str]:
    to_do = []
    if found["engine"]["answer"].get("event") != "hello":
        error = found["engine"]["answer"]["error"]
        to_do.append(f"{error['message']}. {error['hint']}")
    there = [location for location in found["folders"] if location["there"]]
    usable = [location for location in there if location["kind"] != APP_STORE]
    if there and not usable:
        to_do.append(text("to_do_sandboxed", route=FILE_ROUTE))
    installed = [location for location in found["folders"] if location["installed"] is not None]
    if not there and not installed:
        to_do.append(text("to_do_no_resolve"))
    if usable and not installed:
        to_do.append(text("to_do_install"))
    for location in installed:
        if location["damaged"]:
            names = ", ".join(location["damaged"])
            to_do.append(text("to_do_damaged", folder=location["scripts"], names=names))
        if location["outdated"]:
            to_do.append(text("to_do_outdated", folder=location["scripts"]))
        if location["engine"] and location["engine"] != found["engine"]["command"]:
            to_do.append(text("to_do_other_engine", folder=location["scripts"], engine=location["engine"][0]))
    if usable and lists_no_python(resolve):
        to_do.append(text("to_do_no_scripts", route=FILE_ROUTE))
    elif usable and not any(python["fits"] for python in found["pythons"]) and not _has_its_own(resolve):
        to_do.append(text("to_do_python"))
    return to_do


def _has_its_own(resolve: ResolveVersion | None) -> bool:
    """Whether this Resolve brings a Python."""
    return resolve is not None and resolve.numbers >= _NO_PYTHON_SINCE


def _state_in_words(location: Mapping[str, Any]) -> str:
    if location["installed"] is None:
        if location["kind"] == APP_STORE:
            return text("sandboxed")
        return text("not_installed" if location["writable"] else "not_installable")
    if location["damaged"]:
        return text("installed_damaged", version=location["installed"], n=len(location["damaged"]))
    return text("installed", version=location["installed"])
