"""Samples of the parity gate: images, paired with every label that a generator takes."""

from __future__ import annotations

from collections.abc import Sequence
from math import lcm

import numpy as np

from edgegan.domains import Domain, every_domain
from edgegan.export.parity import Sample
from edgegan.export.parity_images import ParityImages
from edgegan.images import FloatArray

PER_DOMAIN = 4
# What a label asks for in words, and the label; ("", None) where none is taken.
Choice = tuple[str, FloatArray | None]


def label_choices(entries: int, domains: Sequence[Domain]) -> list[Choice]:
    """List the labels to compare two generators with.

    Args:
        entries: Of the label that they take; 0 if they take none.
        domains: What it stands for; empty if that is not known.

    Returns:
        One for every domain, or for every entry if the domains are not known; ("", None)
        if they take none.
    """
    if not entries:
        return [("", None)]
    if domains:
        return list(every_domain(domains))
    rows: FloatArray = np.eye(entries, dtype=np.float32)
    return [(f"entry {index}", row) for index, row in enumerate(rows)]


def parity_samples(
    images: ParityImages, size: tuple[int, int], choices: Sequence[Choice]
) -> list[Sample]:
    """Pair images and labels, few enough for a quick gate.

    Every image is taken, and every label with `PER_DOMAIN` different images (or all, if
    there are fewer).

    Args:
        images: At least one.
        size: (H, W) that both generators take.
        choices: At least one.
    """
    pixels = images.at_size(size)
    count, kinds = len(pixels), len(choices)
    # Both indices run on; the shift at each common multiple keeps pairs from coming twice.
    pairs = [
        ((index + index // lcm(count, kinds)) % count, choices[index % kinds])
        for index in range(max(count, min(PER_DOMAIN, count) * kinds))
    ]
    return [
        Sample(name=images.name(index), image=pixels[index], label=label, domain=domain)
        for index, (domain, label) in pairs
    ]
