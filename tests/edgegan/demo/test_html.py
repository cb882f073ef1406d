from __future__ import annotations

import base64
import io
import re
from html.parser import HTMLParser

import numpy as np
from PIL import Image

from edgegan.demo import html


class Balance(HTMLParser):
    """Finds tags that are not closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def test_a_page_is_balanced_and_refers_to_nothing_outside() -> None:
    picture = np.zeros((2, 2, 3), np.uint8)
    text = html.page(
        "T",
        [
            html.heading("H"),
            html.paragraph("p"),
            html.table(("a", "b"), [("1", "2")]),
            html.commands(["x"]),
            html.image_table({"n": [picture]}),
            html.line_chart([0, 1], {"s": [1.0, 0.0]}, "steps"),
        ],
    )
    parser = Balance()
    parser.feed(text)
    assert (parser.open, parser.wrong) == ([], [])
    assert not re.search(r"(src|href)=\"(?!data:)", text)


def test_text_is_escaped() -> None:
    bad = "<b>&"
    for text in (
        html.heading(bad),
        html.paragraph(bad),
        html.table((bad,), [(bad,)]),
        html.commands([bad]),
        html.image_table({bad: []}),
    ):
        assert bad not in text
        assert "&lt;b&gt;&amp;" in text


def test_images_are_embedded_losslessly() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (5, 7, 3)).astype(np.uint8)
    text = html.image_table({"one": [picture], "two": [picture]})
    found = re.findall(r"base64,([A-Za-z0-9+/=]+)", text)
    assert len(found) == 2
    decoded = np.asarray(Image.open(io.BytesIO(base64.b64decode(found[1]))))
    assert (decoded == picture).all()


def test_a_chart_puts_the_top_at_10_and_zero_on_the_axis() -> None:
    text = html.line_chart([0, 50, 100], {"loss": [4.0, 2.0, 0.0]}, "steps")
    points = re.search(r'points="([^"]+)"', text)
    assert points
    (x0, y0), (x1, y1), (x2, y2) = (map(float, p.split(",")) for p in points[1].split())
    assert (x0, x2) == (46, 890)
    assert x1 == (x0 + x2) / 2
    assert (y0, y2) == (10, 232)
    assert y1 == (y0 + y2) / 2
