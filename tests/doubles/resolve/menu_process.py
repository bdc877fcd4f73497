"""The process in which a menu script runs, as it looks from within. Facts 2.3. Started by `runner` with one argument.

No `__file__`, the path in sys.argv[0], `resolve` and its company as globals and as attributes of `__main__`; stdout and
stderr are a console that can `write` and nothing else; LC_CTYPE is C, so text files need an encoding; PYTHONHOME and
library paths of Resolve are in the environment, for children to trip over; sys.executable is no Python; the process
ends when the main thread returns, whatever other threads do.
"""

from __future__ import annotations

import importlib
import json
import locale
import os
import sys
import traceback
import types
from pathlib import Path


class Console:
    """Workspace > Console."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8", errors="backslashreplace")

    def write(self, text: str) -> int:
        """Shows text."""
        count = self._file.write(text)
        self._file.flush()
        return count


def load_double() -> None:
    """Make the modules beside this file importable, without a folder on sys.path that the script could import from.

    The package's `__init__` is left out: it wants the runner, which takes half as long as all the rest.
    """
    package = types.ModuleType("resolve_double")
    package.__path__ = [str(Path(__file__).resolve().parent)]
    sys.modules["resolve_double"] = package


def main(job_path: Path) -> None:
    """Run the script of a job, and write `outcome.json` into its folder."""
    job = json.loads(job_path.read_text(encoding="utf-8"))
    folder = Path(job["folder"])
    load_double()
    project, proxy, worlds = (
        importlib.import_module("resolve_double." + name) for name in ("project", "proxy", "world")
    )
    world = worlds.World.from_json(job["world"])

    def hand_back(exit_code: int, error: str) -> None:
        outcome = {"world": json.loads(world.to_json()), "exit_code": exit_code, "error": error}
        partial = folder / "outcome.partial"
        partial.write_text(json.dumps(outcome), encoding="utf-8")
        partial.replace(folder / "outcome.json")
        os._exit(0)

    session = proxy.Session(world, kill=lambda: hand_back(137, "killed"))
    script = Path(job["script"])
    code = compile(script.read_bytes(), str(script), "exec")
    module = types.ModuleType("__main__")
    vars(module).update(project.menu_globals(session))
    sys.modules["__main__"] = module
    sys.argv[:] = [str(script)]
    sys.executable = str(folder / "fuscript")
    os.environ.update(job["pollution"])
    locale.setlocale(locale.LC_CTYPE, "C")
    console = Console(folder / "console.txt")
    sys.stdout = sys.stderr = console  # no text file, and that is the point
    exit_code, error = 0, ""
    try:
        exec(code, vars(module))
    except SystemExit as left:
        if isinstance(left.code, int) or left.code is None:
            exit_code = left.code or 0
        else:
            exit_code = 1
            console.write(f"{left.code}\n")
    except BaseException:
        exit_code, error = 1, traceback.format_exc()
        console.write(error)
    hand_back(exit_code, error)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
