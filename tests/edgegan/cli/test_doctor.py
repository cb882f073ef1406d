"""`edgegan doctor`: what it shows, and its exit codes."""

from __future__ import annotations

import json

import pytest

from edgegan.runtime import nvidia
from edgegan.runtime.trials import TRIALS
from tests.edgegan.cli.command import Command


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every trial succeed at once, and no GPU be here."""
    for name in TRIALS:
        monkeypatch.setitem(TRIALS, name, "print('runs')")
    monkeypatch.setattr(nvidia, "_LIBRARY", "libabsent.so.1")


def test_all_targets_are_listed_and_nothing_fails(command: Command) -> None:
    done = command("doctor")
    assert (done.code, done.errors) == (0, [])
    assert "Python" in done.out
    lines = [line.split() for line in done.out.splitlines()]
    assert ["target", "ready", "missing"] in lines
    (tensorrt,) = [line for line in lines if line[0] == "tensorrt"]
    assert tensorrt[1] == "no"


def test_a_target_that_works(command: Command) -> None:
    pytest.importorskip("onnxruntime")
    done = command("doctor", "--target", "onnx")
    assert (done.code, done.err) == (0, "")
    assert "MISSING" not in done.out


def test_a_target_that_does_not(command: Command) -> None:
    done = command("doctor", "-t", "trt")
    assert done.code == 3
    (error,) = done.errors
    assert error.startswith("error: tensorrt cannot be used here; missing: ")
    assert "NVIDIA driver" in error
    assert "To mend it: " in error
    assert "MISSING  NVIDIA driver" in done.out


def test_json(command: Command) -> None:
    done = command("doctor", "--target", "tensorrt", "--json")
    assert done.code == 3
    content = json.loads(done.out)
    assert content["target"] == "tensorrt"
    assert content["targets"]["tensorrt"]["ready"] is False
    assert "NVIDIA driver" in content["targets"]["tensorrt"]["missing"]
    (driver,) = [check for check in content["checks"] if check["name"] == "NVIDIA driver"]
    assert driver["status"] == "missing"
    assert set(driver) == {"name", "status", "found", "needed", "fix"}


def test_an_unknown_target(command: Command) -> None:
    done = command("doctor", "--target", "tensorrtx")
    assert done.code == 2
    assert done.errors[0].startswith("error: Unknown target 'tensorrtx'. Did you mean ")
