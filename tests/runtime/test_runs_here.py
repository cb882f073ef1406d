from __future__ import annotations

import shutil
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from edgegan.runtime import nvidia, runs_here
from edgegan.runtime.runs_here import runs_here as ask
from tests.runtime.models import conv_relu_tanh, describe, onnx_model, selftest_image, write_onnx
from tests.runtime.test_rtx import engine_bytes, installed_release


def test_every_backend_of_the_suffix_is_asked(tflite: Path, onnx_file: Path) -> None:
    assert [(one.backend, one.runs) for one in ask(tflite)] == [("litert", True)]
    found = ask(onnx_file)
    assert [(one.backend, one.runs) for one in found] == [("onnxruntime", True), ("openvino", True)]
    assert "no manifest has a self-test" in found[0].because


def test_a_missing_package_is_named(onnx_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    with_package, without = ask(onnx_file)
    assert with_package.runs
    assert not without.runs
    assert "pip install 'edgegan[openvino]'" in without.because


def test_the_self_test_decides(tflite: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(tflite, tmp_path))
    right = conv_relu_tanh(selftest_image()).numpy()
    describe(path, right)
    (answer,) = ask(path)
    assert answer.runs
    assert answer.because.startswith("its self-test passed (version ")
    describe(path, right + np.float32(0.01))
    (answer,) = ask(path)
    assert not answer.runs
    assert "self-test failed" in answer.because


def test_what_is_no_generator_does_not_run(tmp_path: Path) -> None:
    for answer in ask(write_onnx(tmp_path / "two.onnx", onnx_model(outputs=2))):
        assert not answer.runs
        assert "not an image-to-image generator" in answer.because


def test_an_engine_without_a_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("tensorrt_rtx")
    monkeypatch.setattr(nvidia, "_LIBRARY", "libabsent.so.1")
    path = tmp_path / "a.rtx"
    path.write_bytes(engine_bytes(version=installed_release()))
    (answer,) = ask(path)
    assert not answer.runs
    assert "has no manifest" in answer.because
    describe(path)
    (answer,) = ask(path)
    assert (answer.backend, answer.runs) == ("tensorrt-rtx", False)
    assert "No NVIDIA driver" in answer.because


def test_an_engine_of_another_version(tmp_path: Path) -> None:
    trt = pytest.importorskip("tensorrt_rtx")
    path = tmp_path / "a.rtx"
    path.write_bytes(engine_bytes(version=(1, 6, 0, 9)))
    describe(path)
    (answer,) = ask(path)
    assert not answer.runs
    assert f"built by tensorrt-rtx 1.6.0.9, and {trt.__version__} is installed" in answer.because


def test_keras_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.keras"
    path.write_bytes(b"text")
    (answer,) = ask(path)
    assert not answer.runs
    assert "not a .keras file, or is damaged" in answer.because
    zipfile.ZipFile(path, "w").close()
    (answer,) = ask(path)
    assert answer.runs
    assert "not opened" in answer.because
    monkeypatch.setattr(runs_here, "installed_versions", lambda names: {"tensorflow": "2"})
    (answer,) = ask(path)
    assert not answer.runs
    assert "edgegan[train]" in answer.because
