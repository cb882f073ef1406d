"""`edgegan inspect`: what it shows."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.edgegan.cli.command import Command
from tests.runtime.models import SIZE, describe


def test_inspect(command: Command, artifact: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(artifact, tmp_path))
    describe(path)
    done = command("inspect", path)
    assert done.code == 0
    for text in (
        "tiny.tflite: tflite",
        "parameters: 1,234",
        "float32 [1, 8, 8, 3]",
        "xnnpack: 1 partition(s); outside: nothing",
        "task: cyclegan A2B",
        "precision: fp32 (asked for: fp32)",
        "status: unverified",
        "parity: not measured",
        "CONV_2D",
    ):
        assert text in done.out


def test_inspect_json(command: Command, artifact: Path) -> None:
    content = json.loads(command("inspect", artifact, "--json").out)
    assert content["ops"] == {"CONV_2D": 2, "TANH": 1}
    assert content["delegate"] == {"name": "xnnpack", "partitions": 1, "outside": []}
    assert content["manifest"] is None
    assert content["io"]["inputs"][0]["shape"] == [1, SIZE, SIZE, 3]
