from __future__ import annotations

import numpy as np
import pytest

from edgegan.errors import ImageError
from edgegan.images import to_gray
from edgegan.manifest import IO, tensor_of_rank
from edgegan.runtime.image_io import (
    batch_size,
    from_network,
    from_tensor,
    input_size,
    nhwc,
    to_batches,
    to_network,
    to_tensor,
)
from tests.runtime.forms import FORMS, Form

PIXELS = np.random.default_rng(0).integers(0, 256, (2, 4, 5, 3), np.uint8)


def io(shape: tuple[int | None, ...], dtype: str = "float32") -> IO:
    tensor = tensor_of_rank("image", shape, dtype)
    return IO(inputs=(tensor,), outputs=(tensor,))


def test_sizes_are_told_whatever_the_layout() -> None:
    assert nhwc(tensor_of_rank("x", (2, 4, 5, 3), "uint8")) == (2, 4, 5, 3)
    assert nhwc(tensor_of_rank("x", (2, 3, 4, 5), "uint8")) == (2, 4, 5, 3)
    assert input_size(io((2, 3, 4, 5))) == input_size(io((2, 4, 5, 3))) == (4, 5)
    assert input_size(io((1, None, 5, 3))) is None
    assert (batch_size(io((2, 3, 4, 5))), batch_size(io((None, 4, 5, 3)))) == (2, 1)


def test_pixels_in_each_form() -> None:
    values = PIXELS / 127.5 - 1
    for form in FORMS:
        x = to_tensor(PIXELS, form.tensor())
        assert x.dtype == form.dtype
        assert x.flags.c_contiguous
        expected = PIXELS if form.dtype == "uint8" else values
        expected = expected.transpose(0, 3, 1, 2) if form.layout == "NCHW" else expected
        np.testing.assert_allclose(x, expected, atol=1e-6)
        back = from_tensor(x, form.tensor())
        assert back.dtype == np.float32
        np.testing.assert_allclose(back, values, atol=1e-6)
        np.testing.assert_array_equal(from_network(x, form.layout), PIXELS)


def test_an_image_is_resized_and_made_gray() -> None:
    x = to_network(PIXELS[0], io((1, 1, 8, 6), "uint8"))
    assert x.shape == (1, 1, 8, 6)
    assert x.dtype == np.uint8
    same = to_network(PIXELS[0], io((1, 4, 5, 1), "uint8"))
    np.testing.assert_array_equal(same[0, ..., 0], to_gray(PIXELS[0]))
    free = to_network(PIXELS[0], io((1, None, None, 3), "uint8"))
    np.testing.assert_array_equal(free[0], PIXELS[0])


def test_gray_results_have_three_equal_channels() -> None:
    for output, layout in ((PIXELS[..., :1], "NHWC"), (PIXELS[..., 0][:, None], "NCHW")):
        result = from_network(output, layout)
        np.testing.assert_array_equal(result, np.repeat(PIXELS[..., :1], 3, axis=-1))


def test_nan_is_no_picture() -> None:
    with pytest.raises(ImageError, match="NaN"):
        from_network(np.full((1, 3, 4, 4), np.nan, np.float32), "NCHW")


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_the_last_batch_is_filled_with_its_last_image(count: int) -> None:
    images = np.arange(count, dtype=np.uint8)[:, None, None, None] * np.ones((1, 8, 12, 3), "u1")
    batches = list(to_batches(images, Form(dtype="uint8", layout="NCHW", batch=3).io))
    assert all(batch.shape == (3, 3, 8, 12) for batch in batches)
    first = np.concatenate(batches)[:, 0, 0, 0].tolist()
    assert first == [*range(count), *[count - 1] * (-count % 3)]
