from __future__ import annotations

import base64
import io
import math
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from edgegan import html


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
            html.picture_with_rows("c", b"...", "image/png", ["r"]),
            html.line_chart([0, 1], {"s": [1.0, -1.0]}, "steps"),
            html.scatter_chart({"<a>": (1.0, 2.0), "b": (0.0, 0.5)}, "ms", "FID"),
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
        html.picture_with_rows(bad, b"", "image/png", [bad]),
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


def curves(text: str) -> list[list[tuple[float, float]]]:
    """Read the points of each line of a chart."""
    found = re.findall(r'points="([^"]+)"', text)
    return [[(float(a), float(b)) for a, b in re.findall(r"(\S+),(\S+)", one)] for one in found]


def test_a_chart_puts_the_top_at_10_and_zero_on_the_axis() -> None:
    text = html.line_chart([0, 50, 100], {"loss": [4.0, 2.0, 0.0]}, "steps")
    (((x0, y0), (x1, y1), (x2, y2)),) = curves(text)
    assert (x0, x2) == (46, 890)
    assert x1 == (x0 + x2) / 2
    assert (y0, y2) == (10, 232)
    assert y1 == (y0 + y2) / 2
    assert "dasharray" not in text


def test_a_chart_of_both_signs_has_a_zero_line() -> None:
    text = html.line_chart([1, 2], {"critic": [-3.0, 1.0], "generator": [0.0, -1.0]}, "steps")
    assert curves(text) == [[(46, 232), (890, 10)], [(46, 65.5), (890, 121)]]
    assert "M46 65.5H890" in text
    assert re.findall(r'text-anchor="end">([^<]+)<', text) == ["-3", "1", "2 steps", "0"]


def test_a_chart_of_negative_values_has_0_at_the_top() -> None:
    text = html.line_chart([1, 2], {"critic": [-4.0, -2.0]}, "steps")
    assert curves(text) == [[(46, 232), (890, 121)]]
    assert re.findall(r'text-anchor="end">([^<]+)<', text) == ["-4", "0", "2 steps"]


def test_values_that_are_not_finite_leave_gaps() -> None:
    nan, inf = math.nan, math.inf
    text = html.line_chart(
        [0, 1, 2, 3, 4, 5, 6], {"loss": [1.0, 2.0, nan, 1.0, inf, 0.5, 0.0]}, "steps"
    )
    assert [len(line) for line in curves(text)] == [2, 2]
    assert text.count("<circle") == 1  # the value alone between two gaps
    assert "nan" not in text
    assert "inf" not in text


def test_a_chart_of_nothing_says_so() -> None:
    for x, values in (([], []), ([1.0], [math.nan])):
        assert html.line_chart(x, {"loss": values}, "steps") == html.paragraph(
            "No values yet.", "note"
        )
    assert html.line_chart([50], {"loss": [0.0]}, "steps").count("<circle") == 1


def test_a_picture_names_its_rows() -> None:
    text = html.picture_with_rows("Step 5", b"\x89PNG", "image/png", ["A", "A to B"])
    assert re.findall("<li>(.*?)</li>", text) == ["A", "A to B"]
    assert "data:image/png;base64,iVBORw==" in text


def test_points_lie_where_their_values_are() -> None:
    text = html.scatter_chart({"far": (4.0, 1.0), "near": (1.0, 2.0)}, "ms", "FID")
    points = [
        (float(x), float(y)) for x, y in re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', text)
    ]
    (far_x, far_y), (near_x, near_y) = points
    left, right = 46.0, 890.0  # of the axes
    assert far_x == pytest.approx(right, abs=0.1)
    assert near_x == pytest.approx(left + (right - left) / 4, abs=0.1)
    assert near_y == pytest.approx(10, abs=0.1)  # the largest is at the top
    assert far_y > near_y
    assert text.count('text-anchor="end">far') == 1  # its name does not leave the drawing
    assert "No values yet" in html.scatter_chart({}, "ms", "FID")


def test_names_of_points_close_together_do_not_cover_each_other() -> None:
    points = {f"model {i}": (5.678123 + i / 1000, 3.0 * (i % 2)) for i in range(10)}
    text = html.scatter_chart(points, "ms", "FID")
    heights = sorted(float(y) for y in re.findall(r'y="([\d.]+)" style', text))
    assert len(heights) == 10
    assert min(np.diff(heights)) >= 11.9
    assert 0 < heights[0] < heights[-1] < 250
    assert ">5.69 ms<" in text
