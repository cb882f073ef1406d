from __future__ import annotations

from dataclasses import replace

import pytest
import tf_keras as keras

from edgegan.export.ladder import ladder, places
from edgegan.export.lowering import lower
from edgegan.generator import GeneratorConfig, Upsample
from tests.export.generators import SIZE, STARGAN, TINY, generator

BORDERS = {"stem_conv", "head_conv"}
UP = {"up1_conv", "up2_conv"}
DOWN = {"down1_conv", "down2_conv"}


def kept(config: GeneratorConfig) -> list[set[str]]:
    model = lower(generator(config), "keras", (SIZE, SIZE))
    return [set(rung.keep) for rung in ladder(model)]


@pytest.mark.parametrize("upsample", ["deconv", "resize"])
@pytest.mark.parametrize("config", [TINY, STARGAN])
def test_each_rung_keeps_what_it_says(config: GeneratorConfig, upsample: Upsample) -> None:
    found = kept(replace(config, upsample=upsample))
    assert found == [set(), BORDERS, BORDERS | UP, BORDERS | UP | DOWN]


@pytest.mark.parametrize("upsample", ["deconv", "resize", "blur"])
def test_each_convolution_has_its_place(upsample: Upsample) -> None:
    model = lower(generator(replace(TINY, upsample=upsample)), "keras", (SIZE, SIZE))
    assert places(model) == {
        "stem_conv": "first",
        **dict.fromkeys(sorted(DOWN), "down"),
        "block1a_conv": "residual",
        "block1b_conv": "residual",
        **dict.fromkeys(sorted(UP), "up"),
        "head_conv": "last",
    }


def test_a_rung_that_would_be_the_one_before_is_left_out() -> None:
    found = kept(replace(TINY, downsamplings=0))
    assert found == [set(), BORDERS]


def test_where_nothing_would_be_quantized_there_is_no_rung() -> None:
    image = keras.Input((8, 8, 3))
    model = keras.Model(image, keras.layers.Conv2D(3, 3, padding="same", name="only")(image))
    assert [rung.keep for rung in ladder(model)] == [frozenset()]


def test_two_first_layers_are_both_kept() -> None:
    image = keras.Input((8, 8, 3))
    left = keras.layers.Conv2D(4, 3, padding="same", name="left")(image)
    right = keras.layers.Conv2D(4, 1, name="right")(image)
    inner = keras.layers.Conv2D(4, 3, padding="same", name="inner")(left + right)
    last = keras.layers.Conv2D(3, 3, padding="same", name="last")(inner)
    found = ladder(keras.Model(image, last))
    assert [set(rung.keep) for rung in found] == [set(), {"left", "right", "last"}]
