"""What the check of an installation sees and advises; the engine is asked in its own process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from resolve_scripts.mtbsync_resolve import detect, doctor
from resolve_scripts.mtbsync_resolve.detect import FoundPython, pythons_for_resolve, resolve_version
from resolve_scripts.mtbsync_resolve.doctor import examine, hello, lines
from resolve_scripts.mtbsync_resolve.install import install

ROOT = Path(__file__).resolve().parents[2]
# NixOS/nixpkgs pull request 152113, and the same line of a Studio.
FREE_17 = (
    "0x7fc6e47816c0 | Main                 | INFO  | 2021-12-25 16:47:57,075 | "
    "Running DaVinci Resolve v17.4.1.0004 (Linux/Clang x86_64)\n"
)
STUDIO_21 = FREE_17.replace("Resolve v17.4.1.0004", "Resolve Studio v21.1.1.0005")
FREE_21 = FREE_17.replace("v17.4.1.0004", "v21.1.0.0017")


class Machine:
    """A home folder with a Resolve, scripts to install, and an engine that answers what it is told to."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "Jörg B"
        self.product = self.home / ".local" / "share" / "DaVinciResolve"
        self.product.mkdir(parents=True)
        self.root = folder / "wheel"
        for name in ("menu/launcher.py", "mtbsync_resolve/__init__.py"):
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_text(f"# {name}\n", encoding="utf-8")
        self.script = folder / "Ärger & co" / "engine.py"
        self.script.parent.mkdir()
        self.engine = [sys.executable, "-I", "-S", str(self.script)]
        answer = {"event": "hello", "protocol": 1, "version": "1.0", "python": "3.12.1", "matcher": "orb"}
        self.answers(f"import sys; sys.stdin.read(); print({json.dumps(answer)!r})")

    def answers(self, code: str) -> None:
        self.script.write_text(code, encoding="utf-8")

    def log(self, text: str) -> None:
        path = self.product / "logs" / "davinci_resolve.log"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def install(self, version: str = "1.0") -> None:
        install(self.engine, version, self.product, root=self.root)

    def examine(self, **options: Any) -> dict[str, Any]:
        env = {"PATH": "", "MTBSYNC_CONFIG_DIR": str(self.home / "settings")}
        return examine(system=("linux", env, self.home), **options)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    fitting = [FoundPython("the system's", "/usr/bin/python3", (3, 11, 2))]
    monkeypatch.setattr(doctor, "pythons_for_resolve", lambda *_: fitting)
    return Machine(tmp_path)


def said(found: dict[str, Any]) -> str:
    return "\n".join(lines(found))


def test_a_whole_installation(machine: Machine) -> None:
    machine.install()
    machine.log(STUDIO_21)
    found = machine.examine(version="1.0")
    assert (found["ok"], found["to_do"]) == (True, [])
    text = said(found)
    for expected in (
        f"{machine.product / 'Fusion' / 'Scripts'} (user): version 1.0 installed",
        "21.1.1.5, Studio",
        "engine      1.0, Python 3.12.1, orb",
        "/usr/bin/python3",
        str(machine.home / "settings"),
        "nothing is in the way",
    ):
        assert expected in text
    json.dumps(found)


def test_a_machine_without_resolve_is_told_of_as_such(machine: Machine) -> None:
    machine.product.rmdir()
    found = machine.examine(engine=machine.engine)
    assert not found["ok"] and "No DaVinci Resolve was found on this computer" in found["to_do"][0]
    assert "nothing is in the way" not in said(found)
    assert f"no Resolve  {machine.product} (user)" in said(found)


def test_scripts_that_are_not_installed(machine: Machine) -> None:
    found = machine.examine(engine=machine.engine)
    assert found["to_do"] == ["The scripts are not installed: mtbsync resolve install."]
    assert "see what is to do" in said(found)


def test_missing_files_and_another_version_are_seen(machine: Machine) -> None:
    machine.install("0.9")
    (machine.product / "Fusion" / "Scripts" / "Utility" / "MTB Sync - Cancel.py").unlink()
    missing, older = machine.examine(version="1.0")["to_do"]
    assert "MTB Sync - Cancel.py" in missing and "another version" in older


def test_scripts_that_start_another_engine_are_seen(machine: Machine) -> None:
    machine.install()
    engine = [sys.executable, "-I", str(machine.script)]
    assert "start another engine" in said(machine.examine(engine=engine))


def test_a_named_folder_is_looked_at_too(machine: Machine, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    install(machine.engine, "1.0", elsewhere, root=machine.root)
    machine.product.rmdir()
    found = machine.examine(resolve_dir=elsewhere)
    assert found["ok"], found["to_do"]
    assert str(elsewhere) in said(found)


@pytest.mark.parametrize(("log", "advised"), [(FREE_21, True), (STUDIO_21, False), (FREE_17, False)])
def test_the_free_edition_from_21_1_is_pointed_to_the_files(machine: Machine, log: str, advised: bool) -> None:
    machine.install()
    machine.log(log)
    found = machine.examine()
    assert found["ok"] is not advised
    assert ("docs/resolve.md" in said(found)) is advised


def test_no_python_is_said_unless_resolve_brings_its_own(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.install()
    old = [FoundPython("PYTHON3HOME", "/old/python3", (3, 6, 8)), FoundPython("PATH", "/broken", None)]
    monkeypatch.setattr(doctor, "pythons_for_resolve", lambda *_: old)
    machine.log(FREE_17)
    text = said(machine.examine())
    assert "3.6.8, too old" in text and "does not start" in text and "will find no Python" in text
    machine.log(STUDIO_21)
    assert machine.examine()["ok"]


def test_the_app_store_is_pointed_to_the_files(machine: Machine) -> None:
    container = machine.home / "Library" / "Containers" / "com.blackmagic-design.DaVinciResolveAppStore"
    container.mkdir(parents=True)
    found = examine(machine.engine, system=("darwin", {}, machine.home))
    assert any("sandboxed" in text and "mtbsync align" in text for text in found["to_do"])


# ---- the engine


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("raise SystemExit('no cv2')", "ended with 1: no cv2"),
        ("print('not json')", "ended with 0: without a word"),
        ("import sys; sys.stdout.buffer.write(b'\\xff\\n[1]\\n{}\\n')", "without a word"),
    ],
)
def test_an_engine_that_does_not_answer_is_told_in_its_words(machine: Machine, code: str, message: str) -> None:
    machine.install()
    machine.answers(code)
    assert message in hello(machine.engine)["error"]["message"]
    assert message in said(machine.examine()) and not machine.examine()["ok"]


def test_an_engine_that_is_gone(tmp_path: Path) -> None:
    answer = hello([str(tmp_path / "gone" / "python"), "-m", "mtbsync_core"])
    assert "does not start" in answer["error"]["message"] and "install.py" in answer["error"]["hint"]


@pytest.mark.slow
def test_an_engine_that_hangs(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_HELLO_TIMEOUT_S", 0.3)
    machine.answers("import time; time.sleep(20)")
    assert "no answer within" in hello(machine.engine)["error"]["message"]


def test_the_engine_is_started_free_of_what_resolve_sets(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHOME", "/opt/resolve")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/opt/resolve/libs")
    monkeypatch.setenv("DYLD_LIBRARY_PATH", "/opt/resolve/libs")
    machine.answers(
        "import json, os; bent = [n for n in os.environ if n == 'PYTHONHOME' or 'LIBRARY_PATH' in n];"
        "print(json.dumps({'event': 'hello', 'bent': bent, 'utf8': os.environ['PYTHONUTF8']}))"
    )
    assert hello(machine.engine) == {"event": "hello", "bent": [], "utf8": "1"}


@pytest.mark.slow
def test_the_real_engine_answers(tmp_path: Path) -> None:
    start = tmp_path / "start.py"
    start.write_text(
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from mtbsync_core.cli import main; sys.exit(main())",
        encoding="utf-8",
    )
    answer = hello([sys.executable, str(start)])
    assert (answer["event"], answer["protocol"]) == ("hello", doctor.PROTOCOL), answer


# ---- what Resolve's files tell


def test_version_and_edition_are_those_of_the_last_start(machine: Machine) -> None:
    system: tuple[str, dict[str, str], Path] = ("linux", {}, machine.home)
    assert resolve_version(*system) is None
    machine.log(FREE_17 + "other\n" + STUDIO_21)
    found = resolve_version(*system)
    assert found is not None
    assert (found.numbers, found.edition, found.exact) == ((21, 1, 1, 5), "Studio", True)
    older = machine.product / "logs" / "ResolveDebug.txt"
    older.write_text(FREE_17, encoding="utf-8")
    os.utime(older, (1, 1))
    assert resolve_version(*system) == found, "the newest log counts"


def test_a_log_without_a_start_leads_to_the_one_before(machine: Machine) -> None:
    machine.log("nothing of a start\n")
    rolled = machine.product / "logs" / "davinci_resolve.log.1"
    rolled.write_text(STUDIO_21 + "x | Fusion | INFO | Using Python 3.14.7 at /usr/lib\n", encoding="utf-8")
    os.utime(rolled, (1, 1))
    system: tuple[str, dict[str, str], Path] = ("linux", {}, machine.home)
    found = resolve_version(*system)
    assert found is not None and found.edition == "Studio"
    assert detect.python_in_log(*system) == "3.14.7 at /usr/lib"


def test_the_manual_tells_21_1_where_there_is_no_log(tmp_path: Path) -> None:
    env = {"PROGRAMDATA": str(tmp_path)}
    manual = tmp_path / "Blackmagic Design" / "DaVinci Resolve" / "Support" / "Developer" / "Scripting"
    manual.mkdir(parents=True)
    (manual / "DaVinciResolveScript.pyi").write_text("", encoding="utf-8")
    found = resolve_version("win32", env, tmp_path / "home")
    assert found is not None and (found.numbers, found.exact, found.edition) == ((21, 1), False, "")


def test_pythons_are_looked_for_as_resolve_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = tmp_path / "named" / "python.exe"
    listed = tmp_path / "Python 312" / "python.exe"
    for path in (named, listed):
        path.parent.mkdir()
        path.write_text("no program", encoding="utf-8")
    monkeypatch.setattr(
        detect,
        "registry_pythons",
        lambda: [("registry 3.12", str(listed)), ("registry 3.9", str(tmp_path / "gone.exe"))],
    )
    found = pythons_for_resolve("win32", {"PYTHON3HOME": str(named.parent)})
    assert [(python.how, python.path, python.fits) for python in found] == [
        ("PYTHON3HOME", str(named), False),
        ("registry 3.12", str(listed), False),
    ]


def test_this_python_says_its_version(tmp_path: Path) -> None:
    assert detect.ask_version(sys.executable) == sys.version_info[:3]
    assert detect.ask_version(str(tmp_path / "gone")) is None


@pytest.mark.skipif(os.name == "nt", reason="other systems")
def test_there_is_no_registry_elsewhere() -> None:
    assert detect.registry_pythons() == []


@pytest.mark.slow
@pytest.mark.parametrize("version", ["3.8.18", "3.13.0"])
def test_it_runs_in_the_pythons_of_resolve(version: str, machine: Machine) -> None:
    """From the installed copy, as the menu's own check does."""
    python = Path.home() / ".pyenv" / "versions" / version / "bin" / "python"
    if not python.is_file():
        pytest.skip(f"no Python {version} here")
    machine.product.rename(machine.home / "elsewhere")  # no place that is known: the copy has to see where it lies
    install(machine.engine, "1.0", machine.home / "elsewhere")
    code = "from mtbsync_resolve.doctor import examine, lines; print(ascii('\\n'.join(lines(examine()))))"
    env = {**os.environ, "HOME": str(machine.home), "PYTHONIOENCODING": "utf-8", "LC_ALL": "C"}
    where = machine.home / "elsewhere" / "Fusion" / "Scripts" / "MTB Sync"
    done = subprocess.run(
        [python, "-B", "-c", code], cwd=where, env=env, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    assert "engine      1.0, Python 3.12.1" in done.stdout
    assert "(given): version 1.0 installed" in done.stdout
