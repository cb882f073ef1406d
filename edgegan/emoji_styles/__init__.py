"""The embedded labelled data set `emoji-styles`: emoji in three styles, 64x64, on white.

The styles are Twemoji (flat colours), OpenMoji (colours within black outlines) and Microsoft's
Fluent Emoji in high contrast (black and white). Each emoji is drawn in all of them, in the same
size and place; for the test emoji that is what a translation can be compared with. No emoji
is in both parts, and neither are two that differ in gender only, such as a man and a woman
cook.

The drawings lie in one sprite sheet a style, in the order of index.csv.
scripts/build_emoji_styles.py makes all this.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

import numpy as np

from edgegan.domains import Domain
from edgegan.emoji import SheetImages, open_sheet
from edgegan.images import ImageArray
from edgegan.labeled_data import LabeledImages, LabeledSet

STYLES: tuple[str, ...] = ("twemoji", "openmoji", "fluent")


@dataclass(frozen=True)
class StyledEmoji:
    """A row of index.csv.

    Attributes:
        code: Its code points in hex, joined by "-", as in the data set `emoji`.
        name: Its short name, such as "grinning".
        category: Its Unicode group, such as "Food & Drink".
        split: "train" or "test".
    """

    code: str
    name: str
    category: str
    split: str


def open_emoji_styles() -> LabeledSet:
    """Open the embedded emoji styles: 1,316 training emoji, 200 test emoji.

    The images of an emoji follow each other, in the order of `STYLES`.
    """
    index = read_index()
    drawings = _read_drawings(index)
    train, test = (
        _label([one for one in index if one.split == split], drawings)
        for split in ("train", "test")
    )
    usual = int(train.labels.sum(axis=0).argmax())
    domains = tuple(
        Domain(name=style, group="style", one_hot=True, default=float(column == usual))
        for column, style in enumerate(STYLES)
    )
    return LabeledSet(spec="emoji-styles", domains=domains, train=train, test=test)


def held_out_drawings() -> dict[str, ImageArray]:
    """Draw the test emoji in each style.

    Returns:
        For each style uint8 `[200, 64, 64, 3]`; the same index is the same emoji.
    """
    index = read_index()
    drawings = _read_drawings(index)
    codes = [one.code for one in index if one.split == "test"]
    return {style: np.stack([drawings[style][code] for code in codes]) for style in STYLES}


def read_index() -> tuple[StyledEmoji, ...]:
    """Read index.csv."""
    text = (files("edgegan.emoji_styles") / "index.csv").read_text(encoding="utf-8")
    return tuple(
        StyledEmoji(row["code"], row["name"], row["category"], row["split"])
        for row in csv.DictReader(text.splitlines())
    )


def _read_drawings(index: Sequence[StyledEmoji]) -> dict[str, dict[str, ImageArray]]:
    """Read what each style draws, by code."""
    codes = [one.code for one in index]
    sheets = {style: open_sheet("edgegan.emoji_styles", style, codes) for style in STYLES}
    return {
        style: {code: sheet[i] for i, code in enumerate(codes)} for style, sheet in sheets.items()
    }


def _label(
    emoji: Sequence[StyledEmoji], drawings: Mapping[str, Mapping[str, ImageArray]]
) -> LabeledImages:
    drawn = [(style, one.code) for one in emoji for style in STYLES]
    pixels = np.stack([drawings[style][code] for style, code in drawn])
    pixels.setflags(write=False)
    return LabeledImages(
        images=SheetImages(tuple(f"{style}/{code}.png" for style, code in drawn), pixels),
        labels=np.array([[style == one for one in STYLES] for style, _ in drawn], np.float32),
    )
