"""The formats of foreign Keras files: which one it is, and the networks that it holds."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
from tensorflow.core.protobuf import saved_model_pb2
from tf_keras.protobuf import saved_metadata_pb2

from edgegan.errors import ArtifactError, UsageError
from edgegan.train.foreign_keras_graph import Json
from edgegan.train.foreign_keras_weights import (
    StoredWeights,
    is_counted,
    no_weights,
    read_checkpoint,
    read_counted_layers,
    read_named_layers,
)
from edgegan.train.generator_file import code_error

_PYTHON_OPS = ("PyFunc", "PyFuncStateless", "EagerPyFunc")  # they call Python


@dataclass(frozen=True)
class StoredNetworks:
    """What a file holds.

    Attributes:
        weights: Of each network, by its name; "" for the model itself.
        configs: How Keras describes the model, where it does.
    """

    weights: dict[str, StoredWeights]
    configs: dict[str, Json]


def read_networks(path: Path) -> StoredNetworks:
    """Read whichever format it is."""
    if (path / "saved_model.pb").is_file():
        return _read_saved_model(path)
    prefix = _checkpoint_prefix(path)
    if prefix is not None:
        return StoredNetworks(read_checkpoint(prefix), {})
    if not path.is_file():
        raise UsageError(f"{path} is no file, SavedModel folder or checkpoint.")
    if zipfile.is_zipfile(path):
        return _read_archive(path)
    with h5py.File(path) as file:
        return _read_hdf5(path, file)


def _read_hdf5(path: Path, file: h5py.File) -> StoredNetworks:
    if "model_config" in file.attrs:
        _check_version(path, file.attrs.get("keras_version", ""))
        config = json.loads(file.attrs["model_config"])
        weights = read_named_layers(file["model_weights"])
        if list(weights) != [""]:
            raise ArtifactError(f"{path} holds a model of models; save its generator alone.")
        return StoredNetworks(weights, {"": config})
    if is_counted(file):
        return StoredNetworks({"": read_counted_layers(file)}, {})
    return StoredNetworks(read_named_layers(file), {})


def _read_archive(path: Path) -> StoredNetworks:
    with zipfile.ZipFile(path) as archive:
        metadata = json.loads(archive.read("metadata.json"))
        _check_version(path, metadata.get("keras_version", ""))
        config = json.loads(archive.read("config.json"))
        with h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as file:
            return StoredNetworks({"": read_counted_layers(file)}, {"": config})


def _read_saved_model(path: Path) -> StoredNetworks:
    graph = saved_model_pb2.SavedModel.FromString((path / "saved_model.pb").read_bytes())
    calls = sorted(_operations(graph) & set(_PYTHON_OPS))
    if calls:
        raise code_error(path, calls)
    weights = read_checkpoint(path / "variables" / "variables")
    described = path / "keras_metadata.pb"
    if not described.is_file():
        return StoredNetworks(weights, {})
    nodes = saved_metadata_pb2.SavedMetadata.FromString(described.read_bytes()).nodes
    found = {node.node_path: json.loads(node.metadata) for node in nodes}
    configs = {_attribute(name): node for name, node in found.items() if _is_network(node)}
    if "" in configs:  # the model is a network itself, if one without weights
        return StoredNetworks({"": weights.get("", no_weights())}, {"": configs[""]})
    return StoredNetworks(weights, {name: configs[name] for name in weights if name in configs})


def _operations(graph: Any) -> set[str]:
    found = set()
    for part in (meta.graph_def for meta in graph.meta_graphs):
        found |= {node.op for node in part.node}
        found |= {node.op for f in part.library.function for node in f.node_def}
    return found


def _attribute(node_path: str) -> str:
    """Name a network as the checkpoint does: root.gen_G is gen_G/..., and root is /..."""
    return node_path.removeprefix("root").lstrip(".").replace(".", "/")


def _is_network(metadata: Json) -> bool:
    return "layers" in (metadata.get("config") or {})


def _checkpoint_prefix(path: Path) -> Path | None:
    """Find the checkpoint that a prefix, one of its files or its folder means."""
    if path.is_dir():
        indices = sorted(path.glob("*.index"))
        return indices[0].with_suffix("") if len(indices) == 1 else None
    if path.suffix == ".index" or path.suffix.startswith(".data-"):
        path = path.with_suffix("")
    return path if path.with_name(path.name + ".index").is_file() else None


def _check_version(path: Path, version: Any) -> None:
    text = version.decode() if isinstance(version, bytes) else str(version)
    if text.startswith("3"):
        raise ArtifactError(
            f"{path} was saved by Keras {text}; save it from Keras 2 (TensorFlow up to 2.15, or "
            "tf_keras) instead."
        )
