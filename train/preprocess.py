"""How an image becomes a training sample: resized, cropped and mirrored.

The modes are the reference's (data/base_dataset.py of junyanz/pytorch-CycleGAN-and-pix2pix);
`DataConfig.preprocess` describes them. Gray is made first, then resized, both by Pillow.
The reference rounds sides to a multiple of 4 in mode "none"; here it is the multiple that
the network needs, and "scale_width" without a crop, which fails there, is rounded too.
"""

from __future__ import annotations

import numpy as np

from edgegan.errors import ImageError
from edgegan.images import ImageArray, resize, to_gray
from edgegan.train.cyclegan_config import CycleGANConfig


def crops(config: CycleGANConfig) -> bool:
    """Whether training sees square crops, so that images may differ in size."""
    return config.data.preprocess.endswith("crop")


def scaled_size(size: tuple[int, int], config: CycleGANConfig) -> tuple[int, int]:
    """Return the (H, W) that an image of `size` = (H, W) is resized to, before any crop."""
    height, width = size
    mode, load = config.data.preprocess, config.load_size
    if mode == "resize_and_crop":
        return load, load
    if mode.startswith("scale_width"):  # the reference truncates the height
        height, width = max(load * height // width, config.crop_size), load
    if crops(config):
        return height, width
    multiple = config.generator.size_multiple
    return round(height / multiple) * multiple, round(width / multiple) * multiple


def resize_to_channels(image: ImageArray, size: tuple[int, int], channels: int) -> ImageArray:
    """Resize uint8 RGB `[H, W, 3]` to `size`, as `channels` 3 (RGB) or 1 (gray).

    Returns:
        uint8 `[*size, channels]`.
    """
    if channels == 1:
        return resize(to_gray(image), size)[..., np.newaxis]
    return resize(image, size)


def preprocess(
    image: ImageArray, name: str, config: CycleGANConfig, rng: np.random.Generator
) -> ImageArray:
    """Resize an image, crop it at random, and mirror it half of the time.

    Args:
        image: uint8 `[H, W, 3]`, RGB.
        name: What errors call it.
        config: The mode, sizes, channels, and whether to mirror.
        rng: Makes the random choices.

    Returns:
        uint8 `[H, W, C]`, C being `generator.channels`; H and W are `crop_size` in modes
        that crop, else `scaled_size`.

    Raises:
        ImageError: the image is smaller than the crop, in mode "crop".
    """
    size = scaled_size((image.shape[0], image.shape[1]), config)
    if crops(config) and min(size) < config.crop_size:
        raise ImageError(
            f"{name} is {size[0]}x{size[1]}, smaller than data.crop_size = {config.crop_size}. "
            "Use data.preprocess=resize_and_crop, or smaller crops."
        )
    image = resize_to_channels(image, size, config.generator.channels)
    if crops(config):
        side = config.crop_size
        top, left = rng.integers(np.array(size) - side + 1)
        image = image[top : top + side, left : left + side]
    mirrored = config.data.flip and rng.random() < 0.5
    return image[:, ::-1] if mirrored else image
