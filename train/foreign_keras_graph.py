"""A foreign Keras model's configuration becomes a network of layers that are known here.

A configuration is data, and stays so: each layer is made from a table of classes, with
numbers and words as its only arguments, and the connections are drawn again. Keras's own
loader, which looks classes and functions up by name, is not asked. What the table lacks,
above all layers that run code from the file (Lambda), is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import tf_keras as keras

from edgegan.errors import ArtifactError, UsageError
from edgegan.train.generator_file import CALLERS, code_error
from edgegan.train.layers import InstanceNormalization, ReflectionPadding2D

Json = dict[str, Any]
Source = tuple[str, int]  # the name of a layer, and which of its calls
NormFactory = Callable[[Json], keras.layers.Layer]

_PLAIN: dict[str, type] = {
    cls.__name__: cls
    for cls in (
        *(keras.layers.Conv2D, keras.layers.Conv2DTranspose, keras.layers.DepthwiseConv2D),
        *(keras.layers.SeparableConv2D, keras.layers.BatchNormalization),
        *(keras.layers.ZeroPadding2D, keras.layers.Cropping2D, keras.layers.UpSampling2D),
        *(keras.layers.Activation, keras.layers.ReLU, keras.layers.LeakyReLU, keras.layers.ELU),
        *(keras.layers.PReLU, keras.layers.Add, keras.layers.Subtract, keras.layers.Multiply),
        *(keras.layers.Average, keras.layers.Concatenate, keras.layers.AveragePooling2D),
        *(keras.layers.MaxPooling2D, keras.layers.Dropout, keras.layers.SpatialDropout2D),
    )
}
_PADDINGS = ("ReflectionPadding2D", "ReflectionPad2D")
_NORMS = ("Addons>InstanceNormalization", "InstanceNormalization", "GroupNormalization")
KNOWN = tuple(sorted({"InputLayer", *_PLAIN, *_PADDINGS, *_NORMS}))
_ACTIVATIONS = (
    *("linear", "relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "silu", "swish", "mish"),
    *("tanh", "sigmoid", "hard_sigmoid", "softplus", "softsign", "exponential"),
)
_SIZE = 256  # the example's images, where a file leaves height and width open
_ADDITIONS = ("__operators__.add", "math.add")
# Weights are read, not drawn; types are float32; and nothing is trained here.
_LEFT_OUT = ("_initializer", "_regularizer", "_constraint")
_LEFT_OUT_NAMES = ("dtype", "trainable", "batch_input_shape")


@dataclass(frozen=True)
class LayerEntry:
    """A layer of the configuration: its calls tell where their inputs come from."""

    name: str
    class_name: str
    config: Json
    calls: tuple[tuple[Source, ...], ...]


@dataclass(frozen=True)
class Architecture:
    """A network as its file describes it: the layers, and which of them is the output.

    Attributes:
        entries: In the file's order, by which some formats count weights.
        output: The name of the last layer.
    """

    entries: tuple[LayerEntry, ...]
    output: str


def read_architecture(path: Path, model: Json) -> Architecture:
    """Read a model's configuration, and refuse what is not known.

    Args:
        path: The file, for messages.
        model: `{"class_name": ..., "config": {...}}` as Keras 2 writes it.

    Raises:
        ArtifactError: it holds layers that run code, or that are not known; they are named.
        UsageError: it holds layers of EdgeGAN.
    """
    kind, config = model["class_name"], model["config"]
    if kind not in ("Functional", "Model", "Sequential"):
        raise ArtifactError(f"{path} is a {kind}, not a functional or sequential Keras model.")
    layers = config["layers"] if isinstance(config, dict) else config
    entries = tuple(_translate(layer) for layer in layers)
    _refuse_unknown(path, entries)
    if kind == "Sequential":
        return _chain(path, entries)
    inputs = [entry.name for entry in entries if entry.class_name == "InputLayer"]
    if len(inputs) != 1 or len(config["output_layers"]) != 1:
        raise ArtifactError(
            f"{path} has {len(inputs)} inputs and {len(config['output_layers'])} outputs; "
            "expected an image-to-image generator with one of each."
        )
    return Architecture(entries, str(config["output_layers"][0][0]))


def build_graph(
    path: Path, architecture: Architecture, size: int | None, standard_norm: bool = False
) -> keras.Model:
    """Build the network, with weights as Keras draws them.

    Args:
        path: The file, for messages.
        architecture: What to build.
        size: Height and width of its images; None takes the file's, else 256.
        standard_norm: Whether Keras's GroupNormalization, into which TensorFlow Addons's
            went, stands for instance norm, in place of EdgeGAN's own.
    """
    entries = architecture.entries
    norm = _group_norm if standard_norm else _instance_norm
    (first,) = (entry for entry in entries if entry.class_name == "InputLayer")
    image = keras.Input(_input_shape(path, first, size), name="image")
    layers = {e.name: _layer(path, e, norm) for e in entries if e is not first}
    tensors = _connect(path, entries, layers, {(first.name, 0): image})
    for entry in entries:
        if entry.class_name in _NORMS:
            _check_groups(path, entry, tensors[entry.name, 0].shape[-1])
    return keras.Model(image, tensors[architecture.output, 0], name="generator")


def _translate(layer: Json) -> LayerEntry:
    """Bring the spellings of different versions to one."""
    config = _plain(layer["config"])
    name = str(config.get("name", layer.get("name")))
    class_name = layer.get("registered_name") or layer["class_name"]
    module = str(layer.get("module", "keras"))
    if class_name in _PLAIN and module.split(".")[0] not in ("keras", "tf_keras"):
        class_name = f"{module}>{class_name}"  # it only has the name of Keras's
    short = class_name.rsplit(">")[-1]
    if short in _PADDINGS:
        class_name = short
    nodes = layer.get("inbound_nodes", [])
    if class_name == "TFOpLambda" and config.get("function") in _ADDITIONS:
        return LayerEntry(name, "Add", {"name": name}, tuple(_addends(node) for node in nodes))
    return LayerEntry(name, class_name, config, tuple(_sources(node) for node in nodes))


def _plain(value: Any) -> Any:
    """Write a tuple, which some formats mark, as a list."""
    if isinstance(value, dict):
        if value.get("class_name") == "__tuple__":
            return _plain(value["items"])
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _sources(node: Any) -> tuple[Source, ...]:
    """Read the tensors of one call: `[[layer, call, output, arguments], ...]`."""
    if isinstance(node, dict):
        raise ValueError("it is of Keras 3")
    if node and isinstance(node[0], str):
        node = [node]
    # Arguments are None or flags such as `training`, unless a tensor stands among them.
    if any(isinstance(a, list | dict) for t in node for a in dict(*t[3:4]).values()):
        raise ValueError(f"a layer is called with the arguments {node[0][3]}")
    return tuple((str(t[0]), int(t[1])) for t in node)


def _addends(node: Any) -> tuple[Source, ...]:
    """Read `x + y`, where y stands among the arguments."""
    x, arguments = node[:3], dict(node[3])
    y = arguments.get("y")
    return _sources([x, y]) if isinstance(y, list) else (("a number", 0),)


def _refuse_unknown(path: Path, entries: Sequence[LayerEntry]) -> None:
    unknown = sorted({e.class_name for e in entries if e.class_name not in KNOWN})
    callers = [name for name in unknown if name.rsplit(">")[-1] in CALLERS]
    if callers:
        raise code_error(path, callers)
    if any(name.startswith("edgegan>") for name in unknown):
        raise UsageError(
            f"{path} is a generator of EdgeGAN already: edgegan export {path} --target tflite"
        )
    if unknown:
        raise ArtifactError(
            f"{path} holds layers that are not known: {', '.join(unknown)}. "
            f"Known: {', '.join(KNOWN)}."
        )


def _chain(path: Path, entries: tuple[LayerEntry, ...]) -> Architecture:
    """Connect the layers of a sequential model, whose input may be told by its first layer."""
    if entries and entries[0].class_name != "InputLayer":
        if "batch_input_shape" not in entries[0].config:
            raise ArtifactError(f"{path} does not tell the shape of its input.")
        entries = (LayerEntry("image", "InputLayer", entries[0].config, ()), *entries)
    chained = [replace(b, calls=(((a.name, 0),),)) for a, b in pairwise(entries)]
    return Architecture((entries[0], *chained), entries[-1].name)


def _input_shape(path: Path, entry: LayerEntry, size: int | None) -> tuple[int, ...]:
    shape = entry.config["batch_input_shape"]
    if len(shape) != 4 or shape[3] not in (1, 3):
        raise ArtifactError(f"{path} takes tensors {shape}; expected images [N, H, W, 3] or gray.")
    height, width = (size or side or _SIZE for side in shape[1:3])
    return int(height), int(width), int(shape[3])


def _layer(path: Path, entry: LayerEntry, norm: NormFactory) -> keras.layers.Layer:
    try:
        if entry.class_name in _NORMS:
            return norm(entry.config)
        if entry.class_name in _PADDINGS:
            return ReflectionPadding2D(_pad(entry.config["padding"]), name=entry.name)
        return _PLAIN[entry.class_name].from_config(_arguments(entry.config))  # type: ignore[attr-defined]
    except (ValueError, TypeError, KeyError) as error:
        reason = (str(error).strip().splitlines() or ["?"])[-1]
        raise ArtifactError(
            f"{path} cannot be imported: {entry.name} ({entry.class_name}): {reason}"
        ) from error


def _arguments(config: Json) -> Json:
    kept = {
        key: value
        for key, value in config.items()
        if not key.endswith(_LEFT_OUT) and key not in _LEFT_OUT_NAMES
    }
    for key, value in kept.items():
        if isinstance(value, dict):
            raise ValueError(f"its {key} is an object, {value.get('class_name')}, not a name")
    if kept.get("activation", "linear") not in _ACTIVATIONS:
        raise ValueError(f"its activation is {kept['activation']!r}; known: {_ACTIVATIONS}")
    if kept.get("data_format", "channels_last") != "channels_last":
        raise ValueError("its channels come first; expected channels_last")
    return kept


def _pad(padding: Any) -> int:
    """Read p, (p, p) or ((p, p), (p, p))."""
    pads = {p for item in _listed(padding) for p in _listed(item)}
    if len(pads) != 1:
        raise ValueError(f"its padding is {padding}; expected the same at each border")
    return int(pads.pop())


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _instance_norm(config: Json) -> keras.layers.Layer:
    if config["center"] != config["scale"]:
        raise ValueError("it has only one of scale and offset; expected both or neither")
    _check_axis(config)
    return InstanceNormalization(config["epsilon"], bool(config["scale"]), name=config["name"])


def _group_norm(config: Json) -> keras.layers.Layer:
    arguments = {key: config[key] for key in ("epsilon", "center", "scale", "name")}
    return keras.layers.GroupNormalization.from_config({"groups": -1, **arguments})


def _check_axis(config: Json) -> None:
    # Other layers of this name divide by another deviation, and have no groups.
    if "groups" not in config or config.get("axis") not in (-1, 3):
        raise ValueError(
            f"its axis is {config.get('axis')} and its groups are {config.get('groups')}; expected "
            "the layer of TensorFlow Addons with axis -1"
        )


def _check_groups(path: Path, entry: LayerEntry, channels: int) -> None:
    if entry.config["groups"] not in (-1, channels):
        raise ArtifactError(
            f"{path} cannot be imported: {entry.name} has {entry.config['groups']} groups of "
            f"{channels} channels, so it is no instance norm."
        )


def _connect(
    path: Path,
    entries: Sequence[LayerEntry],
    layers: dict[str, keras.layers.Layer],
    tensors: dict[Source, Any],
) -> dict[Source, Any]:
    """Call each layer as soon as its inputs are there."""
    waiting = [((e.name, i), sources) for e in entries for i, sources in enumerate(e.calls)]
    while waiting:
        ready = [call for call in waiting if all(source in tensors for source in call[1])]
        if not ready:
            (name, _), sources = waiting[0]
            raise ArtifactError(f"{path} cannot be imported: {name} takes {sources}, not a layer's")
        for (name, i), sources in ready:
            inputs = [tensors[source] for source in sources]
            tensors[name, i] = layers[name](inputs[0] if len(inputs) == 1 else inputs)
        waiting = [call for call in waiting if call not in ready]
    return tensors
