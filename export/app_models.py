"""The models of an app: .tflite files with their manifests, loose or in a phone preset's .zip.

All platforms read the same `model.json`: a title, and for each file its manifest with the
self-test, and its name.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from edgegan.atomic import atomic_path
from edgegan.errors import ArtifactError, IncompatibleArtifact, UsageError
from edgegan.manifest import Manifest, check_hash, parse_manifest, read_manifest

MODEL_JSON = "model.json"
_SCHEMA = 1
_DAMAGES = (
    *(BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError),
    *(KeyError, ValueError, TypeError, AttributeError, IndexError),
)


@dataclass(frozen=True, kw_only=True, eq=False)
class AppModel:
    """A file, and what is known of it.

    Attributes:
        name: Of the file.
        data: What is in it.
        manifest: Its manifest.
    """

    name: str
    data: bytes
    manifest: Manifest

    @property
    def size(self) -> tuple[int, int]:
        """(H, W) of its images."""
        _, height, width, _ = self.manifest.io.inputs[0].shape
        assert height is not None
        assert width is not None
        return height, width


def open_models(paths: Sequence[Path]) -> list[AppModel]:
    """Read .tflite files with a manifest beside each, and .zip files of `--preset phone`.

    Raises:
        UsageError: there is no such file, or it is of another kind.
        ArtifactError: a file has no manifest or is not what that tells, or the files
            are of different generators.
    """
    models = [model for path in paths for model in _opened(path)]
    for model in models:
        _check(model)
    if len({(model.manifest.task, model.manifest.source) for model in models}) > 1:
        names = ", ".join(model.name for model in models)
        raise ArtifactError(f"{names} are of different generators; an app shows one translation.")
    if len({model.name for model in models}) < len(models):
        raise UsageError("Two files have the same name; rename one, with its manifest.")
    return models


def model_json(models: Iterable[AppModel], title: str) -> str:
    """Write down what an app has to know of its models."""
    told = [{"file": model.name, **asdict(model.manifest)} for model in models]
    return json.dumps({"schema": _SCHEMA, "title": title, "models": told}, indent=1) + "\n"


def pack(models: Sequence[AppModel], title: str, path: Path) -> None:
    """Write models and their `model.json` into a .zip; equal models give equal bytes."""
    from zipfile import ZIP_DEFLATED, ZipInfo

    files = {MODEL_JSON: model_json(models, title).encode()}
    files |= {model.name: model.data for model in models}
    with atomic_path(path) as temporary, ZipFile(temporary, "w") as archive:
        for name, data in files.items():
            archive.writestr(ZipInfo(name), data, compress_type=ZIP_DEFLATED)


def _check(model: AppModel) -> None:
    """Refuse what no app could run, though it may be a sound artifact."""
    manifest = model.manifest
    image, *label = manifest.io.inputs or (None,)
    if not re.fullmatch(r"[\w.=+-]+\.tflite", model.name):
        raise ArtifactError(
            f"The name {model.name!r} is none that every web host takes; rename it."
        )
    if image is None or len(image.shape) != 4 or None in image.shape or image.shape[0] != 1:
        raise IncompatibleArtifact(
            f"{model.name} takes no single image of a fixed size. Make it by --preset phone."
        )
    if manifest.selftest is None:
        raise ArtifactError(
            f"{model.name} has no self-test, so no backend can be trusted with it. Export it again."
        )
    if label and not (manifest.task and manifest.task.domains):
        raise ArtifactError(
            f"{model.name} takes a label, and nothing names its domains. Import the generator with "
            "--domains, or export it with --bake-domain."
        )


def _opened(path: Path) -> list[AppModel]:
    if not path.is_file():
        raise UsageError(f"The artifact {path} does not exist.")
    if path.suffix == ".zip":
        return _unpacked(path)
    if path.suffix != ".tflite":
        raise UsageError(
            f"{path.name} is no .tflite file, which is what apps embed. Make one by edgegan export "
            "MODEL --preset phone."
        )
    manifest = read_manifest(path)
    if manifest is None:
        raise ArtifactError(
            f"{path} has no manifest ({path.name}.json), so nothing tells what it does and how to "
            "test it. Make it by edgegan export MODEL --preset phone."
        )
    check_hash(path, manifest)
    return [AppModel(name=path.name, data=path.read_bytes(), manifest=manifest)]


def _unpacked(path: Path) -> list[AppModel]:
    try:
        with ZipFile(path) as archive:
            told: list[dict[str, Any]] = json.loads(archive.read(MODEL_JSON))["models"]
            found = [(one.pop("file"), one) for one in told]
            models = [
                AppModel(
                    name=Path(name).name,
                    data=archive.read(name),
                    manifest=parse_manifest(content, f"{path}: {name}"),
                )
                for name, content in found
            ]
    except _DAMAGES as error:
        raise ArtifactError(
            f"{path} is no bundle of edgegan export --preset phone ({error})."
        ) from error
    if not models:
        raise ArtifactError(f"{path} holds no models. Export it again by --preset phone.")
    for model in models:
        if sha256(model.data).hexdigest() != model.manifest.file_sha256:
            raise ArtifactError(f"{path}: {model.name} is damaged. Export or copy it again.")
    return models
