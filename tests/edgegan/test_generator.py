"""The generator's configuration refuses what cannot be a network."""

from __future__ import annotations

from typing import Any

import pytest

from edgegan.errors import UsageError
from edgegan.generator import GeneratorConfig, check_size


def test_defaults_are_the_references() -> None:
    config = GeneratorConfig()
    assert (config.filters, config.residual_blocks, config.downsamplings) == (64, 9, 2)
    assert (config.padding, config.conv_padding, config.upsample) == (
        "reflect",
        "explicit",
        "deconv",
    )
    assert config.norm_epsilon == 1e-5
    assert not config.norm_affine
    assert config.size_multiple == 4


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"padding": "mirror"}, "generator.padding is 'mirror'; use one of reflect, zero"),
        ({"conv_padding": "valid"}, "generator.conv_padding"),
        ({"upsample": "bilinear"}, "generator.upsample"),
        ({"downsample": "pool"}, "generator.downsample is 'pool'; use one of stride, blur"),
        ({"norm": "layer"}, "generator.norm is 'layer'; use one of instance, batch"),
        ({"family": "pix2pix"}, "generator.family"),
        ({"filters": 0}, "generator.filters is 0; it must be at least 1"),
        ({"channels": 0}, "generator.channels"),
        ({"residual_blocks": -1}, "generator.residual_blocks is -1; it must be at least 0"),
        ({"downsamplings": -1}, "generator.downsamplings"),
        ({"image_size": 66}, "multiples of 4"),
        ({"image_size": 68, "downsamplings": 3}, "multiples of 8"),
    ],
)
def test_bad_values_are_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        GeneratorConfig(**changes)


def test_a_net_without_blocks_or_downsamplings_is_allowed() -> None:
    config = GeneratorConfig(image_size=7, residual_blocks=0, downsamplings=0)
    assert config.size_multiple == 1


@pytest.mark.parametrize("size", [(64, 62), (62, 64), (0, 64), (-4, 64)])
def test_check_size_names_the_size(size: tuple[int, int]) -> None:
    with pytest.raises(UsageError, match=f"Image size {size[0]}x{size[1]} does not fit"):
        check_size(size, 4)


def test_check_size_allows_any_multiple() -> None:
    check_size((64, 128), 4)


def test_widths_of_all_layers() -> None:
    even = GeneratorConfig(image_size=16, filters=4, residual_blocks=2).layer_widths
    assert even.flat == (4, 8, 16, 16, 16, 8, 4)
    assert (even.stem, even.down, even.inner, even.up) == (4, (8, 16), (16, 16), (8, 4))
    assert even.trunk == 16
    uneven = GeneratorConfig(image_size=16, residual_blocks=2, widths=(1, 2, 3, 4, 5, 6, 7))
    assert uneven.layer_widths.flat == uneven.widths
    assert uneven.layer_widths.trunk == 3
    flat = GeneratorConfig(image_size=16, filters=4, residual_blocks=1, downsamplings=0)
    assert (flat.layer_widths.flat, flat.layer_widths.trunk) == ((4, 4), 4)


@pytest.mark.parametrize("widths", [(1, 2, 3), (1, 2, 3, 0, 5, 6, 7)])
def test_other_widths_are_refused(widths: tuple[int, ...]) -> None:
    with pytest.raises(UsageError, match=r"generator.widths is .* has 7 of at least 1"):
        GeneratorConfig(image_size=16, residual_blocks=2, widths=widths)
