"""StarGAN's sample grids: held-out images, and a row for each domain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from edgegan.domains import Domain, encode
from edgegan.errors import DataError, ImageError
from edgegan.images import FloatArray, ImageArray, to_float
from edgegan.labeled_data import LabeledData, LabeledSet
from edgegan.train.labeled_samples import prepare
from edgegan.train.sample_grid import COLUMNS, stack_rows
from edgegan.train.stargan_config import StarGANConfig

Known = dict[str, bool]


def labeled_held_out(data: LabeledData, config: StarGANConfig) -> tuple[FloatArray, list[Known]]:
    """Take readable test images, spread evenly over each set, as many of each.

    Returns:
        float32 `[N, S, S, C]` in [-1, 1], N at most `COLUMNS`; and what is known of each.

    Raises:
        DataError: no test image of a set can be decoded.
    """
    count = max(COLUMNS // len(data.sets), 1)
    found = [pair for one in data.sets for pair in _spread(one, count, config)]
    return np.stack([image for image, _ in found]), [known for _, known in found]


def row_titles(domains: Sequence[Domain], makers: Sequence[str] = ("",)) -> tuple[str, ...]:
    """Name the rows of `labeled_grid`, those of several generators by their `makers`."""
    titles = [domain.name if domain.group else f"{domain.name} flipped" for domain in domains]
    return ("input", *(f"{title} {maker}".strip() for title in titles for maker in makers))


def labeled_grid(
    generators: Sequence[Any],
    domains: Sequence[Domain],
    images: FloatArray,
    known: Sequence[Known],
) -> ImageArray:
    """Draw the images, then rows for each domain: members of groups set, toggles flipped.

    Args:
        generators: From a list of images and labels to images; each has a row.
        domains: Those of the generator.
        images: `[N, S, S, C]` in [-1, 1].
        known: For each image, the domains that it is known to have or not.

    Returns:
        uint8 `[(1 + len(domains) * len(generators)) S, N S, 3]`, RGB.
    """
    rows = [images]
    for domain in domains:
        labels = np.stack([_target(domains, domain, source) for source in known])
        rows += [generator([images, labels]).numpy() for generator in generators]
    return stack_rows(rows)


def _target(domains: Sequence[Domain], domain: Domain, source: Known) -> FloatArray:
    value = True if domain.group else not source.get(domain.name, bool(domain.default))
    return encode(domains, {domain.name: value}, source)


def _known(domains: Sequence[Domain], labels: FloatArray) -> Known:
    """Tell what an image has; of a group one at most: some in CelebA have two hair colours."""
    known: Known = {}
    taken: set[str | None] = set()
    for domain, value in zip(domains, labels, strict=True):
        known[domain.name] = bool(value) and domain.group not in taken
        if value and domain.group:
            taken.add(domain.group)
    return known


def _spread(one: LabeledSet, count: int, config: StarGANConfig) -> list[tuple[FloatArray, Known]]:
    """Take `count` images at equal distances; for one that is damaged, the next."""
    found: list[tuple[FloatArray, Known]] = []
    used: set[int] = set()
    total = len(one.test.images)
    for start in np.linspace(0, total, count, endpoint=False).astype(int):
        for index in (int(start + i) % total for i in range(total)):
            if index in used:
                continue
            used.add(index)
            try:
                image = to_float(prepare(one.test.images[index], config))
            except ImageError:
                continue
            found.append((image, _known(one.domains, one.test.labels[index])))
            break
    if not found:
        raise DataError(f"No test image of {one.spec} can be decoded.")
    return found
