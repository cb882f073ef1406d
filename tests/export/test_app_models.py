"""Which files an app is made of, and which are refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pytest

from edgegan.errors import ArtifactError, UsageError
from edgegan.export.app_models import MODEL_JSON, model_json, open_models, pack
from edgegan.manifest import Task, manifest_path, write_manifest
from tests.runtime.models import SIZE, conv_relu_tanh, describe, write_tflite


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    path = write_tflite(tmp_path / "A2B-8x8-fp16.tflite", conv_relu_tanh)
    write_manifest(path, describe(path))
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
