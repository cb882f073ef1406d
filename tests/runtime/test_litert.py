from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import edgegan
from edgegan.errors import ArtifactError
from tests.runtime.models import SIZE, conv_relu_tanh, image, write_tflite


def test_equals_tensorflow(tflite: Path) -> None:
    engine = edgegan.load(tflite, threads=2)
    np.testing.assert_allclose(engine.run(image()), conv_relu_tanh(image()).numpy(), atol=1e-6)


def test_info(tflite: Path) -> None:
    info = edgegan.load(tflite, threads=2).info
    assert (info.backend, info.device, info.threads, info.precision) == (
        "litert",
        "cpu",
        2,
        "unknown",
    )
    assert info.io.inputs[0].shape == info.io.outputs[0].shape == (1, SIZE, SIZE, 3)
    assert info.delegate is not None
    assert info.delegate.partitions == 1
    assert info.memory["file_bytes"] == tflite.stat().st_size
    assert info.load_ms > 0


def test_free_dimensions(tmp_path: Path) -> None:
    path = write_tflite(tmp_path / "free.tflite", conv_relu_tanh, (None, None, None, 3))
    engine = edgegan.load(path, threads=1)
    assert engine.info.io.inputs[0].shape == (None, None, None, 3)
    for batch, size in ((2, 8), (1, 12), (1, 12), (2, 8)):
        x = image(batch=batch, size=size)
        out = np.empty_like(x)
        np.testing.assert_allclose(engine.run(x, out), conv_relu_tanh(x).numpy(), atol=1e-6)


def test_truncated_files_are_errors(tflite: Path, tmp_path: Path) -> None:
    content = tflite.read_bytes()
    cut = tmp_path / "cut.tflite"
    for length in [*range(0, len(content) - 64, 97), len(content) // 2]:
        cut.write_bytes(content[:length])
        with pytest.raises(ArtifactError, match=r"cut\.tflite is damaged"):
            edgegan.load(cut, trust=True)  # in this process, at once


def test_text_is_no_tflite(tmp_path: Path) -> None:
    path = tmp_path / "text.tflite"
    path.write_text("this is text " * 1000)
    with pytest.raises(ArtifactError, match="damaged"):
        edgegan.load(path)


def test_a_classifier_is_no_generator(tmp_path: Path) -> None:
    import tensorflow as tf

    path = write_tflite(tmp_path / "mean.tflite", lambda x: tf.reduce_mean(x, [1, 2]))
    with pytest.raises(ArtifactError, match=r"float32 \[1, 8, 8, 3\] to float32 \[1, 3\]"):
        edgegan.load(path)


def test_foreign_files(shared_data: Path) -> None:
    models = shared_data / "models"
    with pytest.raises(ArtifactError, match="not an image-to-image generator"):
        edgegan.load(models / "mobilenet_v2_1.0_224_quant.tflite")
    engine = edgegan.load(models / "whitebox_cartoon_gan_int8.tflite")
    photo = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    assert engine(photo).shape == (512, 512, 3)
