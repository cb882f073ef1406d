from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgegan.errors import ArtifactError, UsageError
from edgegan.manifest import IO, tensor_of_rank
from edgegan.runtime.tensor_checks import check_array, check_generator

IMAGE = tensor_of_rank("image", (1, 8, 8, 3), "float32")
LABEL = tensor_of_rank("label", (1, 5), "float32")


@pytest.mark.parametrize(
    ("shape", "dtype"),
    [
        ((1, 8, 8, 3), "uint8"),
        ((4, 3, 8, 8), "float32"),
        ((1, 1, 8, 8), "uint8"),
        ((None, None, None, 1), "float32"),
        ((None, 3, None, None), "float32"),
    ],
)
def test_generators_of_every_form_are_taken(shape: tuple[int | None, ...], dtype: str) -> None:
    image = tensor_of_rank("x", shape, dtype)
    check_generator(Path("a"), IO(inputs=(image,), outputs=(image,)))
    check_generator(Path("a"), IO(inputs=(image, LABEL), outputs=(IMAGE,)))


@pytest.mark.parametrize(
    ("shape", "dtype"),
    [
        ((1, 8, 8, 3), "int8"),
        ((1, 8, 8, 3), "float16"),
        ((1, 8, 8, 4), "float32"),
        ((1, 8, 8, 8), "float32"),
        ((8, 8, 3), "uint8"),
        ((1, 10), "float32"),
    ],
)
def test_other_networks_are_no_generators(shape: tuple[int, ...], dtype: str) -> None:
    bad = tensor_of_rank("y", shape, dtype)
    for io in (IO(inputs=(IMAGE,), outputs=(bad,)), IO(inputs=(bad,), outputs=(IMAGE,))):
        with pytest.raises(ArtifactError, match="not an image-to-image generator"):
            check_generator(Path("bad"), io)


def test_two_images_or_outputs_or_a_label_alone_are_no_generator() -> None:
    for inputs, outputs in (
        ((IMAGE, IMAGE), (IMAGE,)),
        ((IMAGE,), (IMAGE, IMAGE)),
        ((LABEL,), (IMAGE,)),
        ((IMAGE, LABEL, LABEL), (IMAGE,)),
        ((), ()),
    ):
        with pytest.raises(ArtifactError, match="expected one input and one output"):
            check_generator(Path("bad"), IO(inputs=inputs, outputs=outputs))


def test_arrays_are_compared_with_the_tensor() -> None:
    tensor = tensor_of_rank("x", (2, 3, None, 8), "uint8")
    check_array(np.zeros((2, 3, 7, 8), np.uint8), tensor)
    for bad in (
        np.zeros((2, 3, 7, 8), np.float32),
        np.zeros((1, 3, 7, 8), np.uint8),
        np.zeros((3, 7, 8), np.uint8),
        np.zeros((2, 3, 8, 7), np.uint8).transpose(0, 1, 3, 2),
    ):
        with pytest.raises(UsageError, match=r"'x' is uint8 \[2, 3, '\?', 8\], C-contiguous; got"):
            check_array(bad, tensor)
