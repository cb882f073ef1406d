"""Build the embedded data set `emoji`: Noto Emoji (A) and Twemoji (B).

The images come from two npm packages, fetched and unpacked by hand in a temporary folder::

    npm pack emoji-datasource-google@16.0.0 emoji-datasource-twitter@16.0.0
    mkdir google twitter
    tar xzf emoji-datasource-google-16.0.0.tgz -C google
    tar xzf emoji-datasource-twitter-16.0.0.tgz -C twitter

Then, from the root of the checkout::

    python scripts/build_emoji.py TEMPORARY/google/package TEMPORARY/twitter/package

This writes trainA.webp, trainB.webp, testA.webp, testB.webp and index.csv into
edgegan/emoji/; equal inputs give equal images and an equal index.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields, replace
from itertools import cycle
from pathlib import Path

import numpy as np
from PIL import Image

from edgegan.atomic import atomic_path, write_text
from edgegan.emoji import CELL, COLUMNS, Emoji
from edgegan.images import ImageArray, load_image

TARGET = Path(__file__).parents[1] / "edgegan" / "emoji"
TEST_PAIRS = 400
SEED = "edgegan-emoji-1"
# Flags look alike in every set; components are bare swatches of skin tones.
LEFT_OUT = ("Flags", "Component")


@dataclass(frozen=True, eq=False)
class Pair:
    """One emoji as both vendors draw it: uint8 `[64, 64, 3]` each."""

    emoji: Emoji
    noto: ImageArray
    twemoji: ImageArray


def main() -> None:
    """Read the two package folders named on the command line and write the data set."""
    parser = argparse.ArgumentParser(description="Build the embedded data set emoji.")
    parser.add_argument("google", type=Path, help="unpacked emoji-datasource-google")
    parser.add_argument("twitter", type=Path, help="unpacked emoji-datasource-twitter")
    arguments = parser.parse_args()
    pairs = split(read_pairs(arguments.google, arguments.twitter))
    for part in ("trainA", "trainB", "testA", "testB"):
        chosen = [pair for pair in pairs if pair.emoji.split in (part, part[:-1])]
        images = [p.noto if part.endswith("A") else p.twemoji for p in chosen]
        write_sheet(TARGET / f"{part}.webp", images)
    columns = [field.name for field in fields(Emoji)]
    write_index(TARGET / "index.csv", columns, [astuple(pair.emoji) for pair in pairs])


def read_pairs(google: Path, twitter: Path) -> list[Pair]:
    """Read every base emoji that both packages draw, each picture once.

    Some emoji share a picture: the gray family symbols. One is kept, so that no
    picture can be in both halves, or in the training and the test part.
    """
    pairs: list[Pair] = []
    seen: set[bytes] = set()
    for entry in json.loads((google / "emoji.json").read_text()):
        if entry["category"] in LEFT_OUT or not (
            entry["has_img_google"] and entry["has_img_twitter"]
        ):
            continue
        noto = load_image(google / "img" / "google" / "64" / entry["image"])
        twemoji = load_image(twitter / "img" / "twitter" / "64" / entry["image"])
        if not seen & {noto.tobytes(), twemoji.tobytes()}:
            code = Path(entry["image"]).stem
            emoji = Emoji(code, entry["short_name"], entry["category"], split="", cell=0)
            pairs.append(Pair(emoji, noto, twemoji))
        seen |= {noto.tobytes(), twemoji.tobytes()}
    return pairs


def split(pairs: Sequence[Pair]) -> list[Pair]:
    """Deal the pairs out: 400 for the test, the rest to trainA and trainB in turn.

    Each category is spread evenly over the splits. Within a split the order is random,
    so that its first images are a fair sample of it. Chance is a hash of seed and code.
    """
    by_category = sorted(pairs, key=lambda pair: (pair.emoji.category, _chance("split", pair)))
    halves = cycle(("trainA", "trainB"))
    chosen: dict[str, list[Pair]] = {"trainA": [], "trainB": [], "test": []}
    for index, pair in enumerate(by_category):
        tests = (index + 1) * TEST_PAIRS // len(pairs)
        chosen["test" if tests > index * TEST_PAIRS // len(pairs) else next(halves)].append(pair)
    return [
        replace(pair, emoji=replace(pair.emoji, split=name, cell=cell))
        for name, members in chosen.items()
        for cell, pair in enumerate(sorted(members, key=lambda pair: _chance("order", pair)))
    ]


def write_sheet(path: Path, images: Sequence[ImageArray]) -> None:
    """Write one sprite sheet, row by row, as lossless WebP."""
    rows = -(-len(images) // COLUMNS)
    sheet = np.full((rows * CELL, COLUMNS * CELL, 3), 255, np.uint8)
    for cell, image in enumerate(images):
        top, left = CELL * (cell // COLUMNS), CELL * (cell % COLUMNS)
        sheet[top : top + CELL, left : left + CELL] = image
    with atomic_path(path) as temporary:
        Image.fromarray(sheet).save(temporary, lossless=True, quality=100, method=6)
    print(f"{path.stem}: {len(images)} images, {path.stat().st_size} bytes")


def write_index(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write what each cell shows."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    write_text(path, text.getvalue())


def _chance(purpose: str, pair: Pair) -> str:
    return hashlib.sha256(f"{SEED}/{purpose}/{pair.emoji.code}".encode()).hexdigest()


if __name__ == "__main__":
    main()
