from __future__ import annotations

from pathlib import Path

import pytest

from edgegan.cache_folder import VARIABLE
from tests.runtime.fuzz_loading import fuzz


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["litert", "onnxruntime", "openvino"])
def test_no_damage_crashes_or_hangs_a_program(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    backend: str,
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    source = request.getfixturevalue("padded_tflite" if backend == "litert" else "onnx_file")
    tally = fuzz(source, backend, range(1000), tmp_path / "damaged")
    assert tally.counts.total() == 1000
    assert tally.counts["refused"] > 100
    assert tally.escaped == {}
