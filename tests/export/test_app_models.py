"""Which files an app is made of, and which are refused."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from edgegan.errors import ArtifactError, IncompatibleArtifact, UsageError
from edgegan.export.app_models import MODEL_JSON, model_json, open_models, pack
from edgegan.manifest import (
    IO,
    Source,
    Task,
    manifest_path,
    tensor_of_rank,
    write_manifest,
)
from tests.runtime.models import SIZE, conv_relu_tanh, describe, selftest_image, write_tflite


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    path = write_tflite(tmp_path / "A2B-8x8-fp16.tflite", conv_relu_tanh)
    write_manifest(path, describe(path, selftest_image()))
    return path


def test_the_app_knows_what_the_manifest_does(artifact: Path) -> None:
    (model,) = open_models([artifact])
    assert (model.name, model.size) == (artifact.name, (SIZE, SIZE))
    told = json.loads(model_json([model], "A title"))
    assert (told["schema"], told["title"]) == (1, "A title")
    (one,) = told["models"]
    assert one.pop("file") == artifact.name
    assert one == json.loads(manifest_path(artifact).read_text())


def test_files_of_different_generators_make_no_app(artifact: Path) -> None:
    (model,) = open_models([artifact])
    other = artifact.with_name("B2A-8x8-fp16.tflite")
    other.write_bytes(model.data)
    write_manifest(other, replace(model.manifest, task=Task(family="cyclegan", direction="B2A")))
    with pytest.raises(ArtifactError, match="are of different generators"):
        open_models([artifact, other])


def test_files_of_another_source_make_no_app(artifact: Path) -> None:
    (model,) = open_models([artifact])
    other = artifact.with_name("other.tflite")
    other.write_bytes(model.data)
    source = Source(file="other.keras", sha256="1" * 64)
    write_manifest(other, replace(model.manifest, source=source))
    with pytest.raises(ArtifactError, match="are of different generators"):
        open_models([artifact, other])


def test_files_with_one_name_are_refused(artifact: Path, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    other = Path(shutil.copy(artifact, folder))
    shutil.copy(manifest_path(artifact), folder)
    with pytest.raises(UsageError, match="have the same name"):
        open_models([artifact, other])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"selftest": None}, "has no self-test"),
        ({"io": IO(inputs=(), outputs=())}, "takes no single image of a fixed size"),
        ({"io": "batch"}, "takes no single image of a fixed size"),
        ({"io": "label"}, "nothing names its domains"),
    ],
)
def test_what_no_app_could_run_is_refused(
    artifact: Path, change: dict[str, Any], words: str
) -> None:
    (model,) = open_models([artifact])
    image = model.manifest.io.inputs[0]
    label = tensor_of_rank("label", (1, 3), "float32")
    ios = {
        "batch": IO(inputs=(replace(image, shape=(4, *image.shape[1:])),), outputs=()),
        "label": IO(inputs=(image, label), outputs=()),
    }
    if isinstance(change.get("io"), str):
        change = {"io": ios[change["io"]]}
    write_manifest(artifact, replace(model.manifest, **change))
    with pytest.raises((ArtifactError, IncompatibleArtifact), match=words):
        open_models([artifact])


@pytest.mark.parametrize("name", ["sw.js", "a b.tflite", "a#b.tflite"])
def test_names_that_would_harm_the_app_are_refused(
    artifact: Path, tmp_path: Path, name: str
) -> None:
    (model,) = open_models([artifact])
    pack([replace(model, name=name)], "X", tmp_path / "x.zip")
    with pytest.raises(ArtifactError, match="is none that every web host takes"):
        open_models([tmp_path / "x.zip"])


def test_what_is_no_model_is_refused(artifact: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        open_models([tmp_path / "none.tflite"])
    onnx = tmp_path / "a.onnx"
    onnx.write_bytes(b"")
    with pytest.raises(UsageError, match="--preset phone"):
        open_models([onnx])
    manifest_path(artifact).unlink()
    with pytest.raises(ArtifactError, match="has no manifest"):
        open_models([artifact])


def test_a_damaged_bundle_is_refused(artifact: Path, tmp_path: Path) -> None:
    (model,) = open_models([artifact])
    path = tmp_path / "x.zip"
    pack([replace(model, data=model.data + b"x")], "X", path)
    with pytest.raises(ArtifactError, match=f"{artifact.name} is damaged"):
        open_models([path])
    path.write_bytes(b"PK but not a zip")
    with pytest.raises(ArtifactError, match="is no bundle"):
        open_models([path])
    with ZipFile(path, "w") as archive:
        archive.writestr(MODEL_JSON, "{}")
    with pytest.raises(ArtifactError, match="is no bundle"):
        open_models([path])
