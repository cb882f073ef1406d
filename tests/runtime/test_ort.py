from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgegan
from edgegan.errors import ArtifactError
from tests.runtime.models import SIZE, image, int8_model, onnx_model, write_onnx


def test_equals_the_reference_evaluator(onnx_file: Path) -> None:
    from onnx.reference import ReferenceEvaluator

    outputs: Any = ReferenceEvaluator(onnx_model()).run(None, {"x": image()})
    np.testing.assert_allclose(edgegan.load(onnx_file).run(image()), outputs[0], atol=1e-6)


def test_info(onnx_file: Path) -> None:
    info = edgegan.load(onnx_file, threads=2).info
    assert (info.backend, info.device, info.threads, info.delegate) == (
        "onnxruntime",
        "cpu",
        2,
        None,
    )
    assert info.io.inputs[0].name == "x"
    assert info.io.outputs[0].shape == (1, SIZE, SIZE, 3)


def test_free_dimensions(tmp_path: Path) -> None:
    engine = edgegan.load(write_onnx(tmp_path / "free.onnx", onnx_model(("n", "h", "w", 3))))
    assert engine.info.io.inputs[0].shape == (None, None, None, 3)
    x = image(batch=2, size=12)
    out = np.empty_like(x)
    assert engine.run(x, out) is out
    np.testing.assert_array_equal(engine.run(x), out)


def test_out_of_another_size_is_an_error(tmp_path: Path) -> None:
    engine = edgegan.load(write_onnx(tmp_path / "free.onnx", onnx_model(("n", "h", "w", 3))))
    with pytest.raises(ArtifactError, match="failed to run"):
        engine.run(image(), np.empty((1, 4, 4, 3), np.float32))


def test_truncated_files_are_errors(onnx_file: Path, tmp_path: Path) -> None:
    content = onnx_file.read_bytes()
    cut = tmp_path / "cut.onnx"
    for length in range(0, len(content), 61):
        cut.write_bytes(content[:length])
        with pytest.raises(ArtifactError, match=r"cut\.onnx is damaged"):
            edgegan.load(cut, trust=True)  # in this process, at once


def test_other_outputs_are_no_generator(tmp_path: Path) -> None:
    path = write_onnx(tmp_path / "two.onnx", onnx_model(outputs=2))
    with pytest.raises(ArtifactError, match=r"to float32 \[1, 8, 8, 2\]"):
        edgegan.load(path)


def test_sums_of_large_int8_products_do_not_overflow(tmp_path: Path) -> None:
    from onnx.reference import ReferenceEvaluator

    path, x = write_onnx(tmp_path / "int8.onnx", int8_model()), np.abs(image()) / 2 + 0.5
    outputs: Any = ReferenceEvaluator(int8_model()).run(None, {"x": x})
    assert np.abs(outputs[0]).max() > 20
    found = edgegan.load(path).run(x)
    np.testing.assert_allclose(found, outputs[0], atol=27 / 127 * 1.01)  # of a tie's two sides
