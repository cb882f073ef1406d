"""The ladder: the safer settings to try when a quantized artifact fails its parity gate.

Each rung keeps more layers in float. The order is that of their sensitivity in
image-to-image generators: the last layer, whose error nothing evens out, and the first;
then the up-convolutions; then all but the residual blocks, which hold most of the work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import tensorflow as tf
import tf_keras as keras

LADDERED = ("int8-dynamic", "int8")
# Of a convolution: "first" and "last" have no other before or behind them, "up" enlarges,
# "residual" works where the image is smallest; the rest, "down", leads there.
Place = Literal["first", "down", "residual", "up", "last"]
_CONVOLUTIONS = (
    keras.layers.Conv2D,
    keras.layers.DepthwiseConv2D,
    keras.layers.SeparableConv2D,
)


@dataclass(frozen=True, kw_only=True)
class Rung:
    """One setting.

    Attributes:
        name: What stays in float, in words.
        keep: The names of those convolutions.
    """

    name: str
    keep: frozenset[str]


def ladder(model: keras.Model) -> tuple[Rung, ...]:
    """List the settings to try for a generator, the fastest first; each is tried once.

    Args:
        model: A functional generator of a known image size.
    """
    where = places(model)

    def at(*kept: Place) -> frozenset[str]:
        return frozenset(name for name, place in where.items() if place in kept)

    rungs = (
        Rung(name="nothing", keep=frozenset()),
        Rung(name="first and last layers", keep=at("first", "last")),
        Rung(name="first, last and up-convolutions", keep=at("first", "last", "up")),
        Rung(name="all but the residual blocks", keep=at("first", "last", "up", "down")),
    )
    every = frozenset(where)
    # To keep every convolution would leave none to quantize.
    distinct = {rung.keep: rung for rung in reversed(rungs) if rung.keep != every or not every}
    return tuple(sorted(distinct.values(), key=lambda rung: len(rung.keep)))


def places(model: keras.Model) -> dict[str, Place]:
    """Tell the place of each convolution, by its name.

    Args:
        model: A functional generator of a known image size.
    """
    layers = [layer for layer in model.layers if isinstance(layer, _CONVOLUTIONS)]
    least = min((_pixels(layer.output_shape) for layer in layers), default=0)
    return {layer.name: _place(layer, least) for layer in layers}


def _place(layer: keras.layers.Layer, least: int) -> Place:
    if not _has_convolution(layer, upwards=True):
        return "first"
    if not _has_convolution(layer, upwards=False):
        return "last"
    if _upsamples(layer):
        return "up"
    return "residual" if _is_inner(layer, least) else "down"


def _upsamples(layer: keras.layers.Layer) -> bool:
    """Tell whether a convolution enlarges its input, itself or by an upsampling before it."""
    if isinstance(layer, keras.layers.Conv2DTranspose):
        return bool(max(layer.strides) > 1)
    return any(isinstance(one, keras.layers.UpSampling2D) for one in _reach(layer, upwards=True))


def _is_inner(layer: keras.layers.Layer, least: int) -> bool:
    """Tell whether a convolution works where the image is smallest, from there to there."""
    sizes = {_pixels(layer.input_shape), _pixels(layer.output_shape)}
    # Padding before a convolution makes its input larger by a border.
    return min(sizes) == least and max(layer.strides) == 1


def _pixels(shape: tuple[int, ...]) -> int:
    return shape[1] * shape[2]


def _has_convolution(layer: keras.layers.Layer, upwards: bool) -> bool:
    return any(isinstance(one, _CONVOLUTIONS) for one in _reach(layer, upwards))


def _reach(layer: keras.layers.Layer, upwards: bool) -> list[keras.layers.Layer]:
    """List the layers before it (upwards) or after it, up to the next convolutions."""
    found: list[keras.layers.Layer] = []
    waiting = _neighbours(layer, upwards)
    while waiting:
        one = waiting.pop()
        if one in found:
            continue
        found.append(one)
        if not isinstance(one, _CONVOLUTIONS):
            waiting += _neighbours(one, upwards)
    return found


def _neighbours(layer: keras.layers.Layer, upwards: bool) -> list[keras.layers.Layer]:
    if not upwards:
        return [node.outbound_layer for node in layer.outbound_nodes]
    return [one for node in layer.inbound_nodes for one in tf.nest.flatten(node.inbound_layers)]
