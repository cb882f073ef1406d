"""A student that starts from its teacher: which channels it takes, and their weights.

A generator has groups of channels that must be kept or dropped together. The residual trunk
is one: the last downsampling and all residual blocks add to the same channels. A channel is
as strong as the weights that read it are large. The weights that make it tell nothing: the
instance norm behind them divides by whatever factor they have. Where the norm has a learned
gamma, its size counts, too (Liu et al. 2017 rank by it alone).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import tf_keras as keras
from numpy.typing import NDArray

from edgegan.errors import UsageError
from edgegan.generator import GeneratorConfig
from edgegan.images import FloatArray

Indices = NDArray[np.int64]
_IMAGE = "image"  # no group: its channels, and those of a label beside it, are always whole


@dataclass(frozen=True)
class _Unit:
    """A convolution and the norm behind it: the groups that it reads and makes."""

    name: str
    reads: str
    makes: str


def start_from(student: keras.Model, teacher: keras.Model, config: GeneratorConfig) -> None:
    """Give `student` the weights of the teacher's strongest channels.

    Args:
        student: Narrower than the teacher, or as wide, otherwise alike; it is changed.
        teacher: A generator made by `build_generator`.
        config: Of the teacher.

    Raises:
        UsageError: the student has more channels somewhere.
    """
    units = _units(config)
    sizes = {unit.makes: _kernel(student, unit).shape[3] for unit in units}
    kept = strongest(teacher, config, sizes)
    for unit in units:
        kernel = _chosen(_kernel(teacher, unit), kept.get(unit.reads), 2)
        kernel = _chosen(kernel, kept.get(unit.makes), 3)
        conv = student.get_layer(f"{unit.name}_conv")
        _, *bias = teacher.get_layer(f"{unit.name}_conv").get_weights()
        conv.set_weights([_turned(conv, kernel), *bias])
        if unit.makes != _IMAGE:
            norm = teacher.get_layer(f"{unit.name}_norm").get_weights()
            chosen = [_chosen(weight, kept[unit.makes], 0) for weight in norm]
            student.get_layer(f"{unit.name}_norm").set_weights(chosen)


def strongest(
    teacher: keras.Model, config: GeneratorConfig, sizes: Mapping[str, int]
) -> dict[str, Indices]:
    """Choose the strongest channels of each group.

    Args:
        teacher: A generator made by `build_generator`.
        config: Its configuration.
        sizes: How many to keep of each group.

    Returns:
        Their indices, ascending, by group.

    Raises:
        UsageError: a group has fewer.
    """
    kept = {}
    for group, strength in strengths(teacher, config).items():
        if sizes[group] > len(strength):
            raise UsageError(
                f"The student has {sizes[group]} channels in {group}, the teacher "
                f"{len(strength)}. A student is narrower than its teacher, or as wide."
            )
        order = np.argsort(-strength, kind="stable")
        kept[group] = np.sort(order[: sizes[group]])
    return kept


def strengths(teacher: keras.Model, config: GeneratorConfig) -> dict[str, NDArray[np.float64]]:
    """Measure every channel: the mean size of the weights that read it, times |gamma|.

    Groups are "stem", "down1", ..., "trunk", the inside of each block ("block1", ...), and
    "up1", ...

    Returns:
        `[C]` for each group, in the order of `GeneratorConfig.widths`.
    """
    units = _units(config)
    found = {}
    for group in dict.fromkeys(unit.makes for unit in units if unit.makes != _IMAGE):
        readers = [_kernel(teacher, unit) for unit in units if unit.reads == group]
        reads = np.mean([np.abs(kernel).mean(axis=(0, 1, 3)) for kernel in readers], axis=0)
        makers = [unit for unit in units if unit.makes == group]
        found[group] = reads * np.mean([_gamma(teacher, unit) for unit in makers], axis=0)
    return found


def _units(config: GeneratorConfig) -> list[_Unit]:
    return list(_every_unit(config))


def _every_unit(config: GeneratorConfig) -> Iterator[_Unit]:
    count = config.downsamplings
    downs = [*("stem", *(f"down{i + 1}" for i in range(count)))[:-1], "trunk"]
    yield _Unit("stem", _IMAGE, downs[0])
    for i in range(count):
        yield _Unit(f"down{i + 1}", downs[i], downs[i + 1])
    for i in range(config.residual_blocks):
        block = f"block{i + 1}"
        yield _Unit(f"{block}a", "trunk", block)
        yield _Unit(f"{block}b", block, "trunk")
    ups = ["trunk", *(f"up{i + 1}" for i in range(count))]
    for i in range(count):
        yield _Unit(f"up{i + 1}", ups[i], ups[i + 1])
    yield _Unit("head", ups[-1], _IMAGE)


def _kernel(model: keras.Model, unit: _Unit) -> FloatArray:
    """Return a kernel as `[h, w, inputs, outputs]`."""
    layer = model.get_layer(f"{unit.name}_conv")
    return _turned(layer, layer.get_weights()[0])


def _turned(layer: keras.layers.Layer, kernel: FloatArray) -> FloatArray:
    """Swap inputs and outputs of a transposed convolution's kernel; others are returned."""
    transposed = isinstance(layer, keras.layers.Conv2DTranspose)
    return kernel.transpose(0, 1, 3, 2) if transposed else kernel


def _gamma(model: keras.Model, unit: _Unit) -> FloatArray:
    weights = model.get_layer(f"{unit.name}_norm").get_weights()
    channels = _kernel(model, unit).shape[3]
    return np.abs(weights[0]) if weights else np.ones(channels, np.float32)


def _chosen(weights: FloatArray, channels: Indices | None, axis: int) -> FloatArray:
    return weights if channels is None else np.take(weights, channels, axis)
