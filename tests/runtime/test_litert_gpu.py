"""The GPU engine of LiteRT; skipped, but for its refusals, where LiteRT finds no GPU.

A software GPU will do: VK_ICD_FILENAMES=/usr/lib/chromium/vk_swiftshader_icd.json (with Debian's
packages chromium and libvulkan1).
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

import edgegan
from edgegan.errors import IncompatibleArtifact, MissingRequirement
from edgegan.runtime.engine import Engine
from tests.runtime.models import SIZE, conv_relu_tanh, describe, image, kernel, write_tflite


def on_gpu(path: Path) -> Engine:
    try:
        return edgegan.load(path, device="gpu", trust=True)
    except MissingRequirement as error:
        pytest.skip(str(error))


def write_labeled(path: Path) -> Path:
    """Write y = tanh(conv(x) + label[0]); the signature names the label first."""

    def network(label: Any, x: Any) -> Any:
        shift = tf.reshape(label[:, :1], (1, 1, 1, 1)) * tf.ones_like(x)
        return {"y": tf.tanh(tf.nn.conv2d(x, kernel(3, 3), 1, "SAME") + shift)}

    image_of = tf.TensorSpec((1, SIZE, SIZE, 3), tf.float32, name="x")
    label_of = tf.TensorSpec((1, 3), tf.float32, name="label")
    function = tf.function(network).get_concrete_function(label_of, image_of)
    module = tf.Module()
    module.network = function
    folder = path.with_suffix("")
    tf.saved_model.save(module, str(folder), signatures={"generate": function})
    path.write_bytes(tf.lite.TFLiteConverter.from_saved_model(str(folder)).convert())
    return path


def test_a_file_that_is_fp32_is_computed_in_float32(tflite: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.tflite"
    path.write_bytes(tflite.read_bytes())
    right = edgegan.load(tflite, "litert", trust=True).run(image())
    describe(path)
    engine = on_gpu(path)
    assert (engine.info.device, engine.info.arithmetic) == ("gpu", "fp32")
    np.testing.assert_allclose(engine.run(image()), right, atol=1e-5)


def test_other_files_are_the_gpus_to_choose(tflite: Path) -> None:
    engine = on_gpu(tflite)
    assert engine.info.arithmetic == "fp16"
    right = edgegan.load(tflite, "litert", trust=True).run(image())
    np.testing.assert_allclose(engine.run(image()), right, atol=5e-3)


def test_a_label_goes_beside_the_image(tmp_path: Path) -> None:
    path = write_labeled(tmp_path / "a.tflite")
    engine, right = on_gpu(path), edgegan.load(path, "litert", trust=True)
    for label in np.eye(3, dtype=np.float32):
        expected = right.run(image(), label=label)
        np.testing.assert_allclose(engine.run(image(), label=label), expected, atol=5e-3)


def test_a_free_batch_is_refused(tmp_path: Path) -> None:
    path = write_tflite(tmp_path / "a.tflite", conv_relu_tanh, (None, SIZE, SIZE, 3))
    with pytest.raises(IncompatibleArtifact, match=r"any size or number.*--device cpu"):
        edgegan.load(path, device="gpu", trust=True)


@pytest.mark.skipif(sys.platform != "linux", reason="GPUs of other systems cannot be hidden")
def test_where_there_is_no_gpu_it_says_what_is_needed(tflite: Path) -> None:
    code = f"import edgegan; edgegan.load({str(tflite)!r}, device='gpu', trust=True)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "VK_ICD_FILENAMES": "/nonexistent", "VK_DRIVER_FILES": "/nonexistent"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "MissingRequirement: LiteRT cannot compile" in done.stderr
    assert "--device cpu runs it" in done.stderr
    assert done.stdout == ""
