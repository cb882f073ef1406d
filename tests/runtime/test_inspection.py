from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from edgegan.errors import ArtifactError, UsageError
from edgegan.manifest import write_manifest
from edgegan.runtime.inspection import inspect
from tests.runtime.models import describe, onnx_model, write_onnx
from tests.runtime.test_rtx import engine_bytes


def test_tflite(padded_tflite: Path) -> None:
    found = inspect(padded_tflite)
    assert (found.format, found.is_generator, found.params) == ("tflite", True, None)
    assert found.size_bytes == padded_tflite.stat().st_size
    assert found.ops == {"CONV_2D": 2, "MIRROR_PAD": 1}
    assert found.delegate is not None
    assert (found.delegate.partitions, found.delegate.outside) == (2, ("MIRROR_PAD",))
    assert found.manifest is None


def test_the_manifest_adds_what_it_knows(tflite: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(tflite, tmp_path))
    manifest = describe(path)
    found = inspect(path)
    assert found.params == 1234
    assert (found.macs, found.macs_literature) == (manifest.macs, manifest.macs_literature)
    assert found.manifest == manifest


def test_a_changed_file_is_an_error(tflite: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(tflite, tmp_path))
    describe(path)
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(ArtifactError, match="SHA-256 differs"):
        inspect(path)


def test_onnx(tmp_path: Path) -> None:
    found = inspect(write_onnx(tmp_path / "a.onnx", onnx_model(outputs=2)))
    assert (found.format, found.is_generator, found.params) == ("onnx", False, 3 * 3 * 3 * 2)
    assert found.details == {"opset": "17", "metadata": "none"}
    assert found.delegate is None
    assert found.types is not None
    assert found.types.weights["float32"].values == found.params
    assert [one.runs for one in found.runs_here] == [False, False]


def test_rtx(tmp_path: Path) -> None:
    path = tmp_path / "a.rtx"
    path.write_bytes(engine_bytes(mask=0b10))
    found = inspect(path)
    assert found.details["compute capabilities"] == "8.0"
    assert "1.7.1.116" in found.details["engine"]
    assert (found.io, found.is_generator, found.ops) == (None, None, None)
    assert [(one.backend, one.runs) for one in found.runs_here] == [("tensorrt-rtx", False)]
    describe(path)
    assert inspect(path).details["precision"] == "fp32, by the manifest"
    (tmp_path / "a.rtx.json").unlink()
    path.write_bytes(b"?" * 100)
    assert "unknown layout" in inspect(path).details["engine"]


def test_engine(tmp_path: Path) -> None:
    path = tmp_path / "a.engine"
    path.write_bytes(b"ftrt")
    found = inspect(path)
    assert found.details["engine"] == "built by TensorRT of an unknown release"
    (answer,) = found.runs_here
    assert "has no manifest" in answer.because
    manifest = replace(
        describe(path),
        tools={"tensorrt": "10.3.0", "compute capability": "8.7"},
    )
    write_manifest(path, manifest)
    found = inspect(path)
    assert found.is_generator
    assert found.details == {
        "engine": "built by TensorRT 10.3.0",
        "compute capabilities": "8.7",
        "precision": "fp32, by the manifest",
    }


def test_keras_is_told_from_its_manifest(tmp_path: Path) -> None:
    path = tmp_path / "A2B.keras"
    path.write_bytes(b"zip")
    assert inspect(path).io is None
    manifest = describe(path)
    found = inspect(path)
    assert (found.format, found.io, found.is_generator) == ("keras", manifest.io, True)


@pytest.mark.parametrize(
    ("name", "match"), [("a.txt", "known suffixes"), ("none.tflite", "does not exist")]
)
def test_what_is_no_artifact(tmp_path: Path, name: str, match: str) -> None:
    with pytest.raises(UsageError, match=match):
        inspect(tmp_path / name)
