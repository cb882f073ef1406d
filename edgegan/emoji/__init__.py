"""The embedded data set `emoji`: Noto Emoji (A) and Twemoji (B), 64x64, on white.

Every emoji is in one split only: `trainA` (drawn by Noto), `trainB` (drawn by Twemoji)
or `test` (drawn by both, so that a translation can be compared with the truth). No
emoji and no picture is in two splits; a man and a woman cook count as two emoji.

The images lie in one sprite sheet a part (lossless WebP, 64-pixel cells, row by row),
beside index.csv, which tells what each cell shows, and the licences of the images.
scripts/build_emoji.py makes all this from the emoji-datasource npm packages.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files

from edgegan.data import UnpairedData
from edgegan.images import ImageArray, load_image

CELL = 64  # pixels
COLUMNS = 25


@dataclass(frozen=True)
class Emoji:
    """A row of index.csv.

    Attributes:
        code: Its code points in hex, joined by "-"; the stem of its image's name.
        name: Its short name, such as "grinning".
        category: Its Unicode group, such as "Food & Drink".
        split: "trainA", "trainB" or "test".
        cell: Its position in the sheet of its split, row by row.
    """

    code: str
    name: str
    category: str
    split: str
    cell: int


@dataclass(frozen=True, eq=False)
class SheetImages:
    """The images of one sprite sheet, decoded: `pixels` is uint8 `[N, 64, 64, 3]`."""

    names: tuple[str, ...]
    pixels: ImageArray

    def __len__(self) -> int:
        """Count the images."""
        return len(self.names)

    def __getitem__(self, index: int) -> ImageArray:
        """Return image `index`: uint8 `[64, 64, 3]`, read-only."""
        image: ImageArray = self.pixels[index]
        return image


def open_emoji() -> UnpairedData:
    """Open the embedded emoji: about 600 images a training part, 400 test pairs."""
    index = read_index()
    return UnpairedData(
        spec="emoji",
        train_a=_open_part("trainA", index),
        train_b=_open_part("trainB", index),
        test_a=_open_part("testA", index),
        test_b=_open_part("testB", index),
        paired_test=True,
    )


def read_index() -> tuple[Emoji, ...]:
    """Read index.csv, in the order of the cells of each split."""
    text = (files("edgegan.emoji") / "index.csv").read_text(encoding="utf-8")
    return tuple(
        Emoji(row["code"], row["name"], row["category"], row["split"], int(row["cell"]))
        for row in csv.DictReader(text.splitlines())
    )


def open_sheet(package: str, sheet: str, names: Sequence[str]) -> SheetImages:
    """Open the sprite sheet SHEET.webp of a package, whose first cells have these names."""
    with as_file(files(package) / f"{sheet}.webp") as path:
        whole = load_image(path)
    grid = whole.reshape(-1, CELL, COLUMNS, CELL, 3).swapaxes(1, 2)  # [row, column, H, W, C]
    pixels = grid.reshape(-1, CELL, CELL, 3)[: len(names)]
    pixels.setflags(write=False)
    return SheetImages(tuple(names), pixels)


def _open_part(part: str, index: tuple[Emoji, ...]) -> SheetImages:
    names = [f"{one.code}.png" for one in index if one.split in (part, part[:-1])]
    return open_sheet("edgegan.emoji", part, names)
