"""The page about many runs: one HTML file that needs no network, for screens, dark ones too, and for paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

import numpy as np

from mtbsync_core.runs.gates import Gate

Row = Mapping[str, Any]


class _Shown(NamedTuple):
    """How a figure is called and written."""

    name: str
    unit: str
    pattern: str
    what: str = ""


_FIGURES = {
    "coverage": _Shown("coverage", "%", "{:.0%}", "share of the reference that has a place in the new run"),
    "p90_s": _Shown("calibrated P90", "s", "{:.2f}", "seconds within which nine of ten places are expected"),
    "inlier_frac": _Shown("inlier share", "", "{:.2f}", "share of the pairs that agree with the map"),
    "res_p90": _Shown("residual P90", "s", "{:.2f}", "what nine of ten of these pairs are off at most"),
    "res_mae": _Shown("residual mean", "s", "{:.2f}", "what they are off in the mean"),
    "ppm": _Shown("drift", "ppm", "{:,.0f}", "of the best straight line: how unlike in speed the rides were"),
    "fps": _Shown("frames a second", "", "{:.1f}", "pictures compared in a second"),
    "cpu_pct": _Shown("CPU", "%", "{:.0f}", "100 is one core"),
    "gpu_util": _Shown("GPU", "%", "{:.0f}"),
    "gpu_mem_mb": _Shown("VRAM", "MB", "{:,.0f}"),
    "rss_mb": _Shown("memory", "MB", "{:,.0f}"),
}
_CHARTS = ("coverage", "p90_s", "inlier_frac", "res_p90", "ppm", "fps")
_BINS = 24
_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 330, 150, 34, 22

_STYLE = """
:root{--ink:#1d2429;--soft:#5c666e;--line:#d5dbe0;--paper:#fff;--card:#f4f6f8;--bar:#2f6fad;--miss:#b3261e;
--missbg:#fdecea;--good:#1d7a46}
@media(prefers-color-scheme:dark){:root{--ink:#e3e7ea;--soft:#98a2aa;--line:#39424a;--paper:#15191c;--card:#1e2428;
--bar:#6fb1ea;--miss:#ff8a80;--missbg:#4a2320;--good:#7fd6a4}}
@media print{:root{--ink:#000;--soft:#444;--line:#bbb;--paper:#fff;--card:#fff;--bar:#2f6fad;--miss:#b3261e;
--missbg:#fff;--good:#1d7a46}body{margin:0!important;max-width:none!important;font-size:10px!important}.scroll{overflow:visible!important;
max-height:none!important}tr,figure,.kpi{break-inside:avoid}thead{display:table-header-group}th{position:static!important}
table{font-size:8px!important}td,th{padding:.1rem .3rem!important}@page{size:landscape;margin:12mm}}
*{box-sizing:border-box}
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:84rem;padding:0 1rem;color:var(--ink);
background:var(--paper);-webkit-print-color-adjust:exact;print-color-adjust:exact}
h1{font-size:1.35rem;margin:0}h2{font-size:1.05rem;margin:1.8rem 0 .5rem}p{margin:.2rem 0;color:var(--soft)}
p{overflow-wrap:anywhere}.kpis{display:grid;grid-template-columns:repeat(auto-fit,minmax(8rem,1fr));gap:.6rem;
margin-top:1rem}.kpi{background:var(--card);border:1px solid var(--line);border-radius:.4rem;padding:.5rem .6rem}
.kpi{color:var(--soft);font-size:.85rem}.kpi b{display:block;font-size:1.3rem;line-height:1.3;color:var(--ink);
font-variant-numeric:tabular-nums;white-space:nowrap}.kpi small{font-size:.9rem;font-weight:400}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(17rem,1fr));gap:.8rem}
figure{margin:0;border:1px solid var(--line);border-radius:.4rem;padding:.5rem .6rem}
figcaption{font-weight:600;font-size:.9rem}figcaption small{font-weight:400;color:var(--soft);display:block}
svg{width:100%;height:auto;display:block}svg text{fill:var(--soft);font-size:11px}svg .axis{stroke:var(--line)}
.bar{fill:var(--bar)}.bar.miss{fill:var(--miss)}.bar.strict{fill:var(--soft)}
.gate{stroke:var(--ink);stroke-dasharray:4 3}
.scroll{overflow:auto;max-height:80vh;border:1px solid var(--line);border-radius:.4rem}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;font-size:.88rem}
th,td{padding:.25rem .55rem;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}
th:first-child,td:first-child{text-align:left}th{position:sticky;top:0;background:var(--card);z-index:1}
th{white-space:normal;vertical-align:bottom}
th button{font:inherit;text-align:inherit;font-weight:600;color:inherit;background:none;border:0;padding:0}
th button:focus-visible{outline:2px solid var(--bar)}th[aria-sort=ascending] button::after{content:" \\25B2"}
th[aria-sort=descending] button::after{content:" \\25BC"}
td.miss{color:var(--soft)}td.markers{color:var(--miss);background:var(--missbg);font-weight:600}td.yes{color:var(--good)}td.no{color:var(--miss)}
"""

_SCRIPT = """
for (const button of document.querySelectorAll("th button")) button.addEventListener("click", () => {
  const head = button.closest("th"), body = head.closest("table").tBodies[0], n = head.cellIndex;
  const down = head.getAttribute("aria-sort") === "ascending";
  for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  const key = (row) => row.cells[n].dataset.v, isText = head.dataset.text === "1";
  const rows = [...body.rows].sort((a, b) => {
    const x = key(a), y = key(b);
    if (x === "" || y === "") return (x === "") - (y === "");
    return (isText ? x.localeCompare(y, undefined, {numeric: true}) : x - y) * (down ? -1 : 1);
  });
  body.append(...rows);
});
"""


def page(rows: Sequence[Row], summary: Mapping[str, Any], lines: Sequence[Gate], used: Sequence[str], root: str) -> str:
    """The page as text.

    Args:
        rows: the runs, as `quality.row` makes them.
        summary: as `quality.summed`.
        lines: the lines that they were held against.
        used: the figures of `perf.json` that the rows have.
        root: where they lie, to be named.
    """
    changed = sorted(row["changed"] for row in rows if row["changed"])
    span = f"{changed[0][:10]} to {changed[-1][:10]}" if changed else ""
    limits = {line.field: line for line in lines}
    usable = [row for row in rows if row["verdict"] != "refused"]
    charts = "".join(
        _chart(name, usable, limits.get(name)) for name in _CHARTS if any(_of(row, name) is not None for row in usable)
    )
    told = "; ".join(f"{group}: " + ", ".join(g.text for g in lines if g.group == group) for group in _groups(lines))
    csp = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{csp}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>Quality of {len(rows)} runs</title><style>{_STYLE}</style></head><body>"
        f"<h1>Quality of {len(rows)} runs</h1><p>{escape(root)}; written {escape(span)}; the newest first</p>"
        f'<div class="kpis">{_kpis(summary)}</div>'
        "<h2>How the figures lie</h2><p>Of the runs that were not refused; dashed is the line that a run has to keep "
        f"to. {escape(told)}. No two rides keep 500 ppm, a difference in speed of 0.05 %; that line is for two cameras "
        "on one ride.</p>"
        f'<div class="charts">{charts}</div><h2>All runs</h2>{_table(rows, limits, used)}'
        f"<script>{_SCRIPT}</script></body></html>\n"
    )


def _groups(lines: Sequence[Gate]) -> list[str]:
    return list(dict.fromkeys(line.group for line in lines))


def _of(row: Row, name: str) -> float | None:
    value = row.get(name)
    return abs(value) if isinstance(value, float) else None


def _kpis(summary: Mapping[str, Any]) -> str:
    total, median = summary["runs"], summary["median"]
    cards = [("runs", str(total))]
    for name, label in (
        ("ok", "ok"),
        ("markers_ok", "keep the lines for markers"),
        ("strict_ok", "keep the strict lines"),
    ):
        cards.append((f"{label} ({summary[name]})", f"{summary[name] / total:.0%}" if total else "–"))
    if summary["refused"] + summary["damaged"]:
        cards.append(("refused or damaged", str(summary["refused"] + summary["damaged"])))
    for name in ("coverage", "p90_s", "res_p90", "ppm"):
        cards.append((f"{_FIGURES[name].name}, median", _written(name, median.get(name), unit=True)))
    made = []
    for name, value in cards:
        figure, _, unit = value.partition(" ")
        made.append(f'<div class="kpi"><b>{escape(figure)} <small>{escape(unit)}</small></b>{escape(name)}</div>')
    return "".join(made)


def _written(name: str, value: float | None, *, unit: bool = False) -> str:
    if value is None:
        return "–"
    shown = _FIGURES.get(name, _Shown(name, "", "{:g}"))
    text = shown.pattern.format(value)
    return f"{text} {shown.unit}" if unit and shown.unit and not text.endswith("%") else text


def _chart(name: str, rows: Sequence[Row], gate: Gate | None) -> str:
    """A histogram as SVG; the last column also holds what lies beyond the 99th percentile."""
    values = np.array([value for row in rows if (value := _of(row, name)) is not None])
    shown = _FIGURES[name]
    top = 1.0 if name in ("coverage", "inlier_frac") else float(np.percentile(values, 99)) * 1.02
    if gate is not None and gate.limit < 4 * top:
        top = max(top, gate.limit * 1.05)
    top = top or 1.0
    counts, edges = np.histogram(np.minimum(values, top), bins=_BINS, range=(0.0, top))
    most, wide, high = int(counts.max()), _WIDTH - _LEFT - 8, _HEIGHT - _BOTTOM - 14
    bars = []
    for n, count in enumerate(counts.tolist()):
        if not count:
            continue
        middle, tall = (edges[n] + edges[n + 1]) / 2, max(1.0, high * count / most)
        miss = gate is not None and (middle < gate.limit if gate.least else middle > gate.limit)
        kind = f" miss {gate.group}" if gate is not None and miss else ""
        beyond = " and more" if n == _BINS - 1 and values.max() > top else ""
        span = f"{_written(name, edges[n])} to {_written(name, edges[n + 1], unit=True)}{beyond}: {count}"
        x, y = _LEFT + wide * n / _BINS, 14 + high - tall
        bars.append(
            f'<rect class="bar{kind}" x="{x:.1f}" y="{y:.1f}" width="{wide / _BINS - 1:.1f}" '
            f'height="{tall:.1f}"><title>{escape(span)}</title></rect>'
        )
    base = 14 + high
    ticks = ""
    for part, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end")):
        text = _written(name, top * part, unit=part == 1)
        ticks += f'<text x="{_LEFT + wide * part:.0f}" y="{base + 15}" text-anchor="{anchor}">{text}</text>'
    dashed = ""
    if gate is not None and gate.limit <= top:
        x = _LEFT + wide * gate.limit / top
        dashed = f'<line class="gate" x1="{x:.1f}" x2="{x:.1f}" y1="6" y2="{base}"/>'
    told = f"{shown.name}, {len(values)} runs, median {_written(name, float(np.median(values)), unit=True)}"
    return (
        f"<figure><figcaption>{escape(shown.name)}<small>{escape(shown.what)}</small></figcaption>"
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(told)}">'
        f'<line class="axis" x1="{_LEFT}" x2="{_WIDTH - 8}" y1="{base}" y2="{base}"/>'
        f'<text x="{_LEFT - 5}" y="20" text-anchor="end">{most}</text>'
        f'<text x="{_LEFT - 5}" y="{base}" text-anchor="end">0</text>{"".join(bars)}{dashed}{ticks}</svg></figure>'
    )


def _table(rows: Sequence[Row], limits: Mapping[str, Gate], used: Sequence[str]) -> str:
    figures = ["coverage", "p90_s", "inlier_frac", "res_p90", "res_mae", "ppm", *used]
    figures = [name for name in figures if any(row.get(name) is not None for row in rows)]
    titles = [("run", "1", ""), ("written", "1", ""), ("verdict", "1", "")]
    titles += [("ok", "0", ""), ("markers", "0", ""), ("strict", "0", "")]
    for name in figures:
        shown = _FIGURES.get(name, _Shown(name, "", ""))
        unit = f", {shown.unit}" if shown.unit and shown.unit != "%" else ""
        titles.append((shown.name + unit, "0", shown.what))
    head = "".join(
        f'<th scope="col" data-text="{text}" title="{escape(what)}"><button type="button">{escape(title)}</button></th>'
        for title, text, what in titles
    )
    body = "".join(_line(row, figures, limits) for row in rows)
    return f'<div class="scroll" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _line(row: Row, figures: Sequence[str], limits: Mapping[str, Gate]) -> str:
    name, written = escape(row["run_id"]), escape(row["changed"])
    verdict = escape(row["fault"] or row["verdict"] or "")
    cells = [f'<td data-v="{name}">{name}</td><td data-v="{written}">{written[:16].replace("T", " ")}</td>']
    cells.append(f'<td data-v="{verdict}">{verdict}</td>')
    for yes in (row["ok"], row["markers_ok"], row["strict_ok"]):
        cells.append(f'<td class="{"yes" if yes else "no"}" data-v="{int(yes)}">{"✓" if yes else "✗"}</td>')
    short = set(row["missed"].split())
    for field in figures:
        value = row.get(field)
        text, kind, title = _written(field, value), "", ""
        if field in limits and field in short and value is not None and row["verdict"] != "refused":
            text, kind, title = (
                f"{text} ✗",
                f' class="miss {limits[field].group}"',
                f' title="{escape(limits[field].text)}"',
            )
        cells.append(f'<td{kind}{title} data-v="{"" if value is None else f"{value:.9g}"}">{text}</td>')
    return f"<tr>{''.join(cells)}</tr>"
