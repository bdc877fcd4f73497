"""The tree as Windows and macOS see it: names, encodings, imports, and code that runs in an awkward place."""

from __future__ import annotations

import ast
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = ("mtbsync_core", "otio_adapters", "resolve_scripts", "tests", "benchmarks")
RESERVED = {"con", "prn", "aux", "nul", *(f"com{i}" for i in range(10)), *(f"lpt{i}" for i in range(10))}
AWKWARD = "Läufe & Spuren (2026)"


def tracked() -> list[str]:
    """Every file of the project, `/` between folders; new files that git does not ignore count too."""
    try:
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
        names = [os.fsdecode(name) for name in done.stdout.split(b"\0") if name]
    except (OSError, subprocess.CalledProcessError):  # an unpacked sdist
        found = (p for p in ROOT.rglob("*") if p.is_file() and not {"__pycache__", ".venv"} & set(p.parts))
        names = [p.relative_to(ROOT).as_posix() for p in found]
    return sorted(name for name in set(names) if (ROOT / name).is_file())


def sources() -> list[Path]:
    """Our Python files."""
    return [ROOT / name for name in tracked() if name.endswith(".py") and name.split("/")[0] in (*OURS, "install.py")]


def complaint(name: str) -> str | None:
    """Why Windows or macOS could not check this file out, or None."""
    for part in name.split("/"):
        if not part.isascii():
            return "is not ASCII"
        if re.search(r'[<>:"\\|?*\x00-\x1f]', part):
            return "has a character that Windows forbids"
        if part.split(".")[0].lower() in RESERVED:
            return "is reserved on Windows"
        if part.endswith((".", " ")):
            return "ends in a dot or a space"
    return "is over 150 characters long" if len(name) > 150 else None


@pytest.mark.parametrize(
    "name",
    ["a/Läufe.csv", "a:b", "what?.py", "docs/aux.md", "Com1", "x./y", "back\\slash", "d/" + "x" * 150],
)
def test_bad_names_are_seen(name: str) -> None:
    assert complaint(name)


def test_file_names_work_everywhere() -> None:
    assert {name: complaint(name) for name in tracked() if complaint(name)} == {}


def test_no_two_names_differ_only_in_case() -> None:
    seen: dict[str, str] = {}
    clashes = []
    for name in tracked():
        for part in [name, *(str(parent) for parent in Path(name).parents)]:
            key = unicodedata.normalize("NFC", part).casefold()
            if seen.setdefault(key, part) != part:
                clashes.append((seen[key], part))
    assert clashes == []


UNPORTABLE = {
    r"\bimport (fcntl|pwd|grp|resource|termios)\b|\bfrom (fcntl|pwd|grp|resource|termios) import": "is not on Windows",
    r"\bos\.(fork|forkpty|getuid|geteuid|killpg|setsid|mkfifo|uname)\(": "is not on Windows",
    r"""["'](/tmp|/var/tmp|/dev/shm|C:\\+Temp)\b""": "is a fixed temporary folder",
    r"""get_context\(["']fork|set_start_method\(["']fork""": "is not on Windows, and unsafe on macOS",
    r"\bos\.system\(|shell=True": "depends on the shell",
}


def guarded(text: str, position: int) -> bool:
    """Whether the line says why it may stay: a guard on the platform, or `# portable: reason`."""
    line = text[text.rfind("\n", 0, position) + 1 : (text + "\n").find("\n", position)]
    return "# portable:" in line


@pytest.mark.slow
def test_no_source_needs_a_certain_system() -> None:
    found = []
    for path in sources():
        if path == Path(__file__).resolve():
            continue
        text = path.read_text(encoding="utf-8")
        for pattern, why in UNPORTABLE.items():
            for match in re.finditer(pattern, text):
                if not guarded(text, match.start()):
                    line = text.count("\n", 0, match.start()) + 1
                    found.append(f"{path.relative_to(ROOT)}:{line}: {match.group()} {why}")
    assert found == []


def test_sources_are_utf8_with_unix_line_ends() -> None:
    wrong = [str(path) for path in sources() if b"\r" in path.read_bytes() or path.read_bytes()[:3] == b"\xef\xbb\xbf"]
    assert wrong == []


def test_tests_read_what_is_in_the_project_only() -> None:
    """A folder beside the checkout is not there in a fresh clone."""
    beside = re.compile(r"""["'/]shared["'/]""")
    named = [path for path in sources() if path.is_relative_to(ROOT / "tests") and path != Path(__file__).resolve()]
    assert [str(path) for path in named if beside.search(path.read_text(encoding="utf-8"))] == []


def test_real_files_are_few_and_say_where_they_come_from() -> None:
    data = ROOT / "tests" / "data"
    files = [path for path in data.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 3_000_000
    told = (data / "README.md").read_text(encoding="utf-8")
    for path in files:
        assert path.parent.name in told, path
        assert path.parent.name != "nle" or path.name.split("_")[0] in told, path


RESOLVE_FILES = sorted((ROOT / "resolve_scripts").rglob("*.py"))


@pytest.mark.parametrize("path", [*RESOLVE_FILES, ROOT / "install.py"], ids=lambda p: str(p.relative_to(ROOT)))
def test_old_pythons_can_read_it(path: Path) -> None:
    """Resolve may start its scripts with 3.8; install.py must live long enough to say that 3.8 is too old."""
    text = path.read_text(encoding="utf-8")
    ast.parse(text, filename=str(path), feature_version=(3, 8))
    if path == ROOT / "install.py":
        ast.parse(text, filename=str(path), feature_version=(3, 6))
        assert "from __future__ import annotations" not in text, "Python 3.6 does not know it"


@pytest.mark.parametrize("path", [*RESOLVE_FILES, ROOT / "install.py"], ids=lambda p: str(p.relative_to(ROOT)))
def test_it_imports_the_standard_library_only(path: Path) -> None:
    allowed = {*sys.stdlib_module_names, "DaVinciResolveScript", "fusionscript", "mtbsync_resolve"}
    foreign = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            foreign += [alias.name for alias in node.names if alias.name.split(".")[0] not in allowed]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            foreign += [node.module] if node.module.split(".")[0] not in allowed else []
    assert foreign == []


HEAVY = ("av", "cv2", "matplotlib", "numpy", "opentimelineio", "pandas", "rich", "scipy", "typer")


def loaded_by(code: str) -> set[str]:
    """The heavy packages that a fresh Python has loaded after `code`."""
    code += f"; import sys; print(*[m for m in {HEAVY!r} if m in sys.modules])"
    # The environment is kept: coverage and the like may need it.
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_importing_the_package_costs_nothing() -> None:
    assert loaded_by("import mtbsync_core") == set()


@pytest.mark.slow
def test_the_kernel_needs_numpy_only() -> None:
    kernel = ("errors", "files", "markers", "mediainfo", "timecode", "warp")
    code = "; ".join(f"import mtbsync_core.{name}" for name in kernel)
    assert loaded_by(code) <= {"numpy"}


@pytest.mark.slow
def test_values_cross_into_a_spawned_process(tmp_path: Path) -> None:
    """Windows and macOS start processes afresh; a value that only survives a fork is no value there."""
    script = tmp_path / "crossing.py"
    script.write_text(
        "import multiprocessing\n"
        "from mtbsync_core.markers import Marker, transfer\n"
        "from mtbsync_core.warp import TimeWarp\n"
        "def job(warp):\n"
        "    [moved] = transfer([Marker('drop', 5.0)], warp)\n"
        "    return moved.t_new\n"
        "if __name__ == '__main__':\n"
        "    warp = TimeWarp([0.0, 10.0], [1.0, 12.0], [0.1, 0.1])\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
        "        print(pool.apply(job, (warp,)))\n",
        encoding="utf-8",
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, str(script)], env=env, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) == pytest.approx(6.5)
    assert "spawn" in multiprocessing.get_all_start_methods()


@pytest.mark.slow
def test_a_copy_in_an_awkward_folder_works_under_the_c_locale(tmp_path: Path) -> None:
    """The kernel's tests pass in a copy of the checkout whose path has spaces and letters outside ASCII."""
    home = tmp_path / AWKWARD
    for name in ("mtbsync_core", "otio_adapters", "resolve_scripts", "tests"):
        shutil.copytree(ROOT / name, home / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "install.py"):
        shutil.copy(ROOT / name, home / name)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(Path("tests", "kernel"))]
    env = {key: value for key, value in os.environ.items() if key != "PYTHONUTF8"}
    env |= {"PYTHONPATH": str(home), "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C"}
    done = subprocess.run(command, cwd=home, env=env, capture_output=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr).decode("utf-8", "replace")[-3000:]
    probe = [sys.executable, "-c", "import mtbsync_core as m; print(ascii(m.__file__))"]
    where = subprocess.run(probe, cwd=home, env=env, capture_output=True, encoding="utf-8", check=True)
    assert tmp_path.name in where.stdout, "the copy was not what was tested"
