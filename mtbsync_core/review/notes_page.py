"""The notes on a reference as one HTML file that needs nothing else: to send, to print, to keep."""

from __future__ import annotations

import base64
from collections.abc import Callable
from html import escape

from mtbsync_core.markers import Z90
from mtbsync_core.review.figures import origin
from mtbsync_core.review.notes import Note
from mtbsync_core.review.review import View
from mtbsync_core.review.state import title
from mtbsync_core.timecode import minutes_seconds

Still = Callable[[str, float], bytes | None]
"""The picture of a side (`ref` or `new`) at a second of its clock, as WebP; None where there is none."""

MOST_PICTURES = 60
"""Notes that have pictures, so that the file can still be sent."""

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_STYLE = """
:root { color-scheme: light dark; --line: #8884; --ref: #2f81f7; --new: #f0883e; }
body { font: 16px/1.45 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.05rem; margin: 0 0 .3rem; }
article { border-top: 1px solid var(--line); padding: 1rem 0; break-inside: avoid; }
p { margin: .3rem 0; white-space: pre-wrap; } .small { opacity: .7; font-size: .85rem; }
.pictures { display: flex; gap: .5rem; flex-wrap: wrap; margin-top: .5rem; }
figure { flex: 1 1 20rem; margin: 0; } .box { position: relative; } figcaption { font-size: .8rem; }
figure img { display: block; width: 100%; border-top: 3px solid var(--ref); }
figure.new img { border-color: var(--new); }
figure svg { position: absolute; inset: 3px 0 0 0; width: 100%; height: calc(100% - 3px); }
figure path { fill: none; stroke: #ff3b30; stroke-width: 3; vector-effect: non-scaling-stroke; stroke-linecap: round; }
"""


def notes_page(view: View, still: Still) -> str:
    """The page. Whatever comes from files or people is text in it, and it holds no script."""
    said = escape(title(view))
    parts = [_article(note, view, still if n < MOST_PICTURES else _none) for n, note in enumerate(view.notes)]
    body = "".join(parts) or "<p>There are no notes on this reference yet.</p>"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>Notes: {said}</title><style>{_STYLE}</style></head>"
        f"<body><h1>Notes: {said}</h1>{body}</body></html>\n"
    )


def _article(note: Note, view: View, still: Still) -> str:
    warp = view.alignment.warp if view.alignment.usable else None
    t_new = float(warp.to_new(note.t_ref)) if warp is not None else float("nan")
    heading = f"{minutes_seconds(note.t_ref, 2)} of the reference"
    figures = [_figure("ref", "reference", note.t_ref, still, note.drawing)]
    if warp is not None and t_new == t_new:
        ref0, new0 = origin(warp)
        delta = (t_new - new0) - (note.t_ref - ref0)
        half = Z90 * float(warp.uncertainty(note.t_ref))
        ahead = "behind" if delta > 0 else "ahead"
        heading += f", {minutes_seconds(t_new, 2)} of the new run, {abs(delta):.2f} s {ahead} (± {half:.2f} s)"
        figures.append(_figure("new", "new run", t_new, still, None))
    by = ", ".join(filter(None, (note.author, note.created[:10], f"from {note.run}" if note.run else "")))
    pictures = "".join(figures)
    return (
        f"<article><h2>{escape(heading)}</h2><p>{escape(note.text)}</p><p class=small>{escape(by)}</p>"
        f"{f'<div class=pictures>{pictures}</div>' if pictures else ''}</article>"
    )


def _figure(side: str, name: str, t_s: float, still: Still, drawing: tuple[str, ...] | None) -> str:
    picture = still(side, t_s)
    if picture is None:
        return ""
    data = base64.b64encode(picture).decode("ascii")
    lines = "".join(f'<path d="{escape(path)}"/>' for path in drawing or ())
    over = f'<svg viewBox="0 0 1 1" preserveAspectRatio="none">{lines}</svg>' if lines else ""
    image = f'<img src="data:image/webp;base64,{data}" alt="The {name} at {minutes_seconds(t_s, 2)}">'
    return f'<figure class="{side}"><div class="box">{image}{over}</div><figcaption>{name}</figcaption></figure>'


def _none(side: str, t_s: float) -> None:
    return None
