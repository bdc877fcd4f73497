"""An HTML page with the progress of a run, which reloads itself, and with its report in the end. One file, no server.

Resolve's console may show text only when the script has ended, so this is where progress can be seen.
"""

from __future__ import annotations

import contextlib
import webbrowser
from html import escape
from pathlib import Path
from typing import Sequence

from .plan import MarkerResult
from .timeline_clock import minutes

FILE = "report.html"
_REFRESH_S = 2

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:62rem;padding:0 1rem;color:#1d2429;background:#fff}
h1{font-size:1.3rem}h2{font-size:1.05rem;margin-top:1.6rem}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.25rem .6rem;border-bottom:1px solid #d5dbe0;vertical-align:top}
.doubtful{background:#fdecea}.none{color:#6a747c}progress{width:100%;height:1rem}.bad{color:#b3261e}
@media(prefers-color-scheme:dark){body{color:#e3e7ea;background:#15191c}th,td{border-color:#39424a}
.doubtful{background:#4a2320}.none{color:#98a2aa}.bad{color:#ff8a80}}
"""


class ReportPage:
    """The page at `path`. A page that cannot be written is given up: it must not end a run."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._works = True

    def open(self) -> None:
        """In the browser, where there is one."""
        if self._works:
            with contextlib.suppress(OSError, ValueError, webbrowser.Error):
                webbrowser.open(self.path.as_uri())

    def working(self, title: str, lines: Sequence[str], stage: str, share: float) -> None:
        """While the run is at work; `share` of the stage is done, 0 to 1."""
        body = f"<p>{escape(stage)}</p><progress max='1' value='{share:.3f}'></progress>{_paragraphs(lines)}"
        self._write(title, body, refresh=True)

    def ended(
        self, title: str, lines: Sequence[str], tables: Sequence[tuple[str, Sequence[str], Sequence[MarkerResult]]]
    ) -> None:
        """The report: for each new run its name, what was said of it, and its markers."""
        body = _paragraphs(lines)
        for name, verdicts, results in tables:
            body += f"<h2>{escape(name)}</h2>{_paragraphs(verdicts)}{_table(results)}"
        self._write(title, body, refresh=False)

    def failed(self, title: str, lines: Sequence[str]) -> None:
        """The run did not come to its end."""
        self._write(title, f"<div class='bad'>{_paragraphs(lines)}</div>", refresh=False)

    def _write(self, title: str, body: str, *, refresh: bool) -> None:
        again = f"<meta http-equiv='refresh' content='{_REFRESH_S}'>" if refresh else ""
        page = (
            "<!doctype html><html lang='en'><head><meta charset='utf-8'><meta name='viewport'"
            f" content='width=device-width'>{again}<title>{escape(title)}</title><style>{_STYLE}</style></head>"
            f"<body><h1>{escape(title)}</h1>{body}</body></html>\n"
        )
        partial = self.path.with_name(self.path.name + ".part")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_text(page, encoding="utf-8", errors="xmlcharrefreplace")
            partial.replace(self.path)
        except PermissionError:
            pass  # Windows, while the browser reads it: the next one gets through
        except OSError:
            self._works = False


def _table(results: Sequence[MarkerResult]) -> str:
    rows = []
    for one in results:
        answer, kind = one.answer, one.status if one.status == "doubtful" else ""
        figures = ("", "", "")
        if answer.t_s is not None:
            sure = f"{int(answer.confidence * 100)} %"
            figures = (minutes(answer.t_s), f"\u00b1{answer.half_width_s:.2f} s", sure)
        cells = (answer.name, one.written or "not written", *figures, one.status, one.remark)
        columns = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        rows.append(f"<tr class='{kind if one.written else 'none'}'>{columns}</tr>")
    head = ("Marker", "Written at", "Time in the file", "Off by up to", "Sure", "Status", "")
    return "<table><tr>{}</tr>{}</table>".format("".join(f"<th>{cell}</th>" for cell in head), "".join(rows))


def _paragraphs(lines: Sequence[str]) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in lines)
