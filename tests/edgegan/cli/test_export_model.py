"""`edgegan export X.onnx`, and `edgegan cache`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from edgegan.export.keras_to_onnx import to_onnx
from tests.edgegan.cli.command import Command
from tests.export.generators import SIZE, generator, saved


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EDGEGAN_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "a.onnx"
    path.write_bytes(to_onnx(generator(), (SIZE, SIZE)))
    return path


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--target", "tflite"], "becomes an engine (tensorrt, tensorrt-rtx), not tflite"),
        (["-t", "rtx", "--precision", "fp16"], "leave out --precision"),
        (["-t", "rtx", "--batch", "2", "--io", "uint8"], "leave out --batch, --io"),
        (["-t", "rtx", "--dla", "0"], "--dla is not for the target tensorrt-rtx"),
        (["-t", "rtx", "--dynamic", "4:1:8"], "such as 1:4:8"),
    ],
)
def test_what_the_model_decides_is_refused(
    command: Command, model: Path, arguments: list[str], message: str
) -> None:
    done = command("export", model, *arguments)
    assert done.code == 2
    assert message in done.errors[0]


def test_a_model_that_is_not_there(command: Command, tmp_path: Path) -> None:
    done = command("export", tmp_path / "gone.onnx", "-t", "rtx")
    assert done.code == 2
    assert "gone.onnx does not exist" in done.errors[0]


def test_an_engine_is_made_listed_and_pruned(
    command: Command, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("tensorrt_rtx")
    monkeypatch.setenv("EDGEGAN_CACHE", str(tmp_path / "cache"))
    done = command("export", model, "-t", "rtx", "--compute-capability", "8.6,8.9", "--json")
    assert done.code == 0
    (made,) = json.loads(done.out)["artifacts"]
    assert made["path"] == str(model.with_suffix(".rtx"))
    assert made["status"] == "unverified"
    assert model.with_suffix(".rtx").is_file()
    entries = json.loads(command("cache", "ls", "--json").out)["entries"]
    (entry,) = [one for one in entries if one["kind"] == "engines"]
    assert entry["about"].split(",")[0] == "a"
    assert {one["kind"] for one in entries} == {
        "engines",
        "tried",
    }  # the model came without manifest
    assert f"{len(entries)} entries" in command("cache", "ls").out
    assert command("cache", "prune").code == 2
    removed = json.loads(command("cache", "prune", "--all", "--json").out)
    assert removed["bytes"] == sum(one["size_bytes"] for one in entries)
    assert entry["path"] in removed["removed"]
    assert not any(Path(one["path"]).exists() for one in entries)


def test_a_dry_run_makes_nothing(command: Command, model: Path) -> None:
    done = command("export", model, "-t", "trt", "-t", "rtx", "--dry-run", "--json")
    planned = json.loads(done.out)["artifacts"]
    assert [Path(one["path"]).name for one in planned] == ["a.engine", "a.rtx"]
    assert not model.with_suffix(".rtx").exists()


def test_without_tensorrt_the_model_is_left_ready(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tensorrt", None)
    source = saved(tmp_path)
    done = command("export", source, "-t", "tensorrt", "--parity", "off", "--dynamic", "1:2:4")
    assert done.code == 3
    model = tmp_path / f"A2B-{SIZE}x{SIZE}-fp32.onnx"
    assert model.is_file()
    assert model.with_name(f"{model.name}.json").is_file()
    assert done.errors[-1].endswith(
        f"edgegan export {model.name} --target tensorrt --dynamic 1:2:4"
    )
