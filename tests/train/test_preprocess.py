"""Resizing, cropping and mirroring, mode by mode, against Pillow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from edgegan.errors import ImageError
from edgegan.images import ImageArray
from edgegan.train.cyclegan_config import CycleGANConfig, DataConfig, Preprocess
from edgegan.train.preprocess import preprocess, scaled_size
from tests.train.tiny import SIZE, noise_image, tiny_config

BICUBIC = Image.Resampling.BICUBIC


def settings(
    mode: Preprocess, load: int = 12, *, flip: bool = False, channels: int = 3
) -> CycleGANConfig:
    """Make settings with crops of 8x8, for a network that takes multiples of 2."""
    config = tiny_config(data=DataConfig(preprocess=mode, load_size=load, flip=flip))
    return replace(config, generator=replace(config.generator, channels=channels))


def draw(image: ImageArray, config: CycleGANConfig, seed: int = 0) -> ImageArray:
    """Preprocess one image."""
    return preprocess(image, "x.png", config, np.random.default_rng(seed))


def places(whole: ImageArray, crop: ImageArray) -> list[tuple[int, int]]:
    """List the (top, left) at which `crop` is found in `whole`."""
    height, width = crop.shape[:2]
    return [
        (top, left)
        for top in range(whole.shape[0] - height + 1)
        for left in range(whole.shape[1] - width + 1)
        if np.array_equal(whole[top : top + height, left : left + width], crop)
    ]


@pytest.mark.parametrize(
    ("mode", "size", "expected"),
    [
        ("resize_and_crop", (20, 14), (12, 12)),
        ("crop", (20, 14), (20, 14)),
        ("scale_width_and_crop", (20, 12), (20, 12)),  # as it is
        ("scale_width_and_crop", (20, 14), (17, 12)),  # 17.14
        ("scale_width_and_crop", (23, 14), (19, 12)),  # 19.71, truncated
        ("scale_width_and_crop", (20, 40), (8, 12)),  # 6, below the crop
        ("scale_width_and_crop", (7, 12), (8, 12)),
        ("scale_width", (20, 14), (16, 12)),  # 17, which lies between two: to the even one
        ("scale_width", (21, 14), (18, 12)),
        ("scale_width", (20, 40), (8, 12)),
        ("none", (20, 14), (20, 14)),
        ("none", (21, 15), (20, 16)),
        ("none", (23, 17), (24, 16)),
    ],
)
def test_sizes(mode: Preprocess, size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert scaled_size(size, settings(mode)) == expected


def test_the_multiple_is_that_of_the_network() -> None:
    config = settings("none")
    deeper = replace(
        config,
        generator=replace(config.generator, image_size=16, downsamplings=3),
        data=replace(config.data, load_size=16, crop_size=16),
    )
    assert scaled_size((27, 45), deeper) == (24, 48)


@pytest.mark.parametrize("channels", [3, 1])
@pytest.mark.parametrize(
    "mode", ["resize_and_crop", "crop", "scale_width_and_crop", "scale_width", "none"]
)
def test_each_mode_is_pillow_then_a_crop(mode: Preprocess, channels: int) -> None:
    image, config = noise_image(0, 21, 15), settings(mode, channels=channels)
    height, width = scaled_size((21, 15), config)
    pillow = Image.fromarray(image)
    if channels == 1:
        pillow = pillow.convert("L")
    whole = np.asarray(pillow.resize((width, height), BICUBIC)).reshape(height, width, channels)
    result = draw(image, config)
    assert result.dtype == np.uint8
    if mode.endswith("crop"):
        assert result.shape == (SIZE, SIZE, channels)
        assert len(places(whole, result)) == 1
    else:
        np.testing.assert_array_equal(result, whole)


def test_overshoot_is_clipped() -> None:
    edge = np.zeros((12, 12, 3), np.uint8)
    edge[:, 6:] = 255
    row = draw(edge, settings("scale_width", load=48))[0, :, 0].tolist()
    assert row == sorted(row)  # unclipped, it falls below 0 before it rises
    assert (row[0], row[-1]) == (0, 255)


def test_every_place_is_cropped_equally_often() -> None:
    image, config = noise_image(0, SIZE + 1, SIZE + 2), settings("crop")
    count = np.zeros((2, 3))
    for seed in range(600):
        ((top, left),) = places(image, draw(image, config, seed))
        count[top, left] += 1
    assert count.min() > 64  # 100 on average, less four standard deviations
    assert count.max() < 136


def test_half_of_the_images_are_mirrored() -> None:
    image, config = noise_image(0, SIZE, SIZE), settings("crop", flip=True)
    mirrored = 0
    for seed in range(200):
        result = draw(image, config, seed)
        turned = not np.array_equal(result, image)
        np.testing.assert_array_equal(result, image[:, ::-1] if turned else image)
        mirrored += turned
    assert 70 < mirrored < 130  # 100, four standard deviations


def test_gray_is_the_luma_of_itu_r_601() -> None:
    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)]
    image = np.array(colours * 16, np.uint8).reshape(8, 8, 3)
    result = draw(image, settings("none", channels=1))
    assert result[0, :4, 0].tolist() == [76, 150, 29, 255]  # 0.299, 0.587 and 0.114 of 255


@pytest.mark.parametrize(("height", "width"), [(SIZE - 1, 20), (20, SIZE - 1)])
def test_an_image_smaller_than_the_crop(height: int, width: int) -> None:
    message = rf"x\.png is {height}x{width}, smaller than data\.crop_size = 8.*=resize_and_crop"
    with pytest.raises(ImageError, match=message):
        draw(noise_image(0, height, width), settings("crop"))
    assert draw(noise_image(0, SIZE, SIZE), settings("crop")).shape == (SIZE, SIZE, 3)
