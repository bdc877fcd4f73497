"""An HTML page with the progress of a run, which reloads itself, and with its report or failure in the end. One file.

Resolve's console may show text only when the script has ended, and editors do not look there: this is what they see.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
import time
import webbrowser
from html import escape
from pathlib import Path
from typing import Iterator, Sequence

from .engine import clean_environment
from .plan import MarkerResult
from .texts import status, text
from .timeline_clock import minutes

FILE = "report.html"
ASIDE = "notice.html"
"""What is said by entries without a report, and beside a run that is at work, whose page is `FILE`."""
KEPT = "reports"
KEPT_RUNS = 10
_REFRESH_S = 2
_OPENING_S = 5.0
"""A program that takes longer to open a page is not waited for."""
_TRIES = 20
"""To write a last page, 0.05 s apart: Windows refuses while the browser reads the one before."""

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:62rem;padding:0 1rem;color:#1d2429;background:#fff}
h1{font-size:1.3rem}h2{font-size:1.05rem;margin-top:1.6rem}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.25rem .6rem;border-bottom:1px solid #d5dbe0;vertical-align:top}
.doubtful{background:#fdecea}.none{color:#6a747c}progress{width:100%;height:1rem}.bad{color:#b3261e}
.both{white-space:nowrap;width:1%}.both:empty{padding:0}img{width:9.5rem;margin-right:2px;vertical-align:middle}
pre{overflow-x:auto;padding:.6rem;border:1px solid #d5dbe0;font-size:.85rem}footer{margin-top:2rem;color:#6a747c}
@media(prefers-color-scheme:dark){body{color:#e3e7ea;background:#15191c}th,td,pre{border-color:#39424a}
.doubtful{background:#4a2320}.none,footer{color:#98a2aa}.bad{color:#ff8a80}}
"""


class ReportPage:
    """The page at `path`. One that cannot be written there is put into a new folder of the temporary files.

    Where that fails too it is given up: it must not end a run.
    """

    def __init__(self, folder: Path, name: str = FILE) -> None:
        self.path = folder.absolute() / name
        self.title = ""
        """Of what it tells; '' before it tells anything."""
        self.is_there = False
        """Whether it is on the disk."""
        self._is_open = False

    def open(self) -> None:
        """In the browser, where there is one; once in a run, since the page reloads itself."""
        if not self.is_there or self._is_open:
            return
        self._is_open = True
        opening = threading.Thread(target=_open_in_browser, args=(self.path.as_uri(),), daemon=True)
        with _clean_environment():
            opening.start()
            opening.join(_OPENING_S)

    def open_again(self) -> None:
        """As `open`, also where it was opened before: the person asks for it."""
        self._is_open = False
        self.open()

    def working(self, title: str, lines: Sequence[str], stage: str, share: float) -> None:
        """While the run is at work; `share` of the stage is done, 0 to 1."""
        body = f"<p>{escape(stage)}</p><progress max='1' value='{share:.3f}'></progress>{_paragraphs(lines)}"
        self._write(title, body, is_last=False)

    def ended(
        self, title: str, lines: Sequence[str], tables: Sequence[tuple[str, Sequence[str], Sequence[MarkerResult]]] = ()
    ) -> None:
        """The report: for each new run its name, what was said of it, and its markers."""
        body = _paragraphs(lines)
        for name, verdicts, results in tables:
            body += f"<h2>{escape(name)}</h2>{_paragraphs(verdicts)}{_table(results)}"
        self._write(title, body, is_last=True)

    def keep(self, run_id: str) -> None:
        """Keeps what it tells now beside the page, under the run's id; of these the last ten stay."""
        kept = self.path.parent / KEPT
        with contextlib.suppress(OSError):  # the page itself is there
            kept.mkdir(exist_ok=True)
            (kept / f"{run_id}.html").write_bytes(self.path.read_bytes())
            for old in sorted(kept.glob("*.html"))[:-KEPT_RUNS]:
                old.unlink()

    def failed(self, title: str, lines: Sequence[str], before: Sequence[str] = (), fault: str = "") -> None:
        """The run did not come to its end: what happened, what was said before, and of a fault the traceback."""
        body = f"<div class='bad'>{_paragraphs(lines)}</div>"
        if before:
            body += f"<h2>{escape(text('page_before'))}</h2>{_paragraphs(before)}"
        if fault:
            body += f"<h2>{escape(text('page_fault'))}</h2><pre>{escape(fault)}</pre>"
        self._write(title, body, is_last=True)

    def _write(self, title: str, body: str, *, is_last: bool) -> None:
        again = "" if is_last else f"<meta http-equiv='refresh' content='{_REFRESH_S}'>"
        page = (
            f"<!doctype html><html lang='{text('page_language')}'><head><meta charset='utf-8'><meta name='viewport'"
            f" content='width=device-width'>{again}<title>{escape(title)}</title><style>{_STYLE}</style></head>"
            f"<body><h1>{escape(title)}</h1>{body}<footer>{escape(text('page_footer'))}</footer></body></html>\n"
        )
        self.title = title
        if _is_written(self.path, page, _TRIES if is_last else 1):
            self.is_there = True
        elif is_last:  # else the next one gets through
            with contextlib.suppress(OSError):
                self.path = Path(tempfile.mkdtemp(prefix="mtbsync-")) / self.path.name
                self.is_there, self._is_open = _is_written(self.path, page, 1), False


def _is_written(path: Path, page: str, tries: int) -> bool:
    partial = path.with_name(path.name + ".part")
    for left in reversed(range(tries)):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_text(page, encoding="utf-8", errors="xmlcharrefreplace")
            partial.replace(path)
            return True
        except PermissionError:
            if left:
                time.sleep(0.05)
        except OSError:
            break
    return False


def _open_in_browser(address: str) -> None:
    with contextlib.suppress(Exception):  # whatever becomes of programs that nobody here knows
        webbrowser.open(address)


@contextlib.contextmanager
def _clean_environment() -> Iterator[None]:
    """Meanwhile this process has no variables of Resolve's: a browser is started with those that are there."""
    before = dict(os.environ)
    for name in before.keys() - clean_environment(before).keys():
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(before)


def _table(results: Sequence[MarkerResult]) -> str:
    rows = []
    for one in results:
        answer, kind = one.answer, one.status if one.status == "doubtful" else ""
        figures = ("", "", "")
        if answer.t_s is not None:
            off = "\u00b1" + text("seconds", n=f"{answer.half_width_s:.2f}")
            figures = (minutes(answer.t_s), off, text("share", per_cent=int(answer.confidence * 100)))
        pictures = "".join(
            f"<img src='data:image/webp;base64,{one}' alt='{of}' title='{of}'>"
            for one, of in zip(answer.pictures, (text("picture_ref"), text("picture_new")))
            if one
        )
        cells = (answer.name, one.written or text("page_not_written"), *figures, status(one.status), one.remark)
        columns = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        rows.append(f"<tr class='{kind if one.written else 'none'}'><td class='both'>{pictures}</td>{columns}</tr>")
    names = ("page_marker", "page_written", "page_time", "page_off", "page_sure", "page_status")
    head = ("", *(escape(text(name)) for name in names), "")
    return "<table><tr>{}</tr>{}</table>".format("".join(f"<th>{cell}</th>" for cell in head), "".join(rows))


def _paragraphs(lines: Sequence[str]) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in lines)
