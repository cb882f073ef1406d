"""Keras files of generators from elsewhere, above all those of TensorFlow Addons.

Keras 2 (TensorFlow up to 2.15, or tf_keras) writes whole models as `.h5`, `.keras` and
SavedModel folders, and weights alone as `.h5`, `.weights.h5` and TensorFlow checkpoints.
All of them are read as data: no code of the file runs, and no graph of it either.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import tensorflow as tf
import tf_keras as keras
from google.protobuf.message import DecodeError
from tf_keras.src.utils.generic_utils import to_snake_case

from edgegan.errors import ArtifactError, EdgeganError, UsageError
from edgegan.images import FloatArray
from edgegan.train.foreign import ForeignGenerator, ImportOptions
from edgegan.train.foreign_keras_files import read_networks
from edgegan.train.foreign_keras_graph import Architecture, Json, build_graph, read_architecture
from edgegan.train.foreign_keras_match import Habits, infer_config, match, rebuild, set_weights
from edgegan.train.foreign_keras_weights import StoredWeights
from edgegan.train.generator_file import check_is_generator

FRAMEWORK = "Keras"
# How the networks of a CycleGAN are named: the example's names, and others in use.
_DIRECTIONS = {
    "A2B": ("g", "ab", "a2b", "xy", "x2y"),
    "B2A": ("f", "ba", "b2a", "yx", "y2x"),
}
# What the packages that read these formats raise.
_DAMAGE = (
    *(OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, RuntimeError),
    *(zipfile.BadZipFile, DecodeError, StopIteration, EOFError),
)


def read_keras_generator(
    path: Path, options: ImportOptions, direction: str = "A2B"
) -> ForeignGenerator:
    """Read a generator from a Keras file or folder, without running anything of it.

    Where the layers are those of an EdgeGAN configuration, the result is built from it;
    else it is the file's graph, of EdgeGAN's own norms and paddings.

    Args:
        path: `.h5`, `.keras`, `.weights.h5`, a SavedModel folder, or a checkpoint: its
            prefix, one of its files, or its folder.
        options: What the file may leave open.
        direction: "A2B" or "B2A": which network to take from a file of several.

    Raises:
        UsageError: there is no such file, or the request cannot be met.
        ArtifactError: it is damaged, is no generator, or holds layers that are not known or
            that run code; the tensor or the layer is named.
    """
    if options.family == "stargan":
        raise UsageError(f"{path} is a Keras file; a StarGAN is imported from PyTorch only.")
    try:
        stored = read_networks(path)
        name = _choose(path, sorted(stored.weights), direction)
        if name in stored.configs:
            return _from_graph(path, stored.configs[name], stored.weights[name], options)
        return _from_weights(path, stored.weights[name], options)
    except EdgeganError:
        raise
    except (*_DAMAGE, tf.errors.OpError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
        raise ArtifactError(
            f"{path} cannot be imported; it is damaged or not laid out as Keras 2 does: {reason}."
        ) from error


def _from_graph(
    path: Path, config: Json, weights: StoredWeights, options: ImportOptions
) -> ForeignGenerator:
    architecture = read_architecture(path, config)

    def built(standard_norm: bool) -> keras.Model:
        empty = build_graph(path, architecture, options.size, standard_norm)
        return _filled(path, empty, architecture, weights)

    graph = built(standard_norm=False)
    check_is_generator(path, graph)

    def reference(images: FloatArray, _: FloatArray | None) -> FloatArray:
        # The norm that Keras took over from Addons, so that ours is compared with another.
        output: FloatArray = built(standard_norm=True)(images, training=False).numpy()
        return output

    matched = match(path, graph)
    model, found = matched or (graph, None)
    layout = _layout(found.residual_blocks if found else None, len(architecture.entries))
    addons = any(entry.class_name.startswith("Addons>") for entry in architecture.entries)
    return ForeignGenerator(
        model=model,
        config=found,
        framework=FRAMEWORK,
        layout=f"{layout}, norms of tensorflow-addons" if addons else layout,
        reference=reference,
    )


def _from_weights(path: Path, weights: StoredWeights, options: ImportOptions) -> ForeignGenerator:
    layers = weights.in_order()
    config = infer_config(layers, Habits(size=options.size or 256))
    return ForeignGenerator(
        model=rebuild(path, layers, config),
        config=config,
        framework=FRAMEWORK,
        layout=_layout(config.residual_blocks, len(layers)),
        note="the file holds weights alone; the rest is taken from the keras-io example",
    )


def _filled(
    path: Path, model: keras.Model, architecture: Architecture, weights: StoredWeights
) -> keras.Model:
    """Give each layer of a graph its weights, by the layout of the file."""
    of_class: dict[str, int] = {}
    weighted = 0
    for entry in architecture.entries:
        kind = to_snake_case(entry.class_name.rsplit(">")[-1])
        count = of_class[kind] = of_class.get(kind, -1) + 1
        layer = next((x for x in model.layers if x.name == entry.name), None)
        if layer is None or not layer.weights:
            continue
        key = weights.key(entry.name, kind, count, weighted)
        if key not in weights.layers:
            raise ArtifactError(f"{path} lacks the weights of the layer {entry.name}.")
        set_weights(path, layer, weights.layers[key])
        weighted += 1
    return model


def _layout(blocks: int | None, layers: int) -> str:
    if blocks is None:
        return f"a graph of {layers} layers"
    return f"ResNet generator, {blocks} residual blocks"


def _choose(path: Path, names: list[str], direction: str) -> str:
    """Choose a network by the last part of its name, as in gen_G."""
    if len(names) == 1:
        return names[0]
    endings = _DIRECTIONS.get(direction)
    if endings is None:
        raise UsageError(f"The direction is {direction!r}; use one of {', '.join(_DIRECTIONS)}.")
    chosen = [name for name in names if name.lower().rsplit("_", 1)[-1] in endings]
    if len(chosen) != 1:
        held = ", ".join(names) or "no network"
        raise ArtifactError(
            f"{path} holds {held}; expected one whose name ends in one of "
            f"{', '.join(endings)} for {direction}."
        )
    return chosen[0]
