from __future__ import annotations

import numpy as np
import pytest

from edgegan.domains import every_domain
from edgegan.errors import UsageError
from edgegan.export.labels import PER_DOMAIN, canonical_choice, choice_label, gate_labels, spread
from edgegan.images import FloatArray
from tests.export.generators import DOMAINS, STARGAN, generator


def test_a_choice_has_one_way_to_be_written() -> None:
    assert canonical_choice("Blond_Hair", DOMAINS) == "Blond_Hair=1"
    assert canonical_choice(" Blond_Hair = 1 , Male=0", DOMAINS) == "Blond_Hair=1,Male=0"
    assert choice_label("Blond_Hair=1,Male=0", DOMAINS).tolist() == [0, 1, 0]
    assert choice_label("Male=0", DOMAINS).tolist() == [1, 0, 0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Blond", "Did you mean 'Blond_Hair'"),
        ("Black_Hair,Blond_Hair", "exclude each other"),
        ("Male=2", "can be 0 or 1"),
    ],
)
def test_a_choice_that_cannot_be_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        canonical_choice(text, DOMAINS)


def test_the_gate_covers_what_the_file_can_do() -> None:
    plain, multi = generator(), generator(STARGAN)
    assert gate_labels(plain, (), None) == [None]
    every = gate_labels(multi, DOMAINS, None)
    np.testing.assert_array_equal(np.array(every), [label for _, label in every_domain(DOMAINS)])
    np.testing.assert_array_equal(np.array(gate_labels(multi, (), None)), np.eye(3))
    np.testing.assert_array_equal(np.array(gate_labels(multi, DOMAINS, "Male=0")), [[1, 0, 0]])


@pytest.mark.parametrize("count", [1, 2, 3, 15, 16])
@pytest.mark.parametrize("kinds", [1, 2, 3, 4, 5, 15, 16, 17, 40])
def test_each_label_meets_several_images_and_no_pair_comes_twice(count: int, kinds: int) -> None:
    images = [np.full((1, 1, 3), index, np.uint8) for index in range(count)]
    labels: list[FloatArray | None] = [np.full(1, index, np.float32) for index in range(kinds)]
    pairs = [
        (int(image[0, 0, 0]), int(label[0]))
        for image, label in spread(images, labels)
        if label is not None
    ]
    assert len(pairs) == len(set(pairs)) <= max(16, PER_DOMAIN * kinds)
    assert {image for image, _ in pairs} == set(range(count))
    for kind in range(kinds):
        assert sum(label == kind for _, label in pairs) >= min(PER_DOMAIN, count)


def test_without_labels_each_image_comes_once() -> None:
    images = [np.zeros((1, 1, 3), np.uint8), np.ones((1, 1, 3), np.uint8)]
    assert [label for _, label in spread(images, [None])] == [None, None]
