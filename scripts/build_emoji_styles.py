"""Build the embedded data set `emoji-styles`: Noto, Twemoji and Fluent.

The images come from three npm packages, fetched and unpacked by hand in a temporary folder::

    npm pack emoji-datasource-google@16.0.0 emoji-datasource-twitter@16.0.0
    npm pack @lobehub/fluent-emoji-flat@1.1.0
    mkdir google twitter fluent
    tar xzf emoji-datasource-google-16.0.0.tgz -C google
    tar xzf emoji-datasource-twitter-16.0.0.tgz -C twitter
    tar xzf lobehub-fluent-emoji-flat-1.1.0.tgz -C fluent

Fluent's are SVG; the Python package resvg-py draws them (0.5.0 did). Then, from the root of
the checkout::

    python scripts/build_emoji_styles.py TEMPORARY/google/package TEMPORARY/twitter/package \
        TEMPORARY/fluent/package

This writes noto.webp, twemoji.webp, fluent.webp and index.csv into edgegan/emoji_styles/;
equal inputs give equal images and an equal index.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np
import resvg_py
from build_emoji import Pair, read_pairs, write_index, write_sheet
from PIL import Image

from edgegan.emoji import CELL, Emoji
from edgegan.emoji import read_index as read_emoji
from edgegan.emoji_styles import SHEETS, StyledEmoji
from edgegan.images import ImageArray, decode_image

TARGET = Path(__file__).parents[1] / "edgegan" / "emoji_styles"
TEST_EMOJI = 200
SEED = "edgegan-emoji-styles-1"
VARIATION = {"fe0f"}  # says only that a picture is meant
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
    parser.add_argument("google", type=Path, help="unpacked emoji-datasource-google")
    parser.add_argument("twitter", type=Path, help="unpacked emoji-datasource-twitter")
    parser.add_argument("fluent", type=Path, help="unpacked @lobehub/fluent-emoji-flat")
    arguments = parser.parse_args()
    pairs = {one.emoji.code: one for one in read_pairs(arguments.google, arguments.twitter)}
    drawn = {one.emoji.code: one for one in add_fluent(pairs, arguments.fluent / "assets")}
    index = split([one.emoji for one in drawn.values()])
    origin = {one.code: one.split for one in read_emoji()}
    for style, splits in SHEETS.items():
        chosen = [drawn[one.code] for one in index if origin[one.code] in splits]
        write_sheet(TARGET / f"{style}.webp", [one.images[style] for one in chosen])
    columns = [field.name for field in fields(StyledEmoji)]
    write_index(TARGET / "index.csv", columns, [astuple(one) for one in index])


def add_fluent(pairs: Mapping[str, Pair], fluent: Path) -> list[Drawn]:
    """Read Fluent's drawing of each emoji of `emoji` that it has, each picture once."""
    found: list[Drawn] = []
    seen: set[bytes] = set()
    paths = {_plain(path.stem): path for path in fluent.iterdir()}
    for emoji in sorted(read_emoji(), key=lambda one: one.code):
        path = paths.get(_plain(emoji.code))
        if path is None:
            continue
        picture = fit(draw(path))
        if picture.tobytes() not in seen:
            pair = pairs[emoji.code]
            images = {"noto": pair.noto, "twemoji": pair.twemoji, "fluent": picture}
            found.append(Drawn(emoji, images))
        seen.add(picture.tobytes())
    return found


def draw(path: Path) -> ImageArray:
    """Draw an SVG file, large, on white."""
    size = 16 * CELL
    png = resvg_py.svg_to_bytes(svg_path=str(path), width=size, height=size)
    return decode_image(bytes(png), path.name)


def fit(image: ImageArray) -> ImageArray:
    """Shrink a square picture to a cell, without most of the margin.

    Fluent keeps a sixteenth free on each side, the other styles nearly nothing. That much is cut
    off all round, or less where something is drawn there.
    """
    size = len(image)
    inked = np.argwhere((image < 250).any(axis=2))
    margin = int(min(inked.min(), size - 1 - inked.max(), size // 16))
    box = (margin, margin, size - margin, size - margin)
    return np.asarray(Image.fromarray(image).resize((CELL, CELL), Image.Resampling.BOX, box))


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


def _plain(code: str) -> str:
    return "-".join(point for point in code.lower().split("-") if point not in VARIATION)


def _anyone(code: str) -> str:
    """Name what is drawn, whatever its gender."""
    points = [point for point in _plain(code).split("-") if point not in GENDERS]
    return "-".join(ADULTS.get(point, point) for point in points)


def _chance(purpose: str, emoji: Emoji) -> str:
    return hashlib.sha256(f"{SEED}/{purpose}/{emoji.code}".encode()).hexdigest()


if __name__ == "__main__":
    main()
