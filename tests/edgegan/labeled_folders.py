"""Tiny labelled data sets in the layouts that people have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from edgegan.images import save_image


def write_images(folder: Path, names: Sequence[str], seed: int = 0) -> None:
    """Write a small picture of noise for each name."""
    rng = np.random.default_rng(seed)
    for name in names:
        save_image(folder / name, rng.integers(0, 256, (8, 6, 3), dtype=np.uint8))


def write_celeba(root: Path, values: Mapping[str, str], images: str = "img_align_celeba") -> Path:
    """Write the official layout.

    Args:
        root: The folder to write into.
        values: By attribute, a "+" or "-" for each image.
        images: The folder of the images, which are 000001.jpg and on.
    """
    rows = list(zip(*values.values(), strict=True))
    names = [f"{number:06}.jpg" for number in range(1, len(rows) + 1)]
    write_images(root / images, names)
    lines = [str(len(rows)), " ".join(values) + " "]
    for name, row in zip(names, rows, strict=True):
        lines.append(" ".join([name, *(" 1" if value == "+" else "-1" for value in row)]))
    (root / "list_attr_celeba.txt").write_text("\n".join(lines) + "\n")
    return root


def write_classes(root: Path, counts: Mapping[str, int]) -> Path:
    """Write so many images into each of the folders."""
    for seed, (name, count) in enumerate(counts.items()):
        (root / name).mkdir(parents=True, exist_ok=True)
        write_images(root / name, [f"{number:03}.png" for number in range(count)], seed)
    return root


def write_csv(root: Path, lines: Sequence[str], images: str = "images") -> Path:
    """Write labels.csv, and an image for the first cell of each line but the first."""
    names = [line.split(",")[0] for line in lines[1:]]
    write_images(root / images, [name for name in names if name])
    (root / "labels.csv").write_text("\n".join(lines) + "\n")
    return root
