from __future__ import annotations

from pathlib import Path

import pytest

from tests.runtime.models import conv_relu_tanh, mirror_padded, onnx_model, write_onnx, write_tflite


@pytest.fixture(scope="session")
def tflite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tflite(tmp_path_factory.mktemp("tflite") / "tiny.tflite", conv_relu_tanh)


@pytest.fixture(scope="session")
def padded_tflite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tflite(tmp_path_factory.mktemp("tflite") / "padded.tflite", mirror_padded)


@pytest.fixture(scope="session")
def onnx_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_onnx(tmp_path_factory.mktemp("onnx") / "tiny.onnx", onnx_model())
