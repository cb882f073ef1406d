"""The few pieces of HTML that reports are made of; everything is inlined."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

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
.rows { margin: 1rem 0; } .rows figcaption { font-weight: 500; }
.rows div { display: flex; gap: .6rem; } .rows img { flex: 1; min-width: 0; border-radius: 6px; }
.rows ul { display: grid; grid-auto-rows: 1fr; list-style: none; margin: 0; padding: 0; }
.rows li { align-self: center; text-align: right; font-size: .85rem; white-space: nowrap; }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.4rem; margin: .5rem 0 0; font-size: .8rem; }
.legend i { display: inline-block; width: 1rem; height: .25rem; margin: 0 .4rem .2rem 0; }
svg { width: 100%; height: auto; } svg text { font: 11px system-ui, sans-serif; fill: var(--dim); }
"""
_COLOURS = ("#3b82c4", "#d9822b", "#3a9d5d", "#9b59b6")
_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 900, 260, 46, 28
_TEXT = 12  # height of a line of text


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
            f'<td><img alt="{escape(name)}" src="{_data_uri(_png(image), "image/png")}"></td>'
            for name, image in zip(columns, images, strict=True)
        )
        rows += f"<tr>{''.join(cells)}</tr>"
    return f'<div class="wide"><table class="images"><tr>{head}</tr>{rows}</table></div>'


def picture_with_rows(caption: str, picture: bytes, mime: str, rows: Sequence[str]) -> str:
    """Return an encoded picture made of equally high rows, each row's name beside it.

    Args:
        caption: What it shows.
        picture: The file's bytes.
        mime: Their type, such as "image/png".
        rows: A name for each row, from the top.
    """
    names = "".join(f"<li>{escape(name)}</li>" for name in rows)
    return (
        f'<figure class="rows"><figcaption>{escape(caption)}</figcaption><div><ul>{names}</ul>'
        f'<img alt="{escape(caption)}" src="{_data_uri(picture, mime)}"></div></figure>'
    )


def line_chart(x: Sequence[float], series: Mapping[str, Sequence[float]], x_label: str) -> str:
    """Return lines over a common x axis; the y axis spans 0 and all values.

    Values that are not finite leave gaps. Without any other, there is a note instead.
    """
    finite = [value for values in series.values() for value in values if math.isfinite(value)]
    if not finite:
        return paragraph("No values yet.", "note")
    low, high = min(0.0, *finite), max(0.0, *finite)
    axes = _Axes(x[0], x[-1], low, high if high > low else 1.0)
    parts, legend = [axes.draw(x_label)], ""
    for index, (name, values) in enumerate(series.items()):
        colour = _COLOURS[index % len(_COLOURS)]
        parts += (_stroke(axes, run, colour) for run in _finite_runs(x, values))
        legend += f'<span><i style="background:{colour}"></i>{escape(name)}</span>'
    drawing = f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">{"".join(parts)}</svg>'
    return f'<p class="legend">{legend}</p>{drawing}'


def scatter_chart(points: Mapping[str, tuple[float, float]], x_label: str, y_label: str) -> str:
    """Return named points, both axes from 0; without any, there is a note instead."""
    if not points:
        return paragraph("No values yet.", "note")
    largest = [max(*(point[axis] for point in points.values()), 1e-9) for axis in (0, 1)]
    right, top = (float(f"{value:.3g}") for value in largest)
    axes = _Axes(0.0, right, 0.0, top)
    parts = [axes.draw(x_label), f'<text x="{_LEFT + 6}" y="20">{escape(y_label)}</text>']
    lines: list[float] = []
    for index, (name, (x, y)) in enumerate(points.items()):
        colour = _COLOURS[index % len(_COLOURS)]
        left, height = axes.x(x), axes.y(y)
        turned = ' text-anchor="end"' if x > right / 2 else ""
        lines.append(_free_line(height + 4, lines))
        parts.append(
            f'<circle cx="{left:.1f}" cy="{height:.1f}" r="4" fill="{colour}"/>'
            f'<text x="{left + (-8 if turned else 8):.1f}" y="{lines[-1]:.1f}" '
            f'style="fill:{colour}"{turned}>{escape(name)}</text>'
        )
    return f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">{"".join(parts)}</svg>'


@dataclass(frozen=True)
class _Axes:
    """Where values lie in the drawing."""

    first: float
    last: float
    low: float
    high: float

    def x(self, value: float) -> float:
        share = (value - self.first) / ((self.last - self.first) or 1.0)
        return _LEFT + share * (_WIDTH - _LEFT - 10)

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return (1 - share) * (_HEIGHT - _BOTTOM - 10) + 10

    def draw(self, x_label: str) -> str:
        bottom = _HEIGHT - _BOTTOM
        lines = [
            f'<path d="M{_LEFT} 10V{bottom}H{_WIDTH - 10}" fill="none" stroke="#8888"/>',
            _tick(bottom, self.low),
            _tick(18, self.high),
            f'<text x="{_LEFT}" y="{_HEIGHT - 10}">{self.first:.9g}</text>',
            f'<text x="{_WIDTH - 10}" y="{_HEIGHT - 10}" text-anchor="end">'
            f"{self.last:.9g} {x_label}</text>",
        ]
        if self.low < 0 < self.high:
            zero = f"M{_LEFT} {self.y(0):.1f}H{_WIDTH - 10}"
            lines.append(f'<path d="{zero}" fill="none" stroke="#8888" stroke-dasharray="4"/>')
            if 18 + _TEXT < self.y(0) < bottom - _TEXT:
                lines.append(_tick(self.y(0) + 4, 0))
        return "".join(lines)


def _free_line(height: float, taken: Sequence[float]) -> float:
    """Return the height next to `height` where a text covers none of the others."""
    steps = sorted(range(-2 * len(taken), 2 * len(taken) + 1), key=abs)
    lines = (height + _TEXT * step for step in steps)
    free = (
        line
        for line in lines
        if _TEXT <= line <= _HEIGHT - _BOTTOM and all(abs(line - x) >= _TEXT for x in taken)
    )
    return next(free, height)


def _tick(y: float, value: float) -> str:
    return f'<text x="{_LEFT - 6}" y="{y:g}" text-anchor="end">{value:.2g}</text>'


def _finite_runs(x: Sequence[float], y: Sequence[float]) -> Iterator[list[tuple[float, float]]]:
    points = zip(x, y, strict=True)
    for finite, run in groupby(points, key=lambda point: math.isfinite(point[1])):
        if finite:
            yield list(run)


def _stroke(axes: _Axes, run: Sequence[tuple[float, float]], colour: str) -> str:
    placed = [(axes.x(a), axes.y(b)) for a, b in run]
    if len(placed) == 1:
        return f'<circle cx="{placed[0][0]:.1f}" cy="{placed[0][1]:.1f}" r="3" fill="{colour}"/>'
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in placed)
    return f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{points}"/>'


def _png(image: ImageArray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


def _data_uri(data: bytes, mime: str) -> str:
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"
