from __future__ import annotations

from dataclasses import replace

import pytest
import tf_keras as keras

from edgegan.export.ladder import LADDERED, ladder, places
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


def test_other_kinds_of_convolutions_have_places_too() -> None:
    image = keras.Input((8, 8, 3))
    x = keras.layers.DepthwiseConv2D(3, padding="same", name="deep")(image)
    x = keras.layers.SeparableConv2D(4, 3, padding="same", name="apart")(x)
    x = keras.layers.Conv2DTranspose(4, 3, padding="same", name="level")(x)
    x = keras.layers.DepthwiseConv2D(3, padding="same", name="end")(x)
    assert places(keras.Model(image, x)) == {
        "deep": "first",
        "apart": "residual",
        "level": "residual",
        "end": "last",
    }


def test_a_network_may_narrow_in_one_direction() -> None:
    image = keras.Input((8, 8, 3))
    x = image
    for name, strides in (("stem", 1), ("wide", 1), ("narrow", (1, 2)), ("inner", 1)):
        x = keras.layers.Conv2D(4, 3, strides=strides, padding="same", name=name)(x)
    x = keras.layers.Conv2DTranspose(4, 3, strides=(1, 2), padding="same", name="up")(x)
    model = keras.Model(image, keras.layers.Conv2D(3, 3, padding="same", name="head")(x))
    expected = ["first", "down", "down", "residual", "up", "last"]
    assert list(places(model).values()) == expected


def test_without_convolutions_there_is_one_rung() -> None:
    image = keras.Input((8, 8, 3))
    model = keras.Model(image, keras.layers.Activation("tanh")(image))
    assert [rung.keep for rung in ladder(model)] == [frozenset()]


def test_both_quantized_precisions_have_a_ladder() -> None:
    assert LADDERED == ("int8-dynamic", "int8")
