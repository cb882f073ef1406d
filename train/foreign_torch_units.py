"""Weights of PyTorch by name, and where they belong in EdgeGAN's networks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tf_keras as keras
from numpy.typing import NDArray

from edgegan.errors import ArtifactError

Tensors = Mapping[str, NDArray[Any]]
Shape = tuple[int, ...]
AFFINE = ("weight", "bias")
STATISTICS = ("running_mean", "running_var")
COUNTER = "num_batches_tracked"  # since PyTorch 0.4.1; of no use after training


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A convolution, with the norm behind it.

    Attributes:
        name: EdgeGAN's, such as "block1a"; its layers are block1a_conv and block1a_norm.
        conv: PyTorch's prefix of the convolution, such as "model.10.conv_block.1".
        shape: Of its weight: `[out, in, h, w]`, or `[in, out, h, w]` if transposed.
        width: Channels that come out.
        bias: Whether the convolution has a bias.
        norm: PyTorch's prefix of the norm; None if there is none.
        norm_weights: What of the norm counts, from `AFFINE` and `STATISTICS`, in Keras's order.
        ignored: What of the norm may be there, but is of no use.
    """

    name: str
    conv: str
    shape: Shape
    width: int
    bias: bool
    norm: str | None = None
    norm_weights: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


def expected_shapes(units: Iterable[Unit]) -> dict[str, Shape]:
    """List the tensors that the units need, with their shapes."""
    shapes: dict[str, Shape] = {}
    for unit in units:
        shapes[f"{unit.conv}.weight"] = unit.shape
        if unit.bias:
            shapes[f"{unit.conv}.bias"] = (unit.width,)
        shapes |= {f"{unit.norm}.{role}": (unit.width,) for role in unit.norm_weights}
    return shapes


def check_tensors(tensors: Tensors, units: Sequence[Unit], file: str, layout: str) -> None:
    """Compare the tensors of a file with what a layout needs.

    Args:
        tensors: All of the file.
        units: What the layout consists of.
        file: Its name, for messages.
        layout: What it was taken for, for messages.

    Raises:
        ArtifactError: naming the first tensor that is missing, has another shape, is not of
            finite numbers, or has no place in the layout.
    """
    expected = expected_shapes(units)
    taken_for = f"{file} looks like {layout}, but"
    for key, shape in expected.items():
        if key not in tensors:
            raise ArtifactError(f"{taken_for} the tensor {key} {list(shape)} is missing.")
        found = tensors[key]
        if found.shape != shape:
            raise ArtifactError(
                f"{taken_for} the tensor {key} is {list(found.shape)}; expected {list(shape)}."
            )
        if found.dtype.kind != "f" or not np.isfinite(found).all():
            raise ArtifactError(f"{taken_for} the tensor {key} holds more than finite numbers.")
    ignored = {f"{unit.norm}.{role}" for unit in units for role in unit.ignored}
    surplus = sorted(tensors.keys() - expected.keys() - ignored)
    if surplus:
        raise ArtifactError(
            f"{taken_for} the tensor {surplus[0]} {list(tensors[surplus[0]].shape)} has no place "
            f"in it ({len(surplus)} such)."
        )


def fill(model: keras.Model, tensors: Tensors, units: Iterable[Unit]) -> None:
    """Set the weights of `model`, EdgeGAN's network of the units.

    A bias that only an instance norm reads has no layer to go to, and is dropped: the norm
    subtracts it again.
    """
    for unit in units:
        convolution = model.get_layer(f"{unit.name}_conv")
        # [out, in, h, w] -> [h, w, in, out]; transposed ones have in and out swapped in both.
        weights = [tensors[f"{unit.conv}.weight"].transpose(2, 3, 1, 0)]
        if convolution.use_bias:
            weights.append(tensors[f"{unit.conv}.bias"])
        convolution.set_weights(weights)
        if unit.norm_weights:
            norm = model.get_layer(f"{unit.name}_norm")
            norm.set_weights([tensors[f"{unit.norm}.{role}"] for role in unit.norm_weights])
