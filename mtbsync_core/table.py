"""Tables out of spreadsheets: bytes in, header and rows with line numbers out, whatever was done to them.

Survives: UTF-8 with and without BOM, UTF-16 with BOM, Windows-1252; comma, semicolon, tab or pipe; Excel's
`sep=;` line; quoted cells with line breaks; blank lines; delimiters at the end of each line; CR, LF and CRLF.
A line that cannot be read becomes a `RowProblem` with its number; it does not take the lines after it along.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mtbsync_core.errors import FormatError, UsageError
from mtbsync_core.files import refuse_special

_DELIMITERS = ",;\t|"
_MAX_BYTES = 64 << 20
_SEP_LINE = re.compile(r'"?sep=([^"\r\n])"?[\r\n]*', re.IGNORECASE)
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_WITH_COMMA = re.compile(r"[+-]?[\d:]+,\d+", re.ASCII)
_PLAIN = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*(?:(?!\1)[.,]\d*)?", re.ASCII)
_SPACES = dict.fromkeys(map(ord, " \t\r\n\u00a0\u2007\u2009\u202f'\u2019"))


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Something odd about one line, counted from 1, or about the whole file (line 0).

    `kept` says whether what the line holds is used all the same.
    """

    line: int
    text: str
    kept: bool = False

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}" if self.line else self.text


@dataclass(frozen=True, slots=True)
class Row:
    """One record with as many cells as the table has columns; `line` is where it starts, counted from 1."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Header, rows in file order, and what could not be read."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    delimiter: str
    problems: tuple[RowProblem, ...]


def read_table(path: Path, known: Collection[str], *, exact: bool = False) -> Table:
    """Read a delimited text file whose first line that is not blank names the columns.

    Args:
        known: column names in the form that `column_key` gives. The delimiter that splits most of them out of
            the header is taken, so that delimiters inside names or texts do not mislead.
        exact: keep blanks around cells; else they are trimmed, as spreadsheets and people add them.

    Raises:
        UsageError: there is no such file, or it may not be read.
        FormatError: the file is no text, or has no header.
    """
    text, problems = _decode(_load(path), path)
    lines = io.StringIO(text, newline="").readlines()
    first, delimiter = 0, ""
    if lines and (match := _SEP_LINE.fullmatch(lines[0])):
        first, delimiter = 1, match[1]
    delimiter = delimiter or _sniff(lines, known)
    records = _records(lines, first, delimiter, skip_blanks=not exact)
    header: list[str] | None = None
    rows: list[Row] = []
    for line, cells in records:
        if isinstance(cells, str):
            problems.append(RowProblem(line, cells))
            continue
        if not exact:
            cells = [cell.strip(" \t\r\n\u00a0\u202f\ufeff") for cell in cells]
        if not any(cell.strip() for cell in cells):
            continue
        if header is None:
            header = cells
            continue
        surplus = cells[len(header) :]
        if any(cell.strip() for cell in surplus):
            problems.append(RowProblem(line, _surplus_text(len(cells), len(header), delimiter)))
            continue
        rows.append(Row(line, (*cells[: len(header)], *[""] * (len(header) - len(cells)))))
    if header is None:
        raise FormatError(f"{path} is empty", "The first line must name the columns, for example name,t_ref.")
    return _without_empty_columns(header, rows, delimiter, problems)


def column_key(name: str) -> str:
    """A column name as it is compared: lower case, `_` for blanks and hyphens, no unit in brackets."""
    bare = re.sub(r"[\[(].*$", "", name.strip(" \t\r\n\u00a0\ufeff")).strip()
    return re.sub(r"[\s\u00a0-]+", "_", bare).casefold()


def guarded(text: str) -> str:
    """A text that a spreadsheet would run as a formula, with an apostrophe in front; other texts as they are.

    A text that has an apostrophe there already gets one more, so that `unguarded` is the exact inverse. Plain
    numbers run nothing and stay.
    """
    return f"'{text}" if _FORMULA.match(text) and _PLAIN.fullmatch(text) is None else text


def cell(value: str | float | None) -> str:
    """A value as our tables have it: numbers with 6 decimals, `true` and `false`, nothing for None, texts `guarded`.

    Lone surrogates, which UTF-8 has no form for, become U+FFFD.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        return f"{value:.6f}"
    return guarded(value.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def unguarded(text: str) -> str:
    """Inverse of `guarded`."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def has_decimal_commas(table: Table, columns: Iterable[int]) -> bool:
    """Whether the numbers in these columns are written with a comma; never where the comma parts the cells."""
    cells = (row.cells[i] for row in table.rows for i in columns)
    return table.delimiter != "," and any(_WITH_COMMA.fullmatch(cell.strip()) for cell in cells)


def parse_number(text: str, *, decimal_comma: bool = False) -> float:
    """A number as spreadsheets of any country write it: `1234.5`, `1234,5`, `1 234,5`, `1'234.5`, `1.234,5`.

    With one mark only, `decimal_comma` says what the file does elsewhere; a mark before exactly three digits
    that could be either is refused instead of guessed.

    Raises:
        FormatError: the text is no number, or an ambiguous one.
    """
    bare = text.translate(_SPACES)
    grouped = _GROUPED.fullmatch(bare)
    if grouped and len(re.findall(r"[.,]", bare)) > 1:
        mark = grouped[1]
        return float(bare.replace(mark, "").replace(",", "."))
    if _PLAIN.fullmatch(bare) is None:
        raise FormatError(f"{text!r} is not a number")
    if grouped and grouped[1] == ("." if decimal_comma else ",") and not bare.lstrip("+-").startswith("0"):
        whole = bare.replace(grouped[1], "")
        raise FormatError(f"{text!r} can mean {whole} or a fraction", "Write it without thousands marks.")
    return float(bare.replace(",", "."))


def _load(path: Path) -> bytes:
    refuse_special(path)
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise FormatError(f"{path} is too large for a table of markers ({path.stat().st_size >> 20} MB)")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {path}", "Check the name and the folder.") from error
    except PermissionError as error:
        # Excel on Windows opens its files without sharing.
        hint = "Close it in Excel or other programs, then try again."
        raise UsageError(f"{path} may not be read", hint) from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error


def _decode(data: bytes, path: Path) -> tuple[str, list[RowProblem]]:
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise FormatError(f"{path} is a workbook, not a text file", "In the spreadsheet: Save As, CSV UTF-8.")
    try:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return data.decode("utf-16"), []
        if data.count(0) * 8 > len(data):
            raise FormatError(f"{path} is not a text file", "Give a CSV file, saved as UTF-8.")
        return data.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        if error.encoding.startswith("utf-16"):
            raise FormatError(f"{path} starts like UTF-16 but is damaged") from error
    # Windows spreadsheets write the code page of the system when asked for plain "CSV".
    text = data.decode("cp1252", "replace")
    note = "the file is not UTF-8 and was read as Windows-1252: check accented letters"
    return text, [RowProblem(0, note, kept=True)]


def _sniff(lines: list[str], known: Collection[str]) -> str:
    start = next((i for i, line in enumerate(lines) if line.strip(" \t\r\n,;|\u00a0")), None)
    if start is None:
        return max(_DELIMITERS, key="".join(lines).count)
    scores = {}
    for delimiter in _DELIMITERS:
        # A header cell may hold a line break; more lines than these it will not.
        reader = csv.reader(lines[start : start + 20], delimiter=delimiter, skipinitialspace=True)
        try:
            header = next(reader)
        except csv.Error:
            continue
        scores[delimiter] = (sum(column_key(cell) in known for cell in header), len(header))
    return max(scores, key=scores.__getitem__, default=",")


def _records(
    lines: list[str], first: int, delimiter: str, *, skip_blanks: bool
) -> Iterator[tuple[int, list[str] | str]]:
    """Line number with the cells, or with the reason why there are none."""
    start = first
    while start < len(lines):
        rest = iter(lines[start:])
        reader = csv.reader(rest, delimiter=delimiter, skipinitialspace=skip_blanks, strict=True)
        done = 0
        try:
            for cells in reader:
                yield start + done + 1, cells
                done = reader.line_num
            return
        except csv.Error as error:
            # A quote that is never closed would swallow the rest of the file: give up this one line only.
            broken = lines[start + done]
            if broken.count('"') % 2 == 0 and len(broken) < csv.field_size_limit():
                lenient = csv.reader([broken], delimiter=delimiter, skipinitialspace=skip_blanks)
                yield start + done + 1, next(lenient)
            else:
                reason = 'a quote (") is opened and not closed' if '"' in broken else str(error)
                yield start + done + 1, reason
            start += done + 1


def _surplus_text(found: int, expected: int, delimiter: str) -> str:
    mark = {",": "comma", ";": "semicolon", "\t": "tab"}.get(delimiter, delimiter)
    return f"{found} cells under {expected} columns: put a text or number that holds a {mark} in quotes"


def _without_empty_columns(header: list[str], rows: list[Row], delimiter: str, problems: list[RowProblem]) -> Table:
    """Nameless columns with nothing in them go; nameless ones with content, and double names, get names."""
    keep = [i for i, name in enumerate(header) if name.strip() or any(row.cells[i].strip() for row in rows)]
    names: list[str] = []
    for i in keep:
        name = header[i] if header[i].strip() else f"column {i + 1}"
        if name in names:
            taken = {*names, *header}
            twin = next(t for n in range(2, len(header) + 3) if (t := f"{name}.{n}") not in taken)
            note = f"the column {name!r} occurs twice; the second is kept as {twin!r}"
            problems.append(RowProblem(0, note, kept=True))
            name = twin
        names.append(name)
    slim = tuple(Row(row.line, tuple(row.cells[i] for i in keep)) for row in rows)
    return Table(tuple(names), slim, delimiter, tuple(problems))
