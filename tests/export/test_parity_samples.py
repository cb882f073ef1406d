from __future__ import annotations

import numpy as np
import pytest

from edgegan.export.labels import Choice
from edgegan.export.parity_images import ParityImages
from edgegan.export.parity_samples import PER_DOMAIN, parity_samples


def images(count: int) -> ParityImages:
    pictures = tuple(np.full((1, 1, 3), index, np.uint8) for index in range(count))
    return ParityImages(images=pictures, source="these")


@pytest.mark.parametrize("count", [1, 2, 3, 15, 16])
@pytest.mark.parametrize("kinds", [1, 2, 3, 4, 5, 15, 16, 17, 40])
def test_each_label_meets_several_images_and_no_pair_comes_twice(count: int, kinds: int) -> None:
    choices: list[Choice] = [(f"d{i}", np.full(1, i, np.float32)) for i in range(kinds)]
    pairs = []
    for sample in parity_samples(images(count), (1, 1), choices):
        assert sample.label is not None
        shown, asked = int(sample.image[0, 0, 0]), int(sample.label[0])
        assert sample.title == f"image {shown + 1} as d{asked}"
        pairs.append((shown, asked))
    assert len(pairs) == len(set(pairs)) <= max(16, PER_DOMAIN * kinds)
    assert {image for image, _ in pairs} == set(range(count))
    for kind in range(kinds):
        assert sum(label == kind for _, label in pairs) >= min(PER_DOMAIN, count)


def test_without_labels_each_image_comes_once_at_the_size_asked_for() -> None:
    samples = parity_samples(images(2), (4, 6), [("", None)])
    assert [(s.title, s.label) for s in samples] == [("image 1", None), ("image 2", None)]
    assert samples[1].image.shape == (4, 6, 3)
