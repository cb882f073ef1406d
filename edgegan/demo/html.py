"""The few pieces of HTML that the report is made of; everything is inlined."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from html import escape

from PIL import Image

from edgegan.images import ImageArray

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --dim: #777; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.7rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .6rem; border-bottom: 1px solid var(--line); text-align: right; }
th:first-child, td:first-child { text-align: left; }
.wide { overflow-x: auto; } .images td { text-align: center; border: 0; padding: .15rem; }
.images th { border: 0; font-weight: 500; font-size: .85rem; text-align: center; }
.images img { width: 88px; height: 88px; background: #fff; border-radius: 6px; }
.note { color: var(--dim); font-size: .9rem; } code { overflow-wrap: anywhere; }
svg { width: 100%; height: auto; } svg text { font: 11px system-ui, sans-serif; fill: var(--dim); }
"""
_COLOURS = ("#3b82c4", "#d9822b", "#3a9d5d", "#9b59b6")
_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 900, 260, 46, 28


def page(title: str, sections: Sequence[str]) -> str:
    """Return a whole self-contained page."""
    body = "\n".join(sections)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{escape(title)}</h1>\n{body}\n</body>\n</html>\n"
    )


def heading(text: str) -> str:
    """Return a section heading."""
    return f"<h2>{escape(text)}</h2>"


def paragraph(text: str, css: str = "") -> str:
    """Return a paragraph of plain text."""
    attribute = f' class="{css}"' if css else ""
    return f"<p{attribute}>{escape(text)}</p>"


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table of plain text."""
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f'<div class="wide"><table><tr>{head}</tr>{body}</table></div>'


def commands(lines: Sequence[str]) -> str:
    """Return a block of commands."""
    return f"<pre><code>{escape(chr(10).join(lines))}</code></pre>"


def image_table(columns: Mapping[str, Sequence[ImageArray]]) -> str:
    """Return images side by side: one column for each name, uint8 `[H, W, 3]` each."""
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    rows = ""
    for images in zip(*columns.values(), strict=True):
        cells = (
            f'<td><img alt="{escape(name)}" src="{_data_uri(image)}"></td>'
            for name, image in zip(columns, images, strict=True)
        )
        rows += f"<tr>{''.join(cells)}</tr>"
    return f'<div class="wide"><table class="images"><tr>{head}</tr>{rows}</table></div>'


def line_chart(x: Sequence[float], series: Mapping[str, Sequence[float]], x_label: str) -> str:
    """Return lines over a common x axis; the y axis starts at 0."""
    top = max(max(values) for values in series.values()) or 1.0
    span = (x[-1] - x[0]) or 1.0
    parts = [_axes(x, top, x_label)]
    for index, (name, values) in enumerate(series.items()):
        colour = _COLOURS[index % len(_COLOURS)]
        points = " ".join(
            f"{_LEFT + (a - x[0]) / span * (_WIDTH - _LEFT - 10):.1f},"
            f"{(1 - b / top) * (_HEIGHT - _BOTTOM - 10) + 10:.1f}"
            for a, b in zip(x, values, strict=True)
        )
        parts.append(
            f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{points}"/>'
        )
        left = _LEFT + 10 + 190 * index
        parts.append(f'<rect x="{left}" y="0" width="12" height="4" fill="{colour}"/>')
        parts.append(f'<text x="{left + 17}" y="8">{escape(name)}</text>')
    return f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">{"".join(parts)}</svg>'


def _axes(x: Sequence[float], top: float, x_label: str) -> str:
    bottom = _HEIGHT - _BOTTOM
    lines = [
        f'<path d="M{_LEFT} 10V{bottom}H{_WIDTH - 10}" fill="none" stroke="#8888"/>',
        f'<text x="{_LEFT - 6}" y="{bottom}" text-anchor="end">0</text>',
        f'<text x="{_LEFT - 6}" y="18" text-anchor="end">{top:.2g}</text>',
        f'<text x="{_LEFT}" y="{_HEIGHT - 10}">{x[0]:g}</text>',
        f'<text x="{_WIDTH - 10}" y="{_HEIGHT - 10}" text-anchor="end">{x[-1]:g} {x_label}</text>',
    ]
    return "".join(lines)


def _data_uri(image: ImageArray) -> str:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
