from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgegan
from edgegan.cache_folder import VARIABLE
from edgegan.domains import Domain
from edgegan.errors import ArtifactError, MissingRequirement, UsageError
from edgegan.manifest import Precision, Task, embedded_copy, write_manifest
from edgegan.runtime.openvino import import_openvino
from tests.repository import ROOT
from tests.runtime.models import SIZE, describe, image, int8_model, onnx_model, write_onnx
from tests.runtime.test_tensor_types import quantized_model


def described(folder: Path, precision: str) -> Path:
    path = write_onnx(folder / f"{precision}.onnx", onnx_model())
    manifest = describe(path)
    write_manifest(
        path, replace(manifest, precision=Precision(requested=precision, obtained=precision))
    )
    return path


def default_arithmetic() -> str:
    """Ask OpenVINO itself what it computes floats in here."""
    core = import_openvino().Core()
    name = str(core.get_property("CPU", "INFERENCE_PRECISION_HINT").get_type_name())
    return {"f32": "fp32", "f16": "fp16"}.get(name, name)


def test_fp32_files_equal_the_reference_evaluator(tmp_path: Path) -> None:
    from onnx.reference import ReferenceEvaluator

    outputs: Any = ReferenceEvaluator(onnx_model()).run(None, {"x": image()})
    engine = edgegan.load(described(tmp_path, "fp32"), "openvino")
    assert (engine.info.precision, engine.info.arithmetic) == ("fp32", "fp32")
    np.testing.assert_allclose(engine.run(image()), outputs[0], atol=1e-6)


@pytest.mark.parametrize("precision", ["fp16", "int8", None])
def test_other_files_are_computed_as_openvino_chooses(
    tmp_path: Path, onnx_file: Path, precision: str | None
) -> None:
    path = described(tmp_path, precision) if precision else onnx_file
    engine = edgegan.load(path, "openvino")
    assert engine.info.precision == (precision or "unknown")
    assert engine.info.arithmetic == default_arithmetic()
    exact = edgegan.load(described(tmp_path, "fp32"), "openvino").run(image())
    error = np.abs(engine.run(image()) - exact).max()
    assert error < 0.05
    assert (error > 1e-4) == (default_arithmetic() != "fp32")


def test_info(onnx_file: Path) -> None:
    info = edgegan.load(onnx_file, "openvino", threads=1).info
    assert (info.backend, info.device, info.threads, info.delegate) == ("openvino", "cpu", 1, None)
    assert import_openvino().__version__.startswith(f"{info.version}-")
    assert info.io.inputs[0].name == "x"
    assert info.io.outputs[0].shape == (1, SIZE, SIZE, 3)
    assert info.memory["file_bytes"] == onnx_file.stat().st_size
    assert info.load_ms > 0


def test_free_dimensions(tmp_path: Path) -> None:
    path = write_onnx(tmp_path / "free.onnx", onnx_model(("n", "h", "w", 3)))
    engine = edgegan.load(path, "openvino")
    assert engine.info.io.inputs[0].shape == (None, None, None, 3)
    other = edgegan.load(path)
    for batch, size in ((2, 12), (1, 8), (2, 12)):
        x = image(batch=batch, size=size)
        out = np.empty_like(x)
        assert engine.run(x, out) is out
        np.testing.assert_array_equal(engine.run(x), out)
        np.testing.assert_allclose(out, other.run(x), atol=0.03)  # bfloat16, where there is it
    with pytest.raises(UsageError, match=r"'y' is float32 \[1, 8, 8, 3\]"):
        engine.run(image(), np.empty((1, 4, 4, 3), np.float32))


def test_arrays_that_are_read_only_are_taken(onnx_file: Path) -> None:
    engine = edgegan.load(onnx_file, "openvino")
    expected = engine.run(image())
    x = image()
    x.setflags(write=False)
    np.testing.assert_array_equal(engine.run(x), expected)


def test_the_copy_inside_the_file_tells_the_task(tmp_path: Path) -> None:
    task = Task(family="stargan", direction="G", domains=(Domain(name="Male", default=1.0),))
    path = write_onnx(tmp_path / "plain.onnx", onnx_model())
    model = onnx_model()
    copy = embedded_copy(replace(describe(path), task=task))
    model.metadata_props.add(key="edgegan", value=copy)
    engine = edgegan.load(write_onnx(tmp_path / "a.onnx", model), "openvino")
    assert engine.info.task == task
    (tmp_path / "plain.onnx.json").unlink()
    assert edgegan.load(path, "openvino").info.task is None


def test_a_label_goes_beside_each_image(tmp_path: Path) -> None:
    from onnx import TensorProto, helper

    shape = (2, 3, SIZE, SIZE)
    nodes = [
        helper.make_node("Unsqueeze", ["label", "axes"], ["planes"]),
        helper.make_node("Mul", ["x", "planes"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [
            helper.make_tensor_value_info("x", TensorProto.FLOAT, shape),
            helper.make_tensor_value_info("label", TensorProto.FLOAT, (2, 3)),
        ],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        [helper.make_tensor("axes", TensorProto.INT64, (2,), [2, 3])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    engine = edgegan.load(write_onnx(tmp_path / "label.onnx", model), "openvino")
    x = np.ones(shape, np.float32)
    labels = np.array([[1, 0, 0.5], [0, 0.25, 1]], np.float32)
    expected = np.broadcast_to(labels[:, :, None, None], shape)
    np.testing.assert_allclose(engine.run(x, label=labels), expected)
    np.testing.assert_allclose(engine.run(x, label=labels[1])[0], expected[1])
    with pytest.raises(UsageError, match=r"float32 \[2, 3\] or \[3\]; none was given"):
        engine.run(x)


def test_quantized_files_are_run_as_onnxruntime_does(tmp_path: Path) -> None:
    path = write_onnx(tmp_path / "int8.onnx", quantized_model())
    x = np.ascontiguousarray(image().transpose(0, 3, 1, 2))
    expected = edgegan.load(path).run(x)
    assert np.ptp(expected) > 1
    np.testing.assert_allclose(edgegan.load(path, "openvino").run(x), expected, atol=0.05)


def test_truncated_files_are_errors(onnx_file: Path, tmp_path: Path) -> None:
    content = onnx_file.read_bytes()
    cut = tmp_path / "cut.onnx"
    for length in range(0, len(content), 61):
        cut.write_bytes(content[:length])
        with pytest.raises(ArtifactError, match=r"cut\.onnx is damaged"):
            edgegan.load(cut, "openvino", trust=True)  # in this process, at once


def test_other_outputs_are_no_generator(tmp_path: Path) -> None:
    path = write_onnx(tmp_path / "two.onnx", onnx_model(outputs=2))
    with pytest.raises(ArtifactError, match=r"to float32 \[1, 8, 8, 2\]"):
        edgegan.load(path, "openvino")


def test_the_extra_is_named_where_it_is_missing(
    onnx_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(MissingRequirement, match=r"pip install 'edgegan\[openvino\]'"):
        edgegan.load(onnx_file, "openvino")


def test_nothing_is_sent_or_written_at_home(onnx_file: Path, tmp_path: Path) -> None:
    code = (
        "import edgegan, sys; "
        f"edgegan.load({str(onnx_file)!r}, 'openvino'); "
        "assert 'openvino.tools.ovc' not in sys.modules; "
        "print(*[name for name in sys.modules if 'telemetry' in name or '.ovc' in name])"
    )
    cache = {VARIABLE: str(onnx_file.parent / "cache")}  # EdgeGAN's own, not at home
    home = {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT), **cache}
    done = subprocess.run(
        [sys.executable, "-c", code], env=home, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
    assert list(tmp_path.iterdir()) == []
    loud = subprocess.run(
        [sys.executable, "-c", "import openvino, sys; print('openvino_telemetry' in sys.modules)"],
        env={**home, "CI": "true"},  # which it respects
        capture_output=True,
        text=True,
        check=True,
    )
    assert loud.stdout.strip() == "True"


def test_sums_of_large_int8_products_do_not_overflow(tmp_path: Path) -> None:
    from onnx.reference import ReferenceEvaluator

    path, x = write_onnx(tmp_path / "int8.onnx", int8_model()), np.abs(image()) / 2 + 0.5
    outputs: Any = ReferenceEvaluator(int8_model()).run(None, {"x": x})
    assert np.abs(outputs[0]).max() > 20
    found = edgegan.load(path, "openvino").run(x)
    np.testing.assert_allclose(found, outputs[0], atol=27 / 127 * 1.01)  # of a tie's two sides
