from __future__ import annotations

from pathlib import Path

import pytest

from edgegan.errors import ArtifactError
from edgegan.runtime.onnx_graph import read_onnx
from tests.runtime.models import onnx_model, write_onnx


def test_reads_a_graph(tmp_path: Path) -> None:
    model = onnx_model((1, "h", "w", 3))
    model.metadata_props.add(key="edgegan", value="{}")
    graph = read_onnx(write_onnx(tmp_path / "a.onnx", model))
    assert graph.ops == {"Transpose": 2, "Conv": 1, "Tanh": 1}
    assert graph.params == 3 * 3 * 3 * 3
    assert graph.opset == 17
    assert graph.metadata == {"edgegan": "{}"}
    assert [(t.name, t.shape, t.dtype) for t in graph.io.inputs] == [
        ("x", (1, None, None, 3), "float32")
    ]
    assert graph.io.outputs[0].name == "y"


def test_other_domains_are_named(tmp_path: Path) -> None:
    model = onnx_model()
    model.graph.node[2].domain = "com.example"
    graph = read_onnx(write_onnx(tmp_path / "a.onnx", model))
    assert graph.ops["com.example::Tanh"] == 1


@pytest.mark.parametrize("content", [b"", b"text, not a model", b"\x00" * 100])
def test_damaged_files_are_errors(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.onnx"
    path.write_bytes(content)
    with pytest.raises(ArtifactError, match=r"bad\.onnx is damaged"):
        read_onnx(path)
