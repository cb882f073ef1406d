"""Splits: steady, of the right size, and no person in both parts."""

from __future__ import annotations

import random

import numpy as np
import pytest

from edgegan.errors import DataError
from edgegan.held_out import held_out_count, hold_out, hold_out_each, hold_out_persons


@pytest.mark.parametrize(
    ("images", "held"), [(1, 1), (2, 1), (19, 1), (20, 2), (4000, 400), (202_599, 1999)]
)
def test_a_tenth_is_held_out(images: int, held: int) -> None:
    assert held_out_count(images) == held
    assert hold_out(images).sum() == held


def test_celeba_is_split_as_by_the_reference() -> None:
    lines = list(range(202_599))
    random.seed(1234)  # as data_loader.py of yunjey/stargan does
    random.shuffle(lines)
    test = [line for i, line in enumerate(lines) if (i + 1) < 2000]
    assert np.flatnonzero(hold_out(202_599)).tolist() == sorted(test)


def test_each_class_gives_a_tenth() -> None:
    classes = ["a"] * 40 + ["b"] * 5 + ["a"] * 10
    held = hold_out_each(classes)
    assert [sum(held[np.array(classes) == name]) for name in "ab"] == [5, 1]


def test_no_person_is_in_both_parts() -> None:
    rng = np.random.default_rng(0)
    persons = [str(number) for number in rng.integers(0, 100, 1000)]
    held = hold_out_persons(persons)
    assert 90 <= held.sum() <= 100
    assert {*np.array(persons)[held]}.isdisjoint(np.array(persons)[~held])
    np.testing.assert_array_equal(held, hold_out_persons(persons))


def test_the_smallest_person_is_held_out_if_none_fits() -> None:
    assert hold_out_persons(["a"] * 9 + ["b"] * 6 + ["c"] * 8).tolist() == (
        [False] * 9 + [True] * 6 + [False] * 8
    )


def test_one_person_cannot_be_split() -> None:
    with pytest.raises(DataError, match="All 3 images show the same person"):
        hold_out_persons(["a", "a", "a"])
