"""`edgegan inspect`: what it shows."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

from edgegan.manifest import write_manifest
from tests.edgegan.cli.command import Command
from tests.runtime.models import SIZE, describe


def test_inspect(command: Command, artifact: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(artifact, tmp_path))
    manifest = replace(describe(path), macs=49_554_000_000, macs_literature=56_802_000_000)
    write_manifest(path, manifest)
    done = command("inspect", path)
    assert done.code == 0
    for text in (
        "tiny.tflite: tflite",
        "parameters: 1,234",
        "xnnpack: 1 partition(s); outside: nothing",
        "task: cyclegan A2B",
        "precision: fp32 (asked for: fp32)",
        "status: unverified",
        "multiply-accumulates of one image: 49.554 G (56.802 G as papers count)",
        "float32 [1, 8, 8, 3] NHWC, -1 to 1",
        "computed tensors: 4 float32",
        "runs here with litert: yes: it was opened",
        "parity: not measured",
        "CONV_2D",
    ):
        assert text in done.out


def test_inspect_json(command: Command, artifact: Path) -> None:
    content = json.loads(command("inspect", artifact, "--json").out)
    assert content["ops"] == {"CONV_2D": 2, "TANH": 1}
    assert content["delegate"] == {"name": "xnnpack", "partitions": 1, "outside": []}
    assert content["manifest"] is None
    assert (content["macs"], content["macs_literature"]) == (None, None)
    weights = {"float32": {"tensors": 4, "values": 223, "bytes": 892}}
    assert content["types"] == {"weights": weights, "activations": {"float32": 4}}
    (answer,) = content["runs_here"]
    assert (answer["backend"], answer["runs"]) == ("litert", True)
    assert content["io"]["inputs"][0]["shape"] == [1, SIZE, SIZE, 3]


def test_inspect_tells_what_stands_in_the_way(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "A2B.keras"
    path.write_bytes(b"text")
    describe(path)
    done = command("inspect", path)
    assert done.code == 0
    assert "runs here with keras: no, because: " in done.out
