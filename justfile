# For people: `just` lists the recipes. Everything here is short enough to be typed by hand.

python := if os_family() == "windows" { ".venv/Scripts/python.exe" } else { ".venv/bin/python" }
starter := if os_family() == "windows" { "py" } else { "python3" }

_default:
    @just --list

# make .venv with the package (editable) and the development tools
setup:
    {{ starter }} install.py --dev

# what needs no running: ruff, mypy, import-linter
lint:
    {{ python }} -m ruff check .
    {{ python }} -m ruff format --check .
    {{ python }} -m mypy
    {{ python }} tests/house/steps.py --only import-linter

# ruff's repairs and its format
fix:
    {{ python }} -m ruff check --fix .
    {{ python }} -m ruff format .

# the unit set; `just test -m slow` for the slow one, `just check` for all that a change must pass
test *arguments:
    {{ python }} -m pytest {{ arguments }}

# all that a change must pass
check:
    {{ starter }} install.py --test
    {{ starter }} install.py --test slow

# look at a result in the browser
run-preview *arguments:
    {{ python }} -m mtbsync_core preview {{ arguments }}

# resolve the development tools anew, for every system and Python
lock:
    {{ python }} -m uv pip compile pyproject.toml --python {{ python }} --extra dev --universal --python-version 3.11 --upgrade --no-annotate --no-emit-index-url --no-emit-find-links --custom-compile-command "just lock" --output-file requirements-dev.lock

# which versions other systems get, from wheels only
wheels:
    {{ python }} tests/house/wheels.py

# the wheel and the source archive, into dist/
build:
    {{ python }} -m hatchling build
