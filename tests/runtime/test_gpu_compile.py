"""Compiling for LiteRT's GPU delegate. With Chromium or a GPU it is done, elsewhere skipped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

from edgegan.errors import ArtifactError, EdgeganError, MissingRequirement
from edgegan.runtime import gpu_compile
from edgegan.runtime.gpu_compile import GpuCompile, compile_for_gpu, read_log
from tests.runtime.models import SIZE, conv_relu_tanh, write_tflite

ADAPTER = "Selected adapter: SwiftShader Device (Subzero), arch=swiftshader, vendor=google"
REFUSAL = """
ERROR: Following operations are not supported by GPU delegate:
MUL: Tensor dimensions must be less than 5. Reshape
TANH: Tensor dimensions must be less than 5. mul
CUSTOM FlexErf: unsupported. erf
No operations will run on the GPU, and all 4 operations will run on the CPU.
INFO: bye
ERROR: no more
"""


def five_axes(x: Any) -> Any:
    return tf.reshape(tf.tanh(tf.reshape(x, (1, SIZE, SIZE, 3, 1)) * 2.0), (1, SIZE, SIZE, 3))


def compiled(path: Path) -> GpuCompile:
    try:
        return compile_for_gpu(path)
    except MissingRequirement as error:
        pytest.skip(str(error))


def test_a_network_that_fits_is_taken_whole(tmp_path: Path) -> None:
    found = compiled(write_tflite(tmp_path / "a.tflite", conv_relu_tanh))
    assert found.refused == ()
    assert found.adapter


def test_each_op_that_is_refused_is_told(tmp_path: Path) -> None:
    found = compiled(write_tflite(tmp_path / "a.tflite", five_axes))
    assert {text.partition(":")[0] for text in found.refused} == {"MUL", "RESHAPE", "TANH"}
    assert "Tensor dimensions must be less than 5" in found.refused[0]


def test_a_damaged_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.tflite").write_bytes(b"TFL3" * 20)
    with pytest.raises(ArtifactError, match="is damaged"):
        compile_for_gpu(tmp_path / "a.tflite")


def test_the_log_is_read() -> None:
    found = read_log(f"INFO: {ADAPTER}\n{REFUSAL}")
    assert found is not None
    assert found.adapter == "SwiftShader Device (Subzero)"
    assert [text.partition(":")[0] for text in found.refused] == ["MUL", "TANH", "CUSTOM FlexErf"]
    assert read_log("ERROR: no adapter") is None
    with pytest.raises(EdgeganError, match="ERROR: out of memory"):
        read_log(f"{ADAPTER}\nERROR: out of memory\nINFO: bye\n")


def test_without_any_gpu_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpu_compile, "_SOFTWARE", ())
    monkeypatch.setenv("VK_ICD_FILENAMES", str(tmp_path / "none.json"))
    with pytest.raises(MissingRequirement, match="apt install chromium"):
        compile_for_gpu(write_tflite(tmp_path / "a.tflite", conv_relu_tanh))
