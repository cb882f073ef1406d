from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgegan.runtime.tflite_graph import coverage, open_interpreter
from edgegan.runtime.trials import TRIALS, Trial, attempt, tanh_onnx, tanh_tflite


@pytest.mark.parametrize(
    ("backend", "package", "told"),
    [
        ("litert", "ai_edge_litert", "runs; XNNPACK took the op"),
        ("onnxruntime", "onnxruntime", "runs; has "),
        ("openvino", "openvino", "runs; has CPU"),
        ("tensorrt-rtx", "tensorrt_rtx", "imports; release 1."),
    ],
)
def test_backends_run(backend: str, package: str, told: str) -> None:
    pytest.importorskip(package)
    trial = attempt(TRIALS[backend])
    assert trial.worked, trial.told
    assert trial.told.startswith(told)


def test_the_last_line_of_a_complaint_is_told() -> None:
    trial = attempt("print('fine'); raise ValueError('first\\nlast')")
    assert trial == Trial(worked=False, told="last")


def test_a_crash_is_told() -> None:
    assert attempt("import os; os.kill(os.getpid(), 4)").told == "crashed with signal 4"


def test_a_process_that_hangs_is_ended() -> None:
    trial = attempt("import time; time.sleep(60)", timeout_s=0.5)
    assert trial == Trial(worked=False, told="gave no answer in 0.5 s")


def test_silence_is_told() -> None:
    assert attempt("pass") == Trial(worked=True, told="told nothing")
    assert attempt("import sys; sys.exit(1)") == Trial(worked=False, told="told nothing")


def test_a_wrong_result_fails() -> None:
    code = "from edgegan.runtime import trials; trials._check([[0, 0, 0]])"
    trial = attempt(code)
    assert not trial.worked
    assert "came out as" in trial.told


def test_the_tiny_files_compute_tanh(tmp_path: Path) -> None:
    x = np.array([[-2.0, 0.25, 3.0]], np.float32)
    path = tmp_path / "a.tflite"
    path.write_bytes(tanh_tflite())
    interpreter = open_interpreter(path, threads=1)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
    interpreter.invoke()
    output = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    np.testing.assert_allclose(output, np.tanh(x), atol=1e-6)
    assert coverage(interpreter).outside == ()
    onnx = pytest.importorskip("onnx")
    model = onnx.load_from_string(tanh_onnx())
    onnx.checker.check_model(model, full_check=True)
    reference = pytest.importorskip("onnx.reference").ReferenceEvaluator(model)
    np.testing.assert_allclose(reference.run(None, {"x": x})[0], np.tanh(x), atol=1e-6)
