"""Which images are held out for the test: the same ones each time, whatever the machine."""

from __future__ import annotations

import random
from collections.abc import Hashable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from edgegan.errors import DataError

Mask = NDArray[np.bool_]
_T = TypeVar("_T", bound=Hashable)

# Both from the reference (preprocess in data_loader.py of yunjey/stargan), so that the
# whole of CelebA without identities is split as there.
_SEED = 1234
_MOST = 1999


def held_out_count(images: int) -> int:
    """Tell how many of `images` to hold out: a tenth, at least 1, at most 1999."""
    return min(_MOST, max(1, images // 10))


def hold_out(images: int) -> Mask:
    """Hold out images at random.

    Returns:
        bool `[images]`, True for those held out.
    """
    order = list(range(images))
    random.Random(_SEED).shuffle(order)
    held = np.zeros(images, np.bool_)
    held[order[: held_out_count(images)]] = True
    return held


def hold_out_each(groups: Sequence[Hashable]) -> Mask:
    """Hold out a tenth, at least 1, of each group, such as a class.

    Args:
        groups: The group of each image.
    """
    held = np.zeros(len(groups), np.bool_)
    for members in _members(groups).values():
        held[np.array(members)] = hold_out(len(members))
    return held


def hold_out_persons(persons: Sequence[str]) -> Mask:
    """Hold out about a tenth of the images, so that no person is in both parts.

    Persons are taken at random as long as they fit into the tenth; if none fits, the one
    with the fewest images is held out.

    Args:
        persons: Who is on each image.

    Raises:
        DataError: all images show the same person.
    """
    images = _members(persons)
    if len(images) < 2:
        raise DataError(
            f"All {len(persons)} images show the same person, so none can be held out for the "
            "test. Expected at least 2 persons in the identities."
        )
    order = sorted(images)
    random.Random(_SEED).shuffle(order)
    left = held_out_count(len(persons))
    taken: list[int] = []
    for person in order:
        if len(images[person]) <= left:
            taken += images[person]
            left -= len(images[person])
    held = np.zeros(len(persons), np.bool_)
    held[taken or min(images.values(), key=len)] = True
    return held


def _members(groups: Sequence[_T]) -> dict[_T, list[int]]:
    found: dict[_T, list[int]] = {}
    for index, group in enumerate(groups):
        found.setdefault(group, []).append(index)
    return found
