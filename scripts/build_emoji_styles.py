"""Build the embedded data set `emoji-styles`: Twemoji, OpenMoji and Fluent (high contrast).

The drawings come from three npm packages, fetched and unpacked by hand in a temporary folder::

    npm pack @iconify-json/twemoji@1.2.5 @iconify-json/openmoji@1.2.29
    npm pack @iconify-json/fluent-emoji-high-contrast@1.2.6
    mkdir twemoji openmoji fluent
    tar xzf iconify-json-twemoji-1.2.5.tgz -C twemoji
    tar xzf iconify-json-openmoji-1.2.29.tgz -C openmoji
    tar xzf iconify-json-fluent-emoji-high-contrast-1.2.6.tgz -C fluent

All are SVG; the Python package resvg-py draws them (0.5.0 did), all in the same way, so that
nothing but the style tells them apart. Then, from the root of the checkout::

    python scripts/build_emoji_styles.py TEMPORARY/twemoji/package TEMPORARY/openmoji/package \
        TEMPORARY/fluent/package

This writes a sheet for each style and index.csv into edgegan/emoji_styles/; equal inputs give
equal images and an equal index.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np
import resvg_py
from build_emoji import write_index, write_sheet
from PIL import Image

from edgegan import console
from edgegan.emoji import CELL, Emoji
from edgegan.emoji import read_index as read_emoji
from edgegan.emoji_styles import STYLES, StyledEmoji
from edgegan.images import ImageArray, decode_image

TARGET = Path(__file__).parents[1] / "edgegan" / "emoji_styles"
TEST_EMOJI = 200
SEED = "edgegan-emoji-styles-1"
MARGIN = 2  # pixels free on each side of a cell
VARIATION = {"fe0f"}
GENDERS = {"200d", "2640", "2642"}
ADULTS = {"1f468": "1f9d1", "1f469": "1f9d1"}  # a man, a woman: a person


@dataclass(frozen=True, eq=False)
class Drawn:
    """One emoji in all styles: uint8 `[64, 64, 3]` for each."""

    emoji: Emoji
    images: dict[str, ImageArray]


def main() -> None:
    """Read the package folders named on the command line and write the data set."""
    parser = argparse.ArgumentParser(description="Build the embedded data set emoji-styles.")
    for style in STYLES:
        parser.add_argument(style, type=Path, help="the unpacked package of its drawings")
    folders = vars(parser.parse_args())
    drawn = {one.emoji.code: one for one in draw_all({s: read_svg(folders[s]) for s in STYLES})}
    index = split([one.emoji for one in drawn.values()])
    for style in STYLES:
        write_sheet(TARGET / f"{style}.webp", [drawn[one.code].images[style] for one in index])
    columns = [field.name for field in fields(StyledEmoji)]
    write_index(TARGET / "index.csv", columns, [astuple(one) for one in index])


def read_svg(folder: Path) -> dict[str, str]:
    """Read the drawings of an Iconify package: SVG by code points."""
    icons = json.loads((folder / "icons.json").read_text())
    found: dict[str, str] = {}
    for code, name in json.loads((folder / "chars.json").read_text()).items():
        icon = icons["icons"].get(name)
        if icon:
            view = f"0 0 {icon.get('width', icons['width'])} {icon.get('height', icons['height'])}"
            body = icon["body"].replace("currentColor", "#000")
            found[plain(code)] = (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{view}">{body}</svg>'
            )
    return found


def draw_all(drawings: Mapping[str, Mapping[str, str]]) -> list[Drawn]:
    """Draw each emoji of `emoji` that every style has, each picture once."""
    found: list[Drawn] = []
    seen: set[bytes] = set()
    wanted = sorted(read_emoji(), key=lambda one: one.code)
    with console.progress("Drawing", len(wanted)) as report:
        for done, emoji in enumerate(wanted):
            report(done)
            code = plain(emoji.code)
            if not all(code in svg for svg in drawings.values()):
                continue
            images = {style: fit(draw(svg[code])) for style, svg in drawings.items()}
            pictures = {image.tobytes() for image in images.values()}
            if not seen & pictures:
                found.append(Drawn(emoji, images))
            seen |= pictures
    return found


def draw(svg: str) -> ImageArray:
    """Draw an SVG, large, on white."""
    size = 16 * CELL
    png = resvg_py.svg_to_bytes(svg_string=svg, width=size, height=size)
    return decode_image(bytes(png), "svg")


def fit(image: ImageArray) -> ImageArray:
    """Shrink a square picture to a cell, so that what is drawn fills it and lies in its middle.

    The styles differ in how much they leave free, which a translation cannot learn to change.
    """
    inked = np.argwhere((image < 250).any(axis=2))
    if not len(inked):
        return np.full((CELL, CELL, 3), 255, np.uint8)
    low, high = inked.min(axis=0), inked.max(axis=0) + 1
    side = int((high - low).max())
    square = np.full((side, side, 3), 255, np.uint8)
    top, left = (side - (high - low)) // 2
    part = image[low[0] : high[0], low[1] : high[1]]
    square[top : top + len(part), left : left + part.shape[1]] = part
    inner = (CELL - 2 * MARGIN, CELL - 2 * MARGIN)
    small = Image.fromarray(square).resize(inner, Image.Resampling.BOX)
    return np.pad(
        np.asarray(small), ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)), constant_values=255
    )


def split(emoji: Sequence[Emoji]) -> list[StyledEmoji]:
    """Choose 200 of the test emoji of `emoji`, evenly over the categories; train on the rest.

    Of the rest, those that differ from a test emoji in gender only are left out. Chance is
    a hash of seed and code.
    """
    candidates = sorted(
        (one for one in emoji if one.split == "test"),
        key=lambda one: (one.category, _chance("split", one)),
    )
    steps = [index * TEST_EMOJI // len(candidates) for index in range(len(candidates) + 1)]
    test = [one for i, one in enumerate(candidates) if steps[i + 1] > steps[i]]
    tested = {_anyone(one.code) for one in test}
    train = [one for one in emoji if _anyone(one.code) not in tested]
    return [
        StyledEmoji(one.code, one.name, one.category, name)
        for name, members in (("train", train), ("test", test))
        for one in sorted(members, key=lambda one: _chance("order", one))
    ]


def plain(code: str) -> str:
    """Leave out of code points what says only that a picture is meant."""
    return "-".join(point for point in code.lower().split("-") if point not in VARIATION)


def _anyone(code: str) -> str:
    """Name what is drawn, whatever its gender."""
    points = [point for point in plain(code).split("-") if point not in GENDERS]
    return "-".join(ADULTS.get(point, point) for point in points)


def _chance(purpose: str, emoji: Emoji) -> str:
    return hashlib.sha256(f"{SEED}/{purpose}/{emoji.code}".encode()).hexdigest()


if __name__ == "__main__":
    main()
