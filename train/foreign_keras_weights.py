"""The tensors of foreign Keras files, read as data: nothing of a model is built here.

Keras stores weights in three layouts. HDF5 of Keras 2 names layers as the model does;
the newer one (`.keras`, `.weights.h5`) counts them by class; TensorFlow's checkpoints and
SavedModels count those that have weights.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf.trackable_object_graph_pb2 import TrackableObjectGraph

from edgegan.images import FloatArray

# The order of a layer's weights in Keras; checkpoints have theirs by name.
_ORDER = (
    *("kernel", "depthwise_kernel", "pointwise_kernel", "alpha", "bias"),
    *("gamma", "beta", "moving_mean", "moving_variance"),
)
_LAYERS = ("layers", "_layer_checkpoint_dependencies")  # of TF 2.15, of tf_keras
_LAYER = re.compile(r"layer_with_weights-(\d+)")


class NamedArray(NamedTuple):
    """A tensor under the name that its file gives it."""

    name: str
    value: FloatArray


LayerWeights = Sequence[NamedArray]


@dataclass(frozen=True)
class StoredWeights:
    """The weights of one network.

    Attributes:
        layers: By the key of their layout, in the order of the file.
        key: Makes the key of a layer from its name, its class (as the file calls it), how
            many layers of that class, and how many with weights, come before it.
    """

    layers: Mapping[str, LayerWeights]
    key: Callable[[str, str, int, int], str]

    def in_order(self) -> list[LayerWeights]:
        """List the layers that have weights, as a generator runs through them.

        Where only each class is counted, transposed convolutions are what comes before
        the last convolution, and a norm follows each.
        """
        layers = {key: weights for key, weights in self.layers.items() if weights}
        if self.key is not _by_class:
            return list(layers.values())
        convs = _of_class("conv2d", layers)
        convs = convs[:-1] + _of_class("conv2d_transpose", layers) + convs[-1:]
        norms = _of_class("instance_normalization", layers)
        known = len(convs) + len(norms)
        if known != len(layers) or len(norms) not in (0, len(convs) - 1):
            raise ValueError(f"its layers are {', '.join(layers)}, whose order it does not tell")
        if not norms:
            return convs
        return [x for pair in zip(convs, norms, strict=False) for x in pair] + convs[-1:]


def read_named_layers(group: h5py.Group) -> dict[str, StoredWeights]:
    """Read Keras 2's HDF5 layout.

    Returns:
        The one network under the name ""; or, of a model that holds networks, each.
    """
    layers = {name: _named_weights(group[name]) for name in _names(group, "layer_names")}
    inner = {name: _grouped(weights) for name, weights in layers.items()}
    if all(len(parts) <= 1 for parts in inner.values()):
        return {"": StoredWeights(layers, _by_name)}
    return {name: StoredWeights(parts, _by_name) for name, parts in inner.items()}


def is_counted(file: h5py.File) -> bool:
    """Tell whether an HDF5 file has the layout that counts layers by class."""
    return any(name in file for name in _LAYERS)


def read_counted_layers(file: h5py.File) -> StoredWeights:
    """Read the HDF5 layout of `.keras` and `.weights.h5`."""
    layers = next(file[name] for name in _LAYERS if name in file)
    return StoredWeights({name: _counted_weights(layers[name]) for name in layers}, _by_class)


def read_checkpoint(prefix: Path) -> dict[str, StoredWeights]:
    """Read TensorFlow's checkpoint layout; optimizers and the like are passed over.

    Returns:
        Each network by the attribute of the model that holds it; "" for the model itself.
    """
    reader = tf.train.load_checkpoint(str(prefix))
    objects = TrackableObjectGraph.FromString(reader.get_tensor("_CHECKPOINTABLE_OBJECT_GRAPH"))
    networks = {}
    for name, node in {"": 0, **_children(objects, 0)}.items():
        layers = {
            str(number): _checkpoint_weights(
                reader, objects, layer, f"{name}/layer_with_weights-{number}"
            )
            for number, layer in _weighted_layers(objects, node)
        }
        if layers:
            networks[name] = StoredWeights(layers, _by_position)
    return networks


def no_weights() -> StoredWeights:
    """Return what a network without weights stores."""
    return StoredWeights({}, _by_position)


def _by_name(name: str, _class: str, _of_class: int, _weighted: int) -> str:
    return name


def _by_class(_name: str, class_name: str, of_class: int, _weighted: int) -> str:
    return f"{class_name}_{of_class}" if of_class else class_name


def _by_position(_name: str, _class: str, _of_class: int, weighted: int) -> str:
    return str(weighted)


def _of_class(name: str, layers: Mapping[str, LayerWeights]) -> list[LayerWeights]:
    numbers = sorted(
        int(key[len(name) + 1 :] or 0) for key in layers if re.fullmatch(rf"{name}(_\d+)?", key)
    )
    return [layers[f"{name}_{number}" if number else name] for number in numbers]


def _names(group: h5py.Group, attribute: str) -> list[str]:
    """Read a list of names, which Keras splits where it is too long for HDF5."""
    if attribute in group.attrs:
        parts = [group.attrs[attribute]]
    else:
        numbered = sorted(
            (a for a in group.attrs if re.fullmatch(rf"{attribute}\d+", a)),
            key=lambda a: int(a[len(attribute) :]),
        )
        parts = [group.attrs[a] for a in numbered]
    return [n.decode() if isinstance(n, bytes) else str(n) for part in parts for n in part]


def _named_weights(group: h5py.Group) -> list[NamedArray]:
    names = _names(group, "weight_names")
    return [NamedArray(name.split(":")[0], _dataset(group, name)) for name in names]


def _counted_weights(layer: h5py.Group) -> list[NamedArray]:
    variables = layer.get("vars", {})
    return [
        NamedArray(f"{layer.name.rsplit('/')[-1]}/{i}", _dataset(variables, i))
        for i in sorted(variables, key=int)
    ]


def _grouped(weights: LayerWeights) -> dict[str, LayerWeights]:
    """Part the weights of a network by their layers, whose names come before theirs."""
    parts = groupby(weights, lambda weight: weight.name.rsplit("/", 1)[0])
    return {layer: list(of_layer) for layer, of_layer in parts}


def _children(objects: Any, node: int) -> dict[str, int]:
    """Find the attributes of an object, by name, in a checkpoint's description of them."""
    return {child.local_name: child.node_id for child in objects.nodes[node].children}


def _weighted_layers(objects: Any, network: int) -> list[tuple[int, int]]:
    """List the (number, node) of a network's layers with weights, in order."""
    found = [(_LAYER.fullmatch(name), node) for name, node in _children(objects, network).items()]
    return sorted((int(match[1]), node) for match, node in found if match)


def _place(weight: str) -> tuple[int, str]:
    return (_ORDER.index(weight) if weight in _ORDER else len(_ORDER)), weight


def _checkpoint_weights(reader: Any, objects: Any, layer: int, where: str) -> list[NamedArray]:
    keys = {
        weight: attribute.checkpoint_key
        for weight, node in _children(objects, layer).items()
        for attribute in objects.nodes[node].attributes
        if attribute.name == "VARIABLE_VALUE"
    }
    names = sorted(keys, key=_place)
    return [
        NamedArray(f"{where}/{name}", _float32(reader.get_tensor(keys[name]))) for name in names
    ]


def _dataset(group: h5py.Group, name: str) -> FloatArray:
    dataset = group[name]
    if not isinstance(dataset, h5py.Dataset):
        raise ValueError(f"{name} is not a tensor")
    # HDF5 can point to any other file of this machine.
    if dataset.file.filename != group.file.filename or dataset.external or dataset.is_virtual:
        raise ValueError(f"{name} points to another file")
    return _float32(dataset[()])


def _float32(value: Any) -> FloatArray:
    array = np.asarray(value)
    if array.dtype.kind != "f":
        raise ValueError(f"a weight is of type {array.dtype}; expected floating point")
    return array.astype(np.float32)
