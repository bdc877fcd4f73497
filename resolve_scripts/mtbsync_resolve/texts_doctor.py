"""Texts of what is installed, and of what to do about it; see `texts`."""

from __future__ import annotations

DOCTOR = {
    # What was found, a line to a thing.
    "doctor_system": "system      {system}",
    "doctor_this_python": "this Python {python}",
    "doctor_settings": "settings    {folder}",
    "doctor_no_version": "Resolve     version and edition not known: it wrote no log here",
    "doctor_version": "Resolve     {version}, {edition}, says {source}",
    "or_later": "{version} or later",
    "no_edition": "edition not known",
    "doctor_scripts": "scripts     {folder} ({kind}): {state}",
    "doctor_no_resolve": "no Resolve  {folder} ({kind})",
    "doctor_last_python": "Python      Resolve last used {python}",
    "doctor_python": "Python      {path} ({how}): {about}",
    "python_at": "{version} at {path}",
    "no_path": "no path",
    "systems_own": "the system's",
    "resolves_own": "Resolve's own",
    "starts_not": "does not start",
    "too_old": "{version}, too old for the scripts",
    "doctor_engine": "engine      {about}",
    "engine_about": "{version}, Python {python}, {matcher}",
    "doctor_command": "            {command}",
    "doctor_to_do": "to do       {task}",
    "nothing_to_do": "nothing is in the way",
    "something_to_do": "see what is to do above",
    # The scripts of one Resolve.
    "sandboxed": "sandboxed, scripts cannot work there",
    "not_installed": "not installed",
    "not_installable": "not installed, and not to be written by you",
    "installed": "version {version} installed",
    "installed_damaged": "version {version} installed, {n} files missing or changed",
    # The engine.
    "engine_nowhere": "no installation says where the engine is",
    "engine_no_answer": "the engine gave no answer within {n} s",
    "engine_starts_not": "the engine does not start: {error}",
    "engine_ended": "the engine ended with {code}: {said}",
    "engine_without_word": "without a word",
    "engine_hint": "Run install.py of mtbsync again.",
    # What to do.
    "file_route": (
        "go by files: markers out of Resolve as EDL, mtbsync align, markers back as EDL or Lua (docs/resolve.md)"
    ),
    "to_do_sandboxed": "The Resolve of Apple's App Store is sandboxed and cannot start the engine: {route}.",
    "to_do_no_resolve": (
        "No DaVinci Resolve was found on this computer. If there is one, start it once, or name its folder with"
        " --resolve-dir; all else of mtbsync works without it."
    ),
    "to_do_install": "The scripts are not installed: mtbsync resolve install.",
    "to_do_damaged": "Missing or changed in {folder}: {names}. Run mtbsync resolve install.",
    "to_do_outdated": "The scripts in {folder} are of another version: mtbsync resolve install.",
    "to_do_other_engine": "The scripts in {folder} start another engine, {engine}.",
    "to_do_no_scripts": "Since 21.1 the free Resolve lists no Python scripts: {route}.",
    "to_do_python": (
        "Resolve will find no Python, so it lists no Python scripts. Install a 64-bit Python 3.12 from python.org, or"
        " on Linux by the package manager; those of Homebrew, pyenv and the Microsoft Store are not seen. Then restart"
        " it."
    ),
}
