"""A generator on disk: `X.keras`, and its manifest `X.keras.json`.

It maps an image to an image, or an image and a label beside it (StarGAN).
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Literal

import tensorflow as tf
import tf_keras as keras

import edgegan
from edgegan.atomic import atomic_path
from edgegan.domains import Domain
from edgegan.errors import ArtifactError, UsageError
from edgegan.generator import Family, GeneratorConfig
from edgegan.images import FloatArray
from edgegan.manifest import (
    IO,
    Manifest,
    Precision,
    Source,
    Task,
    check_hash,
    manifest_path,
    read_manifest,
    sha256,
    tensor_of_rank,
    write_manifest,
)
from edgegan.selftest import SelfTest, record_selftest, selftest_input, selftest_label
from edgegan.train import layers  # registers the layers that files may hold
from edgegan.train.half_weights import round_weights, store_as_float16
from edgegan.train.macs import count_macs

assert layers  # imported for its effect
INPUTS = ("image", "label")  # in this order, in every file
_TRUSTED = ("edgegan", "keras", "tf_keras")
# Objects that call what a file names: Python code, builtins, or any TensorFlow function.
CALLERS = (
    *("Lambda", "function", "TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer"),
    *("ClassMethod", "InstanceMethod", "InstanceProperty"),
)


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where an imported generator comes from.

    Attributes:
        family: "cyclegan" or "stargan".
        source: The foreign file.
        options: What else to tell of the import.
    """

    family: Family
    source: Source
    options: dict[str, Any] = field(default_factory=dict)


def save_generator(
    model: keras.Model,
    path: Path,
    config: GeneratorConfig | None,
    direction: str,
    weights: Literal["float32", "float16"] = "float32",
    origin: Origin | None = None,
    trained: Mapping[str, Any] | None = None,
) -> Manifest:
    """Write the generator and its manifest, both atomically.

    Args:
        model: The network that `config` describes; its image size is known if there is none.
        path: Where to write; ends in `.keras`.
        config: Its configuration; None for an imported network that has none.
        direction: "A2B" or "B2A"; "G" for StarGAN.
        weights: How the file stores them; "float16" rounds those of `model`, too.
        origin: Where it was imported from; None if it was trained here.
        trained: What its training tells of it besides, for the manifest's options.
    """
    described = config or origin
    assert described, "what was not imported has a configuration"
    _write(model, path, weights)
    macs, literature = count_macs(model)
    size = (config.image_size,) * 2 if config else tuple(model.inputs[0].shape[1:3])
    domains = config.domains if config else ()
    manifest = Manifest(
        file_sha256=sha256(path),
        task=Task(family=described.family, direction=direction, domains=domains),
        generator=config,
        io=generator_io(model),
        precision=Precision(requested="fp32", obtained="fp32"),
        selftest=selftest_of(model, size, domains),
        status="reference",
        params=model.count_params(),
        macs=macs,
        macs_literature=literature,
        size_bytes=path.stat().st_size,
        source=origin.source if origin else None,
        options={"weights": weights, **(trained or {}), **(origin.options if origin else {})},
        tools=tools(),
        created=now(),
    )
    write_manifest(path, manifest)
    return manifest


def load_generator(path: Path) -> tuple[keras.Model, Manifest | None]:
    """Read a generator and the manifest beside it, if any.

    Layers that run code from the file (Lambda) are refused.

    Raises:
        UsageError: there is no such file.
        ArtifactError: it is damaged, holds refused layers, or is not a generator.
    """
    if not path.is_file():
        raise UsageError(f"The generator {path} does not exist.")
    manifest = read_manifest(path)
    if manifest is not None:
        check_hash(path, manifest)
    _check_objects(path)
    try:
        model = keras.models.load_model(path, compile=False, safe_mode=True)
    except (ValueError, TypeError, KeyError, AttributeError, OSError, zipfile.BadZipFile) as error:
        # Keras puts the layer's whole configuration first, and the reason last.
        reason = str(error).strip().splitlines()[-1:] or [type(error).__name__]
        raise ArtifactError(f"{path} cannot be loaded as a Keras model: {reason[0]}") from error
    check_is_generator(path, model)
    return model, manifest


def generator_io(model: keras.Model) -> IO:
    """Describe the tensors of a Keras generator, as its files name them."""
    inputs = zip(INPUTS, model.inputs, strict=False)
    return IO(
        inputs=tuple(tensor_of_rank(name, tuple(t.shape), t.dtype.name) for name, t in inputs),
        outputs=tuple(
            tensor_of_rank("output", tuple(t.shape), t.dtype.name) for t in model.outputs
        ),
    )


def selftest_of(
    model: keras.Model, size: tuple[int, int], domains: Sequence[Domain] = ()
) -> SelfTest:
    """Record the golden values of a Keras generator.

    Args:
        model: The generator.
        size: (H, W) of its images.
        domains: What its label stands for; empty if it takes none, or they are not known.
    """
    image = selftest_input((1, *size, model.inputs[0].shape[-1]))
    if len(model.inputs) == 1:
        return record_selftest(model(image, training=False).numpy())
    label = selftest_label(domains, model.inputs[1].shape[-1])
    output: FloatArray = model([image, label[None]], training=False).numpy()
    return record_selftest(output, label=label.tolist())


def tools() -> dict[str, str]:
    """Name the versions that made a generator."""
    return {
        "edgegan": edgegan.__version__,
        "tensorflow": tf.__version__,
        "tf-keras": keras.__version__,
    }


def now() -> str:
    """Return the time in UTC, ISO 8601, to the second."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def code_error(path: Path, names: Sequence[str]) -> ArtifactError:
    """Build the error for a file that holds `names`, classes or packages that run code."""
    return ArtifactError(
        f"{path} holds {', '.join(names)}, which can run any code; only plain layers of Keras "
        "and EdgeGAN are loaded."
    )


def check_is_generator(path: Path, model: keras.Model) -> None:
    """Refuse a model that is not functional, or not of a generator's tensors.

    Raises:
        ArtifactError: saying which.
    """
    if not isinstance(model, keras.Model) or not getattr(model, "_is_graph_network", False):
        raise ArtifactError(f"{path} is not a functional Keras model, so it cannot be exported.")
    shapes = [tuple(t.shape) for t in (*model.inputs, *model.outputs)]
    images = [shapes[0], *shapes[len(model.inputs) :]]
    labels = shapes[1 : len(model.inputs)]
    if (
        len(images) != 2
        or any(len(s) != 4 or s[3] not in (1, 3) for s in images)
        or len(labels) > 1
        or any(len(s) != 2 or s[1] is None for s in labels)
    ):
        raise ArtifactError(
            f"{path} is not an image-to-image generator: its tensors are {shapes}; expected one "
            "[N, H, W, 3] input and output, and at most a label [N, c] as second input."
        )


def _write(model: keras.Model, path: Path, weights: Literal["float32", "float16"]) -> None:
    if weights == "float16":
        round_weights(model)
    with atomic_path(path) as temporary:
        model.save(temporary, save_format="keras")
        if weights == "float16":
            store_as_float16(temporary)
        # Without a manifest the file loads all the same; with an older one it would not.
        manifest_path(path).unlink(missing_ok=True)


def _check_objects(path: Path) -> None:
    """Refuse a file whose loading would import other packages or call functions."""
    try:
        with zipfile.ZipFile(path) as file:
            named = set(_objects(json.loads(file.read("config.json"))))
    except (zipfile.BadZipFile, ValueError, KeyError) as error:
        raise ArtifactError(f"{path} is not a .keras file, or is damaged.") from error
    foreign = sorted({module for module, _ in named if module.split(".")[0] not in _TRUSTED})
    callers = sorted({name for _, name in named if name in CALLERS})
    if foreign or callers:
        raise code_error(path, [*callers, *foreign])


def _objects(node: Any) -> Iterator[tuple[str, str]]:
    """Find the (module, class name) of every object in a model's configuration."""
    if isinstance(node, dict):
        if "class_name" in node:
            yield str(node.get("module") or "keras"), str(node["class_name"])
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from _objects(child)
