from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import edgegan
from edgegan.cache_folder import VARIABLE
from edgegan.errors import ArtifactError, EdgeganError, MissingRequirement, UsageError
from edgegan.runtime.guarded_load import VERDICT, try_first
from edgegan.runtime.inspection import inspect
from tests.runtime.models import describe, image, onnx_model, write_onnx
from tests.runtime.mutations import KINDS, mutate


@pytest.fixture(autouse=True)
def tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache" / "tried"


@pytest.mark.parametrize(("name", "backends"), [("tflite", 1), ("onnx_file", 2)])
def test_sound_files_come_through_once(
    request: pytest.FixtureRequest, name: str, backends: int, tried: Path
) -> None:
    path = request.getfixturevalue(name)
    for backend in ("litert",) if backends == 1 else ("onnxruntime", "openvino"):
        edgegan.load(path, backend).close()
    marks = {mark: mark.stat().st_mtime_ns for mark in tried.iterdir()}
    assert len(marks) == backends
    edgegan.load(path).close()
    assert {mark: mark.stat().st_mtime_ns for mark in tried.iterdir()} == marks


def test_files_with_a_manifest_and_trusted_ones_are_not_tried(
    tflite: Path, tmp_path: Path, tried: Path
) -> None:
    path = Path(shutil.copy(tflite, tmp_path / "a.tflite"))
    edgegan.load(path, trust=True).close()
    describe(path)
    edgegan.load(path).close()
    assert not tried.exists()


def test_a_changed_file_is_tried_again(onnx_file: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(onnx_file, tmp_path / "a.onnx"))
    edgegan.load(path).close()
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ArtifactError, match="damaged"):
        edgegan.load(path)


def test_errors_are_those_of_loading(tmp_path: Path, onnx_file: Path) -> None:
    two = write_onnx(tmp_path / "two.onnx", onnx_model(outputs=2))
    with pytest.raises(ArtifactError, match="is not an image-to-image generator"):
        try_first(two, "onnxruntime")
    with pytest.raises(UsageError, match="does not run"):
        try_first(onnx_file, "litert")
    assert inspect(two).is_generator is False


def run_instead(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Have other code run in the process that tries files."""
    real = subprocess.run

    def run(command: list[str], **options: object) -> object:
        return real([sys.executable, "-c", code], **options)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "run", run)


@pytest.mark.parametrize(
    ("code", "match"),
    [
        ("import os; os.abort()", "was ended by SIGABRT"),
        ("import ctypes; ctypes.string_at(0)", "was ended by SIGSEGV"),
        (
            "import sys; sys.exit('Check failed: size < 4')",
            r"ended with exit code 1 \(Check failed: size < 4",
        ),
        ("print('no verdict')", "ended with exit code 0"),
        ("import time; time.sleep(60)", "did not finish within 1 s"),
    ],
)
def test_however_it_ends_it_is_an_error(
    tflite: Path, monkeypatch: pytest.MonkeyPatch, tried: Path, code: str, match: str
) -> None:
    run_instead(monkeypatch, code)
    with pytest.raises(ArtifactError, match=f"the process that tried it {match}"):
        try_first(tflite, "litert", time_limit_s=1)
    assert not tried.exists()


def test_lines_after_the_verdict_are_not_read(
    tflite: Path, monkeypatch: pytest.MonkeyPatch, tried: Path
) -> None:
    run_instead(monkeypatch, f"print('a library'); print('{VERDICT}{{}}'); print('says goodbye')")
    try_first(tflite, "litert")
    assert len(list(tried.iterdir())) == 1


def test_half_a_verdict_is_none(tflite: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_instead(monkeypatch, f"print('{VERDICT}{{')")
    with pytest.raises(ArtifactError, match="ended with exit code 0"):
        try_first(tflite, "litert")


@pytest.mark.parametrize("code", ["input()", "raise SystemExit"])
@pytest.mark.parametrize(("action", "trusting"), [("onnxruntime", True), ("inspect", False)])
def test_what_helps_a_sound_file(
    onnx_file: Path, monkeypatch: pytest.MonkeyPatch, code: str, action: str, trusting: bool
) -> None:
    verdict = f"{VERDICT}{json.dumps({'error': 'ArtifactError', 'text': 'bad alloc.'})}"
    run_instead(monkeypatch, f"print({verdict!r}); {code}")
    with pytest.raises(ArtifactError, match="if its manifest lies beside it") as caught:
        try_first(onnx_file, action)
    assert ("--trust" in str(caught.value)) == trusting


def test_a_trusted_plan_is_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.engine"
    path.write_bytes(b"cut off")
    with pytest.raises(MissingRequirement, match=r"edgegan\[tensorrt\]"):
        try_first(path, "tensorrt", "cuda:0")
    run_instead(monkeypatch, "import os; os.abort()")
    with pytest.raises(ArtifactError, match="was ended by SIGABRT") as caught:
        edgegan.load(path, trust=True)
    assert "--trust" not in str(caught.value)  # which was given
    with pytest.raises(UsageError, match="add --trust"):
        edgegan.load(path)


def test_where_the_cache_cannot_be_read_files_are_tried_each_time(
    onnx_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, f"/{'a' * 300}")  # refused by the system, even for root
    expected = edgegan.load(onnx_file, trust=True).run(image())
    np.testing.assert_array_equal(edgegan.load(onnx_file).run(image()), expected)
    run_instead(monkeypatch, "import os; os.abort()")
    with pytest.raises(ArtifactError, match="was ended by SIGABRT"):
        edgegan.load(onnx_file)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits memory so")
def test_memory_is_limited(tmp_path: Path) -> None:
    code = (
        "from edgegan.runtime.load_probe import limit_memory\n"
        "limit_memory(1000)\n"
        "bytearray(2**30)\n"
        "try: bytearray(8 * 2**30)\n"
        "except MemoryError: print('refused')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(edgegan.__file__).parents[1])},
    )
    assert done.stdout == "refused\n"


def test_damage_of_every_kind_is_the_same_for_the_same_number(onnx_file: Path) -> None:
    data = onnx_file.read_bytes()
    for seed in range(len(KINDS)):
        assert mutate(data, seed) == mutate(data, seed) != data
    assert len({mutate(data, seed) for seed in range(100)}) > 95


@pytest.mark.parametrize("backend", ["litert", "onnxruntime", "openvino"])
@pytest.mark.parametrize("seed", range(len(KINDS)))
def test_damaged_files_load_or_raise(
    request: pytest.FixtureRequest, tmp_path: Path, backend: str, seed: int
) -> None:
    source: Path = request.getfixturevalue("tflite" if backend == "litert" else "onnx_file")
    path = tmp_path / f"a{source.suffix}"
    path.write_bytes(mutate(source.read_bytes(), seed))
    try:
        engine = edgegan.load(path, backend, threads=1)
    except EdgeganError as error:  # nothing else
        told = str(error)
    else:
        told = engine.info.backend
        engine.close()
    assert told.startswith((str(path), backend))


def test_the_package_that_is_missing_is_named(
    onnx_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(MissingRequirement, match=r"edgegan\[openvino\]"):
        edgegan.load(onnx_file, "openvino")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # a killed child
def test_ctrl_c_is_not_swallowed(tflite: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = f"import os, time; os.kill(os.getppid(), {int(signal.SIGINT)}); time.sleep(60)"
    run_instead(monkeypatch, code)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # jobs in the background
    try:  # are started with Ctrl-C ignored
        with pytest.raises(KeyboardInterrupt):
            try_first(tflite, "litert")
    finally:
        signal.signal(signal.SIGINT, before)
