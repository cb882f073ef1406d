"""Samples of the parity gate: images, paired with every label that a generator takes."""

from __future__ import annotations

from collections.abc import Sequence
from math import lcm

from edgegan.export.labels import Choice
from edgegan.export.parity import Sample
from edgegan.export.parity_images import ParityImages

PER_DOMAIN = 4


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
