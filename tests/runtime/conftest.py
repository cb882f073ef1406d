from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgegan.images import save_image
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


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two images, one of them in a sub-folder, and two files that are none."""
    folder = tmp_path / "photos"
    (folder / "sub").mkdir(parents=True)
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8, 3), np.uint8)
    save_image(folder / "a.png", pixels)
    save_image(folder / "sub" / "b.bmp", pixels[::-1])
    (folder / "bad.jpg").write_text("this is text")
    (folder / "notes.txt").write_text("not an image by name")
    return folder
