"""Runs a script as Resolve's menu does, in a process of its own, and hands back what became of the world.

    result = run_menu_script(scene.world, "MTB Sync - Transfer Markers.py", python="/usr/bin/python3.8")
    assert result.timeline().markers[0].name == "jump"

The world that was passed stays as it was; pass `result.world` to the next run. What the process looks like to the
script is in `menu_process`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping, Union

from .api_table import version_of
from .proxy import ResolveDoubleError
from .world import Called, TimelineData, World

PathLike = Union[str, Path]


class NotInMenu(Exception):
    """Resolve would not list this script: from 21.1 on the free edition lists no Python (facts 0)."""


@dataclass
class MenuRun:
    """What a script left behind. `error` is the traceback, '' without one; `console` all that it printed."""

    world: World
    console: str
    exit_code: int
    error: str

    def timeline(self, name: str = "") -> TimelineData:
        """A timeline by name, or the current one.

        Raises:
            KeyError: there is none.
        """
        return self.world.timeline(name)

    def calls(self, name: str) -> list[Called]:
        """The calls of one name, "Timeline.AddMarker", in order; from this and earlier runs on the same world."""
        return [called for called in self.world.calls if called.call == name]


class RunningScript:
    """A script that was started; `wait` for it."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        self.process = process
        self._folder = folder

    @property
    def console(self) -> str:
        """What it has printed until now; Resolve may show that only at the end."""
        path = self._folder / "console.txt"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def wait(self, timeout_s: float = 60.0) -> MenuRun:
        """The end of it.

        Raises:
            ResolveDoubleError: the script used what the double does not stand for, or its process died without a word.
            TimeoutError: it took too long, and was killed.
        """
        try:
            spill, _ = self.process.communicate(timeout=timeout_s)
            console = self.console
            outcome = self._folder / "outcome.json"
            if not outcome.exists():
                said = console + spill.decode("utf-8", "replace")
                raise ResolveDoubleError(f"the script's process ended ({self.process.returncode}):\n{said}")
            told: dict[str, Any] = json.loads(outcome.read_text(encoding="utf-8"))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            raise TimeoutError(f"the script ran over {timeout_s:g} s; console:\n{self.console}") from None
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)
        world = World.from_json(told["world"])
        if world.violations:
            raise ResolveDoubleError("\n".join(world.violations) + "\nconsole:\n" + console)
        return MenuRun(world, console, told["exit_code"], told["error"])


def start_menu_script(
    world: World,
    script: PathLike,
    *,
    python: PathLike = sys.executable,
    env: Mapping[str, str] | None = None,
    home: PathLike | None = None,
    cwd: PathLike | None = None,
) -> RunningScript:
    """Start a script and come back at once.

    `env` is added to the environment; `home` is the user's folder (an empty one unless given, never the real one);
    `cwd` is the root of the drive unless given, as for programs that are started from a desktop.

    Raises:
        NotInMenu: this Resolve would not offer it.
    """
    if world.edition == "free" and version_of(world.version) >= (21, 1):
        raise NotInMenu("the free edition lists no Python scripts from 21.1 on")
    folder = Path(tempfile.mkdtemp(prefix="resolve-double-"))
    poison = folder / "poison"
    poison.mkdir()
    # What a Python of another version meets when it inherits Resolve's PYTHONPATH: "SRE module mismatch" and the like.
    (poison / "json.py").write_text("raise ImportError('this is the json of Resolve')\n", encoding="utf-8")
    # What runs scripts is a program of Resolve's; to start it as if it were Python leads nowhere.
    fuscript = folder / "fuscript"
    fuscript.write_text("#!/bin/sh\nexit 86\n", encoding="utf-8")
    fuscript.chmod(0o755)
    user = folder / "home" if home is None else Path(home)
    user.mkdir(exist_ok=True)
    job = {
        "world": world.to_json(),
        "script": str(Path(script).absolute()),
        "folder": str(folder),
        "executable": str(fuscript),
        "pollution": {
            "PYTHONHOME": str(poison / "no-python-here"),
            "PYTHONPATH": str(poison),
            "LD_LIBRARY_PATH": str(poison),
            "DYLD_LIBRARY_PATH": str(poison),
            "DYLD_FRAMEWORK_PATH": str(poison),
        },
    }
    job_path = folder / "job.json"
    job_path.write_text(json.dumps(job), encoding="utf-8")
    command = [str(python), "-I", "-X", "utf8=0", str(Path(__file__).with_name("menu_process.py")), str(job_path)]
    process = subprocess.Popen(
        command,
        cwd=str(cwd) if cwd is not None else str(folder.anchor),
        env=_environment(user, env or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return RunningScript(process, folder)


def run_menu_script(
    world: World,
    script: PathLike,
    *,
    python: PathLike = sys.executable,
    env: Mapping[str, str] | None = None,
    home: PathLike | None = None,
    cwd: PathLike | None = None,
    timeout_s: float = 60.0,
) -> MenuRun:
    """Run a script to its end; parameters as for `start_menu_script`.

    Raises:
        NotInMenu: this Resolve would not offer it.
        ResolveDoubleError: the script used what the double does not stand for, or its process died without a word.
        TimeoutError: it took too long, and was killed.
    """
    return start_menu_script(world, script, python=python, env=env, home=home, cwd=cwd).wait(timeout_s)


def _environment(user: Path, added: Mapping[str, str]) -> dict[str, str]:
    """That of a program from the desktop: no shell's PATH, a home that is not the tester's."""
    if os.name == "nt":
        kept = {name: os.environ[name] for name in ("SYSTEMROOT", "PATH", "TEMP", "TMP") if name in os.environ}
        own = {"USERPROFILE": str(user), "APPDATA": str(user / "AppData" / "Roaming")}
    else:
        kept = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "TMPDIR": tempfile.gettempdir()}
        own = {"HOME": str(user), "LC_ALL": "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"}
    return {**kept, **own, **added}
